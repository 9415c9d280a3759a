create table last_accessed (arn text, service_namespace text, last_authenticated timestamp);
