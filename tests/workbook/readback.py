#!/usr/bin/env python3
"""Reads the workbook of a report folder with openpyxl and holds every sheet against the CSV file of the same folder.

    readback.py FOLDER [COMPARE_CSV]

FOLDER is what `dormant report PATH -o FOLDER` wrote; COMPARE_CSV is what `dormant compare PATH --format csv` printed for the same
PATH: in the workbook, Compare is a matrix. Needs openpyxl. Beside the rows it checks what a person relies on: no formula in any
cell, dates that are dates, numbers that are numbers, frozen heads, filters over all rows, and the drop-down for decisions, and the check of
the day in Due. The comment of a head begins with the name that the column has in files.
Exits with 1 and says where they differ.
"""

import csv
import datetime
import pathlib
import re
import sys

import openpyxl

NAMES = {"account_id", "account_a", "account_b", "entity_name", "service_namespace", "action_name", "member", "pattern"}
TO_FILL_IN = ["decision", "owner", "due", "ticket", "comment"]
DECIDED = ["Unused services", "Unused actions", "Entities"]
# Reports whose sheet has another name than their file.
SHEETS = {"diff": "Changes"}
# Characters that XML cannot hold are written as _xHHHH_, which openpyxl leaves as it is in texts that stand in their cell.
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def rows_of_csv(path):
    csv.field_size_limit(sys.maxsize)
    with open(path, encoding="utf-8", newline="") as file:
        # The apostrophe in front of a text that could be a formula belongs to the CSV alone.
        return [[cell.removeprefix("'") for cell in row] for row in csv.reader(file)]


def spelt(value):
    """The value as the CSV spells it, and whether it is a number."""
    if value is None:
        return "", False
    if isinstance(value, bool):
        return str(value).lower(), False
    if isinstance(value, datetime.datetime):
        # A time is a fraction of a day, which is not exact to the microsecond.
        value = (value + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)
        return value.strftime("%Y-%m-%dT%H:%M:%SZ"), False
    if isinstance(value, (int, float)):
        return value, True
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), value), False


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def agrees(cell, text, column):
    value, number = spelt(cell.value)
    if number and column.endswith("_pct"):
        return f"{value * 100:.1f}" == text
    if number:
        return column not in NAMES and is_number(text) and float(text) == value
    if isinstance(cell.value, datetime.datetime):
        return text in (value, value[:10])
    if isinstance(cell.value, str) and column not in NAMES and is_number(text):
        return False
    return value == text


def head_of(sheet):
    """The number of the row with the heads, from 0, and the names of their columns in files."""
    for at, row in enumerate(sheet.iter_rows()):
        if row[0].comment:
            return at, [cell.comment.text.split("\n")[0] for cell in row if cell.comment]
    return None, []


def compare(sheet, expected):
    """What differs between a sheet and the rows of its CSV file."""
    rows = list(sheet.iter_rows())
    header, names = head_of(sheet)
    if header is None:
        return [f"{sheet.title}: no header"]
    found = rows[header:]
    if sheet.title == "Summary":
        found = found[: len(expected)]
    differences = []
    if len(found) != len(expected):
        differences.append(f"{sheet.title}: {len(found) - 1} rows, the CSV has {len(expected) - 1}")
    missing = [name for name in expected[0] if name not in names]
    if missing:
        return [f"{sheet.title}: no column {missing}"]
    # What is made for people of several columns has the name of one of them, which stands behind it as it is.
    places = [len(names) - 1 - names[::-1].index(name) for name in expected[0]]
    for row, wanted in zip(found[1:], expected[1:]):
        for place, text, column in zip(places, wanted, expected[0]):
            if not agrees(row[place], text, column):
                differences.append(f"{sheet.title}!{row[place].coordinate}: {row[place].value!r} is not {text!r}")
    decided = sheet.title in DECIDED
    if decided:
        at = names.index("decision")
        if names[at : at + 5] != TO_FILL_IN or names[at - 1] != "last_accessed":
            differences.append(f"{sheet.title}: {names[at - 1 : at + 5]} where it is decided")
    last = header + len(expected)
    if not (sheet.auto_filter.ref or "").endswith(str(last)):
        differences.append(f"{sheet.title}: the filter covers {sheet.auto_filter.ref}, not all rows to {last}")
    if sheet.title != "Summary" and not (sheet.freeze_panes or "").endswith(str(header + 2)):
        differences.append(f"{sheet.title}: frozen at {sheet.freeze_panes}, not below the header")
    to_decide = (decided or sheet.title == "Sample") and len(expected) > 1
    words = "confirmed,differs,not tested" if sheet.title == "Sample" else "remove,keep,ask"
    rules = sheet.data_validations.dataValidation
    choices = [rule.formula1 for rule in rules if rule.type == "list"]
    if choices != ([f'"{words}"'] if to_decide else []):
        differences.append(f"{sheet.title}: drop-downs {choices}")
    # The day in Due, or of a test, is the one other cell that is checked while it is typed.
    others = [(rule.type, rule.operator) for rule in rules if rule.type != "list"]
    if others != ([("date", "greaterThanOrEqual")] if to_decide else []):
        differences.append(f"{sheet.title}: checks of what is typed {others}")
    return differences


def formulas(workbook):
    for sheet in workbook:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield f"{sheet.title}!{cell.coordinate} is a formula: {cell.value}"


def main(folder, compare_csv=None):
    folder = pathlib.Path(folder)
    workbook = openpyxl.load_workbook(folder / "report.xlsx")
    differences = list(formulas(workbook))
    checked = 0
    for path in sorted(folder.glob("*.csv")):
        title = SHEETS.get(path.stem, path.stem.replace("-", " ").capitalize())
        if path.stem == "compare":
            if compare_csv is None:
                continue
            path = pathlib.Path(compare_csv)
        if title not in workbook.sheetnames:
            differences.append(f"{path.name} has no sheet")
            continue
        differences += compare(workbook[title], rows_of_csv(path))
        checked += 1
    for difference in differences[:50]:
        print(difference)
    print(f"{checked} sheets of {folder / 'report.xlsx'} held against their CSV files: {len(differences)} differences")
    return 1 if differences or checked < 8 else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
