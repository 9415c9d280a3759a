// Builds the page's script and style, with the licences of what is compiled in. `--check` fails where a build would change a file.

import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const ASSETS = new URL("../src/render/html/assets/", import.meta.url);
const LICENCES = new URL("../THIRD-PARTY-LICENSES.md", import.meta.url);
// What esbuild puts into app.js; a package that it meets beyond these stops the build.
const COMPILED_IN = ["@tanstack/virtual-core"];

async function licences() {
  const parts = [];
  for (const name of COMPILED_IN) {
    const folder = new URL(`node_modules/${name}/`, import.meta.url);
    const { version, license, homepage, repository } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
    if (license !== "MIT") throw new Error(`${name} is under ${license}`);
    const text = await readFile(new URL("LICENSE", folder), "utf8").catch(() => readFile(new URL("LICENSE.md", folder), "utf8"));
    const from = homepage ?? repository?.url ?? `https://www.npmjs.com/package/${name}`;
    parts.push({ name, version, license, from, text: text.trim().replaceAll("\r\n", "\n") });
  }
  return parts;
}

function licencesPage(parts) {
  const list = parts.map(({ name, version, license, from }) => `- [${name}](${from}) ${version}, ${license}`);
  const texts = parts.map(({ name, text }) => `## ${name}\n\n\`\`\`text\n${text}\n\`\`\``);
  return `# Third-party licences

The script of \`report.html\` (\`src/render/html/assets/app.js\`, built from \`web/\`) has these libraries compiled in; their notices travel at
its head. Written by \`web/build.mjs\`.

${list.join("\n")}

${texts.join("\n\n")}

## Datadog pathfinding.cloud

The escalation paths of \`src/catalogue/data/escalation_paths.csv\` are named and written for this program. They cover the paths that
[pathfinding.cloud](https://github.com/DataDog/pathfinding.cloud) lists under the Apache License 2.0 ([text](LICENSE-APACHE)). Its notice:

\`\`\`text
Datadog pathfinding.cloud
Copyright 2025-Present Datadog, Inc.

This product includes software developed at Datadog (https://www.datadoghq.com/).
\`\`\`
`;
}

const parts = await licences();
const notice = `/*! Compiled in, with thanks:\n\n${parts.map(({ name, version, text }) => `${name} ${version}\n${text}`).join("\n\n")}\n*/`;
const { outputFiles, metafile } = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: { app: "src/main.ts", style: "src/style.css" },
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome119", "firefox121", "safari17.4"],
  charset: "utf8",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  metafile: true,
  outdir: "out",
  write: false,
});
for (const input of Object.keys(metafile.inputs)) {
  const name = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
  if (name && !COMPILED_IN.includes(name)) throw new Error(`${name} is compiled in, and its licence is not named`);
}

const text = (ending) => outputFiles.find((file) => file.path.endsWith(ending)).text;
const script = `${notice}\n${text("app.js").trim()}\n`;
const style = `${text("style.css").trim()}\n`;
// Inside <script> and <style> these would end the element, or change how the rest of it is read.
if (/<\/script|<script|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error("the build holds the end of its own element");

let stale = false;
for (const [address, content] of [
  [new URL("app.js", ASSETS), script],
  [new URL("app.css", ASSETS), style],
  [LICENCES, licencesPage(parts)],
]) {
  if (!process.argv.includes("--check")) await writeFile(address, content);
  else if ((await readFile(address, "utf8")) !== content) {
    console.error(`${address.pathname} is not what the sources give: run npm run build in web/`);
    stale = true;
  }
}
if (stale) process.exitCode = 1;
