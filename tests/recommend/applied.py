"""`apply.sh` and `rollback.sh` for real: PyPI's AWS CLI against the IAM of PyPI's moto, on this machine.

    applied.py DORMANT

Needs moto[server], awscli, boto3, python-hcl2, cfn-lint and parliament in the Python that runs it.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from fnmatch import fnmatchcase
from pathlib import Path

import boto3
import hcl2
from botocore.config import Config

DORMANT = str(Path(sys.argv.pop(1)).resolve())
BIN = Path(sys.prefix) / "bin"
ACCOUNT = "123456789012"
ROLES = {"trust": json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})}
MADE = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
USED = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86400))


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions, resource="*"):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def dump(arn, services):
    rows = []
    for name, is_used, actions in sorted(services):
        row = {"ServiceName": name, "ServiceNamespace": name, "TotalAuthenticatedEntities": int(is_used),
               "TrackedActionsLastAccessed": []}
        if is_used:
            row |= {"LastAuthenticated": USED, "LastAuthenticatedEntity": arn, "LastAuthenticatedRegion": "us-east-1"}
        for action in actions:
            one = {"ActionName": action.rstrip("!")}
            if action.endswith("!"):
                one |= {"LastAccessedTime": USED, "LastAccessedEntity": arn, "LastAccessedRegion": "us-east-1"}
            row["TrackedActionsLastAccessed"].append(one)
        rows.append(row)
    return {"Arn": arn, "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "IsTruncated": False, "JobCreationDate": MADE,
            "JobCompletionDate": MADE, "ServicesLastAccessed": rows}


def catalogue(service):
    rows = (Path(__file__).parents[2] / "src/catalogue/data/actions.csv").read_text().splitlines()
    return [row.split(",")[1] for row in rows if row.startswith(service + ",")]


# Half of EC2 is unused, action by action: no policy holds what stays.
WIDE = ("ec2", True, [name + "!" * (at % 2 == 0) for at, name in enumerate(catalogue("ec2"))])


class Applied(unittest.TestCase):
    def setUp(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen([BIN / "moto_server", "-H", "127.0.0.1", "-p", str(port)],
                                  env={**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        self.url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        # A step after which the scripts wait takes no time here.
        (self.home / "bin").mkdir()
        (self.home / "bin/sleep").write_text("#!/bin/sh\n")
        (self.home / "bin/sleep").chmod(0o755)
        self.iam = boto3.client("iam", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="x",
                                aws_secret_access_key="x", config=Config(retries={"max_attempts": 1}))
        self.estate()

    def estate(self):
        iam = self.iam
        for role in ["r", "it's", "other"]:
            iam.create_role(RoleName=role if role != "it's" else "odd=+,.@-", AssumeRolePolicyDocument=ROLES["trust"])
        iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=json.dumps(
            document(allow("s3:*", resource="arn:aws:s3:::home-${aws:username}"), allow("sqs:SendMessage"))))
        iam.put_role_policy(RoleName="odd=+,.@-", PolicyName="-all.unused+", PolicyDocument=json.dumps(document(allow("sqs:*"))))
        self.shared = iam.create_policy(PolicyName="shared", Path="/team/", PolicyDocument=json.dumps(
            document(allow("ec2:RunInstances", "ec2:CreateVpc", "iam:PassRole"))))["Policy"]["Arn"]
        for role in ["r", "other"]:
            iam.attach_role_policy(RoleName=role, PolicyArn=self.shared)
        self.aws = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
        iam.attach_role_policy(RoleName="other", PolicyArn=self.aws)
        self.known = {self.shared, self.aws}
        iam.create_user(UserName="u")
        iam.create_group(GroupName="g")
        iam.add_user_to_group(GroupName="g", UserName="u")
        iam.put_group_policy(GroupName="g", PolicyName="of-group", PolicyDocument=json.dumps(
            document(allow("s3:CreateBucket", "s3:DeleteBucket", resource="arn:aws:s3:::a b/*"))))

    def details(self):
        """The authorization details, with an age that moto cannot give."""
        pages = self.iam.get_paginator("get_account_authorization_details").paginate(
            Filter=["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]).build_full_result()
        text = json.dumps(pages, default=str)
        whole = json.loads(text)
        whole["Policies"] = [p for p in whole["Policies"] if p["Arn"] in self.known]
        # What moto has from its own list of policies has no count.
        for policy in whole["Policies"]:
            policy["CreateDate"] = policy["UpdateDate"] = "2022-01-01T00:00:00+00:00"
            # AWS always says of how many it is the boundary; moto does not.
            policy.setdefault("PermissionsBoundaryUsageCount", 0)
            for version in policy["PolicyVersionList"]:
                version["CreateDate"] = "2022-01-01T00:00:00+00:00"
        for row in whole["UserDetailList"] + whole["RoleDetailList"] + whole["GroupDetailList"]:
            row["CreateDate"] = "2022-01-01T00:00:00+00:00"
        return whole

    def propose(self, more=()):
        inputs = self.home / "in"
        inputs.mkdir()
        (inputs / "details.json").write_text(json.dumps(self.details()))
        ec2 = ("ec2", True, ["RunInstances!", "CreateVpc"])
        iam = ("iam", False, [])
        of = lambda role: f"arn:aws:iam::{ACCOUNT}:role/{role}"
        dumps = [
            dump(of("r"), [("s3", True, ["CreateBucket!", "DeleteBucket"]), ("sqs", False, []), ec2, iam]),
            dump(of("other"), [ec2, iam, ("sqs", True, ["GetQueueUrl!", "ListQueues"])]),
            dump(of("odd=+,.@-"), [("sqs", False, [])]),
            dump(f"arn:aws:iam::{ACCOUNT}:user/u", [("s3", True, ["CreateBucket!", "DeleteBucket"])]),
            *more,
        ]
        for at, one in enumerate(dumps):
            (inputs / f"{at}.json").write_text(json.dumps(one))
        ran = subprocess.run([DORMANT, "recommend", "in", "-o", "out"], cwd=self.home, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return sorted((self.home / "out").rglob("apply.sh"))

    def wide(self):
        """Three policies of which the smaller document has to be split: a shared one, an inline one, and one by AWS."""
        iam, text = self.iam, json.dumps(document(allow("ec2:*")))
        shared = iam.create_policy(PolicyName="wide", Path="/team/", PolicyDocument=text)["Policy"]["Arn"]
        by_aws = "arn:aws:iam::aws:policy/AmazonEC2FullAccess"
        self.known |= {shared, by_aws}
        for name in ["w1", "w2"]:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=ROLES["trust"])
        iam.attach_role_policy(RoleName="w1", PolicyArn=shared)
        iam.create_group(GroupName="wide")
        iam.attach_group_policy(GroupName="wide", PolicyArn=shared)
        for name in ["w3", "w4"]:
            iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="wide", UserName="w3")
        iam.put_user_policy(UserName="w4", PolicyName="inline wide", PolicyDocument=text)
        iam.attach_role_policy(RoleName="w2", PolicyArn=by_aws)
        others = [(name, False, []) for name in ["autoscaling", "cloudwatch", "elasticloadbalancing", "iam"]]
        dumps = [dump(f"arn:aws:iam::{ACCOUNT}:{holder}", [WIDE, *more])
                 for holder, more in [("role/w1", []), ("user/w3", []), ("user/w4", []), ("role/w2", others)]]
        return {script.parent.name: script for script in self.propose(dumps) if script.parent.name in ("wide", "w4", "w2")}

    def sh(self, script, *arguments):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = {**kept, "HOME": str(self.home), "PATH": f"{self.home}/bin:{BIN}:{os.environ['PATH']}", "AWS_ENDPOINT_URL": self.url,
                       "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
        return subprocess.run(["sh", script, *arguments], env=environment, cwd="/", capture_output=True, text=True)

    def state(self):
        """Documents that hold, attachments and groups."""
        whole = self.details()
        default = lambda policy: next(v["Document"] for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])
        return {
            "policies": {p["Arn"]: default(p) for p in whole["Policies"]},
            "entities": {row["Arn"]: [sorted((p["PolicyName"], json.dumps(p["PolicyDocument"])) for p in
                                             row.get("RolePolicyList", row.get("GroupPolicyList", row.get("UserPolicyList", [])))),
                                      sorted(p["PolicyArn"] for p in row["AttachedManagedPolicies"]), row.get("GroupList")]
                         for row in whole["UserDetailList"] + whole["RoleDetailList"] + whole["GroupDetailList"]},
        }

    def patterns(self, kind, name):
        """What the Allow statements of the policies of a user, role or group say."""
        call = lambda verb, noun, **more: getattr(self.iam, f"{verb}_{kind}_{noun}")(**{f"{kind.capitalize()}Name": name}, **more)
        documents = [call("get", "policy", PolicyName=one)["PolicyDocument"] for one in call("list", "policies")["PolicyNames"]]
        attached = getattr(self.iam, f"list_attached_{kind}_policies")(**{f"{kind.capitalize()}Name": name})
        for arn in [one["PolicyArn"] for one in attached["AttachedPolicies"]]:
            version = self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            documents.append(self.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])
        listed = lambda value: value if isinstance(value, list) else [value]
        return [p.lower() for d in documents for s in listed(d["Statement"]) if s["Effect"] == "Allow" for p in listed(s["Action"])]

    def allowed(self, role, action):
        """Whether any Allow statement of the role matches the action; there is no Deny here."""
        return any(fnmatchcase(action.lower(), pattern) for pattern in self.patterns("role", role))

    def lost(self, kind, name):
        """The used actions of EC2 that are not allowed, and the unused ones that are not."""
        patterns = self.patterns(kind, name)
        missing = [one for one in WIDE[2] if not any(fnmatchcase(f"ec2:{one.rstrip('!')}".lower(), pattern) for pattern in patterns)]
        return [one for one in missing if one.endswith("!")], [one for one in missing if not one.endswith("!")]

    def test_applied_and_undone(self):
        before = self.state()
        scripts = self.propose()
        self.assertEqual(len(scripts), 5, scripts)
        for script in scripts:
            ran = self.sh(script)
            self.assertEqual(ran.returncode, 0, f"{script}: {ran.stderr}")
        stays = [("r", "s3:CreateBucket"), ("r", "s3:GetObject"), ("r", "ec2:RunInstances"), ("other", "ec2:RunInstances"),
                 ("r", "iam:PassRole"), ("other", "sqs:GetQueueUrl")]
        goes = [("r", "s3:DeleteBucket"), ("r", "sqs:SendMessage"), ("r", "ec2:CreateVpc"), ("other", "ec2:CreateVpc"),
                ("odd=+,.@-", "sqs:SendMessage"), ("other", "sqs:ListQueues")]
        self.assertEqual([one for one in stays if not self.allowed(*one)], [])
        self.assertEqual([one for one in goes if self.allowed(*one)], [])
        self.assertNotEqual(self.state(), before)
        again = self.sh(scripts[0])
        self.assertEqual(again.returncode, 1, "a second run finds another policy than that of the dump")
        # Undone once, and once more, which changes nothing.
        for words in ["allowed again: ", ""]:
            for script in scripts:
                ran = self.sh(script.with_name("rollback.sh"))
                self.assertEqual(ran.returncode, 0, f"{script}: {ran.stderr}")
                self.assertIn(words, ran.stdout)
            self.assertEqual(self.state(), before)

    def test_a_split_policy_is_applied_and_undone_and_loses_nothing_half_way(self):
        scripts = self.wide()
        self.assertEqual(len(scripts), 3, scripts)
        before = self.state()
        holders = {"wide": [("role", "w1"), ("group", "wide")], "w4": [("user", "w4")], "w2": [("role", "w2")]}
        takes = {"wide": "aws iam create-policy-version", "w4": "aws iam delete-user-policy", "w2": "aws iam detach-role-policy"}
        for name, script in scripts.items():
            proposed = sorted(script.parent.glob("*.proposed.*.json"))
            self.assertGreater(len(proposed), 1)
            text, before_this = script.read_text(), self.state()
            # It stops before each step in turn, as if that failed: before the first that takes something away nothing is lost.
            steps = [at for at, line in enumerate(text.splitlines()) if line.strip().startswith(("aws iam attach", takes[name]))]
            for at in [steps[0], steps[-1]]:
                lines = text.splitlines()
                lines.insert(at, "exit 7")
                script.write_text("\n".join(lines) + "\n")
                self.assertEqual(self.sh(script).returncode, 7)
                for holder in holders[name]:
                    self.assertEqual(self.lost(*holder), ([], []), holder)
            undone = self.sh(script.with_name("rollback.sh"))
            self.assertEqual(undone.returncode, 0, undone.stderr)
            self.assertNotIn("allowed again", undone.stdout)
            self.assertEqual(self.state(), before_this)
            script.write_text(text)
            ran = self.sh(script)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            for holder in holders[name]:
                used, unused = self.lost(*holder)
                self.assertEqual(used, [], holder)
                self.assertGreater(len(unused), 100)
            self.assertNotEqual(self.state(), before_this)
        # What somebody changed since in a part is theirs.
        part = f"arn:aws:iam::{ACCOUNT}:policy/team/wide-part-2"
        self.iam.create_policy_version(PolicyArn=part, PolicyDocument=json.dumps(document(allow("glue:*"))), SetAsDefault=True)
        self.assertIn("wide-part-2 was changed after", self.sh(scripts["wide"].with_name("rollback.sh")).stderr)
        self.iam.set_default_policy_version(PolicyArn=part, VersionId="v1")
        for words in ["allowed again: ", ""]:
            for script in scripts.values():
                undone = self.sh(script.with_name("rollback.sh"))
                self.assertEqual(undone.returncode, 0, undone.stderr)
                self.assertIn(words, undone.stdout)
            self.assertEqual(self.state(), before)

    def test_another_policy_with_the_name_of_a_part_stops_it(self):
        scripts = self.wide()
        self.iam.create_policy(PolicyName="wide-part-2", Path="/team/", PolicyDocument=json.dumps(document(allow("s3:*"))))
        before = self.state()
        self.assertIn("another policy with the name wide-part-2", self.sh(scripts["wide"]).stderr)
        self.assertEqual(self.state(), before)

    def test_undone_where_apply_stopped_half_way(self):
        before = self.state()
        script = next(script for script in self.propose() if script.parent.name == "r")
        text = script.read_text()
        script.write_text(text.replace("aws iam put-role-policy", "exit 7; aws iam put-role-policy"))
        self.assertEqual(self.sh(script).returncode, 7)
        self.assertEqual(self.sh(script.with_name("rollback.sh")).returncode, 0)
        self.assertEqual(self.state(), before)
        script.write_text(text)
        self.assertEqual(self.sh(script).returncode, 0)
        self.assertNotEqual(self.state(), before)

    def test_what_somebody_changed_since_is_not_undone(self):
        scripts = {script.parent.name: script for script in self.propose()}
        for name, of, policy in [("r", "r", "inline"), ("odd=+%2C.%40-", "odd=+,.@-", "-all.unused+")]:
            self.assertEqual(self.sh(scripts[name]).returncode, 0)
            self.iam.put_role_policy(RoleName=of, PolicyName=policy, PolicyDocument=json.dumps(document(allow("glue:*"))))
            before = self.state()
            ran = self.sh(scripts[name].with_name("rollback.sh"))
            self.assertIn("was changed after apply.sh", ran.stderr)
            self.assertEqual(self.state(), before)

    def test_who_came_since_stops_it(self):
        scripts = {script.parent.name: script for script in self.propose()}
        self.iam.create_user(UserName="None")
        self.iam.add_user_to_group(GroupName="g", UserName="None")
        self.assertIn("other members", self.sh(scripts["g"]).stderr)
        self.iam.remove_user_from_group(GroupName="g", UserName="None")
        # As many as before, and another one.
        self.iam.detach_role_policy(RoleName="other", PolicyArn=self.shared)
        self.iam.attach_user_policy(UserName="None", PolicyArn=self.shared)
        self.assertIn("is attached to others", self.sh(scripts["shared"]).stderr)
        # A blank in a text is a part of it.
        self.iam.put_group_policy(GroupName="g", PolicyName="of-group", PolicyDocument=json.dumps(
            document(allow("s3:CreateBucket", "s3:DeleteBucket", resource="arn:aws:s3:::ab/*"))))
        self.assertIn("was changed after the dump", self.sh(scripts["g"]).stderr)
        self.iam.create_policy(PolicyName="AmazonSQSReadOnlyAccess-for-role-other", PolicyDocument=json.dumps(document(allow("s3:*"))))
        before = self.state()
        self.assertIn("another policy with the name", self.sh(scripts["other"]).stderr)
        self.assertEqual(self.state(), before)

    def test_what_stops_it(self):
        script = next(script for script in self.propose() if script.parent.name == "shared")
        for _ in range(4):
            self.iam.create_policy_version(PolicyArn=self.shared, PolicyDocument=json.dumps(document(allow("s3:*"))), SetAsDefault=False)
        ran = self.sh(script)
        self.assertIn("has 5 versions", ran.stderr)
        self.assertIn("v2", ran.stderr)
        self.iam.delete_policy_version(PolicyArn=self.shared, VersionId="v2")
        self.iam.attach_user_policy(UserName="u", PolicyArn=self.shared)
        self.assertIn("is attached to others", self.sh(script).stderr)
        self.iam.detach_user_policy(UserName="u", PolicyArn=self.shared)
        self.iam.set_default_policy_version(PolicyArn=self.shared, VersionId="v3")
        self.assertIn("was changed after the dump", self.sh(script).stderr)
        self.iam.set_default_policy_version(PolicyArn=self.shared, VersionId="v1")
        old = script.read_text()
        script.write_text(old.replace("$(date +%s)", str(int(time.time()) + 40 * 86400)))
        self.assertIn("older than 30 days", self.sh(script).stderr)
        self.assertEqual(len(self.iam.list_policy_versions(PolicyArn=self.shared)["Versions"]), 4)
        self.assertEqual(self.sh(script, "--stale-ok").returncode, 0)

    def test_other_tools_read_what_is_written(self):
        self.wide()
        out = self.home / "out"
        templates, terraform = (sorted(out.rglob(glob)) for glob in ("*.cfn.json", "*.tf"))
        proposed = [file for file in sorted(out.rglob("*.json")) if ".proposed." in file.name]
        self.assertTrue(templates and terraform and proposed)
        for file in terraform:
            with open(file, encoding="utf-8") as text:
                hcl2.load(text)
        ran = subprocess.run([BIN / "cfn-lint", *templates], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        for file in proposed:
            ran = subprocess.run([BIN / "parliament", "--file", file], capture_output=True, text=True)
            severe = [line for line in ran.stdout.splitlines() if line.startswith(("HIGH", "CRITICAL"))]
            self.assertEqual(severe, [], file)


if __name__ == "__main__":
    unittest.main()
