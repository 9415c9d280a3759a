"""The two queries of the article that began this, put to `jq` and to `dormant list` on one file.

"Which EC2 actions were used, when, by whom, where?" and "which of them within the seven days before the answer was made?"
What a reader of the article would type must give what the program says.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import audit

COLUMNS = ["action_name", "last_accessed", "last_accessed_by", "last_accessed_region"]

# fromdateiso8601 reads whole seconds and `Z` only: aws-cli v2 writes `+00:00` and, in job dates, a fraction.
SECONDS = r'def seconds: capture("^(?<s>[^.+Z]+)(?<f>\\.[0-9]+)?") | ((.s + "Z") | fromdateiso8601) + ("0" + (.f // "") | tonumber);'
EC2 = '.ServicesLastAccessed[] | select(.ServiceNamespace == "ec2") | .TrackedActionsLastAccessed[]? | select(.LastAccessedTime)'
ROW = '[.ActionName, (.LastAccessedTime | sub("\\\\+00:00$"; "Z")), .LastAccessedEntity, .LastAccessedRegion // ""]'


@dataclass(frozen=True)
class Query:
    name: str
    jq: str
    dormant: list[str]


QUERIES = [
    Query("used", f"{EC2} | {ROW}", ["--used"]),
    Query(
        "within 7 days",
        f"{SECONDS} (.JobCompletionDate | seconds) as $made | {EC2} | select((.LastAccessedTime | seconds) > $made - 7 * 86400) | {ROW}",
        ["--within", "7d"],
    ),
]


def files(folder: Path, most: int = 3) -> list[Path]:
    """Finished answers of the estate with EC2 actions, those with the most uses first."""

    def uses(file: Path) -> int:
        services = json.loads(file.read_text(encoding="utf-8")).get("ServicesLastAccessed", [])
        actions = [a for s in services if s["ServiceNamespace"] == "ec2" for a in s.get("TrackedActionsLastAccessed", [])]
        return sum("LastAccessedTime" in action for action in actions)

    found = sorted(((-uses(file), file) for file in folder.rglob("*.json")))
    return [file for count, file in found[:most] if count]


def both(binary: Path, file: Path, query: Query, run, failed) -> tuple[audit.Table, audit.Table]:
    """jq's rows as what is wanted, the program's as what is had; `run` runs the binary and raises `failed`."""
    answer = subprocess.run(["jq", "-c", query.jq, file], capture_output=True, text=True, check=True).stdout
    want = audit.Table(COLUMNS, sorted(json.loads(line) for line in answer.splitlines()))
    try:
        rows = run(binary, ["list", str(file), "--service", "ec2", *query.dormant]).dicts()
    except failed as error:
        return want, audit.Table([str(error)], [])
    return want, audit.Table(COLUMNS, sorted([row.get(column, "") for column in COLUMNS] for row in rows))
