"""`estate/`: one small organization, two accounts, watched at three dates. EXPECT.md says what is planted."""

from .aws import CATALOGUE, Entity, Service, answer, as_json, get_role, instant
from .policies import boundary, holder, managed, statement

PRODUCTION, STAGING = "111122223333", "444455556666"

DATES = ["2026-01-05", "2026-04-06", "2026-07-06"]


def arn(account, resource):
    return f"arn:aws:iam::{account}:{resource}"


ALICE = arn(PRODUCTION, "user/people/alice")
CAROL = arn(PRODUCTION, "user/people/carol")
DAN = arn(PRODUCTION, "user/people/dan")
PROD_API = arn(PRODUCTION, "role/app/prod-api")
CI_DEPLOY = arn(PRODUCTION, "role/ci/ci-deploy")

# An administrator may do everything; sixty services stand for the four hundred a real one has.
ADMIN_USED = [
    Service("ec2", "daily 04:15:40", {
        "RunInstances": "2026-06-30 09:12:05",
        "StopInstances": "daily 04:15:40",
        "TerminateInstances": "2026-01-29 16:40:11",
        "AuthorizeSecurityGroupIngress": "2025-11-18 10:02:33",
        "CreateVpc": "",
        "DeleteVpc": "",
        "DisableEbsEncryptionByDefault": "",
    }),
    Service("s3", "", {
        "ListAllMyBuckets": "2026-01-04 21:10:09 | 2026-04-02 08:00:41 | 2026-07-03 10:31:55",
        "CreateBucket": "2025-12-09 13:20:00 | 2026-05-11 11:45:29",
        "PutBucketPolicy": "2025-12-09 13:22:17",
        "DeleteBucket": "",
        "PutBucketAcl": "",
    }),
    Service("iam", "", {
        "CreateRole": "2025-12-11 09:30:15 | 2026-06-22 14:05:38",
        "AttachRolePolicy": "2025-12-11 09:31:02 | 2026-06-22 14:06:12",
        "CreateUser": "2025-03-03 08:00:00",
        "CreateAccessKey": "",
        "DeleteUser": "",
        "UpdateAssumeRolePolicy": "",
    }),
    Service("cloudwatch", "daily 05:59:01", {"PutMetricAlarm": "2026-06-25 17:11:48", "DeleteAlarms": "", "DeleteDashboards": ""}),
    Service("sts", "daily 05:58:59"),
    Service("cloudformation", "", {
        "CreateStack": "2025-11-03 15:00:27 | 2026-05-20 15:20:13",
        "UpdateStack": "2025-12-22 12:12:12 | 2026-05-20 16:02:44",
        "DeleteStack": "",
    }),
    Service("rds", "", {"CreateDBSnapshot": "2025-12-30 07:45:00 | 2026-05-01 07:45:00", "DeleteDBInstance": "", "ModifyDBInstance": ""}),
    Service("lambda", "", {"CreateFunction": "", "DeleteFunction": "", "UpdateFunctionCode": "2025-12-19 10:10:10 | 2026-03-12 10:10:10"}),
    Service("sns", "", {"CreateTopic": "2026-02-18 09:09:09", "DeleteTopic": ""}),
    Service("route53", "2025-12-15 18:30:00", {"CreateHostedZone": "", "DeleteHostedZone": ""}),
    Service("support", "2025-10-01 11:00:00"),
    Service("glacier", "2025-06-17 02:00:00", {"CreateVault": "", "DeleteVault": ""}),
    Service("elasticbeanstalk", "2024-12-18 14:00:00", {"CreateApplication": "2024-12-18 14:00:00", "DeleteApplication": ""}),
    Service("athena", "2025-08-14 10:00:00 | 2026-06-29 10:00:00", {"CreateWorkGroup": "", "DeleteWorkGroup": ""}),
    Service("bedrock", "2026-05-28 13:37:00", {"CreateAgent": "", "DeleteAgent": ""}),
]
ADMIN_NEVER = """account acm amplify apigateway appsync backup batch braket cloud9 cloudfront cloudhsm codecommit config connect
    datasync dax detective devicefarm directconnect dms ds ecr ecs eks elasticache firehose fsx gamelift glue greengrass
    guardduty inspector2 kinesis kms lightsail macie2 medialive mq organizations polly redshift rekognition sagemaker
    workspaces""".split()
ADMIN = Entity(arn(PRODUCTION, "role/AdminRole"), [
    *ADMIN_USED,
    *(Service(ns, "", {action: "" for action in CATALOGUE[ns]["actions"].split()}) for ns in ADMIN_NEVER),
    # A service that AWS closed, and one that it opened: rows leave and enter an administrator's list by themselves.
    Service("worklink", "", until="2026-03-01"),
    Service("nova-act", "", since="2026-03-01"),
])


def deploy(account):
    """The same pipeline in two accounts, under the same name."""
    busy = account == STAGING
    return Entity(arn(account, "role/ci/ci-deploy"), [
        Service("cloudformation", "daily 03:30:00", {
            "CreateStack": "daily 03:29:00" if busy else "2026-02-11 10:00:00",
            "UpdateStack": "daily 03:30:00",
            "DeleteStack": "",
        }),
        Service("codebuild", "daily 03:00:00" if busy else "daily 03:00:00 until 2026-01-30", {
            "StartBuild": "daily 03:00:00" if busy else "daily 03:00:00 until 2026-01-30",
            "CreateProject": "",
        }),
        Service("ecr", "daily 03:05:00", {"CreateRepository": "2025-12-01 12:00:00", "PutLifecyclePolicy": ""}),
        Service("ecs", "", {
            "RegisterTaskDefinition": "daily 03:31:10",
            "UpdateService": "daily 03:31:20",
            "DeleteCluster": "",
        }),
        Service("iam", "", {"AttachRolePolicy": "", "CreateRole": "", "PutRolePolicy": ""}),
        *([] if busy else [Service("kms", "daily 03:20:00", {"DescribeKey": ""})]),
        Service("lambda", "", {"UpdateFunctionCode": "2025-12-29 03:32:00 | 2026-06-30 03:32:00", "DeleteFunction": ""}),
        Service("s3", "daily 03:33:00", {"CreateBucket": "", "DeleteBucket": "", "GetBucketLocation": "daily 03:33:00"}),
        *([Service("sns", "", {"CreateTopic": ""})] if busy else []),
    ])


def read_only(account, suffix, used):
    """A permission set of IAM Identity Center: the same set carries another suffix in each account."""
    resource = f"role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_ReadOnly_{suffix}"
    namespaces = ["cloudtrail", "cloudwatch", "config", "dynamodb", "ec2", "ecs", "iam", "logs", "s3", "sqs"]
    return Entity(arn(account, resource), [Service(ns, used.get(ns, "")) for ns in namespaces], level="SERVICE_LEVEL")


DEVS = Entity(arn(PRODUCTION, "group/devs"), [
    Service("cloudwatch", {ALICE: "daily 05:20:00", CAROL: "2026-01-02 10:00:00 | 2026-06-11 10:00:00", DAN: "2025-12-12 09:00:00"}),
    Service("codecommit", {}),
    Service("ec2", {ALICE: "2025-12-20 15:00:00", CAROL: "2025-11-28 08:30:00 | 2026-05-05 08:30:00"}),
    Service("logs", {DAN: "2025-12-31 16:45:00 | 2026-04-01 16:45:00 | 2026-07-02 16:45:00"}),
    Service("s3", {ALICE: "2026-01-04 14:00:00 | 2026-07-01 14:00:00", CAROL: "2026-06-30 12:00:00", DAN: "daily 04:50:00"}),
    Service("ssm", {CAROL: "2025-07-07 07:07:07"}),
], level="SERVICE_LEVEL")

ESTATE = [
    ADMIN,
    # Least privilege: everything granted is used, at both levels.
    Entity(PROD_API, [
        Service("dynamodb", "daily 05:41:09", {"DescribeTable": "daily 05:40:00"}),
        Service("kms", "daily 05:41:08", {"DescribeKey": "daily 05:38:00"}),
        Service("logs", "daily 05:41:30", {"CreateLogGroup": "2025-12-27 01:00:00 | 2026-03-29 01:00:00 | 2026-06-28 01:00:00"}),
        Service("s3", "2026-01-04 22:10:00 | 2026-04-05 22:10:00 | 2026-07-03 02:20:44", {
            "GetBucketLocation": "2026-01-04 22:09:59 | 2026-04-05 22:09:59 | 2026-07-03 02:20:43",
        }),
        Service("secretsmanager", "", {"GetSecretValue": "daily 05:00:00"}),
        Service("sqs", "daily 05:41:12", {"GetQueueAttributes": "daily 05:41:02"}),
    ]),
    deploy(PRODUCTION),
    # Its policies were detached in February: the later answers are empty, and truly so.
    Entity(arn(PRODUCTION, "role/legacy/retired-importer"), [
        Service("glue", "2025-07-20 03:00:00", until="2026-02-15"),
        Service("s3", "2025-07-20 03:00:05", until="2026-02-15"),
    ], level="SERVICE_LEVEL"),
    # Made in March: in the second and third snapshot only.
    Entity(arn(PRODUCTION, "role/app/data-export"), [
        Service("athena", "", {"StartQueryExecution": "daily 01:00:00", "CreateWorkGroup": "", "DeleteWorkGroup": ""}),
        Service("glue", "daily 01:00:02", {"GetTable": "daily 01:00:02", "DeleteTable": ""}),
        Service("redshift", "", {"CreateCluster": "", "DeleteCluster": ""}),
        Service("s3", "daily 01:05:00", {"GetBucketLocation": "daily 01:05:00"}),
    ], since="2026-03-10"),
    # Made eight weeks before the last snapshot; the answer of get-role beside the dump says so.
    Entity(arn(PRODUCTION, "role/app/report-builder"), [
        Service("dynamodb", ""),
        Service("s3", "2026-07-05 23:00:00"),
        Service("ses", ""),
    ], level="SERVICE_LEVEL", since="2026-05-11"),
    Entity(ALICE, [
        Service("cloudwatch", "daily 05:20:00", {"DeleteAlarms": "", "PutDashboard": "2026-06-18 09:00:00"}),
        Service("ec2", "2025-12-20 15:00:00", {"RunInstances": "", "StopInstances": "2025-12-20 15:00:00", "TerminateInstances": ""}),
        Service("iam", "", {"ChangePassword": "2025-09-30 08:15:00", "CreateAccessKey": "", "DeleteAccessKey": ""}),
        Service("s3", "", {"CreateBucket": "", "ListAllMyBuckets": "2026-01-04 14:00:00 | 2026-07-01 14:00:00"}),
        Service("support", ""),
    ]),
    DEVS,
    Entity(arn(PRODUCTION, "policy/shared/DeployArtifacts"), [
        Service("codeartifact", {}, {"CreateRepository": {}, "DeleteRepository": {}}),
        Service("kms", {PROD_API: "daily 05:41:08", CI_DEPLOY: "daily 03:20:00"}, {"DescribeKey": {PROD_API: "daily 05:38:00"}}),
        Service("s3", {CI_DEPLOY: "daily 03:33:00", PROD_API: "2026-01-04 22:10:00 | 2026-07-03 02:20:44"}, {
            "DeleteBucket": {},
            "GetBucketLocation": {CI_DEPLOY: "daily 03:33:00", PROD_API: "2026-07-03 02:20:43"},
        }),
    ]),
    Entity("arn:aws:iam::aws:policy/job-function/Billing", [
        Service("aws-portal", {CAROL: "2025-08-08 10:00:00"}),
        Service("billing", {CAROL: "2026-01-02 09:00:00 | 2026-07-02 09:00:00", DAN: "2026-01-03 11:00:00"}),
        Service("budgets", {CAROL: "2025-12-03 09:05:00 | 2026-06-03 09:05:00"}),
        Service("ce", {CAROL: "2026-01-02 09:10:00 | 2026-07-02 09:10:00"}),
        Service("cur", {}),
        Service("tax", {}),
    ], level="SERVICE_LEVEL"),
    read_only(PRODUCTION, "0123456789abcdef", {
        "cloudwatch": "daily 04:30:00", "ec2": "2026-01-03 12:00:00 | 2026-06-26 12:00:00", "s3": "2025-10-10 10:10:10",
    }),
    Entity(arn(PRODUCTION, "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"), [
        Service("ec2", "daily 05:10:00"),
        Service("elasticloadbalancing", "daily 05:10:05"),
        Service("route53", ""),
        Service("servicediscovery", ""),
    ], level="SERVICE_LEVEL"),
    deploy(STAGING),
    Entity(arn(STAGING, "role/app/staging-api"), [
        Service("dynamodb", "daily 05:11:00", {"DescribeTable": "daily 05:11:00", "CreateTable": "2026-01-02 10:00:00", "DeleteTable": ""}),
        Service("kms", "daily 05:11:02", {"DescribeKey": "daily 05:11:02"}),
        Service("s3", "2026-01-03 05:00:00 | 2026-04-04 05:00:00", {"GetBucketLocation": "2026-01-03 05:00:00 | 2026-04-04 05:00:00"}),
        Service("sns", "", {"CreateTopic": "", "DeleteTopic": ""}),
        Service("sqs", "daily 05:11:04", {"CreateQueue": "", "GetQueueAttributes": "daily 05:11:04"}),
    ]),
    Entity(arn(STAGING, "user/people/bob"), [
        Service("cloudwatch", "2025-12-24 10:00:00 | 2026-06-24 10:00:00"),
        Service("ec2", "2025-12-24 10:05:00 | 2026-05-15 10:05:00"),
        Service("rds", "2025-09-15 16:00:00"),
        Service("s3", ""),
    ], level="SERVICE_LEVEL"),
    read_only(STAGING, "fedcba9876543210", {"cloudwatch": "2026-06-12 09:00:00", "ec2": "2025-11-11 11:11:11"}),
]

ARTIFACTS, ANALYTICS = arn(PRODUCTION, "policy/shared/DeployArtifacts"), arn(PRODUCTION, "policy/analytics")
DEPLOY_EDGE, STAGING_SERVICES = "policy/deploy-edge", arn(STAGING, "policy/staging-services")
ADMINISTRATOR, BILLING = arn("aws", "policy/AdministratorAccess"), arn("aws", "policy/job-function/Billing")
FOR_ECS = arn("aws", "policy/aws-service-role/AmazonECSServiceRolePolicy")


def pipeline(account):
    """What ci-deploy may do in both accounts: it may hand any role to what it builds, as far as its boundary lets it."""
    busy = account == STAGING
    return holder(
        arn(account, "role/ci/ci-deploy"), attached=[] if busy else [ARTIFACTS], created="2021-09-14",
        PermissionsBoundary=boundary(arn(account, DEPLOY_EDGE)),
        RoleLastUsed={"LastUsedDate": "2026-07-06T03:33:00+00:00", "Region": "eu-west-1"},
        inline=[(
            "pipeline",
            statement(["cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:DeleteStack", "cloudformation:Describe*"], Sid="Stacks"),
            statement(["codebuild:StartBuild", "codebuild:CreateProject", "codebuild:BatchGet*"], Sid="Builds"),
            statement(["ecr:CreateRepository", "ecr:PutLifecyclePolicy", "ecr:PutImage", "ecs:RegisterTaskDefinition", "ecs:UpdateService",
                       "ecs:DeleteCluster", "lambda:UpdateFunctionCode", "lambda:DeleteFunction"], Sid="Services"),
            statement(["iam:PassRole", "iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"], Sid="Roles"),
            statement(["s3:CreateBucket", "s3:DeleteBucket", "s3:GetBucketLocation", "s3:PutObject"], Sid="Buckets"),
            *([statement("sns:CreateTopic", Sid="Topics")] if busy else []),
            *([] if busy else [statement("codeartifact:*", effect="Deny", Sid="PackagesMoved")]),
        )])


def edge(account):
    """The boundary of ci-deploy: everything but IAM."""
    return managed(arn(account, DEPLOY_EDGE), ("2021-09-14", [statement(["iam:*", "organizations:*", "account:*"], element="NotAction")]),
                   attached=0, boundaries=1)


def reserved(account, suffix):
    resource = f"role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_ReadOnly_{suffix}"
    actions = ["cloudtrail:Get*", "cloudwatch:Get*", "config:Get*", "dynamodb:Describe*", "ec2:Describe*", "ecs:Describe*", "iam:Get*",
               "logs:Describe*", "s3:Get*", "sqs:Get*"]
    return holder(arn(account, resource), inline=[("AwsSSOInlinePolicy", statement(actions))], created="2022-02-01", RoleLastUsed={})


# The answers of the last date alone: nobody saved them before.
AUTHORIZATION_DETAILS = {
    PRODUCTION: {
        "UserDetailList": [
            holder(ALICE, GroupList=["devs"], created="2020-02-03", inline=[
                ("own-account", statement(["iam:ChangePassword", "iam:CreateAccessKey", "iam:DeleteAccessKey"],
                                          resource="arn:aws:iam::*:user/people/${aws:username}"),
                 statement("support:*")),
                ("machines", statement(["ec2:RunInstances", "ec2:StopInstances", "ec2:TerminateInstances", "cloudwatch:DeleteAlarms",
                                        "cloudwatch:PutDashboard", "s3:CreateBucket", "s3:ListAllMyBuckets"])),
                ("left-the-platform-team", statement(["codecommit:*", "logs:*", "ssm:*"], effect="Deny"))]),
            holder(CAROL, GroupList=["devs"], attached=[BILLING], created="2020-06-01"),
            holder(DAN, GroupList=["devs"], attached=[BILLING], created="2021-01-11"),
        ],
        "GroupDetailList": [
            holder(arn(PRODUCTION, "group/devs"), created="2020-02-03", inline=[
                ("team", statement(["cloudwatch:Get*", "codecommit:*", "ec2:Describe*", "logs:Get*", "s3:Get*", "ssm:Get*"]))]),
        ],
        "RoleDetailList": [
            holder(arn(PRODUCTION, "role/AdminRole"), attached=[ADMINISTRATOR], created="2019-11-20",
                   RoleLastUsed={"LastUsedDate": "2026-07-06T05:59:01+00:00", "Region": "us-east-1"}),
            reserved(PRODUCTION, "0123456789abcdef"),
            holder(arn(PRODUCTION, "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"), attached=[FOR_ECS], created="2020-03-03",
                   RoleLastUsed={"LastUsedDate": "2026-07-06T05:10:05+00:00", "Region": "eu-west-1"}),
            pipeline(PRODUCTION),
            holder(arn(PRODUCTION, "role/app/data-export"), attached=[ANALYTICS], created="2026-03-10",
                   RoleLastUsed={"LastUsedDate": "2026-07-06T01:05:00+00:00", "Region": "eu-west-1"}),
            holder(PROD_API, attached=[ARTIFACTS], created="2021-05-05", RoleLastUsed={"LastUsedDate": "2026-07-06T05:41:30+00:00", "Region": "eu-west-1"},
                   inline=[("api", statement(["dynamodb:DescribeTable", "dynamodb:Query", "dynamodb:PutItem", "logs:CreateLogGroup", "logs:PutLogEvents",
                                              "secretsmanager:GetSecretValue", "sqs:GetQueueAttributes", "sqs:SendMessage"]),
                            statement(["codeartifact:*", "s3:DeleteBucket"], effect="Deny"))]),
            holder(arn(PRODUCTION, "role/app/report-builder"), CreateDate="2026-05-11T09:30:00+00:00", inline=[
                ("reports", statement(["dynamodb:Query", "s3:PutObject", "ses:SendEmail"]))],
                RoleLastUsed={"LastUsedDate": "2026-07-05T23:00:00+00:00", "Region": "eu-west-1"}),
            holder(arn(PRODUCTION, "role/legacy/retired-importer"), created="2018-08-08", RoleLastUsed={}),
        ],
        "Policies": [
            managed(ADMINISTRATOR, ("2015-02-06", [statement("*")])),
            managed(FOR_ECS, ("2018-01-18", [statement(["ec2:Describe*", "elasticloadbalancing:RegisterTargets", "route53:ChangeResourceRecordSets",
                                                        "servicediscovery:RegisterInstance"])])),
            managed(ANALYTICS,
                    ("2026-03-10", [statement(["athena:StartQueryExecution", "athena:*WorkGroup"]), statement(["glue:GetTable", "glue:DeleteTable"]),
                                    statement(["redshift:CreateCluster", "redshift:DeleteCluster", "s3:GetBucketLocation", "s3:PutObject"])]),
                    ("2026-04-20", [statement(["athena:StartQueryExecution", "athena:CreateWorkGroup"]), statement(["glue:GetTable", "glue:DeleteTable"]),
                                    statement(["redshift:CreateCluster", "redshift:DeleteCluster", "s3:GetBucketLocation", "s3:PutObject"])]),
                    ("2026-06-01", [statement(["athena:StartQueryExecution", "athena:*WorkGroup"]), statement(["glue:GetTable", "glue:DeleteTable"]),
                                    statement(["redshift:CreateCluster", "redshift:DeleteCluster", "s3:GetBucketLocation", "s3:PutObject"])])),
            edge(PRODUCTION),
            managed(BILLING, ("2016-11-10", [statement(["aws-portal:*Billing", "billing:Get*", "budgets:ViewBudget", "ce:*", "cur:*", "tax:*"])]), attached=2),
            managed(ARTIFACTS, ("2021-05-05", [
                statement("codeartifact:*", Sid="Packages"), statement(["kms:Decrypt", "kms:DescribeKey"], Sid="Keys"),
                statement(["s3:DeleteBucket", "s3:GetBucketLocation", "s3:GetObject"], Sid="Artifacts")]), attached=2),
        ],
    },
    STAGING: {
        "UserDetailList": [
            holder(arn(STAGING, "user/people/bob"), GroupList=[], created="2022-10-10",
                   inline=[("anything-but-iam", statement(["iam:*", "organizations:*", "account:*"], element="NotAction"))]),
        ],
        "GroupDetailList": [],
        "RoleDetailList": [
            reserved(STAGING, "fedcba9876543210"),
            pipeline(STAGING),
            holder(arn(STAGING, "role/app/staging-api"), attached=[STAGING_SERVICES], created="2021-05-06",
                   RoleLastUsed={"LastUsedDate": "2026-07-06T05:11:04+00:00", "Region": "eu-west-1"}),
        ],
        "Policies": [
            edge(STAGING),
            managed(STAGING_SERVICES, ("2021-05-06", [statement([
                "dynamodb:*Table", "kms:DescribeKey", "s3:GetBucketLocation", "s3:GetObject", "sns:CreateTopic", "sns:DeleteTopic", "sqs:CreateQueue",
                "sqs:GetQueueAttributes", "sqs:SendMessage"])])),
        ],
    },
}

FOLDERS = {"user": "users", "role": "roles", "group": "groups", "policy": "policies"}


def files():
    for date in DATES:
        for position, entity in enumerate(ESTATE):
            # The jobs of one night finish one after another.
            as_of = instant(f"{date} 06:00:{position + 11:02}.456")
            if not entity.granted(as_of):
                continue
            account = entity.arn.split(":")[4].replace("aws", PRODUCTION)
            folder = f"estate/{date}/{account}/{FOLDERS[entity.kind]}"
            yield f"{folder}/{entity.name}.json", as_json(answer(entity, as_of))
            if entity.name == "report-builder":
                yield f"{folder}/{entity.name}.get-role.json", as_json(get_role(entity.arn, "2026-05-11T09:30:00+00:00"))
    for account, details in AUTHORIZATION_DETAILS.items():
        yield f"estate/{DATES[-1]}/{account}/authorization-details.json", as_json(details)
