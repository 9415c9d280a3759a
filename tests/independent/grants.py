"""`dormant grants`, computed a second time: random accounts, every pattern expanded naively, row for row.

Shares nothing with the program but the list of actions that exist. Usage: grants.py BINARY [CASES [FIRST_SEED]]
"""

import csv
import io
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ACTIONS = Path(__file__).parents[2] / "src/catalogue/data/actions.csv"
ACCOUNT = "111122223333"
SERVICES = ["sqs", "sns", "sts", "kinesis"]
KINDS = ["exact", "prefix", "wildcard", "service", "all", "malformed"]
COLUMNS = [
    "entity_arn", "service_namespace", "action_name", "policy_kind", "policy_name", "policy_arn", "policy_version", "via", "via_name",
    "statement", "sid", "pattern", "pattern_kind", "resource_scope", "conditions", "deny", "boundary", "holders", "holders_complete",
    "granted_since", "granted_since_kind", "action_known", "evidence_of_action", "agreement",
]


def catalogue():
    known = {}
    for row in csv.reader(line for line in ACTIONS.read_text().splitlines() if not line.startswith("#")):
        known.setdefault(row[0].lower(), {})[row[1].lower()] = row[1]
    return known


KNOWN = catalogue()


def glob(pattern, text):
    """The definition, not an algorithm: every way to read the pattern."""
    states = {0}
    for letter in text:
        following = set()
        for at in states:
            while at < len(pattern) and pattern[at] == "*":
                following.add(at)
                at += 1
            if at < len(pattern) and pattern[at] in ("?", letter):
                following.add(at + 1)
        states = following
    return any(set(pattern[at:]) <= {"*"} for at in states)


def kind(pattern):
    if pattern == "*":
        return "all"
    service, colon, action = pattern.partition(":")
    if not colon or not service or not action or ":" in action or "*" in service or "?" in service:
        return "malformed"
    if action == "*":
        return "service"
    if "*" not in action and "?" not in action:
        return "exact"
    return "prefix" if action.endswith("*") and "*" not in action[:-1] and "?" not in action else "wildcard"


def matches(pattern, service, action):
    return glob(pattern.lower(), f"{service}:{action}".lower())


class Statement:
    def __init__(self, number, json_statement):
        self.number, self.json = number, json_statement
        self.effect = json_statement["Effect"]
        self.negated = "NotAction" in json_statement
        patterns = json_statement["NotAction" if self.negated else "Action"]
        patterns = [patterns] if isinstance(patterns, str) else patterns
        widens = (self.effect == "Allow") != self.negated
        self.patterns = [p for p in patterns if widens or kind(p) != "malformed"]
        self.conditions = sum(len(keys) for keys in json_statement.get("Condition", {}).values())
        resources = json_statement.get("Resource")
        resources = [resources] if isinstance(resources, str) else resources
        self.scope = "not-resource" if resources is None else "all" if "*" in resources else "some"
        self.whole = self.effect == "Deny" and self.conditions == 0 and self.scope == "all"

    def matches(self, service, action):
        return any(matches(p, service, action) for p in self.patterns) != self.negated

    def named(self):
        if self.negated:
            return set()
        return {p.split(":")[0].lower() for p in self.patterns if kind(p) not in ("all", "malformed")}

    def unnamed(self):
        return self.negated or any(kind(p) in ("all", "malformed") for p in self.patterns)

    def reaches(self, service):
        if self.negated:
            covering = (p for p in self.patterns if kind(p) != "malformed")
            return not any(p == "*" or p.lower().startswith(service + ":") and not p.split(":")[1].strip("*") for p in covering)
        return any(kind(p) in ("all", "malformed") or p.split(":")[0].lower() == service for p in self.patterns)

    def best(self, fits):
        fitting = [p for p in self.patterns if fits(p)]
        return min(fitting, key=lambda p: KINDS.index(kind(p)), default=None)


def covers(deny, allow, service):
    """Whether a Deny takes all that an Allow says of the service, as far as it is plain to see: also what nobody knows yet."""
    all_of_it = {f"{service}:*", "*"}
    if not deny.negated and any(p.lower() in all_of_it for p in deny.patterns):
        return True
    if deny.negated:
        return not any(p.lower().startswith(service + ":") or kind(p) in ("all", "malformed") for p in deny.patterns)
    if allow.negated:
        return False

    def one(own, pattern):
        own, pattern = own.lower(), pattern.lower()
        start = pattern.replace("?", "*").split("*")[0]
        return own == pattern or kind(own) == "prefix" and start.startswith(own[:-1])

    of_service = [p for p in allow.patterns if kind(p) in ("all", "malformed") or p.lower().startswith(service + ":")]
    return all(any(one(own, pattern) for own in deny.patterns) for pattern in of_service)


def is_granted(allow, denies, service, rows):
    """Whether anything of the service is left to the statement: a known action, or one that nobody knows yet."""
    if any(d.whole and covers(d, allow, service) for d in denies):
        return False
    exact = not allow.negated and all(kind(p) == "exact" for p in allow.patterns if p.lower().startswith(service + ":"))
    exact = exact and not any(kind(p) in ("all", "malformed") for p in allow.patterns)
    return not exact or any(deny != "whole" for deny in rows)


def statements(document):
    listed = document["Statement"]
    return [Statement(at + 1, one) for at, one in enumerate(listed if isinstance(listed, list) else [listed])]


def allows(document, service, action):
    matching = [s for s in statements(document) if s.matches(service, action)]
    return any(s.effect == "Allow" for s in matching) and not any(s.whole for s in matching)


def since(policy, service, action):
    """Of a managed policy with the versions that are saved, oldest first."""
    versions = sorted(policy["PolicyVersionList"], key=lambda v: int(v["VersionId"][1:]))
    at = next(i for i, v in enumerate(versions) if v["IsDefaultVersion"])
    if "::aws:" in policy["Arn"] and len(versions) == 1 and versions[0]["VersionId"] != "v1":
        return "", "unknown"
    for version in reversed(versions[at + 1:]):
        if not allows(version["Document"], service, action):
            return version["CreateDate"], "or-later"
    while at > 0:
        before, here = versions[at - 1], versions[at]
        if int(before["VersionId"][1:]) + 1 != int(here["VersionId"][1:]):
            return here["CreateDate"], "or-earlier"
        if not allows(before["Document"], service, action):
            return here["CreateDate"], "exact"
        at -= 1
    if versions[0]["VersionId"] == "v1":
        return policy["CreateDate"], "exact"
    return versions[0]["CreateDate"], "or-earlier"


def expected(details, dumps):
    """Every row at action level, as tuples of COLUMNS."""
    policies = {policy["Arn"]: policy for policy in details["Policies"]}
    groups = {group["GroupName"]: group for group in details["GroupDetailList"]}
    entities = [(e, "user") for e in details["UserDetailList"]] + [(e, "group") for e in details["GroupDetailList"]]
    entities += [(e, "role") for e in details["RoleDetailList"]]
    inline_list = {"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}
    members = {name: [u for u in details["UserDetailList"] if name in u["GroupList"]] for name in groups}
    exact = {}
    documents = [p["PolicyDocument"] for e, k in entities for p in e.get(inline_list[k], [])]
    documents += [v["Document"] for policy in details["Policies"] for v in policy["PolicyVersionList"]]
    for statement in (s for document in documents for s in statements(document)):
        for pattern in statement.patterns:
            if kind(pattern) == "exact":
                service, action = pattern.split(":")
                exact.setdefault(service.lower(), {}).setdefault(action.lower(), action)

    def own(entity, of_kind, via, via_name):
        holders = len(members[entity["GroupName"]]) if of_kind == "group" else 1
        for policy in entity.get(inline_list[of_kind], []):
            facts = ("inline", policy["PolicyName"], "", "", via, via_name), (str(holders), ""), None
            yield policy["PolicyDocument"], facts
        for attached in entity["AttachedManagedPolicies"]:
            arn = attached["PolicyArn"]
            policy = policies[arn]
            of_kind_name = "aws" if "::aws:" in arn else "customer"
            having = [(e, k) for e, k in entities if arn in [a["PolicyArn"] for a in e["AttachedManagedPolicies"]]]
            holding = {e["Arn"] for e, k in having if k != "group"}
            holding |= {u["Arn"] for e, k in having if k == "group" for u in members[e["GroupName"]]}
            complete = "true" if len(having) == policy["AttachmentCount"] else "false"
            default = next(v for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])
            facts = (of_kind_name, policy["PolicyName"], arn, default["VersionId"], via, via_name), (str(len(holding)), complete), policy
            yield default["Document"], facts

    rows = []
    for entity, of_kind in entities:
        arn = entity["Arn"]
        dump = dumps.get(arn)
        listed = {s["ServiceNamespace"]: s for s in (dump or {}).get("ServicesLastAccessed", [])}
        whole = dump is not None and not dump["IsTruncated"]
        held = list(own(entity, of_kind, "direct", ""))
        for name in entity.get("GroupList", []):
            held += own(groups[name], "group", "group", name)
        every = [(s, facts) for document, facts in held for s in statements(document)]
        denies = [s for s, _ in every if s.effect == "Deny"]
        grants = [(s, facts) for s, facts in every if s.effect == "Allow"]
        reached = set(listed) | {name for s, _ in grants for name in s.named()}
        edge = policies.get(entity.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"))
        made, granted = [], set()
        for statement, ((*facts,), counts, policy) in grants:
            services = statement.named() | ({s for s in reached if statement.reaches(s)} if statement.unnamed() else set())
            for service in services:
                tracked = {a["ActionName"].lower(): a["ActionName"] for a in listed.get(service, {}).get("TrackedActionsLastAccessed", [])}
                spelt = exact.get(service, {}) | KNOWN.get(service, {})
                candidates = {**spelt, **tracked}
                denied_words = []
                hit = {lower: shown for lower, shown in candidates.items() if statement.matches(service, lower)}
                for lower, shown in hit.items():
                    pattern = None if statement.negated else statement.best(lambda p: matches(p, service, lower))
                    denied = [d for d in denies if d.matches(service, lower)]
                    deny = "whole" if any(d.whole for d in denied) else "partly" if denied else "none"
                    denied_words.append(deny)
                    boundary = "none"
                    if edge is not None:
                        default = next(v for v in edge["PolicyVersionList"] if v["IsDefaultVersion"])
                        boundary = "allows" if allows(default["Document"], service, lower) else "excludes"
                    at, at_kind = since(policy, service, lower) if policy else ("", "unknown")
                    known = "true" if lower in KNOWN.get(service, {}) or lower in tracked else "false"
                    made.append(dict(
                        zip(COLUMNS, (arn, service, shown, *facts, str(statement.number), statement.json.get("Sid", ""), pattern or "",
                                      "not-action" if statement.negated else kind(pattern), statement.scope, str(statement.conditions),
                                      deny, boundary, *counts, at, at_kind, known, "", ""))
                    ) | {"is_listed": lower in tracked, "newer": policy is not None and newer(policy, dump)})
                if is_granted(statement, denies, service, denied_words):
                    granted.add(service)
        for row in made:
            service = row["service_namespace"]
            row["agreement"] = "unknown" if not whole else "policy-only" if service not in listed else (
                "ok" if service in granted else "dump-only")
            if row["is_listed"]:
                row["evidence_of_action"] = "listed"
            else:
                proven = row["agreement"] == "ok" and row["deny"] != "whole" and not row["newer"]
                row["evidence_of_action"] = "untracked" if proven else "no-evidence"
        rows += made
        shown = {(row["service_namespace"], row["action_name"]) for row in made}
        for service, one in listed.items():
            for action in one.get("TrackedActionsLastAccessed", []):
                if (service, action["ActionName"]) not in shown:
                    bare = dict.fromkeys(COLUMNS, "") | {"entity_arn": arn, "service_namespace": service, "action_name": action["ActionName"]}
                    agreement = "dump-only" if whole else "unknown"
                    rows.append(bare | {"action_known": "true", "evidence_of_action": "listed", "agreement": agreement})
    return sorted(tuple(row[c] for c in COLUMNS) for row in rows)


def newer(policy, dump):
    default = next(v for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])
    return dump is None or default["CreateDate"] > dump["JobCompletionDate"]


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def pattern(self):
        r = self.r
        service = r.choice(SERVICES)
        action = r.choice(sorted(KNOWN[service].values()))
        choices = [
            f"{service}:{action}", f"{service}:{action.upper()}", f"{service.upper()}:{action[:r.randint(1, 6)]}*",
            f"{service}:*{action[r.randint(0, 4):]}", f"{service}:{action[:2]}?{action[3:]}", f"{service}:*", "*",
            f"{service}:New{r.randint(1, 3)}Action", f"{service}:*{action[2:5]}*",
        ]
        return r.choice(choices)

    def statement(self, deny=0.25):
        r = self.r
        one = {"Effect": "Deny" if r.random() < deny else "Allow"}
        one["NotAction" if r.random() < 0.15 else "Action"] = (
            self.pattern() if r.random() < 0.4 else [self.pattern() for _ in range(r.randint(1, 4))])
        one.update(r.choice([{"Resource": "*"}] * 4 + [{"Resource": ["arn:aws:sqs:*:*:x"]}, {"NotResource": "arn:aws:sqs:*:*:x"}]))
        if r.random() < 0.2:
            one["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:a": ["x"]}}
        if r.random() < 0.3:
            one["Sid"] = f"S{r.randint(1, 99)}"
        return one

    def document(self):
        listed = [self.statement() for _ in range(self.r.randint(1, 3))]
        return {"Version": "2012-10-17", "Statement": listed if self.r.random() < 0.8 else listed[0]}

    def policy(self, name, by_aws):
        r = self.r
        first = r.choice([1, 1, 1, 2, 4])
        numbers = [n for n in range(first, first + r.randint(1, 4)) if n == first or r.random() < 0.8]
        default = r.choice(numbers)
        versions = [
            {"VersionId": f"v{n}", "IsDefaultVersion": n == default, "CreateDate": f"2025-0{n}-10T00:00:00Z", "Document": self.document()}
            for n in numbers
        ]
        arn = f"arn:aws:iam::{'aws' if by_aws else ACCOUNT}:policy/{name}"
        return {
            "PolicyName": name, "Arn": arn, "DefaultVersionId": f"v{default}", "AttachmentCount": 0,
            "CreateDate": "2024-12-01T00:00:00Z", "PolicyVersionList": r.sample(versions, len(versions)),
        }

    def account(self):
        r = self.r
        policies = [self.policy(f"p{n}", n > 2) for n in range(4)]

        def entity(of_kind, name, list_name):
            one = {
                "Arn": f"arn:aws:iam::{ACCOUNT}:{of_kind}/{name}", f"{of_kind.capitalize()}Name": name, "CreateDate": "2023-01-01T00:00:00Z",
                "AttachedManagedPolicies": [
                    {"PolicyName": p["PolicyName"], "PolicyArn": p["Arn"]} for p in r.sample(policies, r.randint(0, 2))],
            }
            # IAM leaves only the list of a user out.
            if of_kind != "user" or r.random() < 0.7:
                one[list_name] = [{"PolicyName": f"i{n}", "PolicyDocument": self.document()} for n in range(r.randint(0, 2))]
            if of_kind != "group" and r.random() < 0.25:
                one["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": r.choice(policies)["Arn"]}
            return one

        groups = [entity("group", f"g{n}", "GroupPolicyList") for n in range(2)]
        users = [entity("user", f"u{n}", "UserPolicyList") | {"GroupList": r.sample(["g0", "g1"], r.randint(0, 2))} for n in range(2)]
        roles = [entity("role", f"r{n}", "RolePolicyList") for n in range(3)]
        details = {"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies}
        everyone = users + groups + roles
        for policy in policies:
            attached = sum(policy["Arn"] in [a["PolicyArn"] for a in e["AttachedManagedPolicies"]] for e in everyone)
            policy["AttachmentCount"] = attached + r.choice([0, 0, 0, 1])
        dumps = {e["Arn"]: self.dump(e["Arn"]) for e in everyone if r.random() < 0.7}
        return details, dumps

    def dump(self, arn):
        r = self.r
        rows = []
        for service in sorted(r.sample(SERVICES, r.randint(1, 4))):
            row = {"ServiceName": service, "ServiceNamespace": service, "TotalAuthenticatedEntities": 0}
            if r.random() < 0.8:
                names = r.sample(sorted(KNOWN[service].values()), r.randint(1, 6)) + r.choice([[], ["Brand2New"]])
                row["TrackedActionsLastAccessed"] = [{"ActionName": name} for name in sorted(names)]
            rows.append(row)
        return {
            "Arn": arn, "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "JobCreationDate": "2025-04-20T00:00:00Z",
            "JobCompletionDate": "2025-04-20T00:00:00Z", "ServicesLastAccessed": rows, "IsTruncated": r.random() < 0.15,
        }


def pages(details, r):
    """The same as one document, as pages in several, or URL-encoded."""
    if r.random() < 0.5:
        return [details]
    halves = [{name: rows[at::2] for name, rows in details.items()} for at in range(2)]
    halves[0] |= {"IsTruncated": True, "Marker": "x"}
    return halves


def ask(binary, folder, level):
    command = [binary, "grants", folder, "--level", level, "--format", "csv"]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode in (0, 3), ran.stderr
    return list(csv.DictReader(io.StringIO(ran.stdout)))


def summed_up(actions):
    """Of the rows at action level, those at service level, as far as they follow: what is whole or excluded follows for no service,
    because actions that nobody knows yet may be left."""
    by_statement = {}
    for row in actions:
        key = tuple(row[c] for c in ("entity_arn", "service_namespace", "policy_name", "policy_arn", "via_name", "statement"))
        if row["service_namespace"] != "*" and row["statement"]:
            by_statement.setdefault(key, []).append(row)
    return by_statement


def check_services(services, actions):
    by_statement, seen = summed_up(actions), set()
    for row in services:
        key = tuple(row[c] for c in ("entity_arn", "service_namespace", "policy_name", "policy_arn", "via_name", "statement"))
        if row["service_namespace"] == "*" or not row["statement"]:
            continue
        assert key not in seen, key
        seen.add(key)
        rows = by_statement.get(key)
        assert rows, f"at service level only: {key}"
        for column, all_of_it, none_of_it in (("deny", "whole", "none"), ("boundary", "excludes", "allows")):
            words = {one[column] for one in rows}
            if row[column] in (all_of_it, none_of_it):
                assert words == {row[column]}, (key, column, row[column], words)
            elif row[column] == "partly":
                assert words & {all_of_it, "partly"} or rows[0]["pattern_kind"] != "exact", (key, column, words)
        if row["granted_since_kind"] != "unknown":
            assert row["granted_since"] == min(one["granted_since"] for one in rows), (key, row["granted_since"])
        assert {row["agreement"]} == {one["agreement"] for one in rows}, key
    assert seen == set(by_statement), set(by_statement) - seen


def found(actions):
    rows = []
    for row in actions:
        # What stands for all services, and for patterns that match nothing known, is looked at by tests/grants.rs.
        if row["service_namespace"] != "*" and "*" not in row["action_name"] and "?" not in row["action_name"]:
            if row["evidence_of_action"] in ("used", "stale", "unused", "unknown"):
                row["evidence_of_action"] = "listed"
            rows.append(tuple(row[c] for c in COLUMNS))
    return sorted(rows)


def main(binary, cases, first=0):
    seen = 0
    for seed in range(first, first + cases):
        maker = Maker(seed)
        details, dumps = maker.account()
        with tempfile.TemporaryDirectory() as folder:
            for at, page in enumerate(pages(details, maker.r)):
                Path(folder, f"details.{at}.json").write_text(json.dumps(page))
            for at, dump in enumerate(dumps.values()):
                Path(folder, f"dump{at}.json").write_text(json.dumps(dump))
            actions = ask(binary, folder, "action")
            check_services(ask(binary, folder, "service"), actions)
        want, got = expected(details, dumps), found(actions)
        seen += len(want)
        if want != got:
            missing, extra = sorted(set(want) - set(got)), sorted(set(got) - set(want))
            sys.exit(f"seed {seed}: {len(missing)} missing, {len(extra)} extra\n- {missing[:3]}\n+ {extra[:3]}")
    print(f"{cases} accounts, {seen} rows: the same")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:] or ("40",)))
