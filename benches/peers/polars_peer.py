"""What a script with json and Polars does: one frame of all action rows, the newest answer of each entity, grouped."""

import json
import sys
from pathlib import Path

import polars as pl

entities, made, services, used = [], [], [], []
for path in sorted(Path(sys.argv[1]).glob("*/*/*/*.json")):
    entity = "/".join(path.parts[-3:])
    answer = json.loads(path.read_bytes())
    for service in answer["ServicesLastAccessed"]:
        actions = service.get("TrackedActionsLastAccessed", [])
        entities.extend([entity] * len(actions))
        made.extend([answer["JobCompletionDate"]] * len(actions))
        services.extend([service["ServiceNamespace"]] * len(actions))
        used.extend("LastAccessedTime" in action for action in actions)
rows = pl.DataFrame({"entity": entities, "made": made, "service": services, "used": used})
counted = (
    rows.lazy()
    .filter(pl.col("made") == pl.col("made").max().over("entity"))
    .group_by("service")
    .agg(pl.len().alias("grants"), (~pl.col("used")).sum().alias("unused"))
    .sort("service")
    .collect()
)
for row in counted.iter_rows():
    print(*row, sep=",")
