"""Every policy that AWS publishes, read by `dormant grants` and expanded by policyuniverse: the same actions, where both know them.

The documents are those that moto carries (`pip install --no-deps moto policyuniverse`; tests/run does it). Usage: managed.py BINARY
"""

import csv
import importlib.util
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ACTIONS = Path(__file__).parents[2] / "src/catalogue/data/actions.csv"
ACCOUNT = "111122223333"


def published():
    """Name and policy, from the one file of moto that has them: nothing of moto is run."""
    at = Path(importlib.util.find_spec("moto").submodule_search_locations[0], "iam", "aws_managed_policies.py")
    names = {}
    exec(compile(at.read_text(), str(at), "exec"), names)  # noqa: S102
    return json.loads(names["aws_managed_policies_data"])


def arn_of(name, policy):
    return f"arn:aws:iam::aws:policy{policy['Path']}{name}"


def details(policies):
    """Authorization details with a role for each policy, which has nothing else."""
    listed, roles = [], []
    for at, (name, policy) in enumerate(sorted(policies.items())):
        version = {"VersionId": policy["DefaultVersionId"], "IsDefaultVersion": True, "CreateDate": policy["CreateDate"], "Document": policy["Document"]}
        listed.append({
            "PolicyName": name, "Arn": arn_of(name, policy), "DefaultVersionId": policy["DefaultVersionId"], "AttachmentCount": 1,
            "CreateDate": policy["CreateDate"], "PolicyVersionList": [version],
        })
        roles.append({
            "RoleName": f"r{at}", "Arn": f"arn:aws:iam::{ACCOUNT}:role/r{at}", "CreateDate": "2022-01-01T00:00:00Z",
            "RolePolicyList": [], "AttachedManagedPolicies": [{"PolicyName": name, "PolicyArn": arn_of(name, policy)}],
        })
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": listed}


def expected(policies, universe_of):
    """Policy, statement and action of every Allow statement with Action, by policyuniverse; of those that both know."""
    known = set()
    for row in csv.reader(line for line in ACTIONS.read_text().splitlines() if not line.startswith("#")):
        known.add(f"{row[0]}:{row[1]}".lower())
    known &= set(universe_of.all_permissions)
    found = set()
    for name, policy in policies.items():
        statements = policy["Document"]["Statement"]
        for number, statement in enumerate(statements if isinstance(statements, list) else [statements], 1):
            if statement["Effect"] == "Allow" and "Action" in statement:
                patterns = statement["Action"]
                for pattern in [patterns] if isinstance(patterns, str) else patterns:
                    # `*` reaches the services of a dump, of which there is none here.
                    if pattern != "*":
                        expanded = universe_of.expand_policy({"Statement": [{"Effect": "Allow", "Action": [pattern], "Resource": "*"}]})
                        actions = expanded["Statement"][0]["Action"]
                        found |= {(arn_of(name, policy), number, action.lower()) for action in actions if action.lower() in known}
    return known, found


def main(binary):
    import policyuniverse.expander_minimizer as universe_of

    policies = published()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "details.json").write_text(json.dumps(details(policies)))
        ran = subprocess.run([binary, "grants", folder, "--level", "action", "--format", "csv"], capture_output=True, encoding="utf-8", check=False)
        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    if ran.returncode != 0:
        sys.exit(f"exit code {ran.returncode}: {ran.stderr}")
    began = time.process_time()
    known, want = expected(policies, universe_of)
    python = time.process_time() - began
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    unread = [row["policy_arn"] for row in rows if row["note"] == "document-missing"]
    if unread:
        sys.exit(f"{len(unread)} documents were not read, among them {unread[:3]}")
    got = set()
    for row in rows:
        action = f"{row['service_namespace']}:{row['action_name']}".lower()
        if row["pattern_kind"] not in ("not-action", "all") and action in known:
            got.add((row["policy_arn"], int(row["statement"]), action))
    missing, extra = sorted(want - got), sorted(got - want)
    if missing or extra:
        sys.exit(f"{len(missing)} missing, {len(extra)} extra\n- {missing[:5]}\n+ {extra[:5]}")
    print(f"{len(policies)} policies, {len(want)} actions that both know: the same; {took:.1f} s of processor here, {python:.1f} s in policyuniverse")


if __name__ == "__main__":
    main(sys.argv[1])
