#!/usr/bin/env python3
"""Stands in for the binary where compare.py itself is tested: prints what audit.py computes, with a fault where asked for.

FAKE_FAULT=drop-row, wrong-cell or wrong-order makes it wrong; unset, it agrees, and appends a column as the binary may.
"""

import csv
import os
import shlex
import sys
from pathlib import Path

import audit
import compare

FAULT = os.environ.get("FAKE_FAULT", "")


def write(table: audit.Table, out) -> None:
    rows = [list(row) for row in table.rows]
    if FAULT == "drop-row":
        rows = rows[:-1]
    elif FAULT == "wrong-cell" and rows:
        rows[0][-1] += "0"
    elif FAULT == "wrong-order":
        rows.reverse()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*table.columns, "beside"])
    writer.writerows([*row, "false"] for row in rows)


def main(arguments: list[str]) -> int:
    if arguments[0] != "report":
        write(audit.compute(arguments[: arguments.index("--format")]), sys.stdout)
        return 3
    folder, out = Path(arguments[1]), Path(arguments[3])
    out.mkdir()
    tables = {name: audit.compute([*shlex.split(line), str(folder)]) for name, line in compare.REPORT_FILES.items()}
    tables["diff.csv"] = audit.diff_oldest_newest(audit.load([folder]), audit.Params())
    for name, table in tables.items():
        with (out / name).open("w", encoding="utf-8", newline="") as file:
            write(compare.below(table, folder), file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
