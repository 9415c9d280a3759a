"""Both scripts with real clients against a service on this machine: Debian's aws-cli, PyPI's, and boto3."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from endpoint import serve

DORMANT = os.environ["DORMANT"]
# tests/collect/run names them, each with the version that it must be.
CLIENTS = dict(client.split("=", 1) for client in os.environ["AWS_CLIENTS"].split())
ACCOUNT, MEMBER = "111122223333", "222222222222"
NAMES = ["user/people/alice", "role/a/b/x+=,.@-_y", "role/plain", "group/devs", "policy/shared/Deploy"]
SCENARIO = {
    "account": ACCOUNT,
    "partition": "aws-us-gov",
    "entities": NAMES,
    "page_size": 2,
    "busy_every": 11,
    "rules": {"role/plain": {"pending": 2, "pages": 3}, "user/people/alice": {"pages": 2}},
    "accounts": [
        {"Id": ACCOUNT, "Name": "own", "Status": "ACTIVE", "State": "ACTIVE"},
        {"Id": MEMBER, "Name": "member", "Status": "ACTIVE", "State": "ACTIVE"},
        {"Id": "333333333333", "Name": "closed", "Status": "SUSPENDED", "State": "SUSPENDED"},
    ],
}


class Cases(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name)
        (self.path / "state").mkdir()
        (self.path / "bin").mkdir()
        (self.path / "state/scenario.json").write_text(json.dumps(SCENARIO))

    def environment(self, url):
        """Nothing of the person's own AWS configuration, and every address that of the service here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "HOME": str(self.path),
            "PATH": f"{self.path / 'bin'}:{os.environ['PATH']}",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "SECRETSECRET",
            "AWS_DEFAULT_REGION": "us-gov-west-1",
            "AWS_ENDPOINT_URL": url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "COLLECT_PAUSE": "0",
            "COLLECT_BACKOFF": "0",
            # Other tests of the same process name a shorter one, and a busy machine starts a client in seconds.
            "COLLECT_PATIENCE": "600",
        }

    def script(self, name, *options):
        text = subprocess.run([DORMANT, "collect-script", "--org", "Audit", *options], check=True, capture_output=True).stdout
        (self.path / name).write_bytes(text)

    def run_script(self, url, *command):
        done = subprocess.run([*command, "dumps"], cwd=self.path, env=self.environment(url), capture_output=True, text=True, timeout=600)
        log = self.path / "dumps/collected.csv"
        self.assertEqual(done.returncode, 0, done.stderr + (log.read_text() if log.exists() else ""))

    def assert_whole(self):
        check = subprocess.run([DORMANT, "check", "dumps", "--format", "csv"], cwd=self.path, capture_output=True, text=True)
        rows = [row for row in csv.DictReader(check.stdout.splitlines()) if row["job_status"]]
        expected = {f"arn:aws-us-gov:iam::{account}:{name}": "complete" for account in (ACCOUNT, MEMBER) for name in NAMES}
        self.assertEqual({row["entity_arn"]: row["evidence"] for row in rows}, expected, check.stdout)
        self.assertEqual(sum(row["entity_arn"] == f"arn:aws-us-gov:iam::{MEMBER}:role/plain" for row in rows), 3, "each page has a row")
        for account in (ACCOUNT, MEMBER):
            details = json.loads((self.path / "dumps" / account / "account-authorization-details.json").read_text())
            self.assertEqual([len(details[name]) for name in ("UserDetailList", "RoleDetailList", "GroupDetailList", "Policies")], [1, 2, 1, 1])
            self.assertTrue(json.loads((self.path / "dumps" / account / "credential-report.json").read_text())["Content"])
        grants = subprocess.run([DORMANT, "grants", "dumps", "--format", "csv"], cwd=self.path, capture_output=True, text=True)
        self.assertEqual(grants.returncode, 0, grants.stderr)
        self.assertIn("svc1", grants.stdout)
        saved = b"".join(path.read_bytes() for path in (self.path / "dumps").rglob("*") if path.is_file())
        self.assertNotIn(b"SECRETSECRET", saved)
        self.assertNotIn(b"TOKENTOKEN", saved)

    def test_the_command_line_clients(self):
        self.script("collect.sh")
        for version, program in CLIENTS.items():
            with self.subTest(client=version):
                said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
                self.assertTrue((said.stdout + said.stderr).startswith(f"aws-cli/{version}."), said)
                (self.path / "state/asked").unlink(missing_ok=True)
                for path in (self.path / "state").glob("count.*"):
                    path.unlink()
                with serve(self.path / "state") as url:
                    # Versions before 2.13 do not read AWS_ENDPOINT_URL.
                    fake = self.path / "bin/aws"
                    fake.write_text(f'#!/bin/sh\nexec "{program}" --endpoint-url "{url}" "$@"\n')
                    fake.chmod(0o755)
                    self.run_script(url, "dash", "collect.sh")
                self.assert_whole()
                subprocess.run(["rm", "-r", "dumps"], cwd=self.path, check=True)

    def test_boto3(self):
        self.script("collect.py", "--shell", "python")
        with serve(self.path / "state") as url:
            self.run_script(url, sys.executable, "collect.py")
        self.assert_whole()


if __name__ == "__main__":
    unittest.main()
