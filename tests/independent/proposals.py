"""`dormant recommend`, held against what the policies and the dumps say, in plain Python: random accounts with shared policies, groups,
NotAction, Deny, boundaries, young versions, young holders and cut dumps.

It does not compute the proposal. It holds each one against its promises: what was used is allowed by the same statements; what goes is shown
to be unused by every dump that counts, old enough, needed by nothing that stays, and granted by nothing else; nothing new is allowed, not
even of invented names; nothing but actions differs; the sizes fit; where nothing speaks against it, a whole unused service goes; and with an
access more, or a dump that proves less, nothing goes that did not go before.

Usage: proposals.py BINARY [CASES [FIRST_SEED]]
"""

import csv
import json
import random
import re
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import grants

ACCOUNT = "111122223333"
DAY = datetime(2026, 5, 4, 8)
N = 90
SERVICES = ["sqs", "s3", "iam", "kms", "sns", "access-analyzer", "kinesis", "sts"]
ONLY_CHECKED = ["*:pass*", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext", "sts:getservicebearertoken",
                "s3:bypassgovernanceretention", "logs:*logdelivery", "*:allowvendedlogdeliveryforresource"]
RECOVERY = ["kms:*", "backup:*", "backup-gateway:*", "drs:*", "*:restore*", "*:*restore", "*:failover*", "ec2:createvolume", "ec2:createsnapshot*",
            "ec2:copysnapshot", "ec2:createimage", "ec2:registerimage", "ec2:copyimage", "route53:changeresourcerecordsets"]
KEY_USES = ["kms:decrypt", "kms:encrypt", "kms:generatedatakey*", "kms:reencrypt*", "kms:creategrant", "kms:describekey"]


@cache
def expression(pattern):
    return re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern.lower()), re.DOTALL)


@cache
def matches(pattern, action):
    return expression(pattern).fullmatch(action.lower()) is not None


def dependents():
    rows = csv.reader((grants.ACTIONS.parent / "dependents.csv").read_text().splitlines()[1:])
    needs = {row[0].lower(): {name.lower() for name in row[1].split()} for row in rows}
    levels = [row for row in csv.reader(grants.ACTIONS.read_text().splitlines()) if len(row) == 3]
    for service in SERVICES:  # who creates a resource with tags
        tagging = {f"{service}:{name}".lower() for of, name, level in levels if of == service and level == "Tagging"}
        tagging = {name for name in tagging if not re.match(".*:(untag|remove|delete)", name)}
        for of, name, level in levels:
            if of == service and level == "Write" and tagging:
                needs.setdefault(f"{service}:{name}".lower(), set()).update(tagging)
    return needs


NEEDS = dependents()


def spell(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(days):
    return spell(DAY - timedelta(days=days))


# What is made.


class Maker(grants.Maker):
    def action(self, service=None):
        service = service or self.r.choice(SERVICES)
        return service, self.r.choice(sorted(grants.KNOWN[service].values()))

    def pattern(self):
        r = self.r
        service, action = self.action()
        return r.choice([
            f"{service}:{action}", f"{service}:{action}", f"{service}:{action.lower()}", f"{service}:{action[:r.randint(1, 6)]}*",
            f"{service}:*{action[r.randint(0, 4):]}", f"{service}:{action[:2]}?{action[3:]}", f"{service}:*", f"{service}:*", "*",
            f"{service}:New{r.randint(1, 3)}Action", "nobody:Knows*", "iam:PassRole",
        ] if r.random() > 0.03 else ["no-colon", "a:b:c"])

    def statement(self, deny=0.15):
        one = super().statement(deny)
        if "NotAction" in one and self.r.random() < 0.6:
            one["Action"] = one.pop("NotAction")
        one.pop("Sid", None)
        return one

    def document(self):
        document = super().document()
        listed = document["Statement"]
        for at, one in enumerate(listed if isinstance(listed, list) else [listed]):
            if self.r.random() < 0.3:
                one["Sid"] = f"S{at}"
        if self.r.random() < 0.2:
            document["Id"] = "mine"
        return document

    def policy(self, name, by_aws):
        r = self.r
        ages = sorted((r.choice([900, 700, 500, 200, 120, 60, 20]) for _ in range(r.choice([1, 1, 1, 2, 3]))), reverse=True)
        document, versions = self.document(), []
        default = len(ages) if r.random() < 0.9 else r.randint(1, len(ages))
        for number, age in enumerate(ages, 1):
            if number > 1:
                document = self.document() if r.random() < 0.7 else document
            versions.append({"VersionId": f"v{number}", "IsDefaultVersion": number == default, "CreateDate": ago(age), "Document": document})
        arn = f"arn:aws:iam::{'aws' if by_aws else ACCOUNT}:policy/{r.choice(['', '', 'team/', 'service-role/'])}{name}"
        return {"PolicyName": name, "Arn": arn, "Path": "/", "DefaultVersionId": f"v{default}", "AttachmentCount": 0,
                "PermissionsBoundaryUsageCount": 0, "CreateDate": ago(ages[0]), "UpdateDate": ago(ages[-1]), "PolicyVersionList": versions}

    def account(self):
        r = self.r
        policies = [self.policy(f"p{n}", n > 3) for n in range(5)]

        def entity(of_kind, name, list_name):
            one = {"Arn": f"arn:aws:iam::{ACCOUNT}:{of_kind}/{name}", f"{of_kind.capitalize()}Name": name,
                   "CreateDate": ago(r.choice([1500, 1500, 1500, 1500, 300, 60, 5])), list_name: []}
            attached = r.sample(policies, r.choice([0, 0, 1, 2]))
            one["AttachedManagedPolicies"] = [{"PolicyName": p["PolicyName"], "PolicyArn": p["Arn"]} for p in attached]
            one[list_name] = [{"PolicyName": f"i{n}", "PolicyDocument": self.document()} for n in range(r.choice([0, 1, 1, 2]))]
            if of_kind != "group" and r.random() < 0.08:
                boundary = r.choice(policies)
                one["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary["Arn"]}
                boundary["PermissionsBoundaryUsageCount"] += 1
            return one

        groups = [entity("group", f"g{n}", "GroupPolicyList") for n in range(2)]
        users = [entity("user", f"u{n}", "UserPolicyList") | {"GroupList": r.sample(["g0", "g1"], r.choice([0, 0, 1, 2]))} for n in range(3)]
        roles = [entity("role", f"r{n}", "RolePolicyList") for n in range(4)]
        everyone = users + groups + roles
        for policy in policies:
            attached = sum(policy["Arn"] in [a["PolicyArn"] for a in e["AttachedManagedPolicies"]] for e in everyone)
            policy["AttachmentCount"] = attached + r.choice([0] * 9 + [1])
        details = {"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies}
        self.held = holdings(details)
        dumps = [self.dump(e["Arn"], self.held.get(e["Arn"], [])) for e in users + roles if r.random() < 0.85]
        dumps += [self.dump(e["Arn"], own(e)) for e in groups if r.random() < 0.4]
        for policy in policies[:4]:
            if r.random() < 0.4:
                dumps.append(self.dump(policy["Arn"], [(("policy", policy["Arn"]), default(policy))]))
        return details, dumps

    def dump(self, arn, held):
        """What AWS would list: every service that is allowed, and of its actions those that are tracked."""
        r = self.r
        documents = [statement for _, document in held for statement in statements(document)]
        rows, level = [], r.random() < 0.85
        for service in SERVICES + ["nobody"]:
            names = sorted(grants.KNOWN.get(service, {}).values()) + ([f"New{n}Action" for n in range(1, 4)] if service != "nobody" else [])
            granted = [name for name in names if any(allows(one, f"{service}:{name}") for one in documents)]
            if not granted and not any(allows(one, f"{service}:Knows1") for one in documents) or r.random() < 0.03:
                continue
            tracked = [name for name in granted if hash_of(service, name) % 5 < 3]
            used = r.random() < 0.4
            row = {"ServiceName": service, "ServiceNamespace": service, "TotalAuthenticatedEntities": int(used)}
            if used:
                row |= {"LastAuthenticated": ago(r.randint(1, 300)), "LastAuthenticatedEntity": arn, "LastAuthenticatedRegion": "eu-west-1"}
            if level:
                row["TrackedActionsLastAccessed"] = [self.tracked(name, used, arn) for name in tracked]
            rows.append(row)
        made = spell(DAY)
        return {"Arn": arn, "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL" if level else "SERVICE_LEVEL", "JobCreationDate": made,
                "JobCompletionDate": made, "ServicesLastAccessed": rows, "IsTruncated": r.random() < 0.08}

    def tracked(self, name, used, arn):
        one = {"ActionName": name}
        if used and self.r.random() < 0.3:
            one |= {"LastAccessedTime": ago(self.r.randint(1, 300)), "LastAccessedEntity": arn, "LastAccessedRegion": "eu-west-1"}
        return one


def hash_of(*texts):
    return sum(ord(letter) * (at + 7) for at, letter in enumerate("".join(texts)))


# What is said.


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(document):
    return listed(document["Statement"])


def allows(statement, action):
    """Whether an Allow statement matches; a malformed pattern counts as what it seems to be."""
    if statement["Effect"] != "Allow":
        return False
    negated = "NotAction" in statement
    patterns = listed(statement["NotAction" if negated else "Action"])
    if negated:
        patterns = [pattern for pattern in patterns if grants.kind(pattern) != "malformed"]
    return any(matches(pattern, action) for pattern in patterns) != negated


def default(policy):
    return next(version["Document"] for version in policy["PolicyVersionList"] if version["IsDefaultVersion"])


def own(entity):
    """The inline policies of an entity; what is attached is added by `holdings`."""
    inline = entity.get("UserPolicyList", []) + entity.get("RolePolicyList", []) + entity.get("GroupPolicyList", [])
    return [(("inline", entity["Arn"], one["PolicyName"]), one["PolicyDocument"]) for one in inline]


def holdings(details):
    """The documents of each user and role: what tells each apart, and the document."""
    policies = {policy["Arn"]: policy for policy in details["Policies"]}

    def of(entity):
        attached = [one["PolicyArn"] for one in entity["AttachedManagedPolicies"]]
        key = lambda arn: ("policy", arn) if ":aws:policy" not in arn else ("aws", entity["Arn"], arn)
        return own(entity) + [(key(arn), default(policies[arn])) for arn in attached]

    groups = {group["GroupName"]: of(group) for group in details["GroupDetailList"]}
    held = {}
    for entity in details["UserDetailList"] + details["RoleDetailList"]:
        held[entity["Arn"]] = of(entity) + [one for name in entity.get("GroupList", []) for one in groups[name]]
    return held


class Account:
    def __init__(self, details, dumps):
        self.details, self.held = details, holdings(details)
        self.policies = {policy["Arn"]: policy for policy in details["Policies"]}
        self.entities = {e["Arn"]: e for name in ("UserDetailList", "GroupDetailList", "RoleDetailList") for e in details[name]}
        self.dumps = {dump["Arn"]: dump for dump in dumps}
        self.holders, self.documents = {}, {}
        for arn, held in self.held.items():
            for key, document in held:
                self.holders.setdefault(key, set()).add(arn)
                self.documents[key] = document
        self.boundaries = {e["PermissionsBoundary"]["PermissionsBoundaryArn"] for e in self.entities.values() if "PermissionsBoundary" in e}
        names = {f"{service}:{name}" for service in SERVICES for name in grants.KNOWN[service].values()}
        for dump in dumps:
            for row in dump["ServicesLastAccessed"]:
                names |= {f"{row['ServiceNamespace']}:{one['ActionName']}" for one in row.get("TrackedActionsLastAccessed", [])}
        for document in [*self.documents.values(), *(v["Document"] for p in details["Policies"] for v in p["PolicyVersionList"])]:
            for one in statements(document):
                names |= {p for p in listed(one.get("Action", [])) + listed(one.get("NotAction", [])) if grants.kind(p) == "exact"}
        self.universe = sorted({name.lower() for name in names if grants.kind(name) == "exact"})

    def used(self, arn):
        """The actions and services that any dump of an entity shows to be used."""
        actions, services = set(), set()
        for row in self.dumps.get(arn, {}).get("ServicesLastAccessed", []):
            service = row["ServiceNamespace"]
            if "LastAuthenticated" in row:
                services.add(service)
            for one in row.get("TrackedActionsLastAccessed", []):
                if "LastAccessedTime" in one:
                    actions.add(f"{service}:{one['ActionName']}".lower())
                    services.add(service)
        return actions, services

    def unused(self, arn, action):
        """Whether the dump of an entity shows an action to be unused."""
        dump = self.dumps.get(arn)
        service, _, name = action.partition(":")
        if dump is None or dump["IsTruncated"]:
            return False
        row = next((row for row in dump["ServicesLastAccessed"] if row["ServiceNamespace"] == service), None)
        if row is None:
            return False
        if service not in self.used(arn)[1]:
            return True
        one = next((one for one in row.get("TrackedActionsLastAccessed", []) if one["ActionName"].lower() == name), None)
        return one is not None and "LastAccessedTime" not in one

    def is_young(self, arn):
        return self.entities[arn]["CreateDate"] > ago(N)

    def whose(self, key):
        """The entity of which the dump speaks for the whole policy; a cut one takes every other's word away."""
        return [key[1]] if key[1] in self.dumps else []

    def granted_long(self, key, action):
        """Whether every version of the policy that may have held within the threshold allows the action."""
        policy = self.policies.get(key[-1])
        if policy is None:
            return True
        versions = policy["PolicyVersionList"]
        if not versions[-1]["IsDefaultVersion"] and any(not allowed(v["Document"], action) for v in versions):
            return False
        before = [at for at, version in enumerate(versions) if version["CreateDate"] <= ago(N)]
        return bool(before) and all(allowed(version["Document"], action) for version in versions[before[-1]:])


def allowed(document, action):
    return any(allows(one, action) for one in statements(document))


# What is promised.


def spelt(document):
    return len("".join(json.dumps(document, separators=(",", ":"), ensure_ascii=False).split()))


class Checker:
    def __init__(self, account, proposals, rng):
        self.parts = {key: parts for key, parts in proposals.items() if parts is not None and len(parts) > 1}
        joined = lambda parts: parts[0] if len(parts) == 1 else parts[0] | {"Statement": [one for part in parts for one in statements(part)]}
        self.account, self.proposals = account, {key: parts and joined(parts) for key, parts in proposals.items()}
        self.invented = [f"{rng.choice([*SERVICES, 'nobody', 'other'])}:{''.join(rng.choice('CDGLPRs') for _ in range(rng.randint(1, 5)))}ew" for _ in range(200)]
        self.known = set(account.universe)
        self.kept = {arn: self.stays(arn) for arn in account.held}

    def after(self, key):
        return self.proposals.get(key, self.account.documents[key])

    def stays(self, arn):
        rest = [document for document in (self.after(key) for key, _ in self.account.held[arn]) if document]
        return {action for action in self.known | NEEDS.keys() if any(allowed(document, action) and not self.denies(document, action) for document in rest)}

    @staticmethod
    def denies(document, action):
        """Whether a Deny statement of ours takes the action."""
        return any(one["Effect"] == "Deny" and one.get("Sid", "").startswith("DormantUnused") and any(matches(p, action) for p in one["Action"])
                   for one in statements(document))

    def gone(self, key):
        before, after = self.account.documents[key], self.after(key)
        is_left = lambda action: after and allowed(after, action) and not self.denies(after, action)
        return [action for action in self.account.universe if allowed(before, action) and not is_left(action)]

    def shape_of_parts(self, key, parts):
        """Together the parts of a split document say of each Sid, resource and condition what the one document said, but for what goes."""
        before, gone = self.account.documents[key], set(self.gone(key))
        rest = lambda document: {name: value for name, value in document.items() if name != "Statement"}
        members = lambda one: json.dumps({name: value for name, value in one.items() if name != "Action"}, sort_keys=True)
        said = {}
        for part in parts:
            assert rest(part) == rest(before) and spelt(part) <= 6144 and statements(part), "another part"
            for one in statements(part):
                said.setdefault(members(one), []).append(one)
        own = {}
        for one in statements(before):
            own.setdefault(members(one), []).append(one)
        for which, ones in said.items():
            if which not in own:
                one = ones[0]
                assert one["Effect"] == "Deny" and one["Sid"].startswith("DormantUnused"), f"{which} is new"
        for which, ones in own.items():
            if ones[0]["Effect"] != "Allow" or "Action" not in ones[0]:
                patterns = lambda many: sorted(pattern for one in many for pattern in listed(one.get("Action", [])))
                assert patterns(ones) == patterns(said[which]), f"{which} is another one"
                continue
            for action in [*self.account.universe, *self.invented]:
                is_now = any(allows(one, action) for one in said.get(which, []))
                was = any(allows(one, action) for one in ones)
                assert was or not is_now, f"{action} is new"
                assert is_now or not was or action in gone or action not in self.known, f"{action} is lost"

    def shape(self, key):
        """Nothing differs but the actions of Allow statements, and Deny statements at the end."""
        before, after, gone = self.account.documents[key], self.proposals[key], set(self.gone(key))
        if after is None:
            assert all(one["Effect"] == "Allow" and "Action" in one for one in statements(before)), "more than Allow statements go"
            return
        assert {n: v for n, v in before.items() if n != "Statement"} == {n: v for n, v in after.items() if n != "Statement"}
        rest = list(statements(after))
        for one in statements(before):
            is_plain = one["Effect"] == "Allow" and "Action" in one
            same = lambda other: {n: v for n, v in one.items() if n != "Action"} == {n: v for n, v in other.items() if n != "Action"}
            # Of two statements that differ in their actions alone, the first may have gone as a whole.
            narrower = lambda other: all(allows(one, action) for action in [*self.account.universe, *self.invented] if allows(other, action))
            if rest and same(rest[0]) and (one == rest[0] or is_plain and narrower(rest[0])):
                new = rest.pop(0)
                for action in [*self.account.universe, *self.invented]:
                    assert allows(new, action) or not allows(one, action) or action in gone or action not in self.known, f"other statement: {action}"
            else:
                assert is_plain and not any(allows(one, action) for action in self.known - gone), f"{one} is missing"
        for one in rest:
            assert one["Effect"] == "Deny" and one["Sid"].startswith("DormantUnused"), f"{one} is new"
            of = lambda other: {n: v for n, v in other.items() if n in ("Resource", "NotResource", "Condition")}
            assert any(of(one) == of(own) for own in statements(before)), "denies elsewhere"

    def proven(self, key):
        account, holders = self.account, self.account.holders[key]
        if key[0] == "policy":
            policy = account.policies[key[1]]
            attached = [e for e in account.entities.values() if key[1] in [a["PolicyArn"] for a in e["AttachedManagedPolicies"]]]
            assert policy["AttachmentCount"] == len(attached) and key[1] not in account.boundaries, "held by others"
        assert ":policy/service-role/" not in key[-1], "AWS makes it again"
        own = account.whose(key)
        for action in self.gone(key):
            service = action.split(":")[0]
            for arn in own or holders:
                assert account.unused(arn, action), f"{action}: no dump of {arn} shows that"
            for arn in holders:
                actions, services = account.used(arn)
                assert action not in actions, f"{action}: {arn} uses it"
                assert service not in services or account.unused(arn, action), f"{action}: {arn} uses the service"
                assert not account.is_young(arn), f"{action}: {arn} is young"
                assert action not in self.kept[arn], f"{action}: {arn} has it elsewhere"
                need = [one for one in self.kept[arn] if action in NEEDS.get(one, ())]
                assert not need, f"{action}: {need} of {arn} needs it"
            assert account.granted_long(key, action), f"{action}: is granted lately"
            assert not any(matches(glob, action) for glob in [*ONLY_CHECKED, *RECOVERY]), f"{action} is never proposed"

    def fits(self, moved):
        """Everything has room. The inline policies of `moved` give way to customer policies."""
        inline = {}
        for key, document in self.proposals.items():
            if (key[0] != "inline" or key in moved) and document and key not in self.parts:
                assert spelt(document) <= 6144, "is too large"
        for key, document in self.account.documents.items():
            if key[0] == "inline":
                after = None if key in moved else self.proposals.get(key, document)
                inline.setdefault(key[1], []).append((spelt(document), spelt(after) if after else 0, key in self.proposals))
        limits = {"user": 2048, "group": 5120, "role": 10240}
        for arn, sizes in inline.items():
            if any(changed and after > before for before, after, changed in sizes):
                assert sum(after for _, after, _ in sizes) <= limits[arn.split(":")[5].split("/")[0]], f"{arn} has no room"

    def enough(self, rows):
        """A whole unused service of somebody with one policy and a dump that says so goes, but for what must stay."""
        found = 0
        for arn, held in self.account.held.items():
            dump = self.account.dumps.get(arn)
            if len(held) != 1 or held[0][0][0] != "inline" or held[0][0][1] != arn or not dump or dump["IsTruncated"] or self.account.is_young(arn):
                continue
            key, document = held[0]
            if rows[key]["reason_none"] == "too-large" or any("NotAction" in one or "Action" in one and any(grants.kind(p) == "malformed" for p in listed(one["Action"])) for one in statements(document)):
                continue
            unused = {row["ServiceNamespace"] for row in dump["ServicesLastAccessed"]} - self.account.used(arn)[1]
            for action in self.account.universe:
                if action.split(":")[0] in unused and allowed(document, action) and action in self.kept[arn]:
                    must = any(matches(glob, action) for glob in [*ONLY_CHECKED, *RECOVERY]) or any(action in NEEDS.get(one, ()) for one in self.kept[arn])
                    assert must, f"{action} of {arn} could go"
                found += action.split(":")[0] in unused and allowed(document, action)
        return found


def run(binary, folder, out, *options):
    ran = subprocess.run([binary, "recommend", str(folder), "-o", str(out), *options], capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode in (0, 3), ran.stderr
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    rows = list(csv.DictReader(files["recommendations.csv"].decode("utf-8-sig").splitlines()))
    return files, rows


def key_of(row):
    if row["policy_kind"] == "inline":
        return ("inline", row["entity_arn"], row["policy_name"])
    return ("policy", row["policy_arn"]) if row["policy_kind"] == "customer" else ("aws", row["entity_arn"], row["policy_arn"])


def documents(account, files, rows):
    """The parts of the smaller document of each policy that changes, mostly one; None where it goes."""
    proposals = {}
    for row in rows:
        if row["step"] == "none":
            continue
        key, name = key_of(row), f"{row['folder']}/{row['policy_name']}"
        current = json.loads(files[f"{name}.current.json"])
        assert current == account.documents[key], f"{key}: {current}"
        several = (files.get(f"{name}.proposed.{number}.json") for number in range(1, 11))
        proposed = [json.loads(one) for one in [files.get(f"{name}.proposed.json"), *several] if one is not None]
        assert len(proposed) == int(row["parts"] or 0) and (not proposed) == (row["step"] in ("detach", "delete-inline")), row
        proposals[key] = proposed or None
    return proposals


def save(inputs, details, dumps):
    inputs.mkdir()
    (inputs / "details.json").write_text(json.dumps(details))
    for at, dump in enumerate(dumps):
        (inputs / f"{at}.json").write_text(json.dumps(dump))


def changed(dumps, rng):
    """The same dumps but for an access more, or for one that proves less; and what was done."""
    dumps = json.loads(json.dumps(dumps))
    dump = rng.choice([dump for dump in dumps if dump["ServicesLastAccessed"]])
    row = rng.choice(dump["ServicesLastAccessed"])
    kind = rng.choice(["access", "access", "access", "cut", "services"])
    if kind == "cut":
        dump["IsTruncated"] = True
    elif kind == "services":
        dump["JobType"] = "SERVICE_LEVEL"
        for one in dump["ServicesLastAccessed"]:
            one.pop("TrackedActionsLastAccessed", None)
    else:
        row |= {"LastAuthenticated": ago(3), "LastAuthenticatedEntity": dump["Arn"], "LastAuthenticatedRegion": "eu-west-1", "TotalAuthenticatedEntities": 1}
        if row.get("TrackedActionsLastAccessed"):
            rng.choice(row["TrackedActionsLastAccessed"]).update(LastAccessedTime=ago(3), LastAccessedEntity=dump["Arn"], LastAccessedRegion="eu-west-1")
    return dumps, f"{kind} in the dump of {dump['Arn']} ({row['ServiceNamespace']})"


def monotonous(binary, home, before, details, dumps, options, rng):
    """An access more or a proof less takes nothing more away."""
    for at in range(2):
        other, what = changed(dumps, rng)
        save(home / f"in{at}", details, other)
        files, rows = run(binary, home / f"in{at}", home / f"out{at}", *options)
        account = Account(details, other)
        after = Checker(account, documents(account, files, rows), rng)
        for key in after.proposals:
            more = set(after.gone(key)) - set(before.gone(key))
            assert not more, f"{what}: {sorted(more)[:3]} of {key} go now"


def check(binary, seed, home):
    maker = Maker(seed)
    details, dumps = maker.account()
    inputs = home / "in"
    save(inputs, details, dumps)
    options = maker.r.choice([[], [], ["--style", "deny"]])
    files, rows = run(binary, inputs, home / "out", *options)
    if seed % 5 == 0:
        again, _ = run(binary, inputs, home / "again", *options, "--threads", "1")
        same = lambda all_of_it: {path: text for path, text in all_of_it.items() if path != "manifest.json"}
        assert same(again) == same(files), "two runs differ"
    account = Account(details, dumps)
    proposals = documents(account, files, rows)
    checker = Checker(account, proposals, maker.r)
    for key in proposals:
        try:
            if key in checker.parts:
                checker.shape_of_parts(key, checker.parts[key])
            else:
                checker.shape(key)
            checker.proven(key)
        except AssertionError as error:
            raise AssertionError(f"{key}: {error}") from error
    checker.fits({key_of(row) for row in rows if row["policy_kind"] == "inline" and row["step"] == "copy-and-swap"})
    whole = checker.enough({key_of(row): row for row in rows})
    # What had no room before may have some when less goes.
    if not {row["reason_none"] for row in rows} & {"too-large", "no-slot"}:
        monotonous(binary, home, checker, details, dumps, options, maker.r)
    return len(proposals), sum(len(checker.gone(key)) for key in proposals), whole


def main(binary, cases, first=0):
    totals, failed = [0, 0, 0], []
    for seed in range(first, first + cases):
        with tempfile.TemporaryDirectory() as folder:
            try:
                totals = [a + b for a, b in zip(totals, check(binary, seed, Path(folder)), strict=True)]
            except AssertionError as error:
                failed.append(f"seed {seed}: {error}")
    print("\n".join(failed[:20]))
    proposals, gone, whole = totals
    print(f"{cases} accounts, {proposals} proposals, {gone} actions go, {whole} of whole unused services: {len(failed)} fail")
    # A check of nothing is none.
    sys.exit(bool(failed) or min(totals) == 0)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:] or ("60",)))
