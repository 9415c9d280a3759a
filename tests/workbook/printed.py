#!/usr/bin/env python3
"""Looks at a workbook as LibreOffice prints it: printed.py PDF.

No letter is smaller than 8 points, whatever font LibreOffice took for one that this machine lacks, and no page is empty. Needs pdftohtml.
"""

import re
import subprocess
import sys

# pdftohtml gives whole pixels, at no more than three to a point.
ZOOM = 3
SMALLEST = 8


def main(pdf):
    words = ["pdftohtml", "-xml", "-i", "-stdout", "-zoom", str(ZOOM), pdf]
    xml = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    sizes, faults = {}, []
    pages = re.findall(r'<page number="(\d+)".*?</page>', xml, re.S)
    for number, page in zip(pages, re.findall(r"<page .*?</page>", xml, re.S)):
        sizes.update({name: int(size) / ZOOM for name, size in re.findall(r'<fontspec id="(\d+)" size="(\d+)"', page)})
        used = {sizes[name] for name in re.findall(r'<text [^>]*font="(\d+)"', page)}
        if not used:
            faults.append(f"page {number} is empty")
        elif min(used) < SMALLEST:
            faults.append(f"page {number} has letters of {min(used):.1f} points")
    for fault in faults:
        print(f"{pdf}: {fault}")
    print(f"{pdf}: {len(pages)} pages, {len(faults)} faults")
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
