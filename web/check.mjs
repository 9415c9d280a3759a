// Holds the CSV that the page writes against the cells that `src/render/csv.rs` writes, which the Rust tests hold against the same file.

import { readFile } from "node:fs/promises";
import { build } from "esbuild";

const { outputFiles } = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ["src/csv.ts"],
  bundle: true,
  format: "esm",
  write: false,
});
const { guarded } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
const cells = JSON.parse(await readFile(new URL("../tests/data/csv-cells.json", import.meta.url), "utf8"));
if (cells.length < 100) throw new Error("tests/data/csv-cells.json has lost its cells");
for (const [text, cell] of cells) {
  if (guarded(text) !== cell) {
    console.error(`${JSON.stringify(text)} becomes ${JSON.stringify(guarded(text))}, not ${JSON.stringify(cell)}`);
    process.exitCode = 1;
  }
}
