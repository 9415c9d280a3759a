"""What AWS would have answered: entities with a history of accesses in, the JSON of aws-cli v2 out.

An entity is described once, by what it was granted and when it used it. `answer` then looks at that history from one
day, as the API does: the newest access that is not later than the job and not older than the 400 days AWS keeps. So
the snapshots of one entity cannot contradict one another.
"""

import csv
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

KEPT = timedelta(days=400)
"""How far back the API remembers an access."""

GLOBAL = {"iam", "sts", "route53", "cloudfront", "support", "budgets", "ce", "organizations", "health"}
"""Services that answer from us-east-1 wherever the caller is."""

with open(Path(__file__).with_name("names.csv"), newline="") as lines:
    CATALOGUE = {row["service_namespace"]: row for row in csv.DictReader(lines)}


def instant(text):
    """`2026-01-05 06:00:11.456` as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def latest(history, as_of):
    """The newest access of a history that a job finished at `as_of` would report, or None.

    A history is text: instants separated by `|`; or `daily 05:41:07`, which may end in `until 2026-02-10`.
    """
    seen = [t for part in filter(None, map(str.strip, history.split("|"))) if (t := newest(part, as_of))]
    return max((t for t in seen if as_of - KEPT < t), default=None)


def newest(part, as_of):
    daily = re.fullmatch(r"daily (\S+)(?: until (\S+))?", part)
    if not daily:
        return t if (t := instant(part)) <= as_of else None
    clock, last_day = daily.groups()
    end = min(as_of, instant(f"{last_day} 23:59:59")) if last_day else as_of
    today = instant(f"{end:%Y-%m-%d} {clock}")
    return today if today <= end else today - timedelta(days=1)


@dataclass
class Service:
    """One service an entity is allowed to call.

    `used` is a history, or for a group or policy one history for each member; `actions` maps a tracked action to the
    same. Granted from `since` (a day) and up to `until`, where given.
    """

    namespace: str
    used: str | dict = ""
    actions: dict = field(default_factory=dict)
    since: str = ""
    until: str = ""
    region: str = "eu-west-1"
    name: str = ""

    def granted(self, as_of):
        return not (self.since and as_of < instant(self.since)) and not (self.until and as_of >= instant(self.until))


@dataclass
class Entity:
    """A user, role, group or policy. `since` and `until` bound its life, as for a service."""

    arn: str
    services: list
    level: str = "ACTION_LEVEL"
    since: str = ""
    until: str = ""

    @property
    def name(self):
        return self.arn.rsplit("/", 1)[1]

    @property
    def kind(self):
        return self.arn.split(":", 5)[5].split("/", 1)[0]

    granted = Service.granted


def accesses(used, entity, as_of):
    """Who used it when, as (instant, ARN), the newest last."""
    by_member = used if isinstance(used, dict) else {entity.arn: used}
    return sorted((t, arn) for arn, history in by_member.items() if (t := latest(history, as_of)))


def row(service, entity, as_of):
    """One member of ServicesLastAccessed, its keys in the order of the API."""
    region = "us-east-1" if service.namespace in GLOBAL else service.region
    by_action = {action: accesses(used, entity, as_of) for action, used in service.actions.items()}
    # Whoever used one of its actions used the service.
    newest_by = {}
    for t, arn in sorted(accesses(service.used, entity, as_of) + [a for some in by_action.values() for a in some]):
        newest_by[arn] = t
    last_by, last = max(newest_by.items(), key=lambda item: item[1], default=(None, None))

    out = {"ServiceName": service.name or CATALOGUE[service.namespace]["service_name"]}
    if last:
        out["LastAuthenticated"] = date(last)
    out["ServiceNamespace"] = service.namespace
    if last:
        out["LastAuthenticatedEntity"] = last_by
        out["LastAuthenticatedRegion"] = region
    out["TotalAuthenticatedEntities"] = len(newest_by)
    if entity.level == "ACTION_LEVEL" and by_action:
        out["TrackedActionsLastAccessed"] = [action_row(a, by_action[a], region) for a in sorted(by_action)]
    return out


def action_row(action, used, region):
    if not used:
        return {"ActionName": action}
    last, last_by = used[-1]
    return {
        "ActionName": action,
        "LastAccessedEntity": last_by,
        "LastAccessedTime": date(last),
        "LastAccessedRegion": region,
    }


def date(t):
    """The API knows accesses to the second, jobs to the millisecond."""
    return t.replace(microsecond=0).isoformat()


def job_date(t):
    return t.isoformat()


def answer(entity, as_of, arn=True):
    """The whole answer of a job that finished at `as_of`; with the ARN beside it, as our README saves it."""
    services = sorted((s for s in entity.services if s.granted(as_of)), key=lambda s: s.namespace)
    out = {"Arn": entity.arn} if arn else {}
    created = as_of - timedelta(milliseconds=1333)
    out |= {"JobStatus": "COMPLETED", "JobType": entity.level, "JobCreationDate": job_date(created)}
    out["ServicesLastAccessed"] = [row(s, entity, as_of) for s in services]
    out |= {"JobCompletionDate": job_date(as_of), "IsTruncated": False}
    return out


def without(whole, *keys):
    """The answer less some members, in the same order."""
    return {key: value for key, value in whole.items() if key not in keys}


def pages(whole, size):
    """The same answer as `--max-items SIZE` and `--marker` give it: one answer for each page."""
    services = whole["ServicesLastAccessed"]
    for start in range(0, len(services), size):
        page = whole | {"ServicesLastAccessed": services[start : start + size]}
        if start + size < len(services):
            page |= {"IsTruncated": True, "Marker": f"RVhBTVBMRS1tYXJrZXItcGFnZS0{start // size + 1}"}
        yield page


def as_json(value):
    """The bytes aws-cli v2 (and `jq --indent 4`) writes."""
    return (json.dumps(value, indent=4, ensure_ascii=False) + "\n").encode()


def get_role(arn, created):
    """The answer of `aws iam get-role`, as far as it matters here."""
    role = {
        "Path": "/" + "".join(part + "/" for part in arn.split("/")[1:-1]),
        "RoleName": arn.rsplit("/", 1)[1],
        "RoleId": "AROAEXAMPLEEXAMPLE001",
        "Arn": arn,
        "CreateDate": created,
        "MaxSessionDuration": 3600,
    }
    return {"Role": role}
