#!/usr/bin/env python3
"""Puts the same questions to `dormant` and to an engine that runs `dormant sql` over a store, and says where they disagree.

    python3 agree.py target/release/dormant duckdb
    python3 agree.py target/release/dormant spark [--only "diff"]

The data are the samples and the random estates of tests/independent, ingested into a store. Compared is every row, in order, and the
names of the columns. Prints the first differences of every case, then `N passed, M failed`; exits 1 on any failure.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import shlex
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import engines
import pyarrow.parquet as pq

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/independent"))
import audit  # noqa: E402
import compare  # noqa: E402
import estate  # noqa: E402
import grants  # noqa: E402


def asked(lines: list[str]) -> list[str]:
    """A matrix has a column per entity, which no statement has."""
    return [line for line in lines if not line.startswith("compare") or {"--long", "--pairs", "--roles"} & set(line.split())]


REPORTS = asked(compare.REPORTS) + ["compare --pairs --level action", "check"]
OPTIONS = asked(compare.VOCABULARY + compare.FILTERS) + [
    "unused --level action --service {namespace},s3 --include-aws-controlled", "list --strict-age --stale-after 1y",
    "services --snapshots all", "summary --snapshots all", "summary --used", "services --within 12w", "services --unused",
    "compare --roles --verdict unused", "staleness --by service --region us-east-1,eu-west-1", "list --entity {{*api*,*role/a?c}}",
    "list --action [!C]*", "list --verdict stale,unknown --account {account} --type role,user --level service",
    "trend --action *List*", "trend --used", "compare --pairs --used", "list --service s3,iam --action *LIST*",
    "unused --level action --all-actions --include-aws-controlled --snapshots all", "list --as-of 2030-01-01 --strict-age",
]  # fmt: skip
SOME_OPTIONS = [
    "summary --as-of 2026-06-01", "services --stale-after 30d", "unused --level action --stale-after 30d --service ec2,iam,s3,{namespace}",
    "unused --include-aws-controlled", "trend --stale-after 30d --account {account}", "staleness --by service --buckets 7,60",
    "compare --long --stale-after 6m", "compare --pairs --type role", "list --level service --snapshots all", "list --strict-age",
    "list --action [!C]* --used", "list --action ec2:*", "list --entity {{*api*,*role/a?c}} --within 30d", "list --region us-east-1",
    "list --verdict unknown,stale --level service", "diff --from {first} --to {last} --type role,user --level action",
    "diff --from {mid} --to {last} --all",
]  # fmt: skip
DIFFS = compare.DIFFS + ["diff --from {first} --to {last} --verdict active,stale", "diff --from {first} --to {last} --used --as-of 2026-06-01"]
DIFFS += ["diff --from {mid} --to {last} --level action --all --strict-age"]

SIBLINGS = [
    "check", "organizations", "service-entities", "organizations --used", "service-entities --used", "organizations --within 12w", "service-entities --within 30d",
    "organizations --service s3,ec2,sqs --region us-east-1,eu-west-1", "service-entities --service iam,s3", "service-entities --account 111122223333",
    "service-entities --type user,role --account 444455556666", "service-entities --entity {*api*,*role/a?c} --used", "service-entities --entity role-?", "list --entity role/*a*", "service-entities --entity role/role-?",
]  # fmt: skip


@dataclass(frozen=True)
class Data:
    """Dumps, and what to ask about them."""

    folder: Path
    questions: list[list[str]]
    said: tuple[str, ...] = ()  # to the store when they go in, and to the report on the files

    def some(self, n: int) -> Data:
        """With the first of its questions, or the last where n is negative."""
        return replace(self, questions=self.questions[:n] if n > 0 else self.questions[n:])


SAMPLES = ["estate", "two-dates", "two-accounts", "truncated", "pending-failed-empty", "young-role", "service-linked", "hostile-names"]
# Copies of samples, as long as this runs.
# The tables that are one file each.
WHOLE = ["sources", "entities", "org_services", "service_entities", "attachments", "statements", "grant_dates"]
# What someone types who wants to be somewhere else in the statement, and names that are hard to quote.
HOSTILE = [
    ["list", "--entity", "x' OR '1'='1"],
    ["list", "--level", "service", "--entity", "*'*"],
    ["summary", "--entity", "x\n; DROP VIEW dumps; --"],
    ["unused", "--entity", "*[\\\\'\"{stale_after}]*"],
]


def of_the_present(questions: list[list[str]]) -> list[list[str]]:
    """The same without every snapshot, where policies are known: the dates of grants are those of today's policies."""
    every = ["--snapshots", "all"]
    found = []
    for question in questions:
        at = [at for at in range(len(question)) if question[at : at + 2] == every]
        found.append(question[: at[0]] + question[at[0] + 2 :] if at else question)
    return found


def samples() -> list[Data]:
    fill = {"first": "2026-02-01", "mid": "2026-05-01", "last": "2026-08-01", "account": "111122223333", "namespace": "iam"}
    more = {"estate": ["unused --stale-after 30d", "staleness --buckets 7,60", "summary --account 111122223333"]}
    return [
        Data(
            PROJECT / "sample-data" / name,
            of_the_present([line.format(**fill).split() for line in REPORTS + DIFFS[:2] + more.get(name, [])])
            + (HOSTILE if name == "hostile-names" else []),
        )
        for name in SAMPLES
    ]


def estates(root: Path, sizes: list[compare.Size], lines: list[str]) -> list[Data]:
    found = []
    for size in sizes:
        folder = root / f"estate-{size.seed}"
        estate.write_estate(folder, size.seed, size.accounts, size.entities, size.dates, size.hard)
        fill = compare.blanks(size, folder)
        found.append(Data(folder, [line.format(**fill).split() for line in lines]))
    return found


# What is asked where policies are known.
GRANTS = [
    "grants", "grants --stale-after 30d", "grants --stale-after 1y", "grants --service sqs,s3,iam", "grants --type role,user",
    "grants --verdict unused,unknown", "grants --used", "grants --unused", "grants --within 30d", "grants --entity *r*",
    "grants --stale-after 1d",
]  # fmt: skip


def policies(root: Path) -> list[Data]:
    """The sample about policies, the cases about them, and random accounts with all kinds of statements."""
    questions = [line.split() for line in GRANTS]
    found = [Data(PROJECT / "sample-data/who-grants-it/dumps", questions)]
    for case in sorted((PROJECT / "tests/evidence").glob("*/case.json")):
        if json.loads(case.read_text()).get("of") == "grants":
            found.append(Data(case.parent / "in", questions[:3]))
    for seed in range(12):
        maker = grants.Maker(1000 + seed)
        details, dumps = maker.account()
        folder = root / f"policies-{seed}"
        folder.mkdir()
        for at, page in enumerate(grants.pages(details, maker.r)):
            (folder / f"details.{at}.json").write_text(json.dumps(page))
        for at, dump in enumerate(dumps.values()):
            (folder / f"dump{at}.json").write_text(json.dumps(dump))
        found.append(Data(folder, questions))
    return found


def told() -> Data:
    """A sample whose store knows from another date than its dumps'."""
    lines = ["summary", "list", "unused --level action", "trend", "diff --from 2026-02-01 --to 2026-08-01 --all"]
    return Data(PROJECT / "sample-data/estate", [line.split() for line in lines], ("--as-of", "2026-08-01", "--no-infer"))


# What is asked about every case of tests/evidence, each the smallest input that shows one definition.
OF_EACH_CASE = [
    "list", "list --level service --snapshots all", "unused --level action --all-actions --include-aws-controlled", "trend", "summary",
    "diff --from 2025-04-27 --to 2026-05-04 --level action",
]  # fmt: skip
# What is asked about some of the cases: these are other sums over the rows that the questions above print. All of them about all cases
# took eight minutes.
OF_SOME_CASES = [
    "services", "unused", "compare --roles", "compare --pairs", "compare --long --level action", "staleness --by service --level action",
    "staleness --by entity", "list --level service", "list --strict-age --stale-after 1y", "services --snapshots all",
    "list --level service --as-of 2026-05-20", "list --stale-after 2y", "diff --from 2026-04-27 --to 2026-05-04 --all",
]  # fmt: skip


def of_case(name: str, thorough: bool) -> list[str]:
    """What is asked about the case of this name: a sixth of what some are asked, the same each time."""
    turn = zlib.crc32(name.encode()) % 6
    return OF_EACH_CASE + (OF_SOME_CASES if thorough else OF_SOME_CASES[turn::6])


# What a case says beside its paths: to the store when it goes in, and to the report on the files.
SAID = ("--manifest",)
# What only a report takes, so far.
NOT_SAID = ("--also-used", "--made-at")
TAKES_VALUE = ("--as-of", "--at", "--from", "--to", "--level", "--stale-after", "--verdict", "--service", "--by", "--snapshots")


def definitions(thorough: bool) -> list[Data]:
    """The inputs of tests/evidence: every history, cut list, pending job, contradiction and undated access that a rule is about."""
    found = []
    for case in sorted((PROJECT / "tests/evidence").glob("*/case.json")):
        inside, said, paths = case.parent / "in", [], set()
        about = json.loads(case.read_text())
        # Without a dump there are no tables.
        if all(check["command"].startswith("credentials") for check in about["checks"]):
            continue
        has_policies = about.get("of") == "grants"
        for check in about["checks"]:
            words = iter(shlex.split(check["command"])[1:])
            for word in words:
                if word in SAID:
                    value = next(words)
                    of = [word, str(inside / value) if (inside / value).exists() else value]
                    said += [] if word in said else of
                elif word in TAKES_VALUE:
                    next(words)
                elif (inside / word).exists():
                    paths.add(inside / word)
        if any(word in case.read_text() for word in NOT_SAID):
            continue
        folder = paths.pop() if len(paths) == 1 else inside
        questions = [line.split() for line in of_case(case.parent.name, thorough)]
        found.append(Data(folder, of_the_present(questions) if has_policies else questions, tuple(said)))
    return found


def siblings(root: Path) -> Data:
    """Answers of the two sibling operations, of several dates, in every state, with everything left out that may be, and a
    manifest that names the services of some."""
    rng = random.Random(6)
    made = datetime(2026, 5, 4, 8, tzinfo=timezone.utc)
    services = ["s3", "ec2", "sqs", "iam", "lambda"]

    def some(members: dict) -> dict:
        return {name: value for name, value in members.items() if value is not None and rng.random() < 0.85}

    def accessed() -> str | None:
        at = made - timedelta(days=rng.choice([-2, 0, 3, 29, 30, 84, 90, 200, 500]), seconds=rng.randrange(86400))
        return rng.choice([None, at.isoformat(), at.isoformat(), "05/01/2026"])

    def org_service(service: str) -> dict:
        of = some({"EntityPath": f"o-a1b2c3d4e5/r-f6g7/{rng.randrange(3)}", "Region": rng.choice(["us-east-1", "eu-west-1"])})
        named = some({"ServiceName": service.upper(), "LastAuthenticatedTime": accessed(), "TotalAuthenticatedEntities": rng.randrange(3)})
        return {"ServiceNamespace": service, **of, **named}

    def entity(n: int) -> dict:
        kind, name = rng.choice(["user", "role"]), rng.choice([f"role-{n}", f"prod-api-{n}", "abc", "o'neill", "=1+1"])
        account = rng.choice(["111122223333", "444455556666"])
        arn = rng.choice([f"arn:aws:iam::{account}:{kind}/{name}"] * 9 + ["no-arn"])
        told = some({"Name": name, "Type": kind.upper(), "Id": f"AIDA{n}", "Path": "/"})
        return {"EntityInfo": {"Arn": arn, **told}, **some({"LastAuthenticated": accessed()})}

    for n in range(60):
        job = {"JobCreationDate": (made - timedelta(weeks=rng.randrange(4), minutes=n)).isoformat(), "IsTruncated": rng.random() < 0.2}
        job["JobStatus"] = rng.choice(["COMPLETED"] * 6 + ["IN_PROGRESS", "FAILED"])
        if n % 2:
            name = f"o-a1b2c3d4e5/r-f6g7/{n}.json"
            answer = job | {"AccessDetails": [org_service(service) for service in rng.sample(services, rng.randrange(1, 5))]}
        else:
            name = f"{n}/{rng.choice([*services, 'unsaid'])}.json"
            answer = job | {"EntityDetailsList": [entity(n) for n in range(rng.randrange(1, 8))]}
        path = root / "siblings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answer))
        if n % 20 == 0:
            (path.parent / "again.json").write_text(json.dumps(answer))
    manifest = root / "services.csv"
    manifest.write_text("file,service_namespace\n" + "".join(f"{n}/unsaid.json,kms\n" for n in range(0, 60, 4)))
    return Data(root / "siblings", [line.split() for line in SIBLINGS], ("--manifest", str(manifest)))


# ------------------------------------------------------------------------------------------------------------- running


def run(binary: Path, arguments: list[str]) -> str:
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=120)
    nothing = ("nothing of it was used", "no usable ", "no answer about policies")
    if done.returncode == 1 and any(words in done.stderr for words in nothing):  # nothing is usable: a report without rows
        return ""
    if done.returncode not in (0, 3):  # 3: report complete, some dumps are not
        raise compare.Failed(f"exit code {done.returncode}: {done.stderr.strip()[:600]}")
    return done.stdout


def spell(column: str, value: object) -> str:
    """A value as CSV has it."""
    if isinstance(value, float):
        return f"{value:.4f}" if column.startswith("jaccard") else f"{value:.1f}"
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r", "'") else value
    if hasattr(value, "hour"):
        return f"{value:%Y-%m-%dT%H:%M:%S}Z"
    return audit.spell(value)


def answer(engine: engines.Engine, sql: str) -> audit.Table:
    columns, rows = engine.query(sql)
    return audit.Table(columns, [[spell(c, v) for c, v in zip(columns, row)] for row in rows])


# What rests on answers about policies or on the catalogue, which no table has.
FROM_POLICIES = {"granted_by", "created_at", "risk", "risk_category", "closes", "risk_basis", "policy_author"} | {
    f"risk_{word}" for word in ("critical", "high", "medium", "low", "info")
}
# What rests on a list of the organization's accounts, which no table has either.
FROM_ACCOUNTS = {"account_name", "account_name_a", "account_name_b", "owner"}


def without(table: audit.Table, columns: set[str]) -> audit.Table:
    kept = [at for at, column in enumerate(table.columns) if column not in columns]
    return audit.Table([table.columns[at] for at in kept], [[row[at] for at in kept] for row in table.rows])


def check(binary: Path, engine: engines.Engine, data: Data, question: list[str]) -> list[str]:
    """What is different, in words."""
    try:
        printed = run(binary, [*question, str(data.folder), "--format", "csv", *data.said])
        want = audit.Table(*split(list(csv.reader(io.StringIO(printed, newline="")))))
        got = answer(engine, run(binary, ["sql", *question, "--dialect", engine.dialect]))
    except (compare.Failed, engines.Refused) as error:
        return [str(error)]
    if not printed:
        return [f"{len(got.rows)} rows where nothing is usable"] if got.rows and question[0] not in ("check", "summary", "trend") else []
    want = without(want, FROM_ACCOUNTS if question[0] == "grants" else FROM_ACCOUNTS | FROM_POLICIES)
    if "--as-of" in data.said:
        # The store knows the date from its ingest; the files are asked with it, and so have both dates.
        want = without(want, {"made_at"})
    if got.columns != want.columns:
        return [f"columns {got.columns} instead of {want.columns}"]
    if question[0] == "diff":
        want = without_lists(want, got)
    return compare.differences(want, got)


def without_lists(want: audit.Table, got: audit.Table) -> audit.Table:
    """No table holds what lists name (docs/sql.md): an entity that only a list names on the first date is new to SQL."""
    added = {tuple(row[1:]) for row in got.rows if row[0] == "entity-added"}
    rows = [["entity-added", *row[1:]] if row[0] == "not-comparable" and tuple(row[1:]) in added else row for row in want.rows]
    if rows == want.rows:
        return want
    place = {tuple(row): at for at, row in enumerate(got.rows)}
    return audit.Table(want.columns, sorted(rows, key=lambda row: (row[0], place.get(tuple(row), 0))))


def split(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    return (rows[0], rows[1:]) if rows else ([], [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=Path)
    parser.add_argument("engine", choices=sorted(engines.ENGINES))
    parser.add_argument("--only", default="", help="only questions that contain this text")
    parser.add_argument("--thorough", action="store_true", help="every question on all random estates and all cases")
    parser.add_argument("--data", default="", help="only data of this name")
    a = parser.parse_args()
    binary = a.binary.resolve()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch, engines.ENGINES[a.engine](Path(scratch)) as engine:
        report = Path(scratch, "report")
        run(binary, ["report", str(PROJECT / "sample-data/estate"), "-o", str(report), "--formats", "parquet"])
        for number, data in enumerate(engine.workload(sys.modules[__name__], Path(scratch), a.thorough)):
            if a.data not in data.folder.name:
                continue
            store = Path(scratch, f"store-{number}")
            run(binary, ["ingest", str(data.folder), "--store", str(store), *data.said])
            engine.use(run(binary, ["sql", "schema", "--dialect", engine.schema_dialect, "--store", str(store)]))
            views = {view: pq.read_schema(store / view / "part-0.parquet").names for view in WHOLE}
            for view in ("dumps", "services", "actions"):
                views[view] = [*pq.read_schema(report / "tables" / f"{view}.parquet").names, "dump"]
            for view, columns in views.items():
                if engine.columns(view) != columns:
                    failed += 1
                    print(f"{data.folder.name}: the view {view} has {engine.columns(view)} instead of {columns}")
            for question in data.questions:
                line = shlex.join(question)
                if a.only not in line:
                    continue
                wrong = check(binary, engine, data, question)
                passed, failed = passed + (not wrong), failed + bool(wrong)
                if wrong:
                    print(f"{data.folder.name}: {line}")
                    print("".join(f"      {text}\n" for text in wrong[: compare.SHOWN + 2]), end="")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
