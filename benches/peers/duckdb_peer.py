"""question.sql in the Python package of DuckDB."""

import sys
from pathlib import Path

import duckdb

question = (Path(__file__).parent / "question.sql").read_text().replace("{estate}", sys.argv[1])
for row in duckdb.connect().execute(question).fetchall():
    print(*row, sep=",")
