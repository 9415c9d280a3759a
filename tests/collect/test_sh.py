"""The script of `dormant collect-script --shell sh`, under three shells, with a fake client first on PATH."""

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
DORMANT = os.environ["DORMANT"]
SHELLS = [["dash"], ["bash"], ["busybox", "sh"]]
ACCOUNT = "111122223333"


def printed(*options):
    return subprocess.run([DORMANT, "collect-script", *options], check=True, capture_output=True, text=True).stdout


def spelt(arn):
    """An ARN as reports show it."""
    return arn.replace("\x7f", "\\u{7f}")


class Home:
    """A folder with a fake client and the script."""

    def __init__(self, shell, scenario, *options):
        self.shell = shell
        # A client that a killed process has started may still write there.
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.path = Path(self.folder.name)
        (self.path / "bin").mkdir()
        (self.path / "state").mkdir()
        fake = self.path / "bin/aws"
        # The interpreter that runs the tests has jmespath; the one on PATH may not.
        fake.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "fake_aws"}" "$@"\n')
        fake.chmod(0o755)
        self.scenario(scenario)
        (self.path / "collect.sh").write_text(printed("--shell", "sh", *options))

    def scenario(self, scenario):
        (self.path / "state/scenario.json").write_text(json.dumps({"account": ACCOUNT, **scenario}))

    def command(self, *arguments, **more):
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PATH": f"{self.path / 'bin'}:{os.environ['PATH']}",
            "FAKE_AWS": str(self.path / "state"),
            "COLLECT_PAUSE": "0",
            "COLLECT_BACKOFF": "0",
            "COLLECT_PATIENCE": "20",
            **more,
        }
        return {"args": [*self.shell, "collect.sh", *(arguments or ["dumps"])], "cwd": self.path, "env": environment}

    def run(self, *arguments):
        return subprocess.run(**self.command(*arguments), capture_output=True, text=True, timeout=300)

    def dumps(self, account=ACCOUNT):
        return sorted(path.name for path in (self.path / "dumps" / account).glob("arn%3A*"))

    def rows(self):
        with (self.path / "dumps/collected.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def checked(self):
        """What `dormant check` says: evidence by ARN."""
        done = subprocess.run([DORMANT, "check", "dumps", "--format", "csv"], cwd=self.path, capture_output=True, text=True)
        rows = csv.DictReader(done.stdout.splitlines())
        return {row["entity_arn"]: row["evidence"] for row in rows if row["entity_arn"]}


class Cases(unittest.TestCase):
    def each(self, scenario, *options):
        for shell in SHELLS:
            with self.subTest(shell=shell):
                home = Home(shell, scenario, *options)
                with home.folder:
                    yield home

    def arn(self, name, account=ACCOUNT, partition="aws"):
        return f"arn:{partition}:iam::{account}:{name}"

    def test_every_kind_of_entity_is_saved_whole_and_exact(self):
        # A path may hold every character from `!` to DEL; `dormant` spells DEL out.
        paths = ["role/a/b/x+=,.@-_y", "role/a%41/%2e/x", "role/b\x7f'\"\\;$(id)/x"]
        names = ["user/people/alice", *paths, "group/devs", "policy/shared/Deploy"]
        for home in self.each({"entities": names}):
            done = home.run()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(home.checked(), {spelt(self.arn(name)): "complete" for name in names})
            for beside in ("account-authorization-details.json", "credential-report.json"):
                self.assertTrue(json.loads((home.path / "dumps" / ACCOUNT / beside).read_text()))
            self.assertEqual(list((home.path / "dumps").glob(".collect*")), [])
            granted = subprocess.run([DORMANT, "grants", "dumps", "--format", "csv"], cwd=home.path, capture_output=True, text=True)
            self.assertEqual(granted.returncode, 0, granted.stderr)
            holders = {row["entity_arn"] for row in csv.DictReader(granted.stdout.splitlines())}
            self.assertLessEqual({spelt(self.arn(name)) for name in names if not name.startswith("policy/")}, holders)

    def test_a_job_that_takes_its_time(self):
        for home in self.each({"entities": ["role/a"], "rules": {"role/a": {"pending": 3}}}):
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.checked(), {self.arn("role/a"): "complete"})
            self.assertEqual(len(home.dumps()), 1)

    def test_three_pages_are_joined(self):
        for home in self.each({"entities": ["role/a"], "rules": {"role/a": {"pages": 3}}}):
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(len(home.dumps()), 1)
            listed = subprocess.run([DORMANT, "list", "dumps", "--level", "service", "--format", "csv"], cwd=home.path, capture_output=True, text=True)
            self.assertEqual(len(listed.stdout.splitlines()), 4, listed.stdout)
            self.assertEqual(home.checked(), {self.arn("role/a"): "complete"})

    def test_an_entity_that_is_gone_is_noted(self):
        for home in self.each({"entities": ["role/a", "role/b"], "rules": {"role/a": {"refused": "NoSuchEntity"}}}):
            self.assertEqual(home.run().returncode, 3)
            self.assertEqual(home.checked(), {self.arn("role/b"): "complete"})
            self.assertEqual({row["arn"]: row["status"] for row in home.rows()}[self.arn("role/a")], "gone")

    def test_a_failed_job_is_kept_and_tried_again(self):
        for home in self.each({"entities": ["role/a", "role/b"], "rules": {"role/a": {"failed": True}}}):
            self.assertEqual(home.run().returncode, 3)
            self.assertEqual(home.checked()[self.arn("role/a")], "failed")
            home.scenario({"entities": ["role/a", "role/b"]})
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.checked()[self.arn("role/a")], "complete")

    def test_what_is_old_is_fetched_again(self):
        names = ["role/new", "role/old", "role/failing"]
        for home in self.each({"entities": names}):
            self.assertEqual(home.run().returncode, 0)
            folder = home.path / "dumps" / ACCOUNT
            then = time.time() - 10 * 86400
            for path in folder.iterdir():
                if "new" not in path.name:
                    os.utime(path, (then, then))
            asked = home.path / "state/asked"
            before = len(asked.read_text().splitlines())
            self.assertEqual(home.run("--since-days", "11", "dumps").returncode, 0)
            self.assertFalse([line for line in asked.read_text().splitlines()[before:] if "iam:GenerateServiceLastAccessedDetails" in line])
            home.scenario({"entities": names, "rules": {"role/failing": {"failed": True}}})
            before = len(asked.read_text().splitlines())
            done = home.run("--since-days", "10", "dumps")
            self.assertEqual(done.returncode, 3, done.stderr)
            again = [line for line in asked.read_text().splitlines()[before:] if "iam:GenerateServiceLastAccessedDetails" in line]
            self.assertEqual(len(again), 2, again)
            # An answer that is whole is not lost to one that failed.
            self.assertEqual(home.checked(), {self.arn(name): "complete" for name in names})
            old = {path.name for path in folder.iterdir() if path.stat().st_mtime < then + 60}
            self.assertEqual(old, {"arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Ffailing.json"})
            for wrong in (["--since-days"], ["--since-days", "0"], ["--since-days", "x", "dumps"], ["--all"], ["dumps", "more"]):
                done = home.run(*wrong)
                self.assertEqual((done.returncode, "usage" in done.stderr), (2, True), wrong)

    def test_throttling_is_waited_for(self):
        for home in self.each({"entities": ["role/a"], "rules": {"role/a": {"throttled": 3}}}):
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.checked(), {self.arn("role/a"): "complete"})

    def test_expired_credentials_stop_the_run_and_it_resumes(self):
        names = [f"role/r{number}" for number in range(20)]
        for home in self.each({"entities": names, "expires_after": 9}):
            done = home.run()
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("expired", done.stderr)
            self.assertTrue(all(evidence == "complete" for evidence in home.checked().values()))
            home.scenario({"entities": names})
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.checked(), {self.arn(name): "complete" for name in names})

    def test_killed_twice_and_resumed(self):
        names = [f"role/r{number}" for number in range(20)]
        for home in self.each({"entities": names, "rules": {name: {"pages": 2} for name in names}}):
            for seconds in (1.5, 2.0):
                running = subprocess.Popen(**home.command(), stderr=subprocess.DEVNULL)
                time.sleep(seconds)
                running.send_signal(signal.SIGKILL)
                running.wait()
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.checked(), {self.arn(name): "complete" for name in names})

    def test_killed_before_a_file_got_its_name(self):
        for home in self.each({"entities": ["role/a"], "rules": {"role/a": {"pending": 10000}}}):
            running = subprocess.Popen(**home.command(COLLECT_PAUSE="1"), stderr=subprocess.DEVNULL)
            until = time.monotonic() + 60
            while not (found := list((home.path / "dumps").glob(".collect.*/*/page.arn*.json"))) and time.monotonic() < until:
                time.sleep(0.05)
            self.assertTrue(found, "a job was looked at")
            running.send_signal(signal.SIGKILL)
            running.wait()
            # The first page of two had arrived.
            service = {"ServiceName": "Service", "ServiceNamespace": "svc1", "TotalAuthenticatedEntities": 0}
            page = {"JobStatus": "COMPLETED", "IsTruncated": True, "Marker": "page-2", "ServicesLastAccessed": [service]}
            found[0].with_name(found[0].name.replace("page", "whole", 1)).write_text(json.dumps({**page, "JobCompletionDate": "2026-05-04T08:02:00+00:00"}))
            self.assertEqual(home.dumps(), [])
            self.assertNotIn("complete", home.checked().values())
            self.assertEqual(set(home.checked()), {self.arn("role/a")})
            home.scenario({"entities": ["role/a"]})
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.checked(), {self.arn("role/a"): "complete"})
            self.assertEqual(list((home.path / "dumps").glob(".collect.*")), [])

    def test_what_is_complete_is_not_asked_for_again(self):
        for home in self.each({"entities": ["role/a", "role/b"]}):
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.run().returncode, 0)
            asked = (home.path / "state/asked").read_text()
            self.assertEqual(asked.count("iam:GenerateServiceLastAccessedDetails"), 2)

    def test_an_organization(self):
        members = [("222222222222", "ACTIVE"), ("333333333333", "ACTIVE"), ("444444444444", "SUSPENDED"), (ACCOUNT, "ACTIVE")]
        accounts = [{"Id": number, "Status": status} for number, status in members]
        scenario = {"entities": ["role/a"], "accounts": accounts, "closed": ["333333333333"]}
        for home in self.each(scenario, "--org", "Audit"):
            done = home.run()
            self.assertEqual(done.returncode, 3, done.stderr)
            arns = {self.arn("role/a", number): "complete" for number in ("222222222222", ACCOUNT)}
            self.assertEqual(home.checked(), arns)
            self.assertIn("arn:aws:iam::333333333333:role/Audit", {row["arn"] for row in home.rows() if row["status"] == "denied"})
            saved = b"".join(path.read_bytes() for path in (home.path / "dumps").rglob("*") if path.is_file())
            self.assertNotIn(b"SECRETSECRET", saved)
            self.assertNotIn(b"TOKENTOKEN", saved)

    def test_a_role_that_cannot_be_assumed_again_loses_no_entity_in_silence(self):
        members = [("222222222222", "ACTIVE"), (ACCOUNT, "ACTIVE")]
        accounts = [{"Id": number, "Status": status} for number, status in members]
        names = [f"role/r{number:02}" for number in range(60)]
        scenario = {"entities": names, "accounts": accounts, "assumes": 1, "job_seconds": [1, 1]}
        for home in self.each(scenario, "--org", "Audit"):
            done = subprocess.run(**home.command(COLLECT_RENEW="-1"), capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 3, done.stderr)
            missing = [row["arn"] for row in home.rows() if row["error"].startswith("not reached")]
            self.assertEqual(len(missing) + len(home.dumps("222222222222")), 60, done.stderr)
            self.assertGreater(len(missing), 0)
            self.assertEqual(len(home.dumps()), 60)

    def test_a_role_that_is_assumed_too_often_is_waited_for(self):
        accounts = [{"Id": number, "Status": "ACTIVE"} for number in ("222222222222", ACCOUNT)]
        for home in self.each({"entities": ["role/a"], "accounts": accounts, "busy_assumes": 2}, "--org", "Audit"):
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(len(home.dumps("222222222222")), 1)

    def test_a_process_that_ends_early_loses_no_entity_in_silence(self):
        names = [f"role/r{number:02}" for number in range(40)]
        for home in self.each({"entities": names, "job_seconds": [1, 2]}):
            run = subprocess.Popen(**home.command(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while not (home.path / "state/asked").exists() or "GetServiceLastAccessedDetails" not in (home.path / "state/asked").read_text():
                time.sleep(0.05)
            # A child of the script that is a shell again is a worker.
            children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
            os.kill(int(children[-1]), signal.SIGKILL)
            errors = run.communicate(timeout=300)[1]
            self.assertEqual(run.returncode, 3, errors)
            missing = [row["arn"] for row in home.rows() if row["error"].startswith("not reached")]
            self.assertEqual(len(missing) + len(home.dumps()), 40, errors)
            self.assertGreater(len(missing), 0)
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(len(home.dumps()), 40)

    def test_another_partition(self):
        for home in self.each({"entities": ["role/a"], "partition": "aws-us-gov"}):
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.checked(), {self.arn("role/a", partition="aws-us-gov"): "complete"})

    def test_a_name_too_long_for_a_file(self):
        name = "role/" + "p/" * 200 + "a"
        for home in self.each({"entities": [name], "rules": {name: {"pages": 2}}}):
            self.assertEqual(home.run().returncode, 0)
            self.assertEqual(home.checked(), {self.arn(name): "complete"})

    def test_only_what_the_policy_allows_is_called(self):
        scenario = {"entities": ["role/a", "policy/p"], "accounts": [{"Id": "222222222222", "State": "ACTIVE"}]}
        allowed = {
            action
            for statement in json.loads(printed("--policy", "--org", "Audit"))["Statement"]
            for action in statement["Action"]
        }
        for home in self.each(scenario, "--org", "Audit"):
            self.assertEqual(home.run().returncode, 0)
            called = set((home.path / "state/asked").read_text().split())
            # Nobody needs a permission to ask who they are.
            self.assertEqual(called - {"sts:GetCallerIdentity"}, allowed)


if __name__ == "__main__":
    unittest.main()
