"""Holds JSON reports against docs/report.schema.json, and each row against the columns of its section.

    validate.py SCHEMA REPORT...
"""

import json
import re
import sys

import jsonschema

INSTANT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DATE = re.compile(r"-?\d{4,}-\d\d-\d\d")


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def number(value):
    return whole(value) or isinstance(value, float)


IS = {
    "text": lambda value: isinstance(value, str),
    "count": whole,
    "days": whole,
    "percent": lambda value: number(value) and 0 <= value <= 100,
    "ratio": lambda value: number(value) and 0 <= value <= 1,
    "instant": lambda value: isinstance(value, str) and INSTANT.fullmatch(value),
    "date": lambda value: isinstance(value, str) and DATE.fullmatch(value),
    "flag": lambda value: isinstance(value, bool),
}


def wrong(document):
    for section in document["sections"]:
        names = [column["name"] for column in section["columns"]]
        if section["totals"]["rows"] != len(section["rows"]):
            yield f"{section['id']}: {section['totals']['rows']} rows are said, {len(section['rows'])} are there"
        for row in section["rows"]:
            if list(row) != names:
                yield f"{section['id']}: {list(row)} are not the columns"
            for column in section["columns"]:
                value = row.get(column["name"])
                if value is not None and not IS[column["type"]](value):
                    yield f"{section['id']}: {column['name']} is {value!r}, no {column['type']}"


def main(schema, *reports):
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    broken = {"schema": {"name": "dormant-report", "version": 0}}
    assert list(validator.iter_errors(broken)), "the schema refuses nothing"
    faults = []
    for path in reports:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        faults += [f"{path}: {error.json_path}: {error.message}" for error in validator.iter_errors(document)]
        faults += [f"{path}: {fault}" for fault in wrong(document)]
    print("\n".join(faults[:50]))
    sys.exit(bool(faults))


main(*sys.argv[1:])
