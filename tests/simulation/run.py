#!/usr/bin/env python3
"""Lets accounts live, saves what IAM answers about them, and compares dormant's reports with what truly happened.

    python3 run.py target/release/dormant                          # 100 wild accounts and 3 clean ones
    python3 run.py target/release/dormant --seeds 17:18 --keep DIR # one account again; its files stay in DIR if a check fails
    python3 run.py target/release/dormant --hide-accesses          # IAM forgets accesses: must fail

Prints each failure with its seed, kind, row, event and documents; exits 1 on any. A seed gives the same world on every machine.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

from checks import Checks, Failure, Program
from collection import collect

SHOWN = 2  # failures of a kind and seed
CLEAN = range(3)


def failures(program: Program, seed: int, clean: bool, hide_accesses: bool, home: Path) -> Iterator[Failure]:
    saved = home / "saved"
    saved.mkdir(parents=True)
    operator = collect(seed, saved, clean, hide_accesses)
    rng = random.Random(f"questions {seed}")
    checks = Checks(program, operator, 90 if clean else rng.choice((10, 30, 60, 90, 180, 365)))
    yield from checks.reports(["--strict-age"] if rng.random() < 0.2 else [])
    if clean:
        yield from checks.complete()
    elif rng.random() < 0.5:
        yield from checks.reports(until=rng.choice(operator.saved).time)
    options: list[list[str]] = [[], [], ["--include-recovery"], ["--style", "deny"], ["--service-level"]]
    yield from checks.recommendations(home / "recommended", rng.choice(options))


def account(task: tuple[str, int, bool, bool, str | None]) -> list[str]:
    """The failures of one account, as text."""
    binary, seed, clean, hide_accesses, keep = task
    name = f"{'clean' if clean else 'wild'}-{seed}"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / name
        seen: Counter[str] = Counter()
        texts = []
        for failure in failures(Program(binary), seed, clean, hide_accesses, home):
            seen[failure.kind] += 1
            if seen[failure.kind] <= SHOWN:
                texts.append(f"{name}: {failure}")
        if texts and keep:
            shutil.copytree(home, Path(keep) / name, dirs_exist_ok=True)
    return texts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seeds", default="0:100", metavar="FROM:TO")
    parser.add_argument("--keep", metavar="DIR", help="keep the files of failing seeds")
    parser.add_argument("--hide-accesses", action="store_true")
    options = parser.parse_args()
    first, last = map(int, options.seeds.split(":"))
    kinds = [(seed, False) for seed in range(first, last)]
    kinds += [(seed, True) for seed in CLEAN if first <= seed < last and not options.hide_accesses]
    program = str(Path(options.program).resolve())
    tasks = [(program, seed, clean, options.hide_accesses, options.keep) for seed, clean in kinds]
    failed = 0
    with Pool() as pool:
        for texts in pool.imap(account, tasks):
            failed += bool(texts)
            print("".join(f"{text}\n" for text in texts), end="", flush=True)
    print(f"{len(tasks) - failed} accounts passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
