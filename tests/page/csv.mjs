// A reader of CSV for the checks: RFC 4180, LF.

export function readCsv(text) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ",") {
      row.push(cell);
      cell = "";
    } else if (c === "\n") {
      rows.push([...row, cell]);
      row = [];
      cell = "";
    } else cell += c;
  }
  return rows;
}

/** The value that a cell of CSV stands for: one apostrophe at its head is the guard against formulas. */
export function unguarded(cell) {
  return cell.startsWith("'") ? cell.slice(1) : cell;
}
