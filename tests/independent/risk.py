"""The risk of every granted action, computed a second time from the words of docs/grants.md: random accounts, row for row.

Then the other reports: of `unused` each row is the highest of its statements, `summary` counts these rows, and `entities` has the highest of all.
Usage: risk.py BINARY [FIRST_SEED CASES]
"""

import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import grants
from grants import allows, statements

DATA = Path(__file__).parents[2] / "src/catalogue/data"
WORDS = ["critical", "high", "medium", "low", "info"]
DESTRUCTIVE = ("delete", "terminate", "purge", "destroy", "disable", "deregister")


def rows_of(name):
    return list(csv.reader(line for line in (DATA / name).read_text().splitlines() if not line.startswith("#")))[1:]


LEVELS = {f"{service}:{action}".lower(): level for service, action, level in rows_of("actions.csv")}
LISTED = {}
for category, action in rows_of("risk_actions.csv"):
    LISTED.setdefault(action.lower(), set()).add(category)
PATHS = [(name, reach, legs.lower().split()) for name, reach, legs in rows_of("escalation_paths.csv")]
LEGS = sorted({leg for _, _, legs in PATHS for leg in legs})


def categories(action):
    found = set(LISTED.get(action, ()))
    if action in LEGS:
        found.add("escalation")
    level, name = LEVELS.get(action), action.split(":")[1]
    if level == "Write":
        found.add("destructive" if name.startswith(DESTRUCTIVE) else "write")
    elif level:
        found.add({"Permissions management": "exposure"}.get(level, level.lower()))
    return found


class Entity:
    def __init__(self, documents, edge):
        self.every = [s for document in documents for s in statements(document)]
        self.edge = edge

    def denied(self, action):
        service, name = action.split(":")
        denies = [s for s in self.every if s.effect == "Deny" and s.matches(service, name)]
        return "whole" if any(s.whole for s in denies) else "partly" if denies else "none"

    def excluded(self, action):
        return self.edge is not None and not allows(self.edge, *action.split(":"))

    def has(self, action):
        """`widely`, `narrowly` or not at all."""
        service, name = action.split(":")
        if self.denied(action) == "whole" or self.excluded(action):
            return None
        granting = [s for s in self.every if s.effect == "Allow" and s.matches(service, name)]
        wide = self.denied(action) == "none" and any(s.scope == "all" and s.conditions == 0 for s in granting)
        return "widely" if wide else "narrowly" if granting else None

    def risk(self, statement, action):
        found = categories(action)
        if not found:
            return "", []
        if self.denied(action) == "whole" or self.excluded(action):
            return "info", []
        opened = [path for path in PATHS if action in path[2] and all(self.has(leg) for leg in path[2])]
        critical = any(
            reach == "direct" and all(leg == action or self.has(leg) == "widely" for leg in legs) for _, reach, legs in opened)
        if critical:
            word = "critical"
        elif opened or found & {"credentials", "exposure"}:
            word = "high"
        elif found & {"exfiltration", "destructive", "escalation"}:
            word = "medium"
        else:
            word = "low" if found & {"write", "tagging"} else "info"
        lower = (statement.scope != "all") + (statement.conditions > 0)
        lowest = WORDS.index("low") if "escalation" in found else WORDS.index("info")
        lowered = min(WORDS.index(word) + lower, max(lowest, WORDS.index(word)))
        return WORDS[lowered], [name for name, _, _ in opened]


class Maker(grants.Maker):
    def pattern(self):
        if self.r.random() < 0.6:
            leg = self.r.choice(LEGS)
            return self.r.choice([leg, leg, leg.split(":")[0] + ":*", leg[:-3] + "*"])
        return super().pattern()


def held(details, entity, kind):
    """The documents of an entity, with what identifies each in a row."""
    policies = {policy["Arn"]: policy for policy in details["Policies"]}
    groups = {group["GroupName"]: group for group in details["GroupDetailList"]}

    def own(one, of_kind, via):
        for policy in one.get({"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}[of_kind], []):
            yield (policy["PolicyName"], "", via), policy["PolicyDocument"]
        for attached in one["AttachedManagedPolicies"]:
            policy = policies[attached["PolicyArn"]]
            default = next(v for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])
            yield (policy["PolicyName"], policy["Arn"], via), default["Document"]

    yield from own(entity, kind, "")
    for name in entity.get("GroupList", []):
        yield from own(groups[name], "group", name)


def ask(binary, folder, *command):
    ran = subprocess.run([binary, *command, folder, "--format", "csv"], capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode in (0, 3), ran.stderr
    return list(csv.DictReader(io.StringIO(ran.stdout)))


def highest(words):
    return min((word for word in words if word), key=WORDS.index, default="")


def check(binary, seed):
    maker = Maker(seed)
    details, dumps = maker.account()
    entities = [(e, "user") for e in details["UserDetailList"]] + [(e, "group") for e in details["GroupDetailList"]]
    entities += [(e, "role") for e in details["RoleDetailList"]]
    policies = {policy["Arn"]: policy for policy in details["Policies"]}
    known = {}
    for entity, kind in entities:
        edge = policies.get(entity.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"))
        edge = edge and next(v for v in edge["PolicyVersionList"] if v["IsDefaultVersion"])["Document"]
        documents = dict(held(details, entity, kind))
        known[entity["Arn"]] = (Entity(documents.values(), edge), documents)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "details.json").write_text(json.dumps(details))
        for at, dump in enumerate(dumps.values()):
            Path(folder, f"dump{at}.json").write_text(json.dumps(dump))
        rows = ask(binary, folder, "grants", "--level", "action")
        unused = ask(binary, folder, "unused", "--level", "action", "--all-actions")
        both = ask(binary, folder, "unused"), ask(binary, folder, "unused", "--level", "action")
        summary = ask(binary, folder, "summary")
    seen, by_action = 0, {}
    for row in rows:
        action = f"{row['service_namespace']}:{row['action_name']}".lower()
        if not row["statement"] or "*" in action or "?" in action:
            continue
        entity, documents = known[row["entity_arn"]]
        document = documents[row["policy_name"], row["policy_arn"], row["via_name"]]
        statement = statements(document)[int(row["statement"]) - 1]
        word, opened = entity.risk(statement, action)
        want = (word, categories(action) if word else set(), set(opened) if row["evidence_of_action"] == "unused" else set())
        got = (row["risk"], set(filter(None, row["risk_category"].split(", "))), set(filter(None, row["closes"].split(", "))))
        assert want == got, f"seed {seed}: {row['entity_arn']} {action}: {want} expected, {got} found"
        by_action.setdefault((row["entity_arn"], action), []).append(word)
        seen += 1
    for row in unused:
        action = f"{row['service_namespace']}:{row['action_name']}".lower()
        of_statements = by_action.get((row["entity_arn"], action))
        if of_statements:
            assert row["risk"] == highest(of_statements), f"seed {seed}: unused {row}"
    for word in WORDS:
        counted = sum(row["risk"] == word for report in both for row in report)
        shown = sum(int(row[f"risk_{word}"]) for row in summary)
        assert shown == counted, f"seed {seed}: summary says {shown} {word}, unused lists {counted}"
    return seen


def main(binary, first, cases):
    grants.SERVICES = ["sqs", "sts", "iam", "ec2", "lambda", "s3", "glue"]
    seen = sum(check(binary, seed) for seed in range(first, first + cases))
    print(f"{cases} accounts from seed {first}, {seen} granted actions: the same")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:] or ("0", "20")))
