"""Lays the tables that `dormant report` writes out as a store does.

Comes in: DIR/tables/{dumps,services,actions}.parquet. Goes out: STORE/<table>/account_id=…/as_of=<UTC day>/part-0.parquet, `account_id`
in the folder's name only, the instant `as_of` as the column `as_of_at`, and `dump`, which says to which dump a row belongs.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
DAY = 86_400_000


def read(tables: Path, name: str) -> pa.Table:
    table = pq.read_table(tables / f"{name}.parquet")
    # Rows cannot be picked from views of texts.
    plain = [field.with_type(pa.string()) if field.type == pa.string_view() else field for field in table.schema]
    return table.cast(pa.schema(plain))


def owners(dumps: pa.Table, counts: str) -> list[str]:
    """The dump of each row of a table that holds the rows of every usable dump, in the order of the dumps."""
    rows = zip(dumps["dump"].to_pylist(), dumps["evidence"].to_pylist(), dumps[counts].to_pylist())
    return [dump for dump, evidence, count in rows if evidence not in ("pending", "failed") for _ in range(count)]


def with_dumps(tables: Path) -> dict[str, pa.Table]:
    dumps = read(tables, "dumps")
    dumps = dumps.append_column("dump", pa.array([f"dump-{n:06}" for n in range(len(dumps))], pa.string()))
    found = {"dumps": dumps}
    for name, counts in (("services", "services"), ("actions", "tracked_actions")):
        table = read(tables, name)
        found[name] = table.append_column("dump", pa.array(owners(dumps, counts), pa.string()))
    return found


def partitions(table: pa.Table) -> dict[tuple[str, str], list[int]]:
    accounts = table["account_id"].to_pylist()
    days = table["as_of"].cast(pa.int64()).to_pylist()
    found: dict[tuple[str, str], list[int]] = {}
    for row, (account, ms) in enumerate(zip(accounts, days)):
        day = NO_VALUE if ms is None else str(pa.scalar(ms // DAY, pa.date32()).as_py())
        found.setdefault((account or NO_VALUE, day), []).append(row)
    return found


def write_store(tables: Path, store: Path, with_ids: bool = True) -> None:
    for name, table in with_dumps(tables).items():
        (store / name).mkdir(parents=True)
        names = ["as_of_at" if c == "as_of" else c for c in table.column_names]
        columns = [c for c in names if c != "account_id" and (with_ids or c != "dump")]
        for (account, day), rows in partitions(table).items():
            folder = store / name / f"account_id={account}" / f"as_of={day}"
            folder.mkdir(parents=True)
            pq.write_table(table.take(rows).rename_columns(names).select(columns), folder / "part-0.parquet")
