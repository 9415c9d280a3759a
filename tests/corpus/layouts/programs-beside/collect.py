import boto3
answer = iam.get_service_last_accessed_details(JobId=job)
rows = [r for r in answer['ServicesLastAccessed'] if r.get('LastAuthenticated')]
print(datetime.datetime(2026, 5, 1), rows)
