"""An invented AWS, which answers from a scenario: $FAKE_AWS holds scenario.json and remembers what was asked.

`fake_aws` is a client that asks it, and `endpoint.py` a service that real clients ask. Neither leaves the machine. A scenario names:

    account, partition, entities    what there is
    rules         of an entity: throttled (calls), refused (a code), failed, pending (looks), pages
    accounts, closed                the organization, and the accounts where the role cannot be assumed
    assumes       how many times a role can be assumed at all
    busy_assumes  how many times AWS says first that this is too frequent
    expires_after                   jobs until the credentials have expired
    job_seconds   how long jobs take at least and at most; each entity has its own length
    busy_every    of so many calls one is refused as too frequent
    page_size     entities on one page of the account's details, where the service has pages
    burn          seconds of processor that one start of the client costs
"""

import json
import os
import time
import uuid
from pathlib import Path

WHEN = "2026-05-04T08:00:00+00:00"


class Refused(Exception):
    """An error of the service: a code and a message."""

    def __init__(self, code, message="said the fake"):
        super().__init__(message)
        self.code = code


def named(text):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))


class Cloud:
    """One caller's view: `key` is the access key that the call was made with."""

    def __init__(self, home, key):
        self.home = Path(home)
        self.key = key
        self.scenario = json.loads((self.home / "scenario.json").read_text())
        self.partition = self.scenario.get("partition", "aws")
        # The key of an assumed role names its account.
        self.account = (key or "").removeprefix("ASIAKEY") if (key or "").startswith("ASIAKEY") else self.scenario["account"]

    def answer(self, service, operation, given):
        """The answer to an operation by its name in the API, or `Refused`."""
        with (self.home / "asked").open("a") as file:
            file.write(f"{service}:{operation}\n")
        every = self.scenario.get("busy_every")
        if every and self.count("calls") % every == 0:
            raise Refused("Throttling", "Rate exceeded")
        return getattr(self, operation)(given)

    def count(self, name):
        """How often this was counted, this time included; also across processes."""
        path = self.home / f"count.{named(name)}"
        with path.open("a") as file:
            file.write("x")
            file.flush()
            return file.tell()

    def arn(self, name):
        return f"arn:{self.partition}:iam::{self.account}:{name}"

    def names(self, kind):
        return [name for name in self.scenario["entities"] if name.startswith(kind + "/")]

    def GetCallerIdentity(self, _):
        return {"UserId": "AIDAEXAMPLE", "Account": self.account, "Arn": self.arn("user/auditor")}

    def entity(self, kind, name):
        path, _, last = name.removeprefix(kind).rpartition("/")
        identity = {"Path": path + "/", "Arn": self.arn(name), "CreateDate": "2024-01-02T03:04:05+00:00"}
        return {**identity, f"{kind.capitalize()}Name": last, f"{kind.capitalize()}Id": "AXXA" + named(name)[:16].upper().replace("-", "X")}

    def GetAccountAuthorizationDetails(self, given):
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "svc1:*", "Resource": "*"}]}
        inline = [{"PolicyName": "inline", "PolicyDocument": document}]
        users = [{**self.entity("user", name), "UserPolicyList": inline, "GroupList": [], "AttachedManagedPolicies": []} for name in self.names("user")]
        roles = [
            {**self.entity("role", name), "AssumeRolePolicyDocument": document, "RolePolicyList": inline, "AttachedManagedPolicies": []}
            for name in self.names("role")
        ]
        groups = [{**self.entity("group", name), "GroupPolicyList": inline, "AttachedManagedPolicies": []} for name in self.names("group")]
        version = {"Document": document, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": WHEN}
        policies = [
            {**self.policy(name), "PermissionsBoundaryUsageCount": 0, "PolicyVersionList": [version]} for name in self.names("policy")
        ]
        wanted = {"User": users, "Role": roles, "Group": groups, "LocalManagedPolicy": policies}
        names = {"User": "UserDetailList", "Role": "RoleDetailList", "Group": "GroupDetailList", "LocalManagedPolicy": "Policies"}
        asked = given.get("Filter", list(wanted))
        rows = [(names[kind], row) for kind, found in wanted.items() if kind in asked for row in found]
        # A client shows all pages as one; only the service has them.
        first = int(given.get("Marker", "0"))
        size = self.scenario.get("page_size", len(rows)) if "paged" in given else len(rows)
        answer = {name: [row for kind, row in rows[first : first + size] if kind == name] for name in names.values()}
        more = first + size < len(rows)
        return {**answer, "IsTruncated": more, **({"Marker": str(first + size)} if more else {})}

    def policy(self, name):
        path, _, last = name.removeprefix("policy").rpartition("/")
        identity = {"PolicyName": last, "PolicyId": "ANPA" + named(name)[:16].upper(), "Arn": self.arn(name), "Path": path + "/"}
        return {**identity, "DefaultVersionId": "v1", "AttachmentCount": 1, "IsAttachable": True, "CreateDate": WHEN, "UpdateDate": WHEN}

    def ListPolicies(self, _):
        return {"Policies": [self.policy(name) for name in self.names("policy")], "IsTruncated": False}

    def GenerateCredentialReport(self, _):
        return {"State": "COMPLETE" if self.count(f"report {self.account}") > 1 else "STARTED"}

    def GetCredentialReport(self, _):
        columns = ["user", "arn", "user_creation_time", "password_enabled", "password_last_used", "access_key_1_active", "access_key_1_last_used_date"]
        root = ["<root_account>", f"arn:{self.partition}:iam::{self.account}:root", WHEN, "not_supported", "no_information", "false", "N/A"]
        users = [[name.rsplit("/", 1)[-1], self.arn(name), WHEN, "false", "N/A", "false", "N/A"] for name in self.names("user")]
        report = "\n".join(",".join(map(str, row)) for row in [columns, root, *users])
        return {"Content": report.encode(), "ReportFormat": "text/csv", "GeneratedTime": WHEN}

    def GenerateServiceLastAccessedDetails(self, given):
        arn = given["Arn"]
        rule = self.scenario.get("rules", {}).get(arn.split(":", 5)[-1], {})
        asked = self.count("generate " + arn)
        if asked <= rule.get("throttled", 0):
            raise Refused("Throttling", "Rate exceeded")
        if "refused" in rule:
            raise Refused(rule["refused"])
        if self.scenario.get("expires_after") and self.count("generate") > self.scenario["expires_after"]:
            raise Refused("ExpiredToken", "The security token included in the request is expired")
        job = named(f"{arn} {asked}")
        least, most = self.scenario.get("job_seconds", [0, 0])
        ready = time.time() + least + (most - least) * (int(named(arn)[:4], 16) / 0xFFFF)
        (self.home / job).write_text(json.dumps({"arn": arn, "key": self.key, "ready": ready, **rule}))
        return {"JobId": job}

    def GetServiceLastAccessedDetails(self, given):
        job = json.loads((self.home / given["JobId"]).read_text())
        if job["key"] != self.key:
            raise Refused("NoSuchEntity", "not the session that started it")
        # No two jobs begin and end in the same milliseconds: the same answer under two names would be taken for one.
        begun, ended = (int(given["JobId"][at : at + 4], 16) % 60000 / 1000 for at in (0, 4))
        head = {"JobStatus": "IN_PROGRESS", "JobType": "ACTION_LEVEL", "JobCreationDate": f"2026-05-04T08:00:{begun:06.3f}000+00:00"}
        if job.get("failed"):
            return {**head, "JobStatus": "FAILED", "Error": {"Code": "InternalError", "Message": "said the fake"}}
        if time.time() < job["ready"] or self.count("get " + given["JobId"]) <= job.get("pending", 0):
            return head
        page, pages = int(given.get("Marker", "page-1").split("-")[1]), job.get("pages", 1)
        service = {"ServiceName": f"Service {page}", "ServiceNamespace": f"svc{page}", "TotalAuthenticatedEntities": 0}
        more = {"IsTruncated": True, "Marker": f"page-{page + 1}"} if page < pages else {"IsTruncated": False}
        done = {"JobStatus": "COMPLETED", "JobCompletionDate": f"2026-05-04T08:01:{ended:06.3f}000+00:00"}
        return {**head, **done, "ServicesLastAccessed": [service], **more}

    def ListAccounts(self, _):
        return {"Accounts": self.scenario["accounts"]}

    def AssumeRole(self, given):
        number = given["RoleArn"].split(":")[4]
        if number in self.scenario.get("closed", []):
            raise Refused("AccessDenied")
        number_of_this = self.count("assumed")
        if number_of_this <= self.scenario.get("busy_assumes", 0):
            raise Refused("Throttling")
        if number_of_this > self.scenario.get("assumes", number_of_this):
            raise Refused("AccessDenied")
        keys = {"AccessKeyId": "ASIAKEY" + number, "SecretAccessKey": "SECRETSECRET", "SessionToken": "TOKENTOKEN"}
        return {"Credentials": {**keys, "Expiration": "2036-01-01T00:00:00+00:00"}}
