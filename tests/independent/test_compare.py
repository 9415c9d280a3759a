"""compare.py agrees with a program that is right and catches one that is not: `python3 -m unittest` in this folder."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).parent


def compare(fault: str, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, HERE / "compare.py", HERE / "fake_dormant.py", *options]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"FAKE_FAULT": fault})


class Faults(unittest.TestCase):
    def test_agrees_with_what_is_right(self):
        done = compare("", "--seed", "0", "--only", "report")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout.splitlines()[-1], r"^[1-9]\d* passed, 0 failed$")

    def test_catches_what_is_wrong(self):
        for fault in ("drop-row", "wrong-cell", "wrong-order"):
            done = compare(fault, "--seed", "0", "--only", "list --level service /")
            self.assertEqual((fault, done.returncode), (fault, 1), done.stdout + done.stderr)
            self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed")

    def test_a_program_that_fails_is_a_failure(self):
        command = [sys.executable, HERE / "compare.py", "/bin/false", "--seed", "0", "--only", "summary /"]
        self.assertEqual(subprocess.run(command, capture_output=True).returncode, 1)


if __name__ == "__main__":
    unittest.main()
