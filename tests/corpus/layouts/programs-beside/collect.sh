#!/bin/sh
aws iam get-service-last-accessed-details --job-id "$job" --query 'ServicesLastAccessed[].{n: ServiceNamespace, t: LastAuthenticated}'
