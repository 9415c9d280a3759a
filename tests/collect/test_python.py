"""The script of `dormant collect-script --shell python`, with botocore's Stubber in the place of AWS."""

import contextlib
import csv
import importlib.util
import io
import os
import subprocess
import tempfile
import time
import unittest
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock

os.environ.update(COLLECT_PAUSE="0", COLLECT_BACKOFF="0", COLLECT_PATIENCE="5", AWS_EC2_METADATA_DISABLED="true")

import boto3
from botocore.exceptions import ClientError
from botocore.stub import Stubber

DORMANT = os.environ["DORMANT"]
ACCOUNT = "111122223333"
WHEN = datetime(2026, 5, 4, 8, tzinfo=timezone.utc)


def script(folder, *options):
    """The printed script as a module."""
    text = subprocess.run([DORMANT, "collect-script", "--shell", "python", *options], check=True, capture_output=True).stdout
    path = Path(folder) / "collect.py"
    path.write_bytes(text)
    spec = importlib.util.spec_from_file_location("collect", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # One worker, so that the answers of the stub come in one order.
    module.WORKERS = 1
    return module


def client(service):
    return boto3.client(service, region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="SECRETSECRET")


class Cloud:
    """Stubbed clients that pass for a session."""

    def __init__(self, entities, partition="aws"):
        self.arns = [f"arn:{partition}:iam::{ACCOUNT}:{name}" for name in entities]
        self.clients = {name: client(name) for name in ("sts", "iam", "organizations")}
        self.stubs = {name: Stubber(made) for name, made in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()
        identity = {"Account": ACCOUNT, "Arn": f"arn:{partition}:iam::{ACCOUNT}:user/auditor", "UserId": "AIDAEXAMPLE"}
        self.stubs["sts"].add_response("get_caller_identity", identity)

    def client(self, name, config=None):
        return self.clients[name]

    def list(self, beside=True):
        iam = self.stubs["iam"]
        roles = [{"Arn": arn, "RoleName": "role", "CreateDate": WHEN} for arn in self.arns]
        iam.add_response("get_account_authorization_details", {"RoleDetailList": roles, "IsTruncated": False})
        iam.add_response("list_policies", {"Policies": [], "IsTruncated": False})
        if beside:
            iam.add_response("generate_credential_report", {"State": "COMPLETE"})
            report = f"user,arn,user_creation_time,password_enabled\n<root_account>,arn:aws:iam::{ACCOUNT}:root,2024-05-04T08:00:00+00:00,false\n"
            iam.add_response("get_credential_report", {"Content": report.encode(), "ReportFormat": "text/csv", "GeneratedTime": WHEN})

    def job(self, number):
        self.stubs["iam"].add_response("generate_service_last_accessed_details", {"JobId": f"{number:036}"})

    def refuse(self, operation, code):
        self.stubs["iam"].add_client_error(operation, code, "said the stub", 400)

    def answer(self, status="COMPLETED", marker=None, expected_marker=None, number=1):
        answer = {"JobStatus": status, "JobCreationDate": WHEN, "JobCompletionDate": WHEN, "ServicesLastAccessed": [], "IsTruncated": bool(marker)}
        if status == "COMPLETED":
            name = {"ServiceName": "Service", "ServiceNamespace": "svc2" if expected_marker else "svc1", "TotalAuthenticatedEntities": 0}
            answer["ServicesLastAccessed"] = [name]
        if marker:
            answer["Marker"] = marker
        expected = {"JobId": f"{number:036}", "MaxItems": 1000, **({"Marker": expected_marker} if expected_marker else {})}
        self.stubs["iam"].add_response("get_service_last_accessed_details", answer, expected)


class Cases(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = Path(self.folder.name) / "dumps"
        self.script = script(self.folder.name)

    def run_on(self, cloud, *options):
        with contextlib.redirect_stderr(io.StringIO()):
            code = self.script.main([*options, str(self.out)], session=cloud)
        for stub in cloud.stubs.values():
            stub.assert_no_pending_responses()
        return code

    def checked(self):
        done = subprocess.run([DORMANT, "check", str(self.out), "--format", "csv"], capture_output=True, text=True)
        return {row["entity_arn"]: row["evidence"] for row in csv.DictReader(done.stdout.splitlines()) if row["entity_arn"]}

    def statuses(self):
        with (self.out / "collected.csv").open(newline="") as file:
            return {row["arn"]: row["status"] for row in csv.DictReader(file)}

    def test_pending_paged_and_exact(self):
        cloud = Cloud(["role/a%41/b'\"/x+=,.@-_y"])
        cloud.list()
        cloud.job(1)
        cloud.answer("IN_PROGRESS")
        cloud.answer(marker="next")
        cloud.answer(expected_marker="next")
        self.assertEqual(self.run_on(cloud), 0)
        self.assertEqual(self.checked(), {cloud.arns[0]: "complete"})
        self.assertEqual(len(list((self.out / ACCOUNT).glob("arn*.json"))), 1)

    def test_what_is_old_is_fetched_again(self):
        cloud = Cloud(["role/failing", "role/new", "role/old"])
        cloud.list()
        for number in (1, 2, 3):
            cloud.job(number)
        for number in (1, 2, 3):
            cloud.answer(number=number)
        self.assertEqual(self.run_on(cloud), 0)
        then = time.time() - 10 * 86400
        for path in (self.out / ACCOUNT).iterdir():
            if "new" not in path.name:
                os.utime(path, (then, then))
        cloud = Cloud(["role/failing", "role/new", "role/old"])
        cloud.list(beside=False)
        self.assertEqual(self.run_on(cloud, "--since-days", "11"), 0)
        cloud = Cloud(["role/failing", "role/new", "role/old"])
        cloud.list()
        cloud.job(4)
        cloud.job(5)
        cloud.answer("FAILED", number=4)
        cloud.answer(number=5)
        self.assertEqual(self.run_on(cloud, "--since-days", "10"), 3)
        # An answer that is whole is not lost to one that failed.
        self.assertEqual(self.checked(), {arn: "complete" for arn in cloud.arns})
        old = [path.name for path in (self.out / ACCOUNT).iterdir() if path.stat().st_mtime < then + 60]
        self.assertEqual(old, ["arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Ffailing.json"])
        for wrong in (["--since-days", "0"], ["--since-days", "x"], ["--all"]):
            with self.assertRaises(SystemExit) as ended, contextlib.redirect_stderr(io.StringIO()):
                self.script.main([*wrong, str(self.out)])
            self.assertEqual(ended.exception.code, 2)

    def test_gone_failed_and_throttled(self):
        cloud = Cloud(["role/a", "role/b", "role/c"])
        cloud.list()
        cloud.refuse("generate_service_last_accessed_details", "NoSuchEntity")
        cloud.job(2)
        cloud.refuse("generate_service_last_accessed_details", "Throttling")
        cloud.job(3)
        cloud.answer("FAILED", number=2)
        cloud.answer(number=3)
        self.assertEqual(self.run_on(cloud), 3)
        self.assertEqual(list(self.statuses().values()), ["gone", "failed", "complete"])
        self.assertEqual(self.checked(), {cloud.arns[1]: "failed", cloud.arns[2]: "complete"})

    def test_expired_and_resumed(self):
        cloud = Cloud(["role/a", "role/b"])
        cloud.list()
        cloud.job(1)
        cloud.job(2)
        cloud.answer(number=1)
        cloud.refuse("get_service_last_accessed_details", "ExpiredToken")
        self.assertEqual(self.run_on(cloud), 1)
        self.assertEqual(self.checked(), {cloud.arns[0]: "complete"})
        again = Cloud(["role/a", "role/b"])
        again.list(beside=False)
        again.job(3)
        again.answer(number=3)
        self.assertEqual(self.run_on(again), 0)
        self.assertEqual(set(self.checked().values()), {"complete"})
        self.assertEqual(len(self.checked()), 2)

    def test_what_a_killed_run_left_goes_and_a_file_being_written_stays(self):
        folder = self.out / ACCOUNT
        folder.mkdir(parents=True)
        left, fresh = folder / ".collect.1.1.arn%3A.json", folder / ".collect.2.2.arn%3A.json"
        for part in (left, fresh):
            part.write_text("{")
        os.utime(left, (0, 0))
        cloud = Cloud(["role/a"])
        cloud.list()
        cloud.job(1)
        cloud.answer()
        self.assertEqual(self.run_on(cloud), 0)
        self.assertFalse(left.exists())
        self.assertTrue(fresh.exists())

    def test_a_name_too_long_and_another_partition(self):
        cloud = Cloud(["role/" + "p/" * 200 + "a"], partition="aws-us-gov")
        cloud.list()
        cloud.job(1)
        cloud.answer(marker="next")
        cloud.answer(expected_marker="next")
        self.assertEqual(self.run_on(cloud), 0)
        self.assertEqual(self.checked(), {cloud.arns[0]: "complete"})

    def test_an_organization(self):
        self.script = script(self.folder.name, "--org", "Audit")
        cloud, member = Cloud(["role/a"]), Cloud([])
        accounts = [{"Id": number, "Status": "ACTIVE"} for number in ("222222222222", "333333333333", ACCOUNT)]
        accounts.append({"Id": "444444444444", "Status": "SUSPENDED"})
        cloud.stubs["organizations"].add_response("list_accounts", {"Accounts": accounts})
        keys = {"AccessKeyId": "ASIAEXAMPLEEXAMPLE", "SecretAccessKey": "SECRETSECRET", "SessionToken": "TOKENTOKEN", "Expiration": WHEN}
        cloud.stubs["sts"].add_response("assume_role", {"Credentials": keys})
        cloud.stubs["sts"].add_client_error("assume_role", "AccessDenied")
        member.arns = ["arn:aws:iam::222222222222:role/m"]
        for of in (member, cloud):
            of.list()
            of.job(1)
            of.answer()
        with mock.patch.object(self.script.boto3, "Session", return_value=member):
            self.assertEqual(self.run_on(cloud), 3)
        member.stubs["iam"].assert_no_pending_responses()
        self.assertEqual(self.checked(), {cloud.arns[0]: "complete", member.arns[0]: "complete"})
        self.assertEqual(self.statuses()["arn:aws:iam::333333333333:role/Audit"], "denied")
        saved = b"".join(path.read_bytes() for path in self.out.rglob("*") if path.is_file())
        self.assertNotIn(b"SECRETSECRET", saved)
        self.assertNotIn(b"TOKENTOKEN", saved)

    def test_a_role_that_cannot_be_assumed_again_is_noted_for_each_entity(self):
        self.out.mkdir()
        log = self.script.Log(self.out)

        def refused():
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "said the test"}}, "AssumeRole")

        account = self.script.Account("222222222222", "aws", self.out, log, None, refused)
        account.made -= 10 * self.script.RENEW
        arns = [f"arn:aws:iam::222222222222:role/{name}" for name in "ab"]
        with contextlib.redirect_stderr(io.StringIO()):
            account.round(arns)
        self.assertEqual(self.statuses(), {arn: "denied" for arn in arns})

    def test_no_credentials(self):
        cloud = Cloud([])
        cloud.stubs["sts"] = Stubber(cloud.clients["sts"])
        cloud.clients["sts"] = client("sts")
        stub = Stubber(cloud.clients["sts"])
        stub.add_client_error("get_caller_identity", "InvalidClientTokenId")
        stub.activate()
        self.assertEqual(self.run_on(cloud), 1)


if __name__ == "__main__":
    unittest.main()
