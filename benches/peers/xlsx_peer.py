"""A CSV file as a workbook, row by row in the mode that needs least memory: `xlsx_peer.py xlsxwriter|openpyxl FILE.csv OUT.xlsx`.

It is given the finished rows: it reads no JSON and decides nothing. Numbers are numbers; there are no formats, widths or rules.
"""

import csv
import sys

library, source, out = sys.argv[1:4]


def typed(cell: str) -> str | int | None:
    return int(cell) if cell.isdigit() and len(cell) < 10 else cell or None


with open(source, newline="", encoding="utf-8") as file:
    rows = ([typed(cell) for cell in row] for row in csv.reader(file))
    if library == "xlsxwriter":
        import xlsxwriter

        book = xlsxwriter.Workbook(out, {"constant_memory": True})
        sheet = book.add_worksheet("Unused actions")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        book.close()
    else:
        import openpyxl

        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Unused actions")
        for row in rows:
            sheet.append(row)
        book.save(out)
