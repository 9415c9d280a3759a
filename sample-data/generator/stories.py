"""The small stories: one folder each, one thing to see in each. Every EXPECT.md says what."""

from urllib.parse import quote_plus

from .aws import CATALOGUE, Entity, Service, answer, as_json, get_role, instant, pages, without
from .policies import boundary, holder, managed, statement

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"


def arn(resource, account=ACCOUNT):
    return f"arn:aws:iam::{account}:{resource}"


def files():
    for story in (
        seed_article, admin_role, least_privilege, user_and_group, policy, two_accounts, two_dates, truncated,
        pending_failed_empty, service_linked, hostile_names, young_role, who_grants_it,
    ):
        for name, data in story():
            yield f"{story.__name__.replace('_', '-')}/{name}", data


def saved(entity, as_of):
    return as_json(answer(entity, instant(as_of)))


def seed_article():
    """The day of the article: AWS had been watching ec2, iam and lambda for thirteen days, s3 for a year."""
    build_agent = Entity(arn("role/build-agent"), [
        Service("ec2", "2021-04-19 22:15:00", {
            "RunInstances": "2021-04-18 09:30:00",
            "StopInstances": "2021-04-09 19:00:00",
            "CreateImage": "",
            "TerminateInstances": "",
        }),
        Service("iam", "", {"ListRoles": "2021-04-14 12:00:00", "CreateUser": "", "DeleteRole": ""}),
        Service("lambda", "", {"CreateFunction": "", "DeleteFunction": ""}),
        Service("s3", "", {"CreateBucket": "2021-04-16 08:00:00", "DeleteBucket": "", "PutBucketPolicy": "2020-12-24 18:00:00"}),
        Service("sqs", ""),
    ])
    yield "dumps/build-agent.json", saved(build_agent, "2021-04-20 10:00:00.250")


def admin():
    """An administrator: 230 services, a dozen of them used. Action level lists what may be done in each."""
    used = {
        "ec2": {"RunInstances": "2026-04-28 14:00:00", "TerminateInstances": "2025-12-01 14:00:00", "CreateVpc": ""},
        "iam": {"CreateRole": "2026-04-30 11:00:00", "DeleteUser": "", "CreateAccessKey": ""},
        "s3": {"CreateBucket": "2026-03-02 09:00:00", "DeleteBucket": "", "PutBucketPolicy": "2026-03-02 09:01:00"},
        "cloudwatch": {"PutMetricAlarm": "2026-04-29 10:00:00", "DeleteAlarms": ""},
        "kms": {"CreateKey": "2025-08-15 12:00:00", "ScheduleKeyDeletion": ""},
        "rds": {"CreateDBInstance": "2025-11-20 12:00:00", "DeleteDBInstance": ""},
        "lambda": {"CreateFunction": "", "UpdateFunctionCode": "2026-02-20 08:00:00"},
    }
    used_services = {"support": "2025-05-05 05:05:05", "route53": "2026-01-10 10:00:00", "sts": "2026-05-03 23:59:00"}
    # Every other service of the catalogue, so that the list reaches from `a2c` to `xray`.
    chosen = sorted({*list(CATALOGUE)[::2], *used, *used_services})
    spare = [ns for ns in chosen[::-1] if ns not in used and ns not in used_services]
    namespaces = [ns for ns in chosen if ns not in spare[1 : 1 + len(chosen) - 230]]
    return Entity(arn("role/AdminRole"), [
        Service(ns, used_services.get(ns, ""), used.get(ns) or {action: "" for action in CATALOGUE[ns]["actions"].split()})
        for ns in namespaces
    ])


def admin_role():
    whole = answer(admin(), instant("2026-05-04 08:00:00.500"))
    for number, page in enumerate(pages(whole, 100), 1):
        yield f"dumps/AdminRole.page{number}.json", as_json(page)


def least_privilege():
    thumbnailer = Entity(arn("role/app/thumbnailer"), [
        Service("logs", "2026-05-04 07:59:00", {"CreateLogGroup": "2026-03-01 00:00:00"}),
        Service("s3", "2026-05-04 07:58:00", {"GetBucketLocation": "2026-05-04 07:58:00"}),
        Service("sqs", "2026-05-01 08:00:00", {"GetQueueAttributes": "2026-05-01 08:00:00"}),
    ])
    yield "dumps/thumbnailer.json", saved(thumbnailer, "2026-05-04 08:00:00")


ALICE, BOB, CAROL = arn("user/people/alice"), arn("user/people/bob"), arn("user/people/carol")


def user_and_group():
    alice = Entity(ALICE, [
        Service("ec2", "2026-05-02 10:00:00"),
        Service("iam", "2025-10-06 09:00:00"),
        Service("s3", "2026-01-20 09:00:00"),
        Service("sqs", ""),
    ], level="SERVICE_LEVEL")
    devs = Entity(arn("group/devs"), [
        Service("ec2", {ALICE: "2026-05-02 10:00:00", BOB: "2026-04-01 10:00:00", CAROL: "2026-05-03 17:00:00"}),
        Service("s3", {ALICE: "2026-01-20 09:00:00", BOB: "2025-12-31 09:00:00"}),
        Service("sns", {}),
        Service("sqs", {CAROL: "2026-04-24 08:00:00"}),
    ], level="SERVICE_LEVEL")
    for entity in (alice, devs):
        yield f"dumps/{entity.name}.json", saved(entity, "2026-05-04 08:00:00.500")


CI_DEPLOY, PROD_API = arn("role/ci/ci-deploy"), arn("role/app/prod-api")


def policy():
    artifacts = Entity(arn("policy/shared/DeployArtifacts"), [
        Service("codeartifact", {}),
        Service("kms", {CI_DEPLOY: "2026-05-03 03:00:00", PROD_API: "2026-05-04 05:00:00"}),
        Service("s3", {CI_DEPLOY: "2026-05-04 03:30:00", PROD_API: "2026-04-02 05:00:00", ALICE: "2025-11-11 11:00:00"}),
    ], level="SERVICE_LEVEL")
    yield "dumps/DeployArtifacts.json", saved(artifacts, "2026-05-04 08:00:00.500")
    # Used by one role only, and saved as the client prints it: the rows look exactly like that role's own.
    only_ci = Entity(arn("policy/ReleaseNotes"), [
        Service("s3", {CI_DEPLOY: "2026-04-20 03:30:00"}),
        Service("ses", {}),
    ], level="SERVICE_LEVEL")
    plain = answer(only_ci, instant("2026-05-04 08:00:01.500"), arn=False)
    yield f"dumps/{ACCOUNT}/policies/ReleaseNotes.json", as_json(plain)


def two_accounts():
    for account, seconds, s3, lambda_, logs in (
        (ACCOUNT, 1, "2026-05-03 12:00:00", "", "2026-05-04 06:00:00"),
        (OTHER_ACCOUNT, 2, "", "", "2025-12-20 06:00:00"),
    ):
        deploy = Entity(arn("role/ci/deploy", account), [
            Service("lambda", lambda_),
            Service("logs", logs),
            Service("s3", s3),
            *([Service("sqs", "")] if account == OTHER_ACCOUNT else []),
        ], level="SERVICE_LEVEL")
        suffix = "0123456789abcdef" if account == ACCOUNT else "fedcba9876543210"
        view = Entity(arn(f"role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_View_Only_{suffix}", account), [
            Service("cloudwatch", "2026-04-10 10:00:00" if account == ACCOUNT else ""),
            Service("ec2", ""),
        ], level="SERVICE_LEVEL")
        for entity in (deploy, view):
            yield f"dumps/{quote_plus(entity.arn)}.json", saved(entity, f"2026-05-04 08:00:0{seconds}.500")


def two_dates():
    """One entity for each thing that can happen between two snapshots; see the table in EXPECT.md."""
    def made(name, *services, **life):
        return Entity(arn(f"role/{name}"), list(services), level="SERVICE_LEVEL", **life)

    entities = [
        made("busy",
             Service("ec2", "2026-01-01 00:00:00", until="2026-02-01"),
             Service("lambda", "", since="2026-02-01"),
             Service("s3", "2026-01-04 12:00:00 | 2026-04-05 12:00:00"),
             Service("sns", "2025-12-20 09:00:00"),
             Service("sqs", "2026-03-15 09:00:00")),
        made("fades", Service("ses", "2024-12-20 12:00:00")),
        made("gone", Service("s3", "2026-01-02 00:00:00"), until="2026-02-01"),
        made("new", Service("s3", ""), since="2026-02-01"),
        made("returns", Service("glue", "2025-08-01 12:00:00 | 2026-04-01 12:00:00")),
    ]
    for number, day in enumerate(("2026-01-05", "2026-04-06")):
        as_of = instant(f"{day} 06:00:00")
        for entity in entities:
            if entity.granted(as_of):
                yield f"{day}/{entity.name}.json", as_json(answer(entity, as_of))
        # Deleted and made again under its old name, with less of a past: the later answer knows only an earlier access.
        recreated = made("recreated", Service("kms", ("2025-12-28 10:00:00", "2025-11-30 10:00:00")[number]))
        yield f"{day}/recreated.json", as_json(answer(recreated, as_of))


def truncated():
    """The plain call, saved without a second one: AWS stops at 200 services, and the client says nothing."""
    whole = Entity(arn("role/AdminRole"), [Service(s.namespace, s.used or s.actions.get("RunInstances", "")) for s in admin().services],
                   level="SERVICE_LEVEL")
    cut = next(pages(answer(whole, instant("2026-05-04 08:00:00")), 200))
    yield "2026-05-04/AdminRole.json", as_json(cut)
    yield "2026-05-11/AdminRole.json", saved(whole, "2026-05-11 08:00:00")


def pending_failed_empty():
    def one(name, *services):
        return answer(Entity(arn(f"role/{name}"), list(services), level="SERVICE_LEVEL"), instant(AS_OF))

    AS_OF = "2026-05-04 08:00:00.500"
    error = {"Message": "Service last accessed data could not be generated. Try again later.", "Code": "InternalServerError"}
    s3 = Service("s3", "2026-05-01 12:00:00")
    yield "dumps/complete.json", as_json(one("complete", s3, Service("sqs", "")))
    yield "dumps/empty.json", as_json(one("empty"))
    yield "dumps/failed.json", as_json(without(one("failed", s3), "ServicesLastAccessed") | {"JobStatus": "FAILED", "Error": error})
    in_progress = without(one("pending", s3), "ServicesLastAccessed", "JobCompletionDate") | {"JobStatus": "IN_PROGRESS"}
    yield "dumps/pending.json", as_json(in_progress)
    # What `--query ServicesLastAccessed` prints of a job that is still running.
    yield f"dumps/{quote_plus(arn('role/pending-query'))}.json", b"null\n"


def service_linked():
    rows = [Service("ec2", "2026-05-03 10:00:00"), Service("s3", "")]
    for resource in (
        "role/app/ordinary",
        "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_00112233445566ff",
        "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    ):
        entity = Entity(arn(resource), rows, level="SERVICE_LEVEL")
        yield f"dumps/{entity.name}.json", saved(entity, "2026-05-04 08:00:00.500")


def hostile_names():
    names = ("group/+ops", "role/@SUM", "role/backup,nightly", "user/-2+3", "user/=1+1")
    for number, resource in enumerate(names):
        entity = Entity(arn(resource), [Service("s3", "")], level="SERVICE_LEVEL")
        yield f"dumps/{quote_plus(entity.arn)}.json", as_json(answer(entity, instant(f"2026-05-04 08:00:00.{500 + number}"), arn=False))


def young_role():
    old, young = arn("role/app/old-batch"), arn("role/app/young-batch")
    for entity_arn, created in ((old, "2024-02-01T09:00:00+00:00"), (young, "2026-04-20T09:00:00+00:00")):
        entity = Entity(entity_arn, [
            Service("s3", "2026-05-03 02:00:00"),
            Service("sqs", "", {"CreateQueue": "", "DeleteQueue": ""}),
        ])
        yield f"dumps/{entity.name}.json", saved(entity, "2026-05-04 08:00:00.500")
        yield f"dumps/{entity.name}.get-role.json", as_json(get_role(entity_arn, created))


def who_grants_it():
    """Every way in which a permission is given: inline, shared, by AWS, through a group, by NotAction; and what takes it away."""
    shared, queues = arn("policy/shared-deploy"), arn("policy/queues")
    power, view = arn("policy/PowerUserAccess", "aws"), arn("policy/ViewOnlyAccess", "aws")
    edge = boundary(arn("policy/edge"))
    yield "dumps/2026-05-04.authorization-details.json", as_json({
        "UserDetailList": [holder(arn("user/ana"), GroupList=["developers"], Tags=[{"Key": "team", "Value": "payments"}])],
        "GroupDetailList": [holder(arn("group/developers"), attached=[shared])],
        "RoleDetailList": [
            holder(arn("role/deploy"), inline=[("launch", statement(["iam:PassRole", "ec2:RunInstances"]))], attached=[shared],
                   PermissionsBoundary=edge, RoleLastUsed={"LastUsedDate": "2026-05-03T02:00:00+00:00", "Region": "eu-west-1"}),
            holder(arn("role/forgotten"), inline=[("old", statement("sns:Publish"))], RoleLastUsed={}),
            holder(arn("role/guarded"), inline=[(
                "buckets", statement("s3:*"), statement("s3:DeleteBucket", effect="Deny"),
                statement("s3:PutBucketPolicy", effect="Deny", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}))],
                RoleLastUsed={"LastUsedDate": "2026-05-01T07:00:00+00:00", "Region": "eu-west-1"}),
            holder(arn("role/power"), attached=[power], RoleLastUsed={"LastUsedDate": "2026-05-02T10:00:00+00:00", "Region": "eu-west-1"}),
            holder(arn("role/viewer"), attached=[view], RoleLastUsed={}),
            holder(arn("role/worker"), attached=[queues], RoleLastUsed={"LastUsedDate": "2026-05-04T05:00:00+00:00", "Region": "eu-west-1"}),
        ],
        "Policies": [
            managed(power, ("2015-02-06", [
                statement(["iam:*", "organizations:*", "account:*"], element="NotAction"),
                statement(["iam:CreateServiceLinkedRole", "iam:ListRoles"])])),
            managed(arn("policy/edge"), ("2023-03-01", [statement(["ec2:*", "s3:*", "sqs:*"])]), attached=0),
            managed(queues, ("2024-02-01", [statement(["sqs:SendMessage", "sqs:CreateQueue"])]),
                    ("2026-04-20", [statement(["sqs:SendMessage", "sqs:CreateQueue", "sqs:DeleteQueue"])])),
            managed(shared, ("2023-03-01", [
                statement(["s3:Get*", "s3:CreateBucket"], Sid="Artifacts"), statement("SQS:createqueue", Sid="Queues")]), attached=2),
        ],
    })
    yield "organization/accounts.json", as_json({"Accounts": [
        {"Id": ACCOUNT, "Arn": f"arn:aws:organizations::{ACCOUNT}:account/o-example/{ACCOUNT}", "Name": "Payments", "Status": "ACTIVE"}]})
    report = ["user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"]
    keys = [f"access_key_{n}_{of}" for n in (1, 2) for of in ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")]
    rows = [
        [*report, *keys],
        ["<root_account>", arn("root"), "2019-01-01T00:00:00+00:00", "not_supported", "2024-11-02T08:00:00+00:00", "not_supported",
         "false", *["N/A"] * 4, "false", *["N/A"] * 4],
        ["ana", arn("user/ana"), "2023-03-01T09:00:00+00:00", "true", "no_information", "2023-03-01T09:00:00+00:00",
         "true", "2023-03-02T09:00:00+00:00", "2025-08-01T10:00:00+00:00", "eu-west-1", "s3", "true", "2026-04-20T09:00:00+00:00", *["N/A"] * 3],
    ]
    yield "dumps/2026-05-04.credential-report.csv", "".join(",".join(row) + "\n" for row in rows).encode()
    dumps = {
        "user/ana": [Service("s3", "2025-08-01 10:00:00", {"CreateBucket": ""}), Service("sqs", "", {"CreateQueue": ""})],
        "group/developers": [Service("s3", {arn("user/ana"): "2025-08-01 10:00:00"}, {"CreateBucket": ""}), Service("sqs", {}, {"CreateQueue": ""})],
        "role/deploy": [
            Service("ec2", "2026-05-03 02:00:00", {"RunInstances": ""}), Service("iam", ""),
            Service("s3", "2026-05-03 02:00:01", {"CreateBucket": "2026-05-03 02:00:01"}), Service("sqs", "", {"CreateQueue": ""})],
        "role/guarded": [Service("s3", "2026-05-01 07:00:00", {"CreateBucket": "2026-05-01 07:00:00", "PutBucketPolicy": ""})],
        "role/power": [
            Service("ec2", "2026-05-02 10:00:00", {"RunInstances": "2026-05-02 10:00:00"}), Service("iam", "", {"ListRoles": ""}),
            Service("sqs", "", {"CreateQueue": "", "DeleteQueue": ""})],
        "role/worker": [Service("sqs", "2026-05-04 05:00:00", {"CreateQueue": "", "DeleteQueue": ""})],
    }
    # Two jobs do not begin and end in the same milliseconds; equal answers that do are one answer.
    for number, (name, services) in enumerate(dumps.items()):
        entity = Entity(arn(name), services)
        yield f"dumps/{entity.name}.json", saved(entity, f"2026-05-04 08:00:00.{500 + number}")
