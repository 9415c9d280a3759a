callback({
    "JobStatus": "COMPLETED",
    "JobType": "ACTION_LEVEL",
    "JobCreationDate": "2024-08-02T06:15:04.512000+00:00",
    "ServicesLastAccessed": [
        {
            "ServiceName": "Amazon Athena",
            "LastAuthenticated": "2024-08-01T22:00:00+00:00",
            "ServiceNamespace": "athena",
            "LastAuthenticatedEntity": "arn:aws:iam::210987654321:role/batch/nightly-etl",
            "LastAuthenticatedRegion": "us-east-2",
            "TotalAuthenticatedEntities": 1,
            "TrackedActionsLastAccessed": [
                {
                    "ActionName": "StartQueryExecution",
                    "LastAccessedEntity": "arn:aws:iam::210987654321:role/batch/nightly-etl",
                    "LastAccessedTime": "2024-08-01T22:00:00+00:00",
                    "LastAccessedRegion": "us-east-2"
                },
                {
                    "ActionName": "GetWorkGroup"
                }
            ]
        },
        {
            "ServiceName": "AWS Glue",
            "ServiceNamespace": "glue",
            "TotalAuthenticatedEntities": 0,
            "TrackedActionsLastAccessed": [
                {
                    "ActionName": "CreateJob"
                },
                {
                    "ActionName": "DeleteJob"
                },
                {
                    "ActionName": "StartJobRun"
                }
            ]
        },
        {
            "ServiceName": "AWS Key Management Service",
            "LastAuthenticated": "2024-03-11T07:45:30+00:00",
            "ServiceNamespace": "kms",
            "LastAuthenticatedEntity": "arn:aws:iam::210987654321:role/batch/nightly-etl",
            "LastAuthenticatedRegion": "us-east-2",
            "TotalAuthenticatedEntities": 1
        },
        {
            "ServiceName": "Amazon S3",
            "LastAuthenticated": "2024-08-01T22:00:00+00:00",
            "ServiceNamespace": "s3",
            "LastAuthenticatedEntity": "arn:aws:iam::210987654321:role/batch/nightly-etl",
            "LastAuthenticatedRegion": "us-east-2",
            "TotalAuthenticatedEntities": 1,
            "TrackedActionsLastAccessed": [
                {
                    "ActionName": "CreateBucket"
                },
                {
                    "ActionName": "GetBucketPolicy",
                    "LastAccessedEntity": "arn:aws:iam::210987654321:role/batch/nightly-etl",
                    "LastAccessedTime": "2024-03-11T07:45:30+00:00",
                    "LastAccessedRegion": "us-east-2"
                }
            ]
        },
        {
            "ServiceName": "Amazon SNS",
            "ServiceNamespace": "sns",
            "TotalAuthenticatedEntities": 0
        },
        {
            "ServiceName": "AWS Security Token Service",
            "LastAuthenticated": "2023-09-30T23:59:59+00:00",
            "ServiceNamespace": "sts",
            "LastAuthenticatedEntity": "arn:aws:iam::210987654321:role/batch/nightly-etl",
            "LastAuthenticatedRegion": "us-east-1",
            "TotalAuthenticatedEntities": 1
        }
    ],
    "JobCompletionDate": "2024-08-02T06:15:05.871000+00:00",
    "IsTruncated": true,
    "Marker": "q"
});
