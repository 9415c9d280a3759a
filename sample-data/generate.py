#!/usr/bin/env python3
"""Rewrites every sample that is too long to write by hand, byte for byte the same each time.

    python3 sample-data/generate.py            write them
    python3 sample-data/generate.py --check    only say which differ, and fail if any does

Each EXPECT.md is written by hand and never touched. Needs nothing but Python 3.11.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True

from generator import broken, estate, stories  # noqa: E402 (after the line that keeps the folder clean)

HERE = Path(__file__).parent


def main():
    wanted = {HERE / name: data for module in (estate, stories, broken) for name, data in module.files()}
    folders = {path.relative_to(HERE).parts[0] for path in wanted}
    present = {path for folder in folders for path in (HERE / folder).rglob("*") if path.is_file()}
    unknown = {path for path in present - wanted.keys() if path.name != "EXPECT.md"}
    if "--check" in sys.argv[1:]:
        changed = {path for path, data in wanted.items() if not path.is_file() or path.read_bytes() != data}
        wrong = sorted(unknown | changed)
        for path in wrong:
            print(f"differs: {path.relative_to(HERE)}")
        return 1 if wrong else 0
    for path, data in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(wanted)} files, {sum(map(len, wanted.values())):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
