// Holds the numbers of cards against what fits there, and the CSV that the page writes against the cells that `src/render/csv.rs` writes, which the Rust tests hold against the same file.

import { readFile } from "node:fs/promises";
import { build } from "esbuild";

async function built(source) {
  const { outputFiles } = await build({
    absWorkingDir: new URL(".", import.meta.url).pathname,
    entryPoints: [source],
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const { guarded } = await built("src/csv.ts");
const cells = JSON.parse(await readFile(new URL("../tests/data/csv-cells.json", import.meta.url), "utf8"));
if (cells.length < 100) throw new Error("tests/data/csv-cells.json has lost its cells");
for (const [text, cell] of cells) {
  if (guarded(text) !== cell) {
    console.error(`${JSON.stringify(text)} becomes ${JSON.stringify(guarded(text))}, not ${JSON.stringify(cell)}`);
    process.exitCode = 1;
  }
}

const { brief } = await built("src/dom.ts");
const numbers = { 0: "0", 999_999: "999,999", 1_000_000: "1.00 M", 2_964_024: "2.96 M", 12_345_678: "12.3 M", 123_456_789: "123 M", 999_499_999: "999 M", 999_999_999: "1.00 G" };
for (const [count, text] of Object.entries(numbers)) {
  if (brief(Number(count)) !== text) {
    console.error(`${count} becomes ${brief(Number(count))}, not ${text}`);
    process.exitCode = 1;
  }
}
