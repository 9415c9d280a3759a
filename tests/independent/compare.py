#!/usr/bin/env python3
"""Runs `dormant` and audit.py on the same random estates, and says where they disagree.

    python3 compare.py target/release/dormant              # some minutes of CPU at most, two processes
    python3 compare.py target/release/dormant --large      # an estate of thousands of dumps
    python3 compare.py target/release/dormant --seed 4     # one estate again
    python3 compare.py target/release/dormant --seed 4 --only "diff" --keep estates

    python3 compare.py target/release/dormant --estates DIR  # the estates that lie in DIR, each a folder of its own

Compared is every row, in order, on the columns that audit.py knows; the binary may have further ones. Prints the first
differences of every case with the command that shows them, then `N passed, M failed`; exits 1 on any failure.
"""

from __future__ import annotations

import argparse
import csv
import functools
import io
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import articles
import audit
import estate

SHOWN = 3  # differences shown of each case
CHANGES = {
    "entity-added", "entity-removed", "granted", "revoked", "listed", "unlisted", "started", "aged-out", "went-backwards",
    "resumed", "went-stale", "not-comparable",
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    seed: int
    accounts: int
    entities: int
    dates: int
    hard: bool


SIZES = [
    Size(seed, accounts, entities, dates, seed >= 9)
    for seed, (accounts, entities, dates) in enumerate(
        [(1, 2, 1), (3, 8, 4), (2, 10, 5), (4, 6, 3), (2, 6, 8), (1, 20, 3), (5, 4, 4), (2, 12, 2), (3, 9, 6),
         (3, 8, 4), (2, 10, 5), (4, 6, 3), (1, 15, 6), (3, 12, 4)]
    )
]  # fmt: skip
LARGE = [Size(100, 20, 40, 5, False), Size(101, 8, 60, 6, True)]

# Every report, as a user would ask for it, without and with each of the parameters that change it.
REPORTS = [
    "summary", "services", "unused", "unused --level action", "unused --level action --all-actions", "trend",
    "staleness --by entity", "staleness --by service", "staleness --by account",
    "staleness --by entity --level action", "staleness --by service --level action", "staleness --by account --level action",
    "compare", "compare --level action", "compare --long", "compare --long --level action", "compare --pairs",
    "compare --roles", "list", "list --level service",
]  # fmt: skip
VOCABULARY = [
    "summary --stale-after 30d", "services --stale-after 30d", "unused --stale-after 30d --level action",
    "unused --stale-after 1y", "trend --stale-after 30d", "compare --roles --stale-after 12w", "compare --long --stale-after 6m",
    "staleness --by service --buckets 7,60", "staleness --by account --level action --buckets 7,60 --stale-after 30d",
    "list --level service --buckets 7,60", "list --as-of 2026-06-01", "summary --as-of 2026-06-01",
    "unused --as-of 2026-06-01", "services --as-of 2026-06-01", "compare --roles --as-of 2026-06-01",
    "unused --include-aws-controlled", "unused --include-aws-controlled --level action",
    "list --snapshots all", "list --level service --snapshots all", "unused --snapshots all",
    "unused --level action --snapshots all", "unused --level action --all-actions --snapshots all",
    "staleness --by service --snapshots all", "list --strict-age", "unused --stale-after 2y", "list --level service --stale-after 2y",
    "services --strict-age", "list --as-of 2025-01-01 --level service", "trend --as-of 2026-06-01",
]  # fmt: skip
AT = [
    "summary --at {mid}", "services --at {mid}", "unused --at {mid} --level action", "list --at {first}", "trend --at {mid}",
    "compare --at {mid} --long", "compare --roles --at {mid}", "compare --pairs --at {first}", "staleness --by entity --at {mid}",
]  # fmt: skip
FILTERS = [
    "summary --account {account}", "services --account {account}", "list --account {account}", "trend --account {account}",
    "compare --account {account}", "unused --account {account} --level action",
    "summary --type role", "services --type policy", "unused --type user,group", "compare --pairs --type role", "trend --type user",
    "summary --entity *a*", "list --entity *:role/*api*", "list --entity role/*api*", "unused --entity role/team/*", "unused --entity *role/team/* --include-aws-controlled",
    "services --service ec2,s3,{namespace}", "list --service {namespace}", "summary --service {namespace}",
    "unused --service ec2,iam,lambda,s3 --level action", "compare --service {namespace}", "compare --roles --service s3,sqs,kms",
    "trend --service ec2,{namespace}", "compare --pairs --service ec2,s3,{namespace}",
    "list --action Create*", "list --action ec2:*", "unused --level action --action *:Delete*", "services --action Create*",
    "list --used", "list --unused", "list --level service --used", "list --level service --unused", "list --service ec2 --used",
    "list --within 7d", "list --within 30d --level service", "list --service ec2 --within 7d",
    "list --verdict unknown", "list --level service --verdict stale", "list --verdict active --stale-after 30d",
    "unused --verdict stale", "unused --level action --verdict unused",
    "list --region us-east-1", "list --level service --region eu-west-1",
    "staleness --by service --level action --used", "staleness --by entity --within 12w", "compare --long --unused",
]  # fmt: skip
DIFFS = [
    "diff --from {first} --to {last}", "diff --from {first} --to {last} --level action", "diff --from {mid} --to {last}",
    "diff --from {mid} --to {last} --level action", "diff --from {first} --to {mid} --stale-after 30d",
    "diff --from {first} --to {last} --all", "diff --from {first} --to {last} --level action --all",
    "diff --from {first} --to {last} --account {account}", "diff --from {first} --to {last} --type role,user --level action",
]  # fmt: skip
DIFF_FOLDERS = ["diff", "diff --level action", "diff --all", "diff --level action --all", "diff --stale-after 30d"]

# The files of `dormant report`, and the command each of them equals.
REPORT_FILES = {
    "summary.csv": "summary", "services.csv": "services", "unused-services.csv": "unused",
    "unused-actions.csv": "unused --level action", "compare.csv": "compare --long", "roles.csv": "compare --roles",
    "pairs.csv": "compare --pairs", "trend.csv": "trend",
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- running


@functools.lru_cache(maxsize=4)
def remembered(paths: tuple[str, ...]) -> audit.Documents:
    return audit.load(list(paths))


@functools.lru_cache(maxsize=2)
def folded(documents: audit.Documents) -> dict:
    return audit.histories(documents)


def expected(arguments: list[str]) -> audit.Table:
    return audit.compute(arguments, lambda paths: remembered(tuple(paths)), folded)


def read_table(text: str) -> audit.Table:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return audit.Table(rows[0], rows[1:]) if rows else audit.Table([], [])


class Failed(Exception):
    """The binary did not give a table; the text says what it gave."""


def run(binary: Path, arguments: list[str]) -> audit.Table:
    done = subprocess.run([binary, *arguments, "--format", "csv"], capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 3):  # 3: report complete, some dumps are not
        raise Failed(f"exit code {done.returncode}: {done.stderr.strip()[:600]}")
    return read_table(done.stdout)


# ----------------------------------------------------------------------------------------------------------- comparing


def differences(want: audit.Table, got: audit.Table, any_order: bool = False) -> list[str]:
    """What distinguishes the tables, in words; empty where nothing does."""
    lacking = [column for column in want.columns if column not in got.columns]
    if lacking or [column for column in got.columns if column in want.columns] != in_order(want.columns, got.columns):
        return [f"columns {lacking} are lacking" if lacking else f"columns {want.columns} expected, {got.columns} found"]
    places = [got.columns.index(column) for column in want.columns]
    expected_rows, rows = want.rows, [[row[at] for at in places] for row in got.rows]
    if any_order:
        expected_rows, rows = sorted(expected_rows), sorted(rows)
    if rows == expected_rows:
        return []
    missing, extra = Counter(map(tuple, expected_rows)), Counter(map(tuple, rows))
    missing, extra = missing - extra, extra - missing
    if not missing and not extra:
        n = next(n for n, (a, b) in enumerate(zip(expected_rows, rows)) if a != b)
        return [f"the same {len(rows)} rows in another order, from row {n + 1} on: expected {expected_rows[n]}, got {rows[n]}"]
    return [f"{len(expected_rows)} rows expected, {len(rows)} found", *describe(want.columns, list(missing), list(extra))]


def in_order(want: list[str], got: list[str]) -> list[str]:
    return sorted(want, key=got.index)


def describe(columns: list[str], missing: list[tuple], extra: list[tuple]) -> list[str]:
    """Each missing row beside the extra row that is most like it, if one is; then the extra rows left over."""
    lines, extra = [], list(extra)
    for row in missing[:SHOWN]:
        like = max(extra, key=lambda other: sum(a == b for a, b in zip(row, other)), default=None)
        if like and sum(a == b for a, b in zip(row, like)) * 2 > len(row):
            extra.remove(like)
            cells = ", ".join(f"{c}: expected {a!r}, got {b!r}" for c, a, b in zip(columns, row, like) if a != b)
            about = [cell for cell, other in zip(row, like) if cell == other and cell][:7]
            lines.append(f"{cells}  in {about}")
        else:
            lines.append(f"missing: {row}")
    return lines + [f"not expected: {row}" for row in extra[: SHOWN - len(lines)]]


def rename_newer(got: audit.Table) -> audit.Table:
    """`--all` adds changes for which the definitions have no word: whatever one word the binary uses is taken for ours."""
    words = {row[0] for row in got.rows} - CHANGES
    if len(words) > 1:
        return got
    return audit.Table(got.columns, [[audit.NEWER if row[0] in words else row[0], *row[1:]] for row in got.rows])


@dataclass
class Outcome:
    command: str
    wrong: list[str]


def check(binary: Path, arguments: list[str]) -> Outcome:
    command = shlex.join([binary.name, *arguments, "--format", "csv"])
    try:
        want, got = expected(arguments), run(binary, arguments)
    except (Failed, subprocess.TimeoutExpired) as error:
        return Outcome(command, [str(error)])
    everything = arguments[0] == "diff" and "--all" in arguments
    return Outcome(command, differences(want, rename_newer(got) if everything else got, any_order=everything))


def below(table: audit.Table, folder: Path) -> audit.Table:
    """In an audit, the paths of inputs are those below the folder that all of them are in."""
    paths = [name in ("source", "last_accessed_source") for name in table.columns]
    rows = [[cell.removeprefix(f"{folder}/") if is_path else cell for cell, is_path in zip(row, paths)] for row in table.rows]
    return audit.Table(table.columns, rows)


def check_report_folder(binary: Path, folder: Path, out: Path) -> list[Outcome]:
    """The CSV files of the main job hold what the commands of their own print."""
    command = shlex.join([binary.name, "report", str(folder), "-o", str(out)])
    done = subprocess.run([binary, "report", folder, "-o", out], capture_output=True, text=True, timeout=300)
    if done.returncode not in (0, 3):
        return [Outcome(command, [f"exit code {done.returncode}: {done.stderr.strip()[:600]}"])]
    documents = remembered((str(folder),))
    want = {name: expected([*shlex.split(arguments), str(folder)]) for name, arguments in REPORT_FILES.items()}
    want["diff.csv"] = audit.diff_oldest_newest(documents, audit.Params())
    usable = [answer for answer in documents.answers if answer.usable]
    if len({answer.made // audit.DAY for answer in usable if answer.made is not None}) < 2:
        del want["diff.csv"], want["trend.csv"]  # written only where there are several dates
    if len({answer.entity for answer in usable}) > 500:
        del want["pairs.csv"]
    outcomes = []
    for name, table in want.items():
        file = out / name
        wrong = differences(below(table, folder), read_table(file.read_text(encoding="utf-8"))) if file.exists() else ["no such file"]
        outcomes.append(Outcome(f"{command}  # {name}", wrong))
    return outcomes


# ------------------------------------------------------------------------------------------------------------- estates


def blanks(size: Size, folder: Path) -> dict[str, str]:
    """What stands for {first}, {account} and the like on this estate."""
    dates = sorted(path.name for path in folder.iterdir())
    rng = random.Random(size.seed)
    return {
        "first": dates[0], "mid": dates[len(dates) // 2], "last": dates[-1],
        "account": rng.choice(sorted({path.name for path in folder.glob("*/*")})), "namespace": rng.choice(estate.NAMESPACES),
    }  # fmt: skip


def commands(size: Size, folder: Path, large: bool) -> list[list[str]]:
    fill = blanks(size, folder)
    lines = REPORTS if large else REPORTS + VOCABULARY + AT + FILTERS
    if large:  # every pair of a thousand entities is another program's work
        lines = [line for line in lines if "--pairs" not in line and line not in ("compare", "compare --level action")]
        lines = lines[size.seed % 2 :: 2]  # each question to one of the two: plain Python takes eight minutes for all of them
    whole = [[*line.format(**fill).split(), str(folder)] for line in [*lines, *(DIFFS[:2] if large else DIFFS)]]
    old, new = folder / fill["first"], folder / fill["last"]
    return whole + [[*line.split(), str(old), str(new)] for line in DIFF_FOLDERS if old != new]


def check_estate(job: tuple[Path, Size, Path, str, bool]) -> tuple[Size, list[Outcome]]:
    binary, size, root, only, large = job
    folder = root / f"estate-{size.seed}"
    estate.write_estate(folder, size.seed, size.accounts, size.entities, size.dates, size.hard)
    outcomes = [check(binary, arguments) for arguments in commands(size, folder, large) if only in shlex.join(arguments)]
    if only in "report":
        outcomes += check_report_folder(binary, folder, root / f"report-{size.seed}")
    if only in "jq" and not size.hard and shutil.which("jq"):
        for file in articles.files(folder):
            for query in articles.QUERIES:
                outcomes.append(Outcome(f"jq {query.name} on {file}", differences(*articles.both(binary, file, query, run, Failed))))
    remembered.cache_clear()
    folded.cache_clear()
    return size, outcomes


# What is asked of estates that lie ready: everything that does not name an account or a date of them.
READY = REPORTS + [line for line in VOCABULARY if "2026-06-01" not in line] + [line for line in FILTERS if "{" not in line]


def check_ready(job: tuple[Path, Path, str]) -> tuple[str, list[Outcome]]:
    binary, folder, only = job
    lines = [[*line.split(), str(folder)] for line in READY if only in line]
    return folder.name, [check(binary, line) for line in lines]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=Path)
    parser.add_argument("--large", action="store_true", help="thousands of dumps instead of a dozen small estates")
    parser.add_argument("--seed", type=int, help="only the estate of this seed")
    parser.add_argument("--only", default="", help="only commands that contain this text; `report` and `jq` name those parts")
    parser.add_argument("--keep", type=Path, help="write the estates here, and leave them")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--estates", type=Path, help="compare on the estates that lie in this folder")
    a = parser.parse_args()
    sizes = [size for size in (LARGE if a.large else SIZES) if a.seed in (None, size.seed)]
    if not sizes:
        parser.error(f"no estate has seed {a.seed}")
    if not shutil.which("jq"):
        print("jq is not installed: its queries are not compared", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch, Pool(a.jobs) as pool:
        root = a.keep or Path(scratch)
        binary = a.binary.resolve()
        if a.estates:
            ready = sorted(path for path in a.estates.iterdir() if path.is_dir())
            done = pool.imap(check_ready, [(binary, folder, a.only) for folder in ready])
        else:
            done = pool.imap(check_estate, [(binary, size, root, a.only, a.large) for size in sizes])
        return report(done)


def report(done) -> int:
    passed = failed = 0
    for name, outcomes in done:
        wrong = [outcome for outcome in outcomes if outcome.wrong]
        passed, failed = passed + len(outcomes) - len(wrong), failed + len(wrong)
        print(f"{name}: {len(outcomes) - len(wrong)} of {len(outcomes)} agree")
        for outcome in wrong:
            print(f"  {outcome.command}")
            print("".join(f"      {line}\n" for line in outcome.wrong[: SHOWN + 2]), end="")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
