// report.html as a reader has it: opened from disk in Chromium. `DORMANT` names the program, `SAMPLES` the folder sample-data/.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";
import { readCsv, unguarded } from "./csv.mjs";

const { DORMANT, SAMPLES } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TABLES = ["summary", "services", "unused-services", "unused-actions", "staleness", "compare", "roles", "pairs", "trend", "diff", "sources"];
const WIDE = { width: 1600, height: 1000 };

let home;
let browser;
let estate;

function report(folder, name) {
  const out = join(home, name);
  const run = spawnSync(DORMANT, ["report", folder, "-o", out], { encoding: "utf8" });
  assert.ok([0, 3].includes(run.status), run.stderr);
  return out;
}

before(async () => {
  home = mkdtempSync(join(tmpdir(), "dormant-page-"));
  browser = await launch();
  estate = report(join(SAMPLES, "estate"), "estate");
});

after(async () => {
  await browser?.close();
  rmSync(home, { recursive: true, force: true });
});

const openEstate = (view, options = {}) =>
  open(browser, join(estate, "report.html"), { hash: `#view=${view}`, viewport: WIDE, ...options });

const csv = (folder, id) => readFileSync(join(folder, `${id}.csv`), "utf8");

/** Every row of the table, read from the screen while scrolling down. */
async function rowsOnScreen(page) {
  return page.evaluate(async () => {
    const scroller = document.querySelector(".scroller");
    const total = Number(scroller.querySelector("table").getAttribute("aria-rowcount"));
    const drawn = () => [...scroller.querySelectorAll("tbody tr[aria-rowindex]")];
    const place = (row) => Number(row?.getAttribute("aria-rowindex"));
    // The header is row 1 and 34 pixels high, the others 30.
    const isInSight = () => {
      if (total === 1) return drawn().length === 0;
      const first = Math.min(total, Math.floor(scroller.scrollTop / 30) + 2);
      const last = Math.min(total, Math.floor((scroller.scrollTop + scroller.clientHeight - 34) / 30) + 1);
      return place(drawn()[0]) <= first && place(drawn().at(-1)) >= last;
    };
    const found = new Map();
    scroller.scrollTop = 0;
    for (;;) {
      while (!isInSight()) await new Promise((later) => setTimeout(later, 5));
      for (const row of drawn()) found.set(place(row), [...row.children].map((cell) => cell.textContent));
      const before = scroller.scrollTop;
      scroller.scrollTop += Math.max(30, scroller.clientHeight - 60);
      if (scroller.scrollTop === before) break;
    }
    return [...found].sort(([a], [b]) => a - b).map(([, cells]) => cells);
  });
}

const field = (page, name) => page.getByRole("combobox", { name });

const status = (page) => page.textContent(".status");

const shows = (page, count) => page.waitForFunction((count) => document.querySelector(".status")?.textContent === count, count);

/** Goes to a view, and waits until it is there. */
async function go(page, view, filter = "") {
  await page.evaluate((hash) => (location.hash = hash), `view=${view}${filter && `&${filter}`}`);
  await page.waitForSelector(`nav a[aria-current][href*="view=${view}"]`);
}

async function exported(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".export")]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

test("every table shows the rows of its CSV, in its order, and exports its bytes", async () => {
  const { page, heard } = await openEstate("overview");
  for (const id of TABLES) {
    await go(page, id);
    const [names, ...rows] = readCsv(csv(estate, id));
    assert.deepEqual(await page.$$eval("thead th[data-column]", (all) => all.map((one) => one.dataset.column)), names, id);
    assert.deepEqual(await rowsOnScreen(page), rows.map((row) => row.map(unguarded)), id);
    const { name, text } = await exported(page);
    assert.equal(name, `${id}.csv`);
    assert.equal(text, csv(estate, id));
  }
  assert.deepEqual(heard, { complaints: [], requests: [] });
});

test("filters keep the rows that the CSV says, alone and together", async () => {
  const { page } = await openEstate("unused-services");
  const [names, ...rows] = readCsv(csv(estate, "unused-services"));
  const column = (name) => names.indexOf(name);
  const cases = [
    ["account=444455556666", (row) => row[column("account_id")] === "444455556666"],
    ["service=s3", (row) => row[column("service_namespace")] === "s3"],
    ["verdict=stale", (row) => row[column("verdict")] === "stale"],
    ["verdict=stale,unused", () => true],
    ["verdict=active", () => false],
    ["entity=ADMIN", (row) => row[column("entity_arn")].includes("AdminRole")],
    ["entity=arn:aws:iam::111122223333:user/people/alice", (row) => row[column("entity_name")] === "alice"],
    ["search=code", (row) => row.some((cell) => cell.toLowerCase().includes("code"))],
    ["account=111122223333&verdict=stale&search=amazon", (row) => row[0] === "111122223333" && row.includes("stale") && row.some((cell) => /amazon/i.test(cell))],
  ];
  for (const [filter, keeps] of cases) {
    await go(page, "unused-services", filter);
    const kept = rows.filter(keeps);
    const count = kept.length === rows.length ? `${rows.length} rows.` : `${kept.length} of ${rows.length} rows.`;
    await shows(page, count);
    assert.deepEqual(await rowsOnScreen(page), kept.map((row) => row.map(unguarded)), filter);
  }
  // An export is what is on the screen.
  const [header, ...lines] = (await exported(page)).text.trimEnd().split("\n");
  assert.equal(header, names.join(","));
  assert.equal(lines.length, rows.filter(cases.at(-1)[1]).length);
});

test("the filter bar sets what the address says, and Clear takes it back", async () => {
  const { page } = await openEstate("unused-services");
  await field(page, "Account").selectOption("444455556666");
  await field(page, "Entity").fill("staging");
  await page.getByRole("button", { name: "stale" }).click();
  await page.getByRole("searchbox", { name: "Search" }).fill("s3");
  const state = new URLSearchParams((await page.evaluate(() => location.hash)).slice(1));
  assert.deepEqual(Object.fromEntries(state), { view: "unused-services", account: "444455556666", entity: "staging", verdict: "stale", search: "s3" });
  await shows(page, "1 of 66 rows.");
  // The same filters hold in the next table, whose name says how many rows pass them.
  await page.getByRole("link", { name: /^Unused actions/ }).click();
  await page.waitForSelector("#unused-actions-title");
  assert.equal(await field(page, "Entity").inputValue(), "staging");
  await page.getByRole("button", { name: "Clear" }).click();
  await shows(page, "46 rows.");
});

test("a table says which filters its rows know nothing about", async () => {
  const { page } = await openEstate("services", { hash: "#view=services&account=444455556666&service=s3" });
  assert.match(await status(page), /^1 of 77 rows\. Not filtered by account/);
});

test("sorting: numbers as numbers, empty cells last, a third click gives the report's order back", async () => {
  const { page } = await openEstate("unused-services");
  const [names, ...rows] = readCsv(csv(estate, "unused-services"));
  const at = names.indexOf("days_since");
  const header = page.getByRole("columnheader", { name: "days since last use" });
  const shown = async () => (await rowsOnScreen(page)).map((row) => row[at]);
  const numbers = rows.map((row) => row[at]).filter(Boolean).map(Number);
  const empty = rows.filter((row) => row[at] === "").map(() => "");
  await header.getByRole("button").click();
  assert.equal(await header.getAttribute("aria-sort"), "descending");
  assert.deepEqual(await shown(), [...numbers.toSorted((a, b) => b - a).map(String), ...empty]);
  await header.getByRole("button").click();
  assert.equal(await header.getAttribute("aria-sort"), "ascending");
  assert.deepEqual(await shown(), [...numbers.toSorted((a, b) => a - b).map(String), ...empty]);
  await header.getByRole("button").click();
  assert.equal(await header.getAttribute("aria-sort"), "none");
  assert.deepEqual(await shown(), rows.map((row) => row[at]));
});

test("sorting by two columns keeps the first in charge", async () => {
  const { page } = await openEstate("unused-services");
  const [names] = readCsv(csv(estate, "unused-services"));
  const button = (name) => page.getByRole("columnheader", { name }).getByRole("button");
  await button("service").first().click();
  await button("name").first().click({ modifiers: ["Shift"] });
  const keys = (await rowsOnScreen(page)).map((row) => [row[names.indexOf("service_namespace")], row[names.indexOf("entity_name")]]);
  const expected = keys.toSorted(([a, b], [c, d]) => (a < c ? -1 : a > c ? 1 : b < d ? -1 : b > d ? 1 : 0));
  assert.deepEqual(keys, expected);
});

test("a click on an entity or a service shows its rows", async () => {
  const { page } = await openEstate("staleness");
  await page.getByRole("link", { name: "prod-api", exact: true }).first().click();
  await page.waitForSelector("#unused-services-title");
  const [names, ...rows] = readCsv(csv(estate, "unused-services"));
  const of = (column, value) => rows.filter((row) => row[names.indexOf(column)] === value);
  assert.deepEqual(await rowsOnScreen(page), of("entity_arn", "arn:aws:iam::111122223333:role/app/prod-api"));
  await page.goBack();
  await page.waitForSelector("#staleness-title");
  await page.goto(`${page.url().split("#")[0]}#view=services`);
  await page.getByRole("link", { name: "glue", exact: true }).click();
  await page.waitForSelector("#unused-services-title");
  assert.deepEqual(await rowsOnScreen(page), of("service_namespace", "glue"));
});

test("the overview states the totals of the report and charts them with their numbers", async () => {
  const { page } = await openEstate("overview");
  const tiles = await page.$$eval(".tile", (all) => Object.fromEntries(all.map((tile) => [tile.querySelector("dt").textContent, tile.querySelector(".value").textContent])));
  const [names, ...rows] = readCsv(csv(estate, "summary"));
  const sum = (name) => String(rows.reduce((sum, row) => sum + Number(row[names.indexOf(name)]), 0));
  assert.equal(tiles["Entities"], sum("entities"));
  assert.equal(tiles["Unused services"], sum("services_unused"));
  assert.equal(tiles["Unused actions"], sum("actions_unused"));
  const unknown = (level) => rows.reduce((sum, row) => sum + Number(row[names.indexOf(`${level}_unknown`)]), 0);
  assert.equal(tiles["Unknown"], String(unknown("services") + unknown("actions")));
  assert.equal(tiles["To review"], String(readCsv(csv(estate, "unused-services")).length - 1));
  assert.equal(tiles["Actions to review"], String(readCsv(csv(estate, "unused-actions")).length - 1));
  const titles = await page.$$eval("figure h3", (all) => all.map((one) => one.textContent));
  assert.deepEqual(titles, ["Verdicts per account", "Days since the last access", "Trend of unused services", "Services with the most unused grants", "Entities with the most unused permissions"]);
  const numbers = await page.$$eval("figure:first-of-type tbody tr", (all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  const verdicts = ["services_active", "services_stale", "services_unused", "services_unknown"];
  assert.deepEqual(numbers.toSorted(), rows.map((row) => [row[0], ...verdicts.map((name) => row[names.indexOf(name)])]));
  await page.locator("figure").filter({ hasText: "most unused grants" }).locator("summary").click();
  await page.getByRole("link", { name: "redshift" }).click();
  assert.equal(await page.evaluate(() => location.hash), "#view=unused-services&service=redshift");
  await page.goBack();
  await page.waitForSelector("figure");
  for (const canvas of await page.$$("figure canvas")) assert.ok((await canvas.boundingBox()).height > 100);
});

test("the heat map says what a cell is, by mouse and by keys, and pans", async () => {
  const { page } = await openEstate("matrix");
  const [, ...rows] = readCsv(csv(estate, "compare"));
  assert.match(await page.textContent(".readout"), new RegExp(`^${new Set(rows.map((row) => row[0] + row[3])).size} entities × ${new Set(rows.map((row) => row[1])).size} services`));
  await page.focus(".matrix");
  const seen = new Map();
  await page.keyboard.press("ArrowRight");
  for (let across = 0; across < 77; across++) {
    const [entity, service] = await page.$$eval(".readout a", (all) => all.map((one) => one.textContent));
    seen.set(service, [entity, await page.textContent(".readout")]);
    await page.keyboard.press("ArrowRight");
  }
  const first = [...seen.values()][0][0];
  for (const [service, [entity, says]] of seen) {
    assert.equal(entity, first);
    const cell = rows.find((row) => row[0] === entity && row[1] === service)?.[2];
    const words = { undefined: "not granted", unused: "no access recorded", unknown: "nothing can be concluded" };
    assert.ok(says.includes(words[cell] ?? `last accessed ${cell} day`), `${service}: ${says}, not ${cell}`);
  }
  await page.setViewportSize({ width: 700, height: 500 });
  await page.evaluate(() => (document.querySelector(".matrix").scrollLeft = 0));
  await page.locator(".matrix").evaluate((element) => element.scrollIntoView());
  const box = await (await page.$(".matrix")).boundingBox();
  await page.mouse.move(box.x + 400, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 250, box.y + 200, { steps: 4 });
  await page.mouse.up();
  assert.equal(await page.evaluate(() => document.querySelector(".matrix").scrollLeft), 150);
  await page.mouse.click(box.x + 300, box.y + 130);
  assert.equal((await page.$$(".readout a")).length, 2);
});

test("what was not read stands in a table of its own", async () => {
  const broken = report(join(SAMPLES, "broken"), "broken");
  const { page, heard } = await open(browser, join(broken, "report.html"), { hash: "#view=not-read", viewport: WIDE });
  const markdown = readFileSync(join(broken, "report.md"), "utf8");
  const listed = markdown.split("\n## Not read\n")[1].split("\n").filter((line) => line.startsWith("- "));
  const rows = await rowsOnScreen(page);
  assert.equal(rows.length, listed.length);
  assert.ok(rows.some((row) => row.includes("cut-off-json")));
  assert.deepEqual(heard, { complaints: [], requests: [] });
});

test("every column of every table is defined", async () => {
  const { page } = await openEstate("definitions");
  const terms = await page.$$eval(".terms dt", (all) => all.map((one) => one.textContent));
  for (const id of TABLES) for (const name of readCsv(csv(estate, id))[0]) assert.ok(terms.includes(name), `${id}: ${name}`);
});

test("hostile names stay text, on the page and in its export", async () => {
  const dumps = join(home, "hostile", "111122223333", "roles");
  mkdirSync(dumps, { recursive: true });
  cpSync(join(SAMPLES, "hostile-names", "dumps"), join(home, "hostile"), { recursive: true });
  const names = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "a\"b'c&amp;d",
    "right\u200fto\u202eleft",
    "two\nlines\ttab",
    "<!-- <script>",
  ];
  const dump = JSON.parse(readFileSync(join(SAMPLES, "estate", "2026-07-06", "444455556666", "roles", "staging-api.json"), "utf8"));
  names.forEach((name, at) => {
    const Arn = `arn:aws:iam::111122223333:role/r${at}`;
    const service = { ServiceName: name, ServiceNamespace: `ns${at}`, TotalAuthenticatedEntities: 0 };
    writeFileSync(join(dumps, `r${at}.json`), JSON.stringify({ ...dump, Arn, ServicesLastAccessed: [service] }));
  });
  const out = report(join(home, "hostile"), "hostile-report");
  const { page, heard } = await open(browser, join(out, "report.html"), { hash: "#view=unused-services", viewport: WIDE });
  const [header, ...rows] = readCsv(csv(out, "unused-services"));
  const shown = await rowsOnScreen(page);
  const at = header.indexOf("service_name");
  const spelt = (text) => text.replace(/[\n\t\u200f\u202e]/g, (c) => ({ "\n": "\\n", "\t": "\\t" })[c] ?? `\\u{${c.codePointAt(0).toString(16)}}`);
  assert.deepEqual(shown, rows.map((row) => row.map((cell) => spelt(unguarded(cell)))));
  for (const name of names) assert.ok(shown.some((row) => row[at] === spelt(name)), name);
  for (const name of ["=1+1", "@SUM", "+ops", "-2+3", "backup,nightly"]) assert.ok(shown.some((row) => row[header.indexOf("entity_name")] === name), name);
  assert.equal((await exported(page)).text, csv(out, "unused-services"));
  assert.match(await page.title(), /^Unused services/);
  assert.equal(await page.$("img"), null);
  for (const view of ["overview", "matrix", "definitions", "services"]) {
    await go(page, view);
  }
  assert.deepEqual(heard, { complaints: [], requests: [] });
});

test("nothing may be loaded or sent, and nothing else may run", async () => {
  const { page } = await openEstate("overview");
  const refused = await page.evaluate(async () => {
    const blocked = [];
    addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
    await fetch("https://example.invalid/").catch(() => undefined);
    const image = new Image();
    image.src = "https://example.invalid/x.png";
    const script = document.createElement("script");
    script.textContent = "window.owned = true";
    document.body.append(script, image);
    await new Promise((heard) => setTimeout(heard, 100));
    return { blocked: blocked.sort(), owned: "owned" in window };
  });
  assert.deepEqual(refused, { blocked: ["connect-src", "img-src", "script-src-elem"], owned: false });
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing serious (${colorScheme})`, async () => {
    for (const viewport of [WIDE, { width: 400, height: 800 }]) {
      const { page } = await openEstate("overview", { colorScheme, viewport, bypassCSP: true });
      await page.addScriptTag({ content: AXE });
      for (const view of ["overview", "unused-services", "services", "diff", "matrix", "not-read", "definitions"]) {
        await go(page, view);
        const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
        const grave = found.filter(({ impact }) => ["serious", "critical"].includes(impact));
        assert.deepEqual(grave.map(({ id, nodes }) => `${view}: ${id} at ${nodes.map((node) => node.html).slice(0, 3)}`), []);
      }
    }
  });
}

test("keys alone reach, sort and filter a table", async () => {
  const { page } = await openEstate("unused-services");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  for (let step = 0; step < 20; step++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.closest("th") !== null)) break;
  }
  await page.keyboard.press("Enter");
  // The button is drawn anew; the focus must not be lost with the old one.
  assert.equal(await page.evaluate(() => document.activeElement.closest("th")?.getAttribute("aria-sort")), "ascending");
});

test("on paper a table is whole, light, and says where it was cut", async () => {
  const { page } = await openEstate("compare", { colorScheme: "dark" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal((await page.$$("tbody tr[aria-rowindex]")).length, readCsv(csv(estate, "compare")).length - 1);
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--paper")), "#ffffff");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.ok((await page.$$("tbody tr[aria-rowindex]")).length < 100);
});

test("a table too long for the page says so and names what has all rows", async () => {
  const dumps = join(home, "long");
  mkdirSync(dumps);
  // 1,001 services of 1,000 actions, as one entity.
  const actions = Array.from({ length: 1_000 }, (_, at) => ({ ActionName: `A${at}` }));
  const services = Array.from({ length: 1_001 }, (_, at) => ({
    ServiceName: `S${at}`,
    ServiceNamespace: `s${at}`,
    TotalAuthenticatedEntities: 0,
    TrackedActionsLastAccessed: actions,
  }));
  const times = { JobCreationDate: "2026-07-06T06:00:00Z", JobCompletionDate: "2026-07-06T06:00:01Z" };
  const dump = { Arn: "arn:aws:iam::111122223333:role/long", JobStatus: "COMPLETED", JobType: "ACTION_LEVEL", ...times, ServicesLastAccessed: services, IsTruncated: false };
  writeFileSync(join(dumps, "long.json"), JSON.stringify(dump));
  const file = join(home, "long.html");
  execFileSync(DORMANT, ["list", dumps, "-o", file], { stdio: "pipe" });
  const { page, heard } = await open(browser, file, { hash: "#view=list" });
  assert.equal(await page.textContent(".left-out"), "1,001,000 rows are more than this page carries: --format csv gives all.");
  assert.equal(await page.$("table"), null);
  assert.deepEqual(heard, { complaints: [], requests: [] });
});

test("every report is a page of its own", async () => {
  const from = join(SAMPLES, "estate");
  const commands = [["summary"], ["services"], ["unused"], ["unused", "--level", "action"], ["staleness", "--by", "service"], ["compare"], ["compare", "--long"], ["list"], ["trend"], ["check"]];
  for (const [at, command] of commands.entries()) {
    const file = join(home, `one-${at}.html`);
    execFileSync(DORMANT, [command[0], from, ...command.slice(1), "-o", file], { stdio: "pipe" });
    const rows = readCsv(execFileSync(DORMANT, [command[0], from, ...command.slice(1), "--format", "csv"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    const { page, heard } = await open(browser, file, { viewport: WIDE });
    await page.click("nav li:nth-child(2) a");
    await page.waitForSelector(".status");
    assert.match(await status(page), new RegExp(`^${rows.length - 1} rows?`), command.join(" "));
    // A wide table draws only the columns in sight.
    if (rows[0].length < 40) assert.deepEqual(await rowsOnScreen(page), rows.slice(1).map((row) => row.map(unguarded)), command.join(" "));
    assert.deepEqual(heard, { complaints: [], requests: [] });
    await page.close();
  }
});
