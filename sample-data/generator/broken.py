"""`broken/`: one file, sometimes a few, for each kind of problem that a file can cause. The stem is the kind's code."""

from datetime import timedelta

from .aws import Entity, Service, answer, as_json, instant, job_date, without

FIRST = instant("2026-05-04 08:00:00.500")


def files():
    for name, data in samples():
        yield f"broken/{name}", data


def dump(name, *services, minutes=0, **more):
    """A healthy answer about the role `name`; no two of them come from one job."""
    entity = Entity(f"arn:aws:iam::111122223333:role/{name}", list(services) or HEALTHY, level="SERVICE_LEVEL")
    return answer(entity, FIRST + timedelta(minutes=minutes)) | more


HEALTHY = [Service("s3", "2026-05-01 12:00:00"), Service("sqs", "")]


def samples():
    yield "bad-value.json", as_json(dump("bad-value", minutes=1) | {"ServicesLastAccessed": "see the other file"})

    yield "broken-json.json", as_json(dump("broken-json", minutes=2)).replace(b"0\n        }\n", b"0\n        },\n")

    yield "client-error.json", (
        b"\nAn error occurred (NoSuchEntity) when calling the GetServiceLastAccessedDetails operation: "
        b"Could not find job with id [00000000-0000-0000-0000-000000000000]\n"
    )

    other = "arn:aws:iam::111122223333:role/somebody-else"
    contradiction = dump("contradiction", minutes=3)
    contradiction["ServicesLastAccessed"][0]["LastAuthenticatedEntity"] = other
    yield "contradiction.json", as_json(contradiction)

    whole = as_json(dump("cut-off-json", minutes=4))
    yield "cut-off-json.json", whole[: len(whole) // 2]

    # A gzip header, then a stored block that promises more bytes than follow.
    text = as_json(dump("damaged-archive", minutes=5))
    stored = b"\x01" + len(text).to_bytes(2, "little") + (len(text) ^ 0xFFFF).to_bytes(2, "little")
    yield "damaged-archive.json.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + stored + text[: len(text) // 3]

    twice = as_json(dump("duplicate", minutes=6))
    yield "duplicate.json", twice
    yield "duplicate.copy.json", twice

    yield "empty-file.json", b""

    error = {"Message": "Service last accessed data could not be generated. Try again later.", "Code": "InternalServerError"}
    failed = without(dump("failed-job", minutes=7), "ServicesLastAccessed")
    yield "failed-job.json", as_json(failed | {"JobStatus": "FAILED", "Error": error})

    yield "foreign.json", as_json({"name": "some-web-app", "version": "1.0.0", "dependencies": {}})

    future = dump("future-access", minutes=8)
    future["ServicesLastAccessed"][0]["LastAuthenticated"] = "2026-05-06T12:00:00+00:00"
    yield "future-access.json", as_json(future)

    no_date = without(dump("no-date", minutes=9), "JobCreationDate", "JobCompletionDate")
    yield "no-date.json", as_json(no_date)

    # Dates without an offset are read as UTC, and that is said.
    note = dump("note", minutes=10)
    note["ServicesLastAccessed"][0]["LastAuthenticated"] = "2026-05-01 12:00:00"
    yield "note.json", as_json(note)

    pending = without(dump("pending", minutes=11), "ServicesLastAccessed", "JobCompletionDate")
    yield "pending.json", as_json(pending | {"JobStatus": "IN_PROGRESS"})
    yield "pending-null.json", b"null\n"

    hundred = [Service(f"service-{n:03}", "2026-05-01 12:00:00" if n == 7 else "", name=f"Service {n}") for n in range(100)]
    yield "suspect.json", as_json(without(dump("suspect", *hundred, minutes=12), "IsTruncated"))

    # Nested deeper than any answer; stands for whatever reaches a ceiling.
    deep = 20000
    yield "too-large.json", b"[" * deep + as_json(dump("too-large", minutes=13)).strip() + b"]" * deep + b"\n"

    yield "truncated.json", as_json(dump("truncated", minutes=14) | {"IsTruncated": True, "Marker": "RVhBTVBMRS1tYXJrZXI="})

    alice, bob = "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"
    members = [
        Service("ec2", {alice: "2026-05-02 10:00:00", bob: "2026-04-02 10:00:00"}),
        Service("s3", {bob: "2026-05-02 11:00:00"}),
    ]
    yield "unknown-entity.json", as_json(without(dump("unknown-entity", *members, minutes=15), "Arn"))

    unreadable = dump("unreadable-date", minutes=16)
    unreadable["ServicesLastAccessed"][0]["LastAuthenticated"] = "2026-02-30T12:00:00+00:00"
    yield "unreadable-date.json", as_json(unreadable)

    # --query 'ServicesLastAccessed[?LastAuthenticated]': only rows that were used, and no sign of the others.
    used = [Service(f"service-{n:03}", f"2026-05-{n % 3 + 1:02} 12:00:00", name=f"Service {n}") for n in range(24)]
    yield "used-only.json", as_json(dump("used-only", *used, minutes=17)["ServicesLastAccessed"])

    yield from wrong_formats()
    yield from wrong_operations()


def wrong_formats():
    role = "arn:aws:iam::111122223333:role/wrong-format"
    yield "wrong-format.text.out", (
        "False\t2026-05-04T08:18:00.500000+00:00\t2026-05-04T08:17:59.167000+00:00\tCOMPLETED\tSERVICE_LEVEL\n"
        f"SERVICESLASTACCESSED\t2026-05-01T12:00:00+00:00\t{role}\teu-west-1\tAmazon S3\ts3\t1\n"
        "SERVICESLASTACCESSED\t\t\t\tAmazon SQS\tsqs\t0\n"
    ).encode()
    yield "wrong-format.yaml", (
        "IsTruncated: false\nJobCompletionDate: '2026-05-04T08:18:00.500000+00:00'\nJobStatus: COMPLETED\n"
        "ServicesLastAccessed:\n- LastAuthenticated: '2026-05-01T12:00:00+00:00'\n"
        f"  LastAuthenticatedEntity: {role}\n  ServiceName: Amazon S3\n  ServiceNamespace: s3\n  TotalAuthenticatedEntities: 1\n"
    ).encode()
    yield "wrong-format.repr.txt", (
        "{'JobStatus': 'COMPLETED', 'JobType': 'SERVICE_LEVEL', 'JobCreationDate': datetime.datetime(2026, 5, 4, 8, 17, 59, 167000, "
        "tzinfo=tzutc()), 'ServicesLastAccessed': [{'ServiceName': 'Amazon S3', 'LastAuthenticated': datetime.datetime(2026, 5, 1, 12, 0, "
        "tzinfo=tzutc()), 'ServiceNamespace': 's3', 'TotalAuthenticatedEntities': 1}], 'IsTruncated': False}\n"
    ).encode()


def wrong_operations():
    done = {"JobStatus": "COMPLETED", "JobCreationDate": job_date(FIRST), "JobCompletionDate": job_date(FIRST)}
    yield "wrong-operation.finding.json", as_json(
        {
            "id": "finding-1",
            "findingType": "UnusedPermission",
            "resource": "arn:aws:iam::111122223333:role/prod-api",
            "findingDetails": [{"unusedPermissionDetails": {"serviceNamespace": "s3"}}],
        }
    )
    who = {"Arn": "arn:aws:iam::111122223333:user/bob", "Name": "bob", "Type": "USER", "Id": "AIDAEXAMPLEEXAMPLE001", "Path": "/"}
    yield "other-report.with-entities.json", as_json(
        done | {"EntityDetailsList": [{"EntityInfo": who, "LastAuthenticated": "2026-05-01T12:00:00+00:00"}], "IsTruncated": False}
    )
    access = {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0}
    yield "other-report.organizations.json", as_json(
        done | {"NumberOfServicesAccessible": 1, "NumberOfServicesNotAccessed": 1, "AccessDetails": [access], "IsTruncated": False}
    )
