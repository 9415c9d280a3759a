#!/usr/bin/env python3
"""Reads from stdin what `dormant sql` printed, and says whether it is SQL of that dialect: `parses.py trino < statement.sql`.

For the dialects whose engines are not run here. Every statement has to be understood, not only passed over.
"""

import sys

import sqlglot
from sqlglot import exp

# sqlglot passes it over: Athena's own.
REPAIR = "MSCK REPAIR TABLE "

statements = sqlglot.parse(sys.stdin.read(), read=sys.argv[1])
passed_over = [s for s in statements if isinstance(s, exp.Command) and not s.sql().upper().startswith(REPAIR)]
if not statements or passed_over:
    sys.exit(f"not understood: {[s.sql()[:200] for s in passed_over]}")
print(len(statements))
