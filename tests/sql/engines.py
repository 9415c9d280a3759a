"""The engines, each behind three words: use a schema, answer a query, say what is worth asking."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path


class Refused(Exception):
    """The engine did not answer; the text says what it said."""


class Engine:
    dialect: str
    schema_dialect: str  # of the tables, where it is another

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def use(self, schema: str) -> None:
        """Makes the tables and views of a store, in place of those of another."""
        raise NotImplementedError

    def query(self, sql: str) -> tuple[list[str], list[tuple]]:
        raise NotImplementedError

    def columns(self, view: str) -> list[str]:
        return self.query(f"SELECT * FROM {view} WHERE FALSE")[0]

    def workload(self, cases, root: Path, thorough: bool) -> list:
        """What this engine is asked: the most where it is fast."""
        raise NotImplementedError


class DuckDb(Engine):
    dialect = schema_dialect = "duckdb"

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

    def workload(self, cases, root: Path, thorough: bool) -> list:
        few = [size for size in cases.compare.SIZES if size.seed in (1, 7, 9, 12) or thorough]
        rest = [size for size in cases.compare.SIZES if size not in few]
        return [
            *cases.samples(),
            cases.siblings(root),
            cases.told(),
            *cases.policies(root),
            *cases.estates(root, few, cases.REPORTS + cases.OPTIONS + cases.DIFFS),
            *cases.estates(root, rest, cases.REPORTS),
        ]


class DuckDbCases(DuckDb):
    """The cases of tests/evidence: as much as all the rest, and therefore a test of its own, beside the rest."""

    def workload(self, cases, root: Path, thorough: bool) -> list:
        return cases.definitions(thorough)


class TrinoRead(DuckDb):
    """The statements for Trino, as sqlglot understands them, in DuckDB. Trino itself is not run: it is a server."""

    dialect = "trino"
    schema_dialect = "duckdb"

    def query(self, sql: str) -> tuple[list[str], list[tuple]]:
        import sqlglot

        try:
            (statement,) = sqlglot.transpile(sql, read=self.dialect, write="duckdb")
        except sqlglot.errors.SqlglotError as error:
            raise Refused(str(error)) from error
        return super().query(statement)

    def workload(self, cases, root: Path, thorough: bool) -> list:
        estates = cases.estates(root, cases.compare.SIZES[9:10], cases.REPORTS + cases.SOME_OPTIONS)
        return [*cases.samples(), cases.siblings(root), *estates]


class AthenaRead(TrinoRead):
    """Athena's are Trino's; only its tables are made in other words."""

    dialect = "athena"

    def workload(self, cases, root: Path, thorough: bool) -> list:
        return [*cases.samples()[:1], cases.siblings(root)]


class Spark(Engine):
    dialect = schema_dialect = "spark"
    master = "local[2]"
    partitions = 1

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
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.warehouse.dir": str(root / "warehouse"),
            "spark.local.dir": str(root),
            # Views hold points in time: a session elsewhere must see the same.
            "spark.sql.session.timeZone": "Asia/Kathmandu",
            # The data are small; what costs is to plan, to compile, and to start tasks.
            "spark.sql.shuffle.partitions": str(self.partitions),
            "spark.sql.leafNodeDefaultParallelism": str(self.partitions),
            "spark.sql.files.openCostInBytes": "0",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.executor.memory": "512m",
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

    def workload(self, cases, root: Path, thorough: bool) -> list:
        estate, two_dates, hostile = (data for data in cases.samples() if data.folder.name in ("estate", "two-dates", "hostile-names"))
        few = [size for size in cases.compare.SIZES if size.seed in ((9, 12) if thorough else (9,))]
        small = [estate, two_dates.some(3), hostile.some(-4), cases.siblings(root)]
        return [*small, *cases.estates(root, few, cases.REPORTS + cases.SOME_OPTIONS)]


class SparkCluster(Spark):
    """Two workers in processes of their own, between which rows travel."""

    master = "local-cluster[2,1,512]"
    partitions = 4

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        deadline = time.monotonic() + 60
        while self.executors() < 2:
            if time.monotonic() > deadline:
                raise Refused(f"{self.executors()} of 2 workers came")
            time.sleep(0.2)

    def __exit__(self, *_: object) -> None:
        """Both must have worked. They leave their logs where Spark is installed."""
        context = self.session.sparkContext
        logs = Path(os.environ["SPARK_HOME"], "work", context.applicationId)
        executors = context._jsc.sc().statusStore().executorList(True)
        tasks = [executors.apply(n).totalTasks() for n in range(executors.size()) if executors.apply(n).id() != "driver"]
        super().__exit__()
        shutil.rmtree(logs, ignore_errors=True)
        if len(tasks) != 2 or not all(tasks):
            raise Refused(f"the workers had {tasks} tasks")

    def executors(self) -> int:
        """The driver is in the list too."""
        return self.session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1

    def workload(self, cases, root: Path, thorough: bool) -> list:
        return cases.estates(root, cases.compare.SIZES[10:11], ["services"])


ENGINES = {
    "duckdb": DuckDb,
    "duckdb-cases": DuckDbCases,
    "trino-read": TrinoRead,
    "athena-read": AthenaRead,
    "spark": Spark,
    "spark-cluster": SparkCluster,
}
