#!/usr/bin/env python3
"""Decides in a workbook as people do: decide.py IN OUT ROUND.

Of "Unused services" and "Unused actions" six rows each that nobody has decided about are decided, in turn remove, keep and ask. Then the rows
of the sheet are turned around, the first column is hidden, every second row is hidden, and a column is moved to the end: an import may
rest on nothing of that. Needs openpyxl.
"""

import datetime
import sys

import openpyxl

ROWS = 6


def head_of(sheet):
    for row in sheet.iter_rows(min_row=1, max_row=60):
        names = [str(cell.value or "").strip().lower().replace("_", " ").replace("\n", " ") for cell in row]
        if "decision" in names and ("arn" in names or "entity arn" in names):
            return row[0].row, names
    sys.exit(f"no head on {sheet.title}")


def decide(sheet, turn):
    head, names = head_of(sheet)
    decided = 0
    columns = {}
    for at, name in enumerate(names):
        columns.setdefault(name, at + 1)
    for row in range(head + 1, sheet.max_row + 1):
        if decided == ROWS:
            break
        cell = sheet.cell(row, columns["decision"])
        if cell.value or not sheet.cell(row, columns.get("arn", columns.get("entity arn"))).value:
            continue
        cell.value = ["Remove ", "KEEP", "ask"][decided % 3]
        sheet.cell(row, columns["owner"]).value = f"owner {turn}.{decided} <a@example.com>"
        sheet.cell(row, columns["comment"]).value = f'because of "{turn}", ünïcode and, commas; {decided}'
        if "due" in columns and decided % 3 == 1:
            sheet.cell(row, columns["due"]).value = datetime.datetime(2027, 1, 31)
        decided += 1
    if decided != ROWS:
        sys.exit(f"only {decided} rows to decide about on {sheet.title}")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=head + 1)]
    formats = [[cell.number_format for cell in row] for row in sheet.iter_rows(min_row=head + 1)]
    moved = columns["comment"] - 1
    order = [at for at in range(len(names)) if at != moved] + [moved]
    heads = [sheet.cell(head, at + 1).value for at in order]
    for at, value in enumerate(heads):
        sheet.cell(head, at + 1).value = value
    for down, (values, numbers) in enumerate(zip(reversed(rows), reversed(formats))):
        for at, of in enumerate(order):
            cell = sheet.cell(head + 1 + down, at + 1)
            cell.value, cell.number_format = values[of], numbers[of]
        if down % 2:
            sheet.row_dimensions[head + 1 + down].hidden = True
    sheet.column_dimensions["A"].hidden = True


def main():
    source, goal, turn = sys.argv[1:]
    book = openpyxl.load_workbook(source)
    for name in ("Unused services", "Unused actions"):
        decide(book[name], turn)
    book.save(goal)


main()
