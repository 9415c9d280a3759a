"""What must be true of every report, whatever was saved: compared is the log of the world, never a second computation of verdicts."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from collection import Operator, Saved
from iam import iso
from world import DAY, SHOWN_WITHIN, TRACKED, TRACKING_PERIOD, Document, Entity, Event, Permission, at_midnight

Row = dict[str, str]


@dataclass
class Failure:
    kind: str
    row: Row
    event: Event | None = None
    documents: list[Saved] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [self.kind, "  row: " + ", ".join(f"{name} {value}" for name, value in self.row.items() if value)]
        if self.event:
            event = self.event
            lines.append(f"  event: {iso(event.time)} {':'.join(event.permission)} by {event.by.arn} ({event.by.id})")
        return "\n".join(lines + [f"  document: {d.file} ({d.what}, {iso(d.time)})" for d in self.documents])


class Program:
    """Runs dormant; a run that is neither whole (0) nor partial (3) gives no rows."""

    def __init__(self, binary: str) -> None:
        self.binary = binary

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True)

    def rows(self, *arguments: str | Path) -> list[Row]:
        done = self.run(*arguments, "--format", "csv")
        if done.returncode in (0, 3):
            return list(csv.DictReader(io.StringIO(done.stdout)))
        if done.returncode != 1 or "bug" in done.stderr:
            raise RuntimeError(f"{done.args} exits with {done.returncode}: {done.stderr[:800]}")
        return []  # nothing to report about


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Checks:
    def __init__(self, program: Program, operator: Operator, stale_after: int) -> None:
        self.program, self.operator, self.world = program, operator, operator.world
        self.stale_after = stale_after
        self.options: list[str | Path] = [operator.folder, "--stale-after", f"{stale_after}d"]

    def reports(self, options: Iterable[str] = (), until: int | None = None) -> Iterator[Failure]:
        """No row of `list` or `entities` calls unused or stale what was used; `until` is a day for `--at`."""
        at = ["--at", iso(until)[:10]] if until is not None else []
        last = at_midnight(until) + DAY - 1 if until is not None else 1 << 60
        saved = [document for document in self.operator.saved if document.time <= last]
        for level in ("service", "action"):
            for row in self.program.rows("list", "--level", level, *self.options, *options, *at):
                yield from self._row(row, saved)
        for row in self.program.rows("entities", *self.options, *options, *at):
            if row["entity_arn"] and row["verdict"] in ("unused", "stale"):
                yield from self._entity(row, saved)

    def _start(self, row: Row) -> int:
        """The moment after which the row denies every access."""
        if row["verdict"] == "unused":
            return seconds(row["as_of"]) - int(row["observed_days"]) * DAY
        # Between an access before the tracking period and the threshold, `stale` claims nothing.
        last, as_of = seconds(row["last_accessed"]), seconds(row["as_of"])
        return last if last > as_of - TRACKING_PERIOD else max(last, as_of - self.stale_after * DAY)

    def _documents(self, arn: str, saved: list[Saved]) -> list[Saved]:
        return [d for d in saved if arn in d.listed or arn in d.entities or any(arn == a for a, _ in d.accesses)]

    def _row(self, row: Row, saved: list[Saved]) -> Iterator[Failure]:
        arn, as_of = row["entity_arn"], seconds(row["as_of"])
        if not arn:
            return  # its file names it by a name that several entities have had
        service, action = row["service_namespace"], row.get("action_name", "")
        entity = self.world.carrier(arn, as_of)
        documents = self._documents(arn, saved)
        if entity is None:
            yield Failure("an entity that never was", row, None, documents)
            return
        events = [event for event in self.world.events if event.matches(service, action)]
        if row["last_accessed"]:
            accessed = [event for event in events if event.time == seconds(row["last_accessed"])]
            if not any(self._may_show(event, entity, arn) for event in accessed):
                yield Failure("an access that never was", row, None, documents)
        if row["verdict"] not in ("unused", "stale"):
            return
        start = self._start(row)
        used = [event for event in events if event.counts_for(entity) and event.time > start]
        for event in used:
            # AWS forgets a member of a group together with its accesses.
            if event.time <= as_of - SHOWN_WITHIN and (entity.acts or event.by.deleted is None):
                yield Failure(f"used, and called {row['verdict']}", row, event, documents)
                break
        if entity.acts:
            for document in saved:
                for shown_arn, event in document.accesses:
                    if shown_arn == arn and event in used and self.world.carrier(arn, event.time) is entity:
                        yield Failure(f"a document shows the access, and the row says {row['verdict']}", row, event, [document])
        if row["verdict"] == "unused":
            yield from self._observed(row, entity, start, saved)

    def _may_show(self, event: Event, entity: Entity, arn: str) -> bool:
        """Whether a row may show the access. What a member does counts for all its groups and policies."""
        # Nothing tells apart the accesses of two users that had one name, and a renamed one has several names.
        had = [(name.arn.rsplit("/", 1)[1], name.entity) for name in self.world.names]
        namesakes = {other for name, other in had if name == arn.rsplit("/", 1)[1]}
        names = {name for name, other in had if other in namesakes}
        return not entity.acts or any(name in names and other is event.by for name, other in had)

    def _observed(self, row: Row, entity: Entity, start: int, saved: list[Saved]) -> Iterator[Failure]:
        """observed_days reaches back neither before the creation, nor before a document without the permission."""
        arn, permission = row["entity_arn"], (row["service_namespace"], row.get("action_name", ""))
        known = [document for document in saved if document.entities.get(arn) is entity]
        if known and start + DAY < entity.created:
            yield Failure("observed before the creation", row, None, known)
        for document in saved:
            if arn not in document.listed or (permission[1] and not document.actions):
                continue
            if document.entities.get(arn, self.world.carrier(arn, document.time)) is not entity:
                continue
            if _lacks(document.listed[arn], permission) and start + DAY < document.time < seconds(row["as_of"]):
                yield Failure("observed before it was granted", row, None, [document])
                return

    def _entity(self, row: Row, saved: list[Saved]) -> Iterator[Failure]:
        as_of, arn = seconds(row["as_of"]), row["entity_arn"]
        entity = self.world.carrier(arn, as_of)
        dumps = [d for d in saved if d.what == "dump" and arn in d.listed and abs(d.time - as_of) < 2]
        services = {service for dump in dumps for service, _ in dump.listed[arn]}
        start = max(self._start(row), as_of - self.stale_after * DAY)
        for event in self.world.events:
            if entity and event.counts_for(entity) and event.permission[0] in services and event.by.deleted is None:
                if start < event.time <= as_of - SHOWN_WITHIN:
                    yield Failure(f"used, and the entity is called {row['verdict']}", row, event, dumps)
                    return

    def complete(self) -> Iterator[Failure]:
        """Where all is saved and nothing ever changed, every silent permission is called unused."""
        saved = [document for document in self.operator.saved if document.what == "dump"]
        for level in ("service", "action"):
            rows = self.program.rows("list", "--level", level, *self.options)
            verdicts = {(r["entity_arn"], r["service_namespace"], r.get("action_name", "")): r["verdict"] for r in rows}
            for document in saved:
                ((arn, listed),) = document.listed.items()
                entity = self.world.carrier(arn, document.time)
                permissions = {(s, "") for s, _ in listed} if level == "service" else listed & TRACKED
                for service, action in sorted(permissions):
                    used = any(e.matches(service, action) and entity and e.counts_for(entity) for e in self.world.events)
                    verdict = verdicts.get((arn, service, action), "absent")
                    if verdict != "unused" and not used:
                        row = {"entity_arn": arn, "service_namespace": service, "action_name": action, "verdict": verdict}
                        yield Failure("never used, and not called unused", row, None, [document])

    def recommendations(self, folder: Path, options: Iterable[str]) -> Iterator[Failure]:
        """The proposed policies take away nothing that was used, nothing that was granted lately, and give nothing."""
        done = self.program.run("recommend", *self.options, "-o", folder, *options)
        details = [document for document in self.operator.saved if document.estate]
        if done.returncode not in (0, 1, 3):
            yield Failure("recommend fails", {"exit": str(done.returncode), "stderr": done.stderr[:800]})
        if not details or not (folder / "recommendations.csv").exists():
            return
        newest = max(details, key=lambda document: document.time)
        if any(d.what == "authorization details" and d.time > newest.time + DAY for d in self.operator.saved):
            return  # made for a later state of the account, of which only a part is saved
        with open(folder / "recommendations.csv", newline="", encoding="utf-8") as file:
            proposals = [row for row in csv.DictReader(file) if row["step"] != "none"]
        proposed = copy.deepcopy(newest.estate)
        touched: dict[str, list[Row]] = {}  # the proposals, by the ARN of the inline policy's entity or of the policy
        for row in proposals:
            owner = proposed[row["policy_arn"] if row["policy_kind"] == "customer" else row["entity_arn"]]
            document = _proposed(folder / row["folder"], row["policy_name"])
            touched.setdefault(owner.arn, []).append(row)
            if row["policy_kind"] == "customer":
                owner.versions = [(owner.default, 0, document)]
            elif row["step"] == "delete-inline":
                del owner.inline[row["policy_name"]]
            else:
                owner.inline[row["policy_name"]] = document
        for arn, before in newest.estate.items():
            if before.acts:
                owners = {owner.arn for owners, _ in before.sources() for owner in owners} | {arn}
                rows = [row for owner in owners for row in touched.get(owner, ())]
                yield from self._change(newest, arn, before.allowed(), proposed[arn].allowed(), rows)

    def _change(
        self, newest: Saved, arn: str, before: frozenset[Permission], after: frozenset[Permission], rows: list[Row]
    ) -> Iterator[Failure]:
        entity = newest.entities[arn]
        row = {"principal": arn, **(rows[0] if rows else {})}
        if gained := after - before:
            yield Failure("recommend gives something", row | {"gives": str(sorted(gained)[:5])})
        if not (lost := before - after):
            return
        as_of = [seconds(row["as_of"]) for row in rows]
        since = max(as_of) - (self.stale_after - 1) * DAY
        for event in self.world.events:
            if event.by is entity and event.permission in lost:
                if min(as_of) - (self.stale_after - 1) * DAY < event.time <= max(as_of) - SHOWN_WITHIN:
                    documents = self._documents(arn, self.operator.saved)
                    yield Failure("recommend takes away what was used", row, event, documents)
                    break
        if entity.created > since:
            yield Failure("recommend takes away from an entity younger than the threshold", row, None, [newest])
        for document in self.operator.saved:
            if document.estate and document.entities.get(arn) is entity and since < document.time < newest.time:
                if granted := lost - document.listed[arn]:
                    lately = row | {"granted": str(sorted(granted)[:5])}
                    yield Failure("recommend takes away what was granted lately", lately, None, [document])
                    break


def _lacks(listed: frozenset[Permission], permission: Permission) -> bool:
    service, action = permission
    return permission not in listed if action else service not in {s for s, _ in listed}


def _proposed(folder: Path, name: str) -> Document:
    """The statements of all documents that take the place of one policy."""
    parts = [path for path in sorted(folder.iterdir()) if re.fullmatch(re.escape(name) + r"\.proposed(\.\d+)?\.json", path.name)]
    return {"Statement": [statement for part in parts for statement in json.loads(part.read_text())["Statement"]]}
