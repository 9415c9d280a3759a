"""The engines, each behind three words: use a schema, answer a query, say what is worth asking."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


class Refused(Exception):
    """The engine did not answer; the text says what it said."""


class Engine:
    dialect: str

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def use(self, schema: str) -> None:
        """Makes the tables and views of a store, in place of those of another."""
        raise NotImplementedError

    def query(self, sql: str) -> tuple[list[str], list[tuple]]:
        raise NotImplementedError

    def workload(self, cases, root: Path) -> list:
        """What this engine is asked: all of it where it is fast."""
        raise NotImplementedError


class DuckDb(Engine):
    dialect = "duckdb"

    def __init__(self, root: Path) -> None:
        import duckdb

        self.duckdb = duckdb

    def use(self, schema: str) -> None:
        self.connection = self.duckdb.connect(config={"threads": 1})
        # Views say UTC themselves: a session elsewhere must see the same.
        self.connection.execute("SET TimeZone = 'Asia/Kathmandu'")
        self.connection.execute(schema)

    def query(self, sql: str) -> tuple[list[str], list[tuple]]:
        try:
            result = self.connection.execute(sql)
            return [column[0] for column in result.description], result.fetchall()
        except self.duckdb.Error as error:
            raise Refused(str(error)) from error

    def workload(self, cases, root: Path) -> list:
        return cases.samples() + cases.estates(root, cases.compare.SIZES, cases.REPORTS + cases.OPTIONS + cases.DIFFS)


class Spark(Engine):
    dialect = "spark"
    master = "local[2]"

    def __init__(self, root: Path) -> None:
        import pyspark

        # What is collected comes in the time zone of this process.
        os.environ["TZ"] = "UTC"
        time.tzset()
        os.environ |= {"SPARK_HOME": str(Path(pyspark.__file__).parent), "SPARK_LOCAL_IP": "127.0.0.1"}
        os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_SCALA_VERSION": "2.13"}
        builder = pyspark.sql.SparkSession.builder.master(self.master).appName("dormant")
        settings = {
            "spark.ui.enabled": "false",
            "spark.sql.warehouse.dir": str(root / "warehouse"),
            "spark.local.dir": str(root),
            # Views hold points in time: a session elsewhere must see the same.
            "spark.sql.session.timeZone": "Asia/Kathmandu",
            # The data are small; what costs is to plan and to compile.
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.codegen.wholeStage": "false",
            "spark.log.level": "ERROR",
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.refusals = pyspark.errors.PySparkException
        self.databases = 0

    def __exit__(self, *_: object) -> None:
        self.session.stop()

    def use(self, schema: str) -> None:
        self.databases += 1
        self.session.sql(f"CREATE DATABASE store_{self.databases}")
        self.session.sql(f"USE store_{self.databases}")
        for statement in schema.split(";\n"):
            if statement.strip():
                self.session.sql(statement)

    def query(self, sql: str) -> tuple[list[str], list[tuple]]:
        try:
            frame = self.session.sql(sql)
            return frame.columns, [tuple(row) for row in frame.collect()]
        except self.refusals as error:
            raise Refused(str(error)[:2000]) from error

    def workload(self, cases, root: Path) -> list:
        small = [size for size in cases.compare.SIZES if size.seed in (9, 12)]
        return [cases.samples()[0], *cases.estates(root, small, cases.REPORTS + cases.SOME_OPTIONS)]


class SparkCluster(Spark):
    """Two workers in processes of their own, between which rows travel."""

    master = "local-cluster[2,1,512]"

    def workload(self, cases, root: Path) -> list:
        return cases.estates(root, cases.compare.SIZES[10:11], ["services"])


ENGINES = {"duckdb": DuckDb, "spark": Spark, "spark-cluster": SparkCluster}
