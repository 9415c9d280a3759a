#!/usr/bin/env python3
"""Reads `datapackage.json` of each folder as any program would that knows the standard: the description itself, and every cell of every
file against it, its length and its hash.

    python3 package.py AUDIT...
"""

import json
import sys
from pathlib import Path

from frictionless import validate

for folder in map(Path, sys.argv[1:]):
    report = validate(str(folder / "datapackage.json"))
    if not report.valid:
        sys.exit(f"{folder}: {report.to_summary()}")
    described = {of["path"] for of in json.loads((folder / "datapackage.json").read_text())["resources"]}
    written = {path.name for path in folder.glob("*.csv")}
    if described != written or len(report.tasks) != len(written):
        sys.exit(f"{folder}: described are {sorted(described)}, written {sorted(written)}")
