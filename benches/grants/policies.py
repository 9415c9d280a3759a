"""Authorization details for an estate: policies.py ESTATE OUT writes OUT/<date>/<account>/authorization-details.json.

Each entity has what its dump lists: as `svc:*`, as prefixes or as names, in three inline policies, and three of 150 managed policies of its
account, each with two versions. The same input gives the same bytes.
"""

import json
import pathlib
import random
import sys

estate, out = map(pathlib.Path, sys.argv[1:3])
choose = random.Random(7)
of_accounts = {}
for file in sorted(estate.rglob("*.json")):
    kind, account = file.parent.name[:-1], file.parent.parent
    if kind in ("user", "role", "group"):
        of_accounts.setdefault(account, []).append((kind, file.stem, json.loads(file.read_text())["ServicesLastAccessed"]))


def patterns(service, actions):
    how = choose.choice(["star", "list", "prefix"])
    if how == "star" or not actions:
        return [f"{service}:*"]
    return [f"{service}:{action}" for action in actions] if how == "list" else sorted({f"{service}:{action[:4]}*" for action in actions})


def statements(services):
    if len(services) > 200:
        return [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    return [
        {"Sid": service.replace("-", ""), "Effect": "Allow", "Action": patterns(service, actions),
         "Resource": "*" if choose.random() < 0.6 else f"arn:aws:{service}:::x"}
        for service, actions in services.items()
    ]


for account, entities in of_accounts.items():
    shared = [f"arn:aws:iam::{account.name}:policy/shared-{number}" for number in range(150)]
    attachments = dict.fromkeys(shared, 0)
    lists = {"user": [], "group": [], "role": []}
    known = set()
    for kind, name, rows in entities:
        services = {row["ServiceNamespace"]: [action["ActionName"] for action in row.get("TrackedActionsLastAccessed", [])] for row in rows}
        known.update(f"{service}:{action}" for service, actions in services.items() for action in actions)
        of_entity, attached = statements(services), choose.sample(shared, 3)
        for arn in attached:
            attachments[arn] += 1
        title = kind.capitalize()
        entity = {
            "Path": "/", f"{title}Name": name, f"{title}Id": "X", "Arn": f"arn:aws:iam::{account.name}:{kind}/{name}",
            "CreateDate": "2020-01-01T00:00:00+00:00",
            f"{title}PolicyList": [
                {"PolicyName": f"p{part}", "PolicyDocument": {"Version": "2012-10-17", "Statement": of_entity[part::3]}}
                for part in range(3) if of_entity[part::3]
            ],
            "AttachedManagedPolicies": [{"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn} for arn in attached],
        }
        lists[kind].append(entity | ({"GroupList": []} if kind == "user" else {}))
    known = sorted(known)
    policies = []
    for arn, count in attachments.items():
        actions = choose.sample(known, min(40, len(known))) + ["s3:Get*", "logs:*"]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        versions = [
            {"Document": document, "VersionId": f"v{number}", "IsDefaultVersion": number == 2, "CreateDate": f"202{number}-01-01T00:00:00+00:00"}
            for number in (1, 2)
        ]
        policies.append({
            "PolicyName": arn.rsplit("/", 1)[1], "PolicyId": "X", "Arn": arn, "Path": "/", "DefaultVersionId": "v2",
            "AttachmentCount": count, "PermissionsBoundaryUsageCount": 0, "CreateDate": "2020-01-01T00:00:00+00:00",
            "UpdateDate": "2022-01-01T00:00:00+00:00", "PolicyVersionList": versions,
        })
    file = out / account.relative_to(estate) / "authorization-details.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    details = {"UserDetailList": lists["user"], "GroupDetailList": lists["group"], "RoleDetailList": lists["role"], "Policies": policies}
    file.write_text(json.dumps(details, indent=4))
