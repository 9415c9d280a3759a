"""Runs every SQL query of the pages over a store with DuckDB: each gives rows, and the verdict of docs/sql.md is that of the program.

    queries.py SCHEMA VERDICTS PAGE...    VERDICTS is a file with a verdict of `dormant list --level service` a line
"""

import collections
import pathlib
import re
import sys

import duckdb

# The whole days of two instants, as the page defines them in words. `greatest` of DuckDB passes over nulls.
DAYS = "CASE WHEN {since} IS NOT NULL THEN greatest(0, CAST(floor((epoch({until}) - epoch({since})) / 86400) AS BIGINT)) END"
AGES = (
    f"SELECT *, {DAYS.format(since='last_accessed', until='as_of')} AS days_since, "
    f"{DAYS.format(since='observed_since', until='least(as_of, observed_until)')} AS observed_days FROM services WHERE is_present"
)

schema, verdicts, *pages = (pathlib.Path(name) for name in sys.argv[1:])
engine = duckdb.connect()
engine.execute(schema.read_text(encoding="utf-8"))
ran = 0
for page in pages:
    blocks = re.findall(r"(?:^    .*\n)+", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for block in blocks:
        code = "\n".join(line[4:] for line in block.splitlines())
        if code.startswith("SELECT "):
            assert engine.execute(code).fetchall(), f"{page.name}: no rows: {code}"
            ran += 1
        elif code.startswith("CASE\n"):
            verdict = re.sub(r"\bN\b", "90", code)
            rows = engine.execute(f"SELECT {verdict} FROM ({AGES})").fetchall()
            got = collections.Counter(verdict for (verdict,) in rows)
            want = collections.Counter(verdicts.read_text(encoding="utf-8").split())
            assert got == want and {"unused", "active"} <= got.keys(), f"{page.name}: {got} instead of {want}"
            ran += 1
print(f"{ran} queries run")
