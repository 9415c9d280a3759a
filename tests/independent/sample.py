#!/usr/bin/env python3
"""Draws the sample of an audit again, from its CSV files and the definition in docs/reports.md alone, and compares it row by row.

    python3 sample.py AUDIT N SEED ACTIONS LEVELS

ACTIONS is what `dormant list --level action` gives for the same dumps as CSV, LEVELS the catalogue's actions.csv.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path

folder, most, seed = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
listed, catalogue = sys.argv[4:6]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of the audit, or of another one by its whole path."""
    with open(folder / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


threshold = json.loads((folder / "manifest.json").read_text())["parameters"]["stale_after_days"]
strata: dict[tuple[str, str], list[str]] = {}
for verdict in ("unused", "stale"):
    strata["findings", f"{verdict} services"] = []
# Actions of each access level are a stratum of their own, if there are any.
levels = ("Permissions management", "Write", "Tagging", "Read", "List", "level unknown")
for verdict in ("unused", "stale"):
    for level in levels:
        strata["findings", f"{verdict} actions ({level})"] = []
verdicts = ("active", "stale", "unused", "unknown")
for verdict in verdicts:
    strata["grants", f"{verdict} services"] = []
for verdict in verdicts:
    for level in levels:
        strata["grants", f"{verdict} actions ({level})"] = []
for level, name in (("services", "unused-services.csv"), ("actions", "unused-actions.csv")):
    for row in rows(name):
        key = [row["account_id"], row["entity_arn"] or row["entity_name"], row["service_namespace"], row.get("action_name", "")]
        of = f" ({row['access_level'] or 'level unknown'})" if level == "actions" else ""
        strata["findings", f"{row['verdict']} {level}{of}"].append("|".join(key))
# compare.csv has a row for each service that an entity is granted; a number is the days since its last use.
for row in rows("compare.csv"):
    cell = row["cell"]
    verdict = ("active" if int(cell) < threshold else "stale") if cell.isdigit() else cell
    # Without an ARN an entity stands there as `path:NAME`.
    entity = row["entity_arn"] if row["entity_arn"].startswith("arn:") else row["entity_arn"].partition(":")[2]
    strata["grants", f"{verdict} services"].append("|".join([row["account_id"], entity, row["service_namespace"], ""]))

level_of = {(row["service_namespace"], row["action_name"]): row["access_level"] for row in rows(catalogue)}
for row in rows(listed):
    level = level_of.get((row["service_namespace"], row["action_name"]), "level unknown")
    key = [row["account_id"], row["entity_arn"] or row["entity_name"], row["service_namespace"], row["action_name"]]
    strata["grants", f"{row['verdict']} actions ({level})"].append("|".join(key))

wanted = []
for (population, stratum), keys in strata.items():
    drawn = sorted((hashlib.sha256(f"{seed}|{key}".encode()).hexdigest(), key) for key in keys)[:most]
    wanted += [(population, stratum, str(len(keys)), str(place), key, digest) for place, (digest, key) in enumerate(drawn, 1)]
columns = ("population", "stratum", "stratum_rows", "place", "sample_key", "sample_hash")
found = [tuple(row[column] for column in columns) for row in rows("sample.csv")]
if found != wanted:
    differing = [(a, b) for a, b in zip(wanted, found) if a != b][:3]
    sys.exit(f"{len(wanted)} rows expected, {len(found)} found; first differences: {differing}")
print(len(found))
