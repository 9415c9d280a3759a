#!/usr/bin/env python3
"""Every report of `dormant`, computed a second time, from its definitions alone.

Comes in: folders of saved answers of `aws iam get-service-last-accessed-details`, each with an `Arn` member beside the
members of the answer. Goes out: one `Table` per report, rows in their final order, cells spelt as in CSV.

It is apart so that it can disagree: nothing here was derived from the Rust source, nothing is clever, nothing is fast.
`saved.py` reads, `verdicts.py` judges rows by the numbered rules of docs/reports.md, and here the rows become reports. A reader of a
function should see the definition of the report in it. Standard library only.

    python3 audit.py summary estate/
    python3 audit.py unused estate/ --level action --stale-after 30d
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import functools
import itertools
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import saved
from saved import DAY, EPOCH, Documents, Entity, end_of_day, load, midnight  # noqa: F401
from verdicts import Dump, History, Question, Row, histories

VERDICTS = ("active", "stale", "unused", "unknown")

# What `diff --all` calls a row that only got a newer date: the definitions give it no word.
NEWER = "newer"


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


ENTITY_COLUMNS = ["account_id", "entity_type", "entity_name", "entity_arn"]


@dataclass(frozen=True)
class Params:
    """What a user may ask; empty or None keeps everything."""

    stale_after: int = 90
    buckets: tuple[int, ...] = (30, 90, 180, 365)
    as_of: str | None = None
    at: str | None = None
    all_snapshots: bool = False
    include_aws_controlled: bool = False
    strict_age: bool = False
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

    @property
    def question(self) -> Question:
        as_of, at = self.as_of and midnight(self.as_of), self.at and end_of_day(self.at)
        return Question(self.stale_after, as_of or None, at or None, self.strict_age)

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


# ----------------------------------------------------------------------------------------------------------- selection


def names_of(entity: Entity, pattern: str) -> list[str]:
    """What a pattern of entities is tried against; one that begins with a type, also against what reports print and the end of the ARN."""
    texts = [entity.name, entity.arn]
    if pattern.split("/")[0] in ("user", "role", "group", "policy") and "/" in pattern:
        texts += [f"{entity.type}/{entity.name}"] + [entity.arn.split(":", 5)[5]] * bool(entity.arn)
    return texts


def wants_entity(entity: Entity, p: Params) -> bool:
    return (
        (not p.accounts or entity.account in p.accounts)
        and (not p.types or entity.type in p.types)
        and (p.entity is None or any(fnmatch.fnmatchcase(text, p.entity) for text in names_of(entity, p.entity)))
    )


def wants_key(row: Row, p: Params) -> bool:
    """The filters that narrow the question (rule 45)."""
    if p.services and row.key[0] not in {name.lower() for name in p.services}:
        return False
    if p.action is not None and row.action:
        texts = (row.action, f"{row.namespace}:{row.action}")
        return any(fnmatch.fnmatchcase(text.lower(), p.action.lower()) for text in texts)
    return True


def filters_rows(p: Params) -> bool:
    return bool(p.regions or p.verdicts or p.within is not None or p.used or p.unused)


def wants_row(row: Row, p: Params) -> bool:
    """The filters that choose among finished rows (rule 45)."""
    if p.regions and row.region not in p.regions:
        return False
    if p.verdicts and row.verdict not in p.verdicts:
        return False
    if p.within is not None and (row.accessed is None or row.as_of is None or row.accessed <= row.as_of - p.within * DAY):
        return False
    if p.used and not row.used:
        return False
    return not (p.unused and row.verdict != "unused")


def passing(groups: dict, *others: dict, p: Params) -> set:
    """Keys of which a row passes the row filters; all of them where there are none."""
    keys = {key for of in (groups, *others) for key in of}
    if not filters_rows(p):
        return keys
    return {key for key in keys if any(wants_row(row, p) for of in (groups, *others) for row in of.get(key, []))}


def newest_rows(dumps: list[Dump], keys, whole) -> list[tuple[Dump, tuple[str, str]]]:
    """Rule 33: each key from the newest dump that shows it, and none from before the newest whole one."""
    chosen: dict[tuple[str, str], Dump] = {}
    for dump in reversed(dumps):
        for key in keys(dump):
            chosen.setdefault(key, dump)
        if whole(dump):
            break
    return [(dump, key) for key, dump in chosen.items()]


def service_keys(dump: Dump):
    return [key for key in dump.shows() if not key[1]]


def action_keys(dump: Dump):
    return [key for key in dump.shows() if key[1]]


@dataclass
class Present:
    """The judged rows that speak, and what is known of the entities in the question."""

    histories: list[History]
    question: Question
    services: list[Row] = field(default_factory=list)
    actions: list[Row] = field(default_factory=list)

    def rows(self, level: str) -> list[Row]:
        return self.services if level == "service" else self.actions

    @functools.cached_property
    def entities(self) -> list[Entity]:
        """Those with a usable dump."""
        return [h.entity for h in self.histories if h.newest(self.question.at)]

    @functools.cached_property
    def listed(self) -> set[tuple[Entity, str]]:
        return {(row.entity, row.key[0]) for row in self.services}

    def unseen(self, history: History, namespace: str) -> bool:
        """Rule 39."""
        newest = history.newest(self.question.at)
        return (history.entity, namespace) not in self.listed and (newest is None or not newest.whole)

    def without_actions(self, history: History, namespace: str) -> bool:
        """Rule 40."""
        if (history.entity, namespace) not in self.listed:
            return False
        at = self.question.at
        dated = history.dumps(at) or [d for d in history.all_dumps() if d.usable and at is None]
        newest = next((d for d in reversed(dated) if d.whole_actions), None)
        return newest is None or not newest.lists_with_actions(namespace) or history.superseded(newest, namespace, at)


def question_of(found: dict[Entity, History], p: Params) -> list[History]:
    return [history for entity, history in found.items() if wants_entity(entity, p)]


def judged(history: History, services, actions, q: Question, moment_of) -> tuple[list[Row], list[Row]]:
    """Services first, since an action is granted no longer than its service (rule 26)."""
    rows = [history.judge(dump, key, moment_of(dump), q) for dump, key in services]
    return rows, [
        history.judge(dump, key, moment_of(dump), q, next(r.granted_since for r in rows if r.key[0] == key[0])) for dump, key in actions
    ]


def speaking(history: History, q: Question) -> tuple[list, list]:
    """The dump and key of every row of the present (rule 33)."""
    dumps = history.dumps(q.at)
    newest = history.newest(q.at)
    if not dumps and newest:
        dumps = [newest]
    services = newest_rows(dumps, service_keys, lambda d: d.whole)
    granted = {key[0] for _, key in services}
    actions = newest_rows([d for d in dumps if d.has_actions], action_keys, lambda d: d.whole_actions)
    return services, [(dump, key) for dump, key in actions if key[0] in granted]


def present_of(found: dict[Entity, History], p: Params) -> Present:
    now = Present(question_of(found, p), p.question)
    for history in now.histories:
        for services, actions in rows_of_history(history, p.question, p.all_snapshots):
            now.services += [row for row in services if wants_key(row, p)]
            now.actions += [row for row in actions if wants_key(row, p)]
    return now


def rows_of_history(history: History, q: Question, all_snapshots: bool) -> list[tuple[list[Row], list[Row]]]:
    memory = history.memory.setdefault(("rows", q, all_snapshots), [])
    if not memory:
        if all_snapshots:
            dumps = history.dumps(q.at) or list(filter(None, [history.newest(q.at)]))
            memory += [
                judged(history, [(d, k) for k in service_keys(d)], [(d, k) for k in action_keys(d)], q, lambda d: history.moment_of(d, q.at))
                for d in dumps
            ]
        else:
            memory.append(judged(history, *speaking(history, q), q, lambda _: q.at))
    return memory


def incomplete(dumps: list[Dump]) -> int:
    return sum(dump.evidence not in ("complete", "empty") for dump in dumps)


def dumps_of(history: History, q: Question) -> list[Dump]:
    """All dumps up to `--at`, unfinished ones included."""
    return [d for d in history.all_dumps() if q.at is None or (d.made is not None and d.made <= q.at)]


def bucket_names(bounds: tuple[int, ...]) -> list[str]:
    starts = (0, *bounds)
    spans = [f"{start}-{end - 1}" for start, end in zip(starts, bounds)]
    return [*spans, f"{starts[-1]}+", "unused", "unknown"]


def bucket(row: Row, bounds: tuple[int, ...]) -> str:
    if row.verdict in ("unknown", "unused"):
        return row.verdict
    return bucket_names(bounds)[sum(row.days_since >= bound for bound in bounds)]


def verdict_counts(rows: list[Row]) -> tuple[int, int, int, int]:
    return tuple(sum(row.verdict == verdict for row in rows) for verdict in VERDICTS)


def group(rows: list[Row], key) -> dict:
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def key_columns(level: str) -> list[str]:
    return ["service_namespace"] if level == "service" else ["service_namespace", "action_name"]


@functools.cache
def spellings(histories: tuple[History, ...]) -> dict[tuple, str]:
    """Rule 51: each permission as the newest dump writes it; in one instant, the first in byte order."""
    newest: dict[tuple, tuple] = {}
    for answer in (answer for history in histories for answer in history.answers if answer.usable):
        for row in answer.rows:
            for key, name in ((row.key[0], row.namespace.strip()), (row.key, row.action.strip())):
                one = (-(answer.made or 0), name)
                newest[key] = min(newest.get(key, one), one)
    return {key: name for key, (_, name) in newest.items()}


def spelt(key: tuple[str, str], level: str, found: dict[Entity, History]) -> tuple[str, ...]:
    shown = spellings(tuple(found.values()))
    return (shown[key[0]],) if level == "service" else (shown[key[0]], shown[key])


def newest_name(rows: list[Row]) -> str:
    """The service's name in the newest dump that has one."""
    return min(((-(row.dump.made or 0), row.service_name) for row in rows if row.service_name), default=(0, ""))[1]


def key_cells(row: Row, level: str) -> tuple[str, ...]:
    return (row.namespace,) if level == "service" else (row.namespace, row.action)


# ------------------------------------------------------------------------------------------------------------- reports


def summary(found: dict[Entity, History], p: Params) -> Table:
    """One row per account of any dump, unfinished ones included."""
    now = present_of(found, p)
    by_account = [group(rows, lambda r: r.entity.account) for rows in (now.services, now.actions)]
    accounts = {h.entity.account for h in now.histories if dumps_of(h, p.question)}
    if filters_rows(p):
        accounts &= passing(*by_account, p=p)
    rows = []
    for account in accounts:
        services, actions = (of.get(account, []) for of in by_account)
        entities = [h for h in now.histories if h.entity.account == account]
        newest = [d for d in (h.newest(p.question.at) for h in entities) if d]
        dates = [r.dump.made for r in (*services, *actions)] + [d.made for d in newest]
        dates = [date for date in dates if date is not None]
        of_services, of_actions = verdict_counts(services), verdict_counts(actions)
        rows.append((
            account, len(newest),
            len(services), *of_services, percent(of_services[2], len(services)),
            len(actions), *of_actions, percent(of_actions[2], len(actions)),
            instant(min(dates, default=None)), instant(max(dates, default=None)),
            sum(incomplete(dumps_of(h, p.question)) for h in entities),
        ))  # fmt: skip
    return table(
        ["account_id", "entities"]
        + ["services_granted", "services_active", "services_stale", "services_unused", "services_unknown", "services_unused_pct"]
        + ["actions_tracked", "actions_active", "actions_stale", "actions_unused", "actions_unknown", "actions_unused_pct"]
        + ["oldest_as_of", "newest_as_of", "dumps_incomplete"],
        rows,
    )


def services(found: dict[Entity, History], p: Params) -> Table:
    """Unused actions per service."""
    now = present_of(found, p)
    entities_of, grants_of = group(now.services, lambda r: r.key[0]), group(now.actions, lambda r: r.key[0])
    rows = []
    for namespace in passing(entities_of, grants_of, p=p):
        granted, grants = entities_of.get(namespace, []), grants_of.get(namespace, [])
        last = newest_access(granted)
        actions = group(grants, lambda r: r.key)
        unseen = [h for h in now.histories if now.unseen(h, namespace)]
        without = [h for h in now.histories if now.without_actions(h, namespace)]
        used = [name for name, of in actions.items() if any(r.used for r in of)]
        unused_seen = [name for name, of in actions.items() if name not in used and unused_by_all(of)]
        hindered = any(h.entity.remedy != "none" for h in (*unseen, *without))
        unused = 0 if hindered else len(unused_seen)  # rule 41
        of_grants = verdict_counts(grants)
        rows.append((
            *spelt((namespace, ""), "service", found), newest_name(granted or grants),
            len({r.entity.account for r in granted if r.entity.account}),
            len(granted), *verdict_counts(granted),
            instant(last.accessed) if last else None, last.by if last else None,
            len(actions), len(used), unused,
            len(grants), *of_grants, percent(of_grants[2], len(grants)),
            len(actions) - len(used) - unused, len(unused_seen), len(unseen), len(without),
            len({r.entity for r in granted if r.used_untracked}),
        ))  # fmt: skip
    columns = (
        ["service_namespace", "service_name", "accounts"]
        + ["entities_granted", "entities_active", "entities_stale", "entities_unused", "entities_unknown"]
        + ["last_accessed", "last_accessed_by", "actions_tracked", "actions_used", "actions_unused"]
        + ["grants", "grants_active", "grants_stale", "grants_unused", "grants_unknown", "grants_unused_pct"]
        + ["actions_unknown", "actions_unused_seen", "entities_unseen", "entities_without_actions", "used_untracked"]
    )
    grants_unused = columns.index("grants_unused")
    return table(columns, rows, sort_key=lambda row: (-row[grants_unused], row[0]))


def unused_by_all(rows: list[Row]) -> bool:
    """Rule 41: a grant whose owner is known and can do something, and all of those unused."""
    changeable = [row for row in rows if row.entity.remedy != "none" and row.entity.arn]
    return bool(changeable) and all(row.verdict == "unused" for row in changeable)


def newest_access(rows: list[Row]) -> Row | None:
    accessed = [row for row in rows if row.accessed is not None]
    return min(accessed, key=lambda row: (-row.accessed, row.by), default=None)


def unused(found: dict[Entity, History], p: Params, level: str = "service", all_actions: bool = False) -> Table:
    """What could be taken away: the rows with verdict stale or unused, entities that AWS controls left out."""
    now = present_of(found, p)

    def owner(row: Row):  # whose service row speaks for an action: the entity's present, or with all snapshots its own dump's
        return (row.dump if p.all_snapshots else row.entity), row.key[0]

    spoken_for = {owner(row) for row in now.services if row.verdict in ("stale", "unused")}
    rows = []
    for row in now.rows(level):
        if row.verdict not in ("stale", "unused") or not wants_row(row, p):
            continue
        if row.entity.aws_controlled and not p.include_aws_controlled:
            continue
        if level == "action" and not all_actions and owner(row) in spoken_for:
            continue
        rows.append((
            *row.entity.columns, row.namespace, row.service_name, *([row.action] if level == "action" else []),
            row.verdict, instant(row.accessed), row.days_since, row.observed_days, pass_role(row, level),
            instant(row.as_of), row.dump.evidence, *tail(row),
        ))  # fmt: skip
    return table(
        ENTITY_COLUMNS
        + ["service_namespace", "service_name"]
        + (["action_name"] if level == "action" else [])
        + ["verdict", "last_accessed", "days_since", "observed_days", "note", "as_of", "evidence", *TAIL],
        rows,
    )


TAIL = ["observed_limit", "granted_since", "age_known_by", "last_accessed_source", "aws_controlled", "remedy"]


def tail(row: Row) -> tuple:
    """Rule 60."""
    controlled, remedy = row.entity.aws_controlled, row.entity.remedy
    return row.observed_limit, instant(row.granted_since), row.age_known_by, row.source, controlled, remedy


def staleness(found: dict[Entity, History], p: Params, by: str = "entity", level: str = "service") -> Table:
    """How many rows of each key fall into each bucket."""
    columns, key = {
        "entity": (ENTITY_COLUMNS, lambda row: row.entity),
        "service": (key_columns(level), lambda row: row.key),
        "account": (["account_id"], lambda row: row.entity.account),
    }[by]
    names = bucket_names(p.buckets)
    now = present_of(found, p)
    counted = {h.entity: incomplete(dumps_of(h, p.question)) for h in now.histories}
    rows, groups = [], group(now.rows(level), key)
    for one in passing(groups, p=p):
        of = groups[one]
        buckets = [bucket(row, p.buckets) for row in of]
        cells = {"entity": lambda: of[0].entity.columns, "service": lambda: spelt(of[0].key, level, found), "account": lambda: (one,)}[by]()
        about = {"entity": lambda e: e == one, "service": lambda e: True, "account": lambda e: e.account == one}[by]
        rows.append((*cells, len(of), *map(buckets.count, names), sum(n for e, n in counted.items() if about(e))))
    return table([*columns, "total", *names, "dumps_incomplete"], rows)


def compare_cell(row: Row) -> str:
    return row.verdict if row.verdict in ("unknown", "unused") else str(row.days_since)


def compare_long(found: dict[Entity, History], p: Params, level: str = "service") -> Table:
    now = present_of(found, p)
    rows = [(row.entity.arn, *spelt(row.key, level, found), compare_cell(row)) for row in now.rows(level) if wants_row(row, p)]
    return table(["entity_arn", *key_columns(level), "cell"], rows)


def compare_matrix(found: dict[Entity, History], p: Params, level: str = "service") -> Table:
    """A line per service or action, a column per entity that has any."""
    now = present_of(found, p)
    entities = sorted({row.entity for row in now.rows(level)})
    history_of = {h.entity: h for h in now.histories}
    groups = group(now.rows(level), lambda row: row.key)
    rows = []
    for key in passing(groups, p=p):
        of_entity = {row.entity: compare_cell(row) for row in groups[key]}
        for entity in entities:  # rule 44
            history = history_of[entity]
            if now.unseen(history, key[0]) or (key[1] and now.without_actions(history, key[0])):
                of_entity.setdefault(entity, "?")
        rows.append((*spelt(groups[key][0].key, level, found), *(of_entity.get(entity) for entity in entities)))
    times = Counter(entity.arn for entity in entities)
    headings = [entity.arn if times[entity.arn] == 1 else f"{entity.arn} ({entity.account})" for entity in entities]
    return table([*key_columns(level), *headings], rows)


def compare_pairs(found: dict[Entity, History], p: Params, level: str = "service") -> Table:
    """How far two entities are granted, and use, the same."""
    now = present_of(found, p)
    of_entity = group(now.rows(level), lambda row: row.entity)
    stays = passing(of_entity, p=p)
    granted = {entity: {row.key for row in of} for entity, of in of_entity.items()}
    used = {entity: {row.key for row in of if row.used} for entity, of in of_entity.items()}
    counted = {h.entity: incomplete(dumps_of(h, p.question)) for h in now.histories}
    rows = []
    for a, b in itertools.combinations(sorted(granted), 2):
        if not {a, b} & stays:
            continue
        both_granted, both_used = len(granted[a] & granted[b]), len(used[a] & used[b])
        rows.append((
            a.arn, b.arn, a.account, b.account, len(granted[a]), len(granted[b]), both_granted, len(used[a]), len(used[b]), both_used,
            ratio(both_granted, len(granted[a] | granted[b])), ratio(both_used, len(used[a] | used[b])), counted[a] + counted[b],
        ))  # fmt: skip
    return table(
        ["entity_a", "entity_b", "account_a", "account_b", "granted_a", "granted_b", "granted_both", "used_a", "used_b", "used_both"]
        + ["jaccard_granted", "jaccard_used", "dumps_incomplete"],
        rows,
    )


def role_name(entity: Entity) -> tuple[str, bool]:
    """Rule 56: the name, and whether it is a permission set."""
    found = re.fullmatch(r"AWSReservedSSO_(.+)_[0-9a-f]{16}", entity.name)
    if found and entity.path.startswith("aws-reserved/sso.amazonaws.com/"):
        return found[1], True
    return entity.name, False


def compare_roles(found: dict[Entity, History], p: Params) -> Table:
    """One role name across accounts, service by service (rules 42 and 43)."""
    now = present_of(found, p)
    named = defaultdict(list)
    for history in now.histories:
        if history.entity.type == "role":
            named[role_name(history.entity)].append(history)
    groups = group([row for row in now.services if row.entity.type == "role"], lambda row: (role_name(row.entity), row.key[0]))
    rows = []
    for (name, namespace), of in ((key, groups[key]) for key in passing(groups, p=p)):
        hidden = {h.entity.account for h in named[name] if now.unseen(h, namespace)}
        by_account = group(of, lambda row: row.entity.account)
        used = {account for account, rows in by_account.items() if any(row.used for row in rows)}
        unused = {a for a, rows in by_account.items() if all(row.verdict == "unused" for row in rows) and a not in hidden} - used
        unknown = (set(by_account) | hidden) - used - unused
        entity = of[0].entity
        seen = len(unused) == len(by_account) and entity.remedy != "none"
        last = newest_access(of)
        rows.append((
            "role", name[0], len({h.entity.account for h in named[name]}), *spelt(of[0].key, "service", found),
            len(by_account), len(used), len(unused), len(unknown),
            instant(last.accessed) if last else None, seen and not unknown, seen, entity.aws_controlled, entity.remedy,
        ))  # fmt: skip
    return table(
        ["entity_type", "entity_name", "accounts", "service_namespace"]
        + ["accounts_granted", "accounts_used", "accounts_unused", "accounts_unknown", "last_accessed"]
        + ["unused_everywhere", "unused_everywhere_seen", "aws_controlled", "remedy"],
        rows,
    )


DIFF_COLUMNS = (
    ["change", *ENTITY_COLUMNS, "service_namespace", "action_name"]
    + ["old_last_accessed", "new_last_accessed", "old_verdict", "new_verdict", "old_as_of", "new_as_of"]
)  # fmt: skip


@dataclass
class Side:
    """One entity on one side of a diff."""

    seen: bool  # any dump at all, pending, failed and unread ones included
    dump: Dump | None  # the newest usable one of the level compared
    newest: Dump | None  # the newest usable one of any level

    @property
    def made(self) -> str | None:
        speaks = self.dump or self.newest
        return instant(speaks.made) if speaks else None


def side_of(dumps: list[Dump], unread: bool, level: str) -> Side:
    usable = [d for d in dumps if d.usable]
    of_level = [d for d in usable if level == "service" or d.has_actions]
    return Side(bool(dumps) or unread, of_level[-1] if of_level else None, usable[-1] if usable else None)


def changes(history: History, old: Side, new: Side, p: Params, level: str, everything: bool) -> list[tuple]:
    """Rules 52 to 54."""
    entity = history.entity

    def of_entity(change: str) -> tuple:
        return (change, *entity.columns, *[None] * 6, old.made, new.made)

    if not old.newest and not new.newest:
        return []
    if not old.newest:
        return [of_entity("not-comparable" if old.seen else "entity-added")]
    if not new.newest:
        return [of_entity("not-comparable" if new.seen else "entity-removed")]
    is_swapped = bool(old.dump and new.dump) and None not in (old.dump.made, new.dump.made) and old.dump.made > new.dump.made
    if old.dump is None or new.dump is None or old.dump is new.dump or is_swapped:
        return [of_entity("not-comparable")]

    def whole(dump: Dump) -> bool:
        return dump.whole if level == "service" else dump.whole_actions

    rows = [] if whole(old.dump) and whole(new.dump) else [of_entity("not-comparable")]
    before, after = (judged_side(history, side.dump, p, level) for side in (old, new))
    for key in before.keys() | after.keys():
        a, b = before.get(key), after.get(key)
        stayed = old.dump.lists((key[0], "")) and new.dump.lists((key[0], ""))
        change = change_of(history, key, old.dump, new.dump, a, b, bool(key[1]) and stayed, whole)
        if change is None or (change == NEWER and not everything):
            continue
        rows.append((
            change, *entity.columns, *((b or a).namespace, (b or a).action),
            instant(shown_at(history, old.dump, key)) if a else None, instant(shown_at(history, new.dump, key)) if b else None,
            a.verdict if a else None, b.verdict if b else None, old.made, new.made,
        ))  # fmt: skip
    return rows


def judged_side(history: History, dump: Dump, p: Params, level: str) -> dict[tuple[str, str], Row]:
    keys = service_keys(dump), (action_keys(dump) if level == "action" else [])
    services, actions = judged(history, *([(dump, k) for k in of] for of in keys), p.question, lambda d: history.moment_of(d, None))
    return {row.key: row for row in (services if level == "service" else actions) if wants_key(row, p)}


def shown_at(history: History, dump: Dump, key: tuple[str, str]) -> int | None:
    """What the dump itself shows."""
    return dump.shows()[key].at


def change_of(history, key, old: Dump, new: Dump, a: Row | None, b: Row | None, service_stayed: bool, whole) -> str | None:
    """The first change that fits, in the order of the definition."""
    if a is None:
        return ("listed" if service_stayed else "granted") if whole(old) else None
    if b is None:
        return ("unlisted" if service_stayed else "revoked") if whole(new) else None
    one, two = old.shows()[key], new.shows()[key]
    if any(s.undated or (not s.accessed and not s.silent) for s in (one, two)):
        return None
    if one.at is None:
        return "started" if two.at is not None else None
    if two.at is None or two.at < one.at - DAY:
        return "aged-out" if new.made is not None and new.made - one.at >= 400 * DAY else "went-backwards"
    if (a.verdict, b.verdict) == ("stale", "active"):
        return "resumed"
    if (a.verdict, b.verdict) == ("active", "stale"):
        return "went-stale"
    return NEWER if two.at > one.at else None


def diff_rows(found: dict[Entity, History], sides, p: Params, level: str, everything: bool) -> list[tuple]:
    """`sides` gives an entity's dumps on the old and the new side, oldest first, and whether a file of it was not read there."""
    rows = []
    for history in question_of(found, p):
        old, new = (side_of(*side, level) for side in sides(history))
        rows += changes(history, old, new, p, level, everything)
    return rows


def diff_sides(old: Documents, new: Documents, p: Params, level: str = "service", everything: bool = False) -> Table:
    """`diff OLD NEW`: one pool, of which the folders choose the dumps that speak."""
    found = histories(pool(old, new))

    def sides(history: History):
        of_old = []
        for side in (old, new):
            ids = {answer_id(answer) for answer in side.answers}
            dumps = [d for d in history.all_dumps() if any(answer_id(answer) in ids for answer in d.answers)]
            of_old = dumps if side is old else of_old
            named = named_on(side.statements, history.entity) if side is old else is_named_after(side.statements, history, of_old)
            yield dumps, history.entity in side.unread or bool(named)

    return table(DIFF_COLUMNS, diff_rows(found, sides, p, level, everything))


def named_on(statements: list, entity: Entity) -> list[bool]:
    return [True for s in statements if s.names and s.entity == entity]


def is_named_after(statements: list, history: History, of_old: list[Dump]) -> bool:
    """Rule 54: whether a listing names the entity that is not known to be of the day of its last dump on the old side, or of an earlier one."""
    made = [d.made for d in of_old if d.usable and d.made is not None]
    named = [s.on for s in statements if s.names and s.entity == history.entity]
    return any(on is None or not made or on // DAY > max(made) // DAY for on in named)


def answer_id(answer) -> tuple:
    rows = tuple((r.key, r.at, r.undated, r.by, r.region) for r in answer.rows)
    return answer.entity, answer.made, answer.evidence, answer.has_actions, rows


def pool(*parts: Documents) -> Documents:
    """The same answer on both sides counts once."""
    whole, seen = Documents(), set()
    for part in parts:
        fresh = [a for a in part.answers if answer_id(a) not in seen]
        seen |= {answer_id(a) for a in part.answers}
        whole = whole.extend(Documents(fresh, part.accesses, part.statements, part.unread))
    return whole


def diff_dates(found: dict[Entity, History], p: Params, from_: str, to: str, level: str = "service", everything: bool = False) -> Table:
    """`diff PATH --from DATE --to DATE`, both meaning the end of the day."""

    def sides(history: History):
        before, after = (not_after(history, end_of_day(date)) for date in (from_, to))
        was_named = is_named_by(history, end_of_day(from_))
        return [(before, was_named), (after, is_named_after(history.statements, history, before))]

    # An account without a dump on the first side is not compared.
    dumped = {h.entity.account for h in question_of(found, p) if any(d.usable for d in not_after(h, end_of_day(from_)))}
    compared = {entity: history for entity, history in found.items() if not dumped or entity.account in dumped}
    return table(DIFF_COLUMNS, diff_rows(compared, sides, p, level, everything))


def is_named_by(history: History, limit: int) -> bool:
    """Whether a list that is not from after the earlier date names the entity."""
    on = [s.on for s in history.statements if s.names and s.entity == history.entity and s.on is not None]
    return any(day <= limit for day in on)


def not_after(history: History, limit: int) -> list[Dump]:
    return [d for d in history.all_dumps() if d.made is not None and d.made <= limit]


def diff_oldest_newest(documents: Documents, p: Params, level: str = "service") -> Table:
    """diff.csv of `report`: the oldest day of each account against its newest, for accounts with more than one day."""
    found, rows = histories(documents), []
    for account in {entity.account for entity in found}:
        of_account = {entity: history for entity, history in found.items() if entity.account == account}
        days = {d.made // DAY for h in of_account.values() for d in h.dumps(None)}
        if len(days) > 1:
            ends = [(day + 1) * DAY - 1 for day in (min(days), max(days))]

            def sides(history: History):
                before, after = (not_after(history, end) for end in ends)  # noqa: B023
                was_named = is_named_by(history, ends[0])  # noqa: B023
                return [(before, was_named), (after, is_named_after(history.statements, history, before))]

            rows += diff_rows(of_account, sides, p, level, everything=False)
    return table(DIFF_COLUMNS, rows)


def trend(found: dict[Entity, History], p: Params) -> Table:
    """One row per account and day on which a usable dump was made (rule 55)."""
    q, of_day = p.question, defaultdict(list)
    for history in question_of(found, p):
        for day in {d.made // DAY for d in dumps_of(history, q) if d.made is not None}:
            of_day[history.entity.account, day].append(history)
    rows = []
    for (account, day), of in of_day.items():
        services, actions, entities, cut = [], [], 0, 0
        for history in of:
            dumps = [d for d in dumps_of(history, q) if d.made is not None and d.made // DAY == day]
            cut += incomplete(dumps)
            usable = [d for d in dumps if d.usable]
            entities += bool(usable)
            for some, others in [day_rows(history, usable, q)]:
                services += [row for row in some if wants_key(row, p)]
                actions += [row for row in others if wants_key(row, p)]
        if not entities or (filters_rows(p) and not any(wants_row(row, p) for row in (*services, *actions))):
            continue
        of_services, of_actions = verdict_counts(services), verdict_counts(actions)
        rows.append((
            account, spell_day(day), entities,
            len(services), *of_services, percent(of_services[2], len(services)),
            len(actions), of_actions[2], percent(of_actions[2], len(actions)), cut,
        ))  # fmt: skip
    return table(
        ["account_id", "date", "entities"]
        + ["services_granted", "services_active", "services_stale", "services_unused", "services_unknown", "services_unused_pct"]
        + ["actions_tracked", "actions_unused", "actions_unused_pct", "dumps_incomplete"],
        rows,
    )


def day_rows(history: History, dumps: list[Dump], q: Question) -> tuple[list[Row], list[Row]]:
    services = newest_rows(dumps, service_keys, lambda d: d.whole)
    granted = {key[0] for _, key in services}
    actions = newest_rows([d for d in dumps if d.has_actions], action_keys, lambda d: d.whole_actions)
    actions = [(dump, key) for dump, key in actions if key[0] in granted]
    return judged(history, services, actions, q, lambda d: history.moment_of(d, q.at))


def pass_role(row: Row, level: str) -> str | None:
    """Rule 59."""
    return "may-be-pass-role" if level == "service" and row.namespace.strip().lower() == "iam" else None


def listing(found: dict[Entity, History], p: Params, level: str = "action") -> Table:
    """`list`: every row as it stands."""
    now = present_of(found, p)
    rows = [
        (*row.entity.columns, *key_cells(row, level), row.verdict, instant(row.accessed), row.days_since,
         row.by, row.region, bucket(row, p.buckets), row.observed_days, row.reason, row.used_untracked,
         pass_role(row, level) if row.used_untracked or row.verdict in ("stale", "unused") else None,
         instant(row.as_of), *tail(row))
        for row in now.rows(level) if wants_row(row, p)
    ]  # fmt: skip
    return table(
        [*ENTITY_COLUMNS, *key_columns(level), "verdict", "last_accessed", "days_since", "last_accessed_by", "last_accessed_region"]
        + ["bucket", "observed_days", "unknown_reason", "used_untracked", "note", "as_of", *TAIL],
        rows,
    )


def check(found: dict[Entity, History], p: Params) -> Table:
    """What each answer proves; only what the tests ask about."""
    rows = [(a.source, a.entity.arn, a.evidence, instant(a.made)) for h in question_of(found, p) for a in h.answers]
    return table(["source", "entity_arn", "evidence", "as_of"], rows)


# -------------------------------------------------------------------------------------------------------- command line


def parser() -> argparse.ArgumentParser:
    """The options of `dormant` that have a meaning here, spelt the same."""
    top = argparse.ArgumentParser(description="Every report of dormant, computed a second time.")
    reports = ["summary", "services", "unused", "staleness", "compare", "diff", "trend", "list", "check"]
    top.add_argument("report", choices=reports)
    top.add_argument("paths", nargs="+")
    top.add_argument("--level", choices=["service", "action"])
    top.add_argument("--by", choices=["entity", "service", "account"], default="entity")
    flags = ("--all-actions", "--long", "--pairs", "--roles", "--all", "--include-aws-controlled", "--used", "--unused", "--strict-age")
    for flag in flags:
        top.add_argument(flag, action="store_true")
    for option in ("--from", "--to", "--at", "--as-of", "--entity", "--action", "--snapshots", "--manifest", "--also-used", "--made-at"):
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
        all_snapshots=args.snapshots == "all", include_aws_controlled=args.include_aws_controlled, strict_age=args.strict_age,
        accounts=args.account, types=args.type, entity=args.entity, services=args.service, action=args.action,
        regions=args.region, verdicts=args.verdict, within=args.within, used=args.used, unused=args.unused,
    )  # fmt: skip


def compute(arguments: list[str], loaded=None, folded=histories) -> Table:
    """The table that `dormant` with these arguments should print. `loaded` reads paths and `folded` makes histories of them; a caller may
    pass some that remember."""
    args = parser().parse_args(arguments)
    p = params_of(args)

    def read(paths: list[str]) -> Documents:
        return loaded(paths) if loaded else load(paths, args.manifest, args.also_used, args.made_at)

    if args.report == "diff" and not vars(args)["from"]:
        old, new = args.paths
        return diff_sides(read([old]), read([new]), p, args.level or "service", args.all)
    found = folded(read(args.paths))
    match args.report:
        case "diff":
            return diff_dates(found, p, vars(args)["from"], args.to, args.level or "service", args.all)
        case "summary":
            return summary(found, p)
        case "services":
            return services(found, p)
        case "unused":
            return unused(found, p, args.level or "service", args.all_actions)
        case "staleness":
            return staleness(found, p, args.by, args.level or "service")
        case "trend":
            return trend(found, p)
        case "check":
            return check(found, p)
        case "list":
            return listing(found, p, args.level or "action")
    if args.roles:
        return compare_roles(found, p)
    form = compare_pairs if args.pairs else compare_long if args.long else compare_matrix
    return form(found, p, args.level or "service")


if __name__ == "__main__":
    result = compute(sys.argv[1:])
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows(result.rows)
