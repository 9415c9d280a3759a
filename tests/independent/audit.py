#!/usr/bin/env python3
"""Every report of `dormant`, computed a second time, from its definitions alone.

Comes in: folders of saved answers of `aws iam get-service-last-accessed-details`, each with an `Arn` member beside the
members of the answer. Goes out: one `Table` per report, rows in their final order, cells spelt as in CSV.

It is apart so that it can disagree: nothing here was derived from the Rust source, nothing is clever, nothing is fast.
Whoever reads a function should see the definition of the report in it. Standard library only.

    python3 audit.py summary estate/
    python3 audit.py unused estate/ --level action --stale-after 30d
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import itertools
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

DAY = 86_400_000  # milliseconds
VERDICTS = ("active", "stale", "unused", "unknown")

# What `diff --all` calls a row that only got a newer date: the definitions give it no word.
NEWER = "newer"


# ---------------------------------------------------------------------------------------------------------------- time

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?")
SPELT_NEVER = {"", "None", "N/A", "never", "NaT"}


def millis(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def midnight(date: str) -> int:
    """The first millisecond of the UTC day `2026-04-01`."""
    return millis(datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=timezone.utc))


def end_of_day(date: str) -> int:
    """The last millisecond of the UTC day."""
    return midnight(date) + DAY - 1


def read_instant(text: str) -> int | None:
    """Milliseconds since 1970, or None where the text is not an ISO 8601 date and time. No offset means UTC."""
    match = ISO.fullmatch(text)
    if not match:
        return None
    *parts, fraction, offset = match.groups()
    try:
        moment = datetime(*map(int, parts), tzinfo=timezone.utc)
    except ValueError:
        return None
    ms = millis(moment) + int(((fraction or "") + "000")[:3])
    if offset and offset != "Z":
        sign = -1 if offset[0] == "-" else 1
        ms -= sign * (int(offset[1:3]) * 60 + int(offset[4:6])) * 60_000
    return ms


class Instant(int):
    """Milliseconds since 1970 as a cell: sorts as a number, reads `2026-04-01T01:53:35Z`, in whole seconds."""

    def __str__(self) -> str:
        moment = EPOCH + timedelta(milliseconds=int(self))
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def instant(ms: int | None) -> Instant | None:
    return None if ms is None else Instant(ms)


def spell_day(day: int) -> str:
    return f"{EPOCH + timedelta(days=day):%Y-%m-%d}"


def duration_days(text: str) -> int:
    """`7d`, `12w`, `6m` (30 days each), `1y` (365 days)."""
    return int(text[:-1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[text[-1]]


# --------------------------------------------------------------------------------------------------------------- nouns


@dataclass(frozen=True, order=True)
class Entity:
    """An IAM user, role, group or policy. Account and ARN together are its identity."""

    arn: str
    account: str  # empty for an AWS-managed policy saved under no account

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1]

    @property
    def type(self) -> str:
        return self.arn.split(":", 5)[5].split("/")[0]

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[1]

    @property
    def path(self) -> str:
        """The IAM path without its first slash: ``, `app/`, `aws-reserved/sso.amazonaws.com/`."""
        return self.arn.split("/", 1)[1][: -len(self.name)]

    @property
    def managed(self) -> bool:
        """Roles that AWS edits: service-linked ones and those of IAM Identity Center."""
        return self.type == "role" and self.path.startswith(("aws-service-role/", "aws-reserved/"))

    @property
    def columns(self) -> tuple[str, str, str, str]:
        return self.account, self.type, self.name, self.arn


ENTITY_COLUMNS = ["account_id", "entity_type", "entity_name", "entity_arn"]


@dataclass(eq=False)
class Dump:
    """One answer about one entity."""

    entity: Entity
    job_type: str
    evidence: str
    made: int | None  # its own date: which dump is the newest
    as_of: int | None  # the date that ages are counted from: its own, or --as-of
    services: list[Row] = field(default_factory=list)
    actions: list[Row] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        return self.evidence not in ("pending", "failed")

    @property
    def has_actions(self) -> bool:
        return self.job_type == "ACTION_LEVEL" or bool(self.actions)


@dataclass(eq=False)
class Row:
    """One service, or one action of a service, that a dump lists for its entity."""

    dump: Dump
    namespace: str
    service_name: str
    action: str  # empty for a service row
    accessed: int | None
    unreadable: bool  # there was an access, its date is not known
    by: str
    region: str
    verdict: str = ""
    days_since: int | None = None
    observed_days: int | None = None

    @property
    def entity(self) -> Entity:
        return self.dump.entity

    @property
    def used(self) -> bool:
        return self.accessed is not None or self.unreadable

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.action


@dataclass
class Params:
    """What a user may ask; empty or None keeps everything."""

    stale_after: int = 90
    buckets: tuple[int, ...] = (30, 90, 180, 365)
    as_of: str | None = None
    at: str | None = None
    all_snapshots: bool = False
    include_managed: bool = False
    accounts: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    entity: str | None = None
    services: tuple[str, ...] = ()
    action: str | None = None
    regions: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    within: int | None = None
    used: bool = False
    unused: bool = False


@dataclass
class Table:
    """Columns and rows of spelt cells. A matrix may hold two columns of one name, therefore no dictionaries inside."""

    columns: list[str]
    rows: list[list[str]]

    def dicts(self) -> list[dict[str, str]]:
        return [dict(zip(self.columns, row)) for row in self.rows]


def spell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def table(columns: list[str], rows: list[tuple], sort_key=None) -> Table:
    """Sorts by the columns from the left (or by `sort_key`), then spells: nulls first, text by code point, numbers as such."""
    assert all(len(row) == len(columns) for row in rows)
    rows = sorted(rows, key=lambda row: [(cell is not None and cell != "", cell if cell is not None else "") for cell in row])
    if sort_key:
        rows.sort(key=sort_key)
    return Table(columns, [[spell(cell) for cell in row] for row in rows])


def quotient(part: int, whole: int, scale: int, decimals: int) -> Decimal | None:
    """scale * part / whole, halves away from zero; None where the whole is 0."""
    if whole == 0:
        return None
    return (Decimal(scale * part) / Decimal(whole)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def percent(part: int, whole: int) -> Decimal | None:
    return quotient(part, whole, 100, 1)


def ratio(part: int, whole: int) -> Decimal | None:
    return quotient(part, whole, 1, 4)


# ------------------------------------------------------------------------------------------------------------- reading


def load(paths: list[Path | str]) -> list[Dump]:
    """Every dump below the paths; the same answer found twice for one entity counts once."""
    dumps, seen = [], set()
    for root in map(Path, paths):
        files = [root] if root.is_file() else sorted(root.rglob("*.json"))
        for file in files:
            answer = json.loads(file.read_text(encoding="utf-8"))
            entity = entity_of(answer["Arn"], file.relative_to(root).parts[:-1] if root.is_dir() else ())
            identity = (entity, json.dumps(answer, sort_keys=True))
            if identity not in seen:
                seen.add(identity)
                dumps.append(read_dump(entity, answer))
    return dumps


def entity_of(arn: str, folders: tuple[str, ...]) -> Entity:
    """An AWS-managed policy belongs to the account whose folder it lies in, if it lies in one."""
    account = arn.split(":")[4]
    if account == "aws":
        numbers = [folder for folder in folders if re.fullmatch(r"\d{12}", folder)]
        account = numbers[-1] if numbers else ""
    return Entity(arn, account)


def read_dump(entity: Entity, answer: dict) -> Dump:
    stated = answer.get("JobCompletionDate") or answer.get("JobCreationDate")
    made = read_instant(stated) if stated else None
    dump = Dump(entity, answer.get("JobType", ""), evidence_of(answer), made, made)
    if not dump.usable:
        return dump
    for service in answer["ServicesLastAccessed"]:
        namespace, name = service["ServiceNamespace"], service["ServiceName"]
        accessed, unreadable = read_access(service.get("LastAuthenticated"), service.get("TotalAuthenticatedEntities") or 0)
        by, region = service.get("LastAuthenticatedEntity") or "", service.get("LastAuthenticatedRegion") or ""
        dump.services.append(Row(dump, namespace, name, "", accessed, unreadable, by, region))
        for action in service.get("TrackedActionsLastAccessed") or []:
            accessed, unreadable = read_access(action.get("LastAccessedTime"), 0)
            by, region = action.get("LastAccessedEntity") or "", action.get("LastAccessedRegion") or ""
            dump.actions.append(Row(dump, namespace, name, action["ActionName"], accessed, unreadable, by, region))
    return dump


def read_access(text: str | None, entities: int) -> tuple[int | None, bool]:
    """The date, and whether there was an access whose date is not known."""
    if text is None or text in SPELT_NEVER:
        return None, entities > 0
    accessed = read_instant(text)
    if accessed == 0 or text.startswith("0001-"):  # what "no date" becomes in other languages
        return None, entities > 0
    return accessed, accessed is None


def evidence_of(answer: dict) -> str:
    if answer["JobStatus"] == "IN_PROGRESS":
        return "pending"
    if answer["JobStatus"] == "FAILED":
        return "failed"
    rows = answer["ServicesLastAccessed"]
    if answer.get("IsTruncated") or answer.get("Marker"):
        return "truncated"
    if not rows:
        return "empty"
    if len(rows) in (100, 200, 1000) and "IsTruncated" not in answer:
        return "suspect"
    return "complete"


# ------------------------------------------------------------------------------------------------------------ verdicts

TRACKING = midnight("2015-10-01")
TRACKING_GOV = midnight("2023-07-01")  # all regions of the partition began then
ACTION_TRACKING = {"s3": midnight("2020-04-12")} | dict.fromkeys(("ec2", "iam", "lambda"), midnight("2021-04-07"))
ACTION_TRACKING_OTHERS = midnight("2023-05-23")
WINDOW_DAYS = 400


def observed(row: Row) -> int:
    """For how many whole days before the dump AWS had been watching."""
    start = TRACKING_GOV if row.entity.partition == "aws-us-gov" else TRACKING
    if row.action:
        start = max(start, ACTION_TRACKING.get(row.namespace, ACTION_TRACKING_OTHERS))
    # AWS watched until the dump was made: a later --as-of proves no longer silence.
    until = row.dump.as_of if row.dump.made is None else min(row.dump.as_of, row.dump.made)
    return max(0, min((until - start) // DAY, WINDOW_DAYS))


def judge(row: Row, stale_after: int) -> None:
    """Fills verdict, days_since (rows with an access) and observed_days (rows without)."""
    row.verdict, row.days_since, row.observed_days = "unknown", None, None
    if row.dump.as_of is None or row.unreadable:
        return
    if row.accessed is not None:
        row.days_since = max(0, (row.dump.as_of - row.accessed) // DAY)
        row.verdict = "active" if row.days_since < stale_after else "stale"
    else:
        row.observed_days = observed(row)
        row.verdict = "unused" if row.observed_days >= stale_after else "unknown"


def bucket_names(bounds: tuple[int, ...]) -> list[str]:
    starts = (0, *bounds)
    spans = [f"{start}-{end - 1}" for start, end in zip(starts, bounds)]
    return [*spans, f"{starts[-1]}+", "never", "unknown"]


def bucket(row: Row, bounds: tuple[int, ...]) -> str:
    if row.verdict == "unknown":
        return "unknown"
    if row.verdict == "unused":
        return "never"
    return bucket_names(bounds)[sum(row.days_since >= bound for bound in bounds)]


# ----------------------------------------------------------------------------------------------------------- selection


def wants_entity(entity: Entity, p: Params) -> bool:
    return (
        (not p.accounts or entity.account in p.accounts)
        and (not p.types or entity.type in p.types)
        and (p.entity is None or any(fnmatch.fnmatchcase(text, p.entity) for text in (entity.name, entity.arn)))
    )


def wants_key(row: Row, p: Params) -> bool:
    """The filters that ask what the row is about, not what it says."""
    if p.services and row.namespace not in p.services:
        return False
    if p.action is not None and row.action:
        return any(fnmatch.fnmatchcase(text, p.action) for text in (row.action, f"{row.namespace}:{row.action}"))
    return True


def wants_row(row: Row, p: Params) -> bool:
    if not wants_key(row, p):
        return False
    if p.regions and row.region not in p.regions:
        return False
    if p.verdicts and row.verdict not in p.verdicts:
        return False
    if p.within is not None and (row.accessed is None or row.accessed <= row.dump.as_of - p.within * DAY):
        return False
    if p.used and not row.used:
        return False
    return not (p.unused and row.verdict != "unused")


def prepare(dumps: list[Dump], p: Params) -> list[Dump]:
    """The dumps that pass --at and the entity filters, every row judged."""
    limit = end_of_day(p.at) if p.at else None
    kept = [d for d in dumps if wants_entity(d.entity, p) and (limit is None or (d.made is not None and d.made <= limit))]
    for dump in kept:
        dump.as_of = midnight(p.as_of) if p.as_of else dump.made
        for row in itertools.chain(dump.services, dump.actions):
            judge(row, p.stale_after)
    return kept


def newest(dumps: list[Dump]) -> Dump | None:
    """The newest by its own date; at the same date the one with actions."""
    return max(dumps, key=lambda d: (d.made is not None, d.made or 0, d.has_actions), default=None)


def by_entity(dumps: list[Dump]) -> dict[Entity, list[Dump]]:
    groups = defaultdict(list)
    for dump in dumps:
        groups[dump.entity].append(dump)
    return dict(sorted(groups.items()))


@dataclass
class Present:
    """The dumps that speak for the present, and their rows after the filters."""

    service_dumps: list[Dump]
    action_dumps: list[Dump]
    services: list[Row]
    actions: list[Row]

    @property
    def entities(self) -> list[Entity]:
        return sorted({dump.entity for dump in self.service_dumps})

    def rows(self, level: str) -> list[Row]:
        return self.services if level == "service" else self.actions


def present_of(prepared: list[Dump], p: Params) -> Present:
    usable = [d for d in prepared if d.usable]
    with_actions = [d for d in usable if d.has_actions]
    if p.all_snapshots:
        service_dumps, action_dumps = usable, with_actions
    else:
        service_dumps = [newest(group) for group in by_entity(usable).values()]
        action_dumps = [newest(group) for group in by_entity(with_actions).values()]
    services = [row for d in service_dumps for row in d.services if wants_row(row, p)]
    actions = [row for d in action_dumps for row in d.actions if wants_row(row, p)]
    return Present(service_dumps, action_dumps, services, actions)


def verdict_counts(rows: list[Row]) -> tuple[int, int, int, int]:
    return tuple(sum(row.verdict == verdict for row in rows) for verdict in VERDICTS)


def group(rows: list[Row], key) -> dict:
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def key_columns(level: str) -> list[str]:
    return ["service_namespace"] if level == "service" else ["service_namespace", "action_name"]


def key_cells(row: Row, level: str) -> tuple[str, ...]:
    return (row.namespace,) if level == "service" else (row.namespace, row.action)


# ------------------------------------------------------------------------------------------------------------- reports


def summary(dumps: list[Dump], p: Params) -> Table:
    """One row per account of any dump, unfinished ones included."""
    prepared = prepare(dumps, p)
    now = present_of(prepared, p)
    rows = []
    for account in {d.entity.account for d in prepared}:
        services = [row for row in now.services if row.entity.account == account]
        actions = [row for row in now.actions if row.entity.account == account]
        dates = [d.as_of for d in now.service_dumps if d.entity.account == account]
        incomplete = [d for d in prepared if d.entity.account == account and d.evidence not in ("complete", "empty")]
        entities = [e for e in now.entities if e.account == account]
        of_services, of_actions = verdict_counts(services), verdict_counts(actions)
        rows.append((
            account, len(entities),
            len(services), *of_services, percent(of_services[2], len(services)),
            len(actions), *of_actions, percent(of_actions[2], len(actions)),
            instant(min(dates, default=None)), instant(max(dates, default=None)), len(incomplete),
        ))  # fmt: skip
    return table(
        ["account_id", "entities"]
        + ["services_granted", "services_active", "services_stale", "services_unused", "services_unknown", "services_unused_pct"]
        + ["actions_tracked", "actions_active", "actions_stale", "actions_unused", "actions_unknown", "actions_unused_pct"]
        + ["oldest_as_of", "newest_as_of", "dumps_incomplete"],
        rows,
    )


def services(dumps: list[Dump], p: Params) -> Table:
    """Unused actions per service."""
    now = present_of(prepare(dumps, p), p)
    entities_of, grants_of = group(now.services, lambda r: r.namespace), group(now.actions, lambda r: r.namespace)
    rows = []
    for namespace in entities_of.keys() | grants_of.keys():
        granted, grants = entities_of.get(namespace, []), grants_of.get(namespace, [])
        last = newest_access(granted)
        actions = group(grants, lambda r: r.action)
        used = [name for name, of in actions.items() if any(r.used for r in of)]
        # "Used by no one" must be shown by the evidence: an action with a grant of verdict unknown is neither used nor unused.
        unused = [name for name, of in actions.items() if all(r.verdict == "unused" for r in of)]
        of_grants = verdict_counts(grants)
        rows.append((
            namespace, newest_name(granted or grants), len({r.entity.account for r in granted if r.entity.account}),
            len(granted), *verdict_counts(granted),
            instant(last.accessed) if last else None, last.by if last else None,
            len(actions), len(used), len(unused),
            len(grants), *of_grants, percent(of_grants[2], len(grants)),
        ))  # fmt: skip
    columns = (
        ["service_namespace", "service_name", "accounts"]
        + ["entities_granted", "entities_active", "entities_stale", "entities_unused", "entities_unknown"]
        + ["last_accessed", "last_accessed_by", "actions_tracked", "actions_used", "actions_unused"]
        + ["grants", "grants_active", "grants_stale", "grants_unused", "grants_unknown", "grants_unused_pct"]
    )
    grants_unused = columns.index("grants_unused")
    return table(columns, rows, sort_key=lambda row: (-row[grants_unused], row[0]))


def newest_access(rows: list[Row]) -> Row | None:
    accessed = [row for row in rows if row.accessed is not None]
    return min(accessed, key=lambda row: (-row.accessed, row.by), default=None)


def newest_name(rows: list[Row]) -> str:
    return min(rows, key=lambda row: (-(row.dump.made or 0), row.service_name)).service_name


def unused(dumps: list[Dump], p: Params, level: str = "service", all_actions: bool = False) -> Table:
    """What could be taken away: the rows with verdict stale or unused, roles that AWS edits left out."""
    now = present_of(prepare(dumps, p), p)

    def owner(row: Row):  # whose service row speaks for an action: the entity's present, or with all snapshots its own dump's
        return row.dump if p.all_snapshots else row.entity

    spoken_for = {
        (owner(row), row.namespace) for d in now.service_dumps for row in d.services if row.verdict in ("stale", "unused")
    }
    rows = []
    for row in now.rows(level):
        if row.verdict not in ("stale", "unused") or (row.entity.managed and not p.include_managed):
            continue
        if level == "action" and not all_actions and (owner(row), row.namespace) in spoken_for:
            continue
        rows.append((
            *row.entity.columns, row.namespace, row.service_name, *([row.action] if level == "action" else []),
            row.verdict, instant(row.accessed), row.days_since, row.observed_days,
            instant(row.dump.as_of), row.dump.evidence,
        ))  # fmt: skip
    return table(
        ENTITY_COLUMNS
        + ["service_namespace", "service_name"]
        + (["action_name"] if level == "action" else [])
        + ["verdict", "last_accessed", "days_since", "observed_days", "as_of", "evidence"],
        rows,
    )


def staleness(dumps: list[Dump], p: Params, by: str = "entity", level: str = "service") -> Table:
    """How many rows of each key fall into each bucket."""
    columns, key = {
        "entity": (ENTITY_COLUMNS, lambda row: row.entity.columns),
        "service": (key_columns(level), lambda row: key_cells(row, level)),
        "account": (["account_id"], lambda row: (row.entity.account,)),
    }[by]
    names = bucket_names(p.buckets)
    rows = []
    for cells, of in group(present_of(prepare(dumps, p), p).rows(level), key).items():
        found = [bucket(row, p.buckets) for row in of]
        rows.append((*cells, len(of), *map(found.count, names)))
    return table([*columns, "total", *names], rows)


def compare_cell(row: Row) -> str:
    if row.verdict == "unknown":
        return "unknown"
    return "never" if row.verdict == "unused" else str(row.days_since)


def compare_long(dumps: list[Dump], p: Params, level: str = "service") -> Table:
    now = present_of(prepare(dumps, p), p)
    rows = [(row.entity.arn, *key_cells(row, level), compare_cell(row)) for row in now.rows(level)]
    return table(["entity_arn", *key_columns(level), "cell"], rows)


def compare_matrix(dumps: list[Dump], p: Params, level: str = "service") -> Table:
    """A line per service or action, a column per entity that has any."""
    found = present_of(prepare(dumps, p), p).rows(level)
    entities = sorted({row.entity for row in found})
    rows = []
    for cells, of in group(found, lambda row: key_cells(row, level)).items():
        of_entity = {row.entity: compare_cell(row) for row in of}
        rows.append((*cells, *(of_entity.get(entity) for entity in entities)))
    times = Counter(entity.arn for entity in entities)
    headings = [entity.arn if times[entity.arn] == 1 else f"{entity.arn} ({entity.account})" for entity in entities]
    return table([*key_columns(level), *headings], rows)


def compare_pairs(dumps: list[Dump], p: Params, level: str = "service") -> Table:
    """How far two entities are granted, and use, the same."""
    found = present_of(prepare(dumps, p), p).rows(level)
    granted = {entity: {row.key for row in of} for entity, of in group(found, lambda row: row.entity).items()}
    used = defaultdict(set)
    for row in found:
        if row.used:
            used[row.entity].add(row.key)
    rows = []
    for a, b in itertools.combinations(sorted(granted), 2):
        both_granted, both_used = len(granted[a] & granted[b]), len(used[a] & used[b])
        rows.append((
            a.arn, b.arn, len(granted[a]), len(granted[b]), both_granted, len(used[a]), len(used[b]), both_used,
            ratio(both_granted, len(granted[a] | granted[b])), ratio(both_used, len(used[a] | used[b])),
        ))  # fmt: skip
    return table(
        ["entity_a", "entity_b", "granted_a", "granted_b", "granted_both", "used_a", "used_b", "used_both"]
        + ["jaccard_granted", "jaccard_used"],
        rows,
    )


def role_name(entity: Entity) -> str:
    """A permission set stands under its own name: roles of it end in a number that differs in every account."""
    if entity.name.startswith("AWSReservedSSO_"):
        return entity.name.removeprefix("AWSReservedSSO_").rsplit("_", 1)[0]
    return entity.name


def compare_roles(dumps: list[Dump], p: Params) -> Table:
    """One role name across accounts, service by service."""
    now = present_of(prepare(dumps, p), p)
    accounts_of = defaultdict(set)
    for entity in now.entities:
        if entity.type == "role":
            accounts_of[role_name(entity)].add(entity.account)
    rows = []
    of_roles = [row for row in now.services if row.entity.type == "role"]
    for (name, namespace), of in group(of_roles, lambda row: (role_name(row.entity), row.namespace)).items():
        verdict_of = {account: best(rows) for account, rows in group(of, lambda row: row.entity.account).items()}
        words = list(verdict_of.values())
        last = newest_access(of)
        rows.append((
            "role", name, len(accounts_of[name]), namespace,
            len(words), words.count("used"), words.count("unused"), words.count("unknown"),
            instant(last.accessed) if last else None, words.count("unused") == len(words),
        ))  # fmt: skip
    return table(
        ["entity_type", "entity_name", "accounts", "service_namespace"]
        + ["accounts_granted", "accounts_used", "accounts_unused", "accounts_unknown", "last_accessed", "unused_everywhere"],
        rows,
    )


def best(rows: list[Row]) -> str:
    """Used where any is used, else unknown where any is unknown, else unused."""
    if any(row.used for row in rows):
        return "used"
    verdicts = {row.verdict for row in rows}
    return "unknown" if "unknown" in verdicts else "unused"


DIFF_COLUMNS = (
    ["change", *ENTITY_COLUMNS, "service_namespace", "action_name"]
    + ["old_last_accessed", "new_last_accessed", "old_verdict", "new_verdict", "old_as_of", "new_as_of"]
)  # fmt: skip


@dataclass
class Side:
    """One entity on one side of a diff."""

    seen: bool  # any dump at all, pending and failed ones included
    usable: bool
    dump: Dump | None  # the newest usable one of the level compared
    newest: Dump | None  # the newest usable one of any level

    @property
    def as_of(self) -> Instant | None:
        speaks = self.dump or self.newest
        return instant(speaks.as_of) if speaks else None


def side_of(dumps: list[Dump], level: str) -> Side:
    usable = [d for d in dumps if d.usable]
    of_level = [d for d in usable if level == "service" or d.has_actions]
    return Side(bool(dumps), bool(usable), newest(of_level), newest(usable))


def changes(entity: Entity, old: Side, new: Side, p: Params, level: str, everything: bool) -> list[tuple]:
    def of_entity(change: str) -> tuple:
        return (change, *entity.columns, *[None] * 6, old.as_of, new.as_of)

    if not old.usable and not new.usable:
        return []
    if not old.usable:
        return [of_entity("not-comparable" if old.seen else "entity-added")]
    if not new.usable:
        return [of_entity("not-comparable" if new.seen else "entity-removed")]
    if old.dump is None or new.dump is None:
        return [of_entity("not-comparable")]

    whole = {"complete", "empty"}
    rows = [] if {old.dump.evidence, new.dump.evidence} <= whole else [of_entity("not-comparable")]
    before, after = rows_of(old.dump, p, level), rows_of(new.dump, p, level)
    for key in before.keys() | after.keys():
        a, b = before.get(key), after.get(key)
        change = change_of(a, b, old.dump.evidence in whole, new.dump.evidence in whole)
        if change is None or (change == NEWER and not everything):
            continue
        rows.append((
            change, *entity.columns, *key,
            instant(a.accessed) if a else None, instant(b.accessed) if b else None,
            a.verdict if a else None, b.verdict if b else None, old.as_of, new.as_of,
        ))  # fmt: skip
    return rows


def rows_of(dump: Dump, p: Params, level: str) -> dict[tuple[str, str], Row]:
    rows = dump.services if level == "service" else dump.actions
    return {row.key: row for row in rows if wants_key(row, p)}


def change_of(a: Row | None, b: Row | None, old_whole: bool, new_whole: bool) -> str | None:
    """The first change that fits, in the order of the definition."""
    if a is None:
        return "granted" if old_whole else None
    if b is None:
        return "revoked" if new_whole else None
    if a.unreadable or b.unreadable:
        return None
    if a.accessed is None and b.accessed is None:
        return None
    if a.accessed is None:
        return "started"
    if b.accessed is None:
        return "aged-out"
    if b.accessed < a.accessed:
        return "went-backwards"
    if (a.verdict, b.verdict) == ("stale", "active"):
        return "resumed"
    if (a.verdict, b.verdict) == ("active", "stale"):
        return "went-stale"
    return NEWER if b.accessed > a.accessed else None


def diff_rows(old: list[Dump], new: list[Dump], p: Params, level: str, everything: bool) -> list[tuple]:
    before, after = by_entity(prepare(old, p)), by_entity(prepare(new, p))
    rows = []
    for entity in before.keys() | after.keys():
        sides = side_of(before.get(entity, []), level), side_of(after.get(entity, []), level)
        rows += changes(entity, *sides, p, level, everything)
    return rows


def diff_sides(old: list[Dump], new: list[Dump], p: Params, level: str = "service", everything: bool = False) -> Table:
    """`diff OLD NEW`."""
    return table(DIFF_COLUMNS, diff_rows(old, new, p, level, everything))


def not_after(dumps: list[Dump], limit: int) -> list[Dump]:
    return [d for d in dumps if d.made is not None and d.made <= limit]


def diff_dates(dumps: list[Dump], p: Params, from_: str, to: str, level: str = "service", everything: bool = False) -> Table:
    """`diff PATH --from DATE --to DATE`, both meaning the end of the day."""
    return diff_sides(not_after(dumps, end_of_day(from_)), not_after(dumps, end_of_day(to)), p, level, everything)


def diff_oldest_newest(dumps: list[Dump], p: Params, level: str = "service") -> Table:
    """diff.csv of `report`: the oldest day of each account against its newest, for accounts with more than one day."""
    rows = []
    for account in {d.entity.account for d in dumps}:
        of_account = [d for d in dumps if d.entity.account == account and d.made is not None]
        days = {d.made // DAY for d in of_account if d.usable}
        if len(days) > 1:
            old, new = (not_after(of_account, (day + 1) * DAY - 1) for day in (min(days), max(days)))
            rows += diff_rows(old, new, p, level, everything=False)
    return table(DIFF_COLUMNS, rows)


def trend(dumps: list[Dump], p: Params) -> Table:
    """One row per account and day on which a usable dump was made."""
    of_day = defaultdict(list)
    for dump in prepare(dumps, p):
        if dump.usable and dump.as_of is not None:
            of_day[dump.entity.account, dump.as_of // DAY].append(dump)
    rows = []
    for (account, day), of in of_day.items():
        on_day = present_of(of, Params(**{**vars(p), "all_snapshots": False}))
        of_services, of_actions = verdict_counts(on_day.services), verdict_counts(on_day.actions)
        rows.append((
            account, spell_day(day), len(on_day.entities),
            len(on_day.services), *of_services[:3], percent(of_services[2], len(on_day.services)),
            len(on_day.actions), of_actions[2], percent(of_actions[2], len(on_day.actions)),
        ))  # fmt: skip
    return table(
        ["account_id", "date", "entities"]
        + ["services_granted", "services_active", "services_stale", "services_unused", "services_unused_pct"]
        + ["actions_tracked", "actions_unused", "actions_unused_pct"],
        rows,
    )


def listing(dumps: list[Dump], p: Params, level: str = "action") -> Table:
    """`list`: every row as it stands."""
    now = present_of(prepare(dumps, p), p)
    rows = [
        (*row.entity.columns, *key_cells(row, level), instant(row.accessed), row.by, row.region,
         row.days_since, row.verdict, bucket(row, p.buckets), instant(row.dump.as_of), "member")
        for row in now.rows(level)
    ]  # fmt: skip
    return table(
        [*ENTITY_COLUMNS, *key_columns(level), "last_accessed", "last_accessed_by", "last_accessed_region"]
        + ["days_since", "verdict", "bucket", "as_of", "identified_by"],
        rows,
    )


# -------------------------------------------------------------------------------------------------------- command line


def parser() -> argparse.ArgumentParser:
    """The options of `dormant` that have a meaning here, spelt the same."""
    top = argparse.ArgumentParser(description="Every report of dormant, computed a second time.")
    top.add_argument("report", choices=["summary", "services", "unused", "staleness", "compare", "diff", "trend", "list"])
    top.add_argument("paths", nargs="+", type=Path)
    top.add_argument("--level", choices=["service", "action"])
    top.add_argument("--by", choices=["entity", "service", "account"], default="entity")
    for flag in ("--all-actions", "--long", "--pairs", "--roles", "--all", "--include-managed", "--used", "--unused"):
        top.add_argument(flag, action="store_true")
    for option in ("--from", "--to", "--at", "--as-of", "--entity", "--action", "--snapshots"):
        top.add_argument(option)
    top.add_argument("--stale-after", type=duration_days, default=90)
    top.add_argument("--within", type=duration_days)
    top.add_argument("--buckets", type=lambda text: tuple(map(int, text.split(","))), default=(30, 90, 180, 365))
    for option in ("--account", "--type", "--service", "--verdict", "--region"):
        top.add_argument(option, type=lambda text: tuple(text.split(",")), default=())
    return top


def params_of(args: argparse.Namespace) -> Params:
    return Params(
        stale_after=args.stale_after, buckets=args.buckets, as_of=args.as_of, at=args.at,
        all_snapshots=args.snapshots == "all", include_managed=args.include_managed,
        accounts=args.account, types=args.type, entity=args.entity, services=args.service, action=args.action,
        regions=args.region, verdicts=args.verdict, within=args.within, used=args.used, unused=args.unused,
    )  # fmt: skip


def compute(arguments: list[str], loaded=load) -> Table:
    """The table that `dormant` with these arguments should print. `loaded` reads paths; a caller may pass one that remembers."""
    args = parser().parse_args(arguments)
    p = params_of(args)
    if args.report == "diff":
        level = args.level or "service"
        if vars(args)["from"]:
            return diff_dates(loaded(args.paths), p, vars(args)["from"], args.to, level, args.all)
        old, new = args.paths
        return diff_sides(loaded([old]), loaded([new]), p, level, args.all)
    dumps = loaded(args.paths)
    match args.report:
        case "summary":
            return summary(dumps, p)
        case "services":
            return services(dumps, p)
        case "unused":
            return unused(dumps, p, args.level or "service", args.all_actions)
        case "staleness":
            return staleness(dumps, p, args.by, args.level or "service")
        case "trend":
            return trend(dumps, p)
        case "list":
            return listing(dumps, p, args.level or "action")
    if args.roles:
        return compare_roles(dumps, p)
    form = compare_pairs if args.pairs else compare_long if args.long else compare_matrix
    return form(dumps, p, args.level or "service")


if __name__ == "__main__":
    result = compute(sys.argv[1:])
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows(result.rows)
