#!/usr/bin/env python3
"""Runs the Python of a page from top to bottom, and holds what each block prints against the block of text after it.

    python3 recipes.py PAGE

Runs in the current folder, which holds what the page says was made before.
"""

import contextlib
import io
import re
import sys

page = open(sys.argv[1], encoding="utf-8").read()
blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page, flags=re.M | re.S)
names, ran = {}, 0
for (language, code), (after, wanted) in zip(blocks, [*blocks[1:], ("", "")]):
    if language != "python":
        continue
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, sys.argv[1], "exec"), names)
    assert after == "text", f"what this prints is not on the page:\n{code}"
    if printed.getvalue() != wanted:
        sys.exit(f"{code}prints\n{printed.getvalue()}and the page says\n{wanted}")
    ran += 1
print(f"{ran} blocks run")
