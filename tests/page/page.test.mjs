// report.html as a reader has it: opened from disk in Chromium. `DORMANT` names the program, `SAMPLES` the folder sample-data/, and
// `ESTATE`, if it is set, a folder of dumps of any size: every number of its page is clicked too.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";
import { rowsBehind, wrongNumbers } from "./counts.mjs";
import { readCsv, unguarded } from "./csv.mjs";

const { DORMANT, ESTATE, SAMPLES } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TABLES = ["entities", "summary", "services", "unused-services", "unused-actions", "staleness", "compare", "roles", "pairs", "trend", "diff", "sources"];
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
    const height = Number.parseFloat(scroller.querySelector("table").style.getPropertyValue("--row"));
    // The header is row 1 and 34 pixels high.
    const isInSight = () => {
      if (total === 1) return drawn().length === 0;
      const first = Math.min(total, Math.floor(scroller.scrollTop / height) + 2);
      const last = Math.min(total, Math.floor((scroller.scrollTop + scroller.clientHeight - 34) / height) + 1);
      return place(drawn()[0]) <= first && place(drawn().at(-1)) >= last;
    };
    const found = new Map();
    scroller.scrollTop = 0;
    for (;;) {
      while (!isInSight()) await new Promise((later) => setTimeout(later, 5));
      for (const row of drawn()) found.set(place(row), [...row.children].map((cell) => cell.firstChild?.textContent ?? ""));
      const before = scroller.scrollTop;
      scroller.scrollTop += Math.max(height, scroller.clientHeight - 2 * height);
      if (scroller.scrollTop === before) break;
    }
    return [...found].sort(([a], [b]) => a - b).map(([, cells]) => cells);
  });
}

const field = (page, name) => page.getByRole("combobox", { name });

const status = (page) => page.textContent(".status");

const shows = (page, count) => page.waitForFunction((count) => document.querySelector(".status")?.textContent.startsWith(count), count);

/** Which columns of the machine say what the columns for people do, where that is no single one. */
const shortArn = (arn) => arn.replace(/^.*:([^/:]+)\/(?:.*\/)?([^/]+)$/, "$1/$2");
const SHOWN = {
  entity_a: (row) => shortArn(row.entity_a),
  entity: (row) => (row.entity_type === undefined ? shortArn(row.entity_arn) : [row.entity_type, row.entity_name].filter(Boolean).join("/")),
  action: (row) => [row.service_namespace, row.action_name].filter(Boolean).join(":"),
};

/** Rows of a CSV file by the names of their columns. */
function records(folder, id) {
  const [names, ...rows] = readCsv(csv(folder, id));
  return rows.map((row) => Object.fromEntries(row.map((cell, at) => [names[at], unguarded(cell)])));
}

/** `role/AdminRole` of every row on the screen: of the first column. */
const firstColumn = async (page) => (await rowsOnScreen(page)).map(([first]) => first);

/** Goes to a view, and waits until it is there. */
async function go(page, view, filter = "") {
  await page.evaluate((hash) => (location.hash = hash), `view=${view}${filter && `&${filter}`}`);
  await page.waitForSelector(`nav a[aria-current][href*="view=${view}"]`);
  await page.waitForFunction(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(() => drawn(true)))));
}

async function exported(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".export")]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

test("every table shows the rows of its CSV, in its order, and exports its bytes", async () => {
  const { page, heard } = await openEstate("overview");
  for (const id of TABLES) {
    // What AWS controls is left out of the lists of what could go, and only of them, in the files.
    const isOfRemovals = id.startsWith("unused-");
    await go(page, id, isOfRemovals ? "" : "aws=with");
    const rows = records(estate, id);
    const first = await page.getAttribute("thead th", "data-column");
    assert.deepEqual(await firstColumn(page), rows.map((row) => (SHOWN[first] ?? ((row) => row[first]))(row)), id);
    const { name, text } = await exported(page);
    assert.equal(name, `${id}.csv`);
    assert.equal(text, csv(estate, id));
    const all = await page.$$eval(".menu input", (boxes) => boxes.length);
    assert.ok(all >= Object.keys(rows[0]).length, `${id}: every column can be shown`);
  }
  assert.deepEqual(heard, { complaints: [], requests: [] });
});

test("a table begins with the columns that answer, and the others are a tick away and in the link", async () => {
  for (const [width, height] of [[1440, 900], [1024, 768]]) {
    const { page } = await openEstate("unused-actions", { viewport: { width, height } });
    const columns = await page.$$eval("thead th", (all) => all.map((one) => ({ name: one.dataset.column, right: one.getBoundingClientRect().right })));
    assert.deepEqual(columns.map(({ name }) => name), ["entity", "action", "verdict", "last_used", "risk", "access_level", "granted_by"]);
    const edge = await page.$eval(".scroller", (scroller) => scroller.getBoundingClientRect().right);
    const verdict = columns.findIndex(({ name }) => name === "verdict");
    assert.ok(columns[verdict + 1].right <= edge, `at ${width} the verdict and the last use are in sight`);
  }
  const { page } = await openEstate("unused-actions");
  await page.click(".choose summary");
  await page.getByRole("checkbox", { name: "Observed limit" }).or(page.getByRole("checkbox", { name: "Watch limited by" })).check();
  const state = new URLSearchParams((await page.evaluate(() => location.hash)).slice(1));
  assert.deepEqual(state.get("columns").split(","), ["entity", "action", "verdict", "last_used", "risk", "access_level", "granted_by", "observed_limit"]);
  const { page: again } = await openEstate("unused-actions", { hash: await page.evaluate(() => location.hash) });
  assert.equal((await again.$$("thead th")).length, 8);
  // The first column stays where it is.
  await again.setViewportSize({ width: 700, height: 800 });
  const left = () => again.$eval("tbody tr[aria-rowindex] td", (cell) => cell.getBoundingClientRect().left);
  const before = await left();
  await again.$eval(".scroller", (scroller) => (scroller.scrollLeft = 300));
  assert.equal(await left(), before);
});

test("on a narrow screen each row is a card with its labels", async () => {
  const { page } = await openEstate("unused-actions", { viewport: { width: 390, height: 844 } });
  const card = await page.$eval("tbody tr[aria-rowindex]", (row) => ({ labels: [...row.children].map((cell) => cell.dataset.label), right: row.getBoundingClientRect().right, height: row.scrollHeight <= row.clientHeight + 1 }));
  assert.deepEqual(card.labels, ["Entity", "Action", "Verdict", "Last used", "Risk", "Access level", "Granted by"]);
  assert.ok(card.right <= 390 && card.height, JSON.stringify(card));
  assert.equal((await rowsOnScreen(page)).length, records(estate, "unused-actions").length);
  for (const view of ["overview", "unused-actions", "not-read", "definitions", "entity&entity=arn:aws:iam::111122223333:role/AdminRole"]) {
    await page.evaluate((hash) => (location.hash = hash), `view=${view}`);
    await page.waitForTimeout(50);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, `${view} is no wider than the screen`);
  }
});

test("filters keep the rows that the CSV says, alone and together", async () => {
  const { page } = await openEstate("unused-services");
  const rows = records(estate, "unused-services");
  const cases = [
    ["account=444455556666", (row) => row.account_id === "444455556666"],
    ["service=s3", (row) => row.service_namespace === "s3"],
    ["verdict=stale", (row) => row.verdict === "stale"],
    ["verdict=stale,unused", () => true],
    ["verdict=active", () => false],
    ["w.risk=high&w.entity_type=user", (row) => row.risk === "high" && row.entity_type === "user"],
    ["w.risk=high&w.risk=medium", (row) => ["high", "medium"].includes(row.risk)],
    ["entity=ADMIN", (row) => row.entity_arn.includes("AdminRole")],
    ["entity==ci-deploy", (row) => row.entity_name === "ci-deploy"],
    ["entity=arn:aws:iam::111122223333:user/people/alice&view=unused-services", (row) => row.entity_name === "alice"],
    ["search=code", (row) => Object.values(row).some((cell) => cell.toLowerCase().includes("code"))],
    ["account=111122223333&verdict=stale&search=amazon", (row) => row.account_id === "111122223333" && row.verdict === "stale" && Object.values(row).some((cell) => /amazon/i.test(cell))],
  ];
  for (const [filter, keeps] of cases) {
    await go(page, "unused-services", filter);
    const kept = rows.filter(keeps);
    const count = kept.length === rows.length ? `${rows.length} rows.` : `${kept.length} of ${rows.length} rows.`;
    await shows(page, count);
    if (kept.length > 0) assert.deepEqual(await firstColumn(page), kept.map(SHOWN.entity), filter);
  }
  // An export is what is on the screen.
  const [header, ...lines] = (await exported(page)).text.trimEnd().split("\n");
  assert.equal(header, Object.keys(rows[0]).join(","));
  assert.equal(lines.length, rows.filter(cases.at(-1)[1]).length);
});

test("what AWS controls is left out of every table alike, and a switch brings it back", async () => {
  const { page } = await openEstate("overview");
  const all = records(estate, "entities");
  const controlled = new Set(all.filter((row) => row.aws_controlled === "true").map((row) => row.entity_arn));
  assert.ok(controlled.size > 2);
  for (const id of ["entities", "staleness", "compare", "roles", "diff", "pairs"]) {
    const isAws = (row) => (row.aws_controlled === undefined ? [row.entity_arn, row.entity_a, row.entity_b].some((arn) => controlled.has(arn)) : row.aws_controlled === "true");
    const rows = records(estate, id);
    const kept = rows.filter((row) => !isAws(row));
    assert.ok(kept.length < rows.length, id);
    await go(page, id);
    await shows(page, `${kept.length} rows. ${rows.length - kept.length} rows of entities that AWS controls are left out.`);
    await page.getByRole("checkbox", { name: "AWS-controlled too" }).check();
    await shows(page, `${rows.length} rows.`);
    await page.getByRole("checkbox", { name: "AWS-controlled too" }).uncheck();
  }
  // The lists of what could go have the rows that their files leave out.
  await go(page, "unused-services", "aws=only");
  const ofAws = all.filter((row) => row.aws_controlled === "true" && Number(row.services_unused) + Number(row.services_stale) > 0);
  assert.deepEqual(new Set(await firstColumn(page)), new Set(ofAws.map(SHOWN.entity)));
});

test("a filter offers what occurs in the table", async () => {
  const { page } = await openEstate("unused-services");
  const verdicts = () => page.$$eval(".verdicts button", (all) => all.map((one) => one.textContent));
  assert.deepEqual(await verdicts(), ["unused", "stale"]);
  const options = await page.getByRole("combobox", { name: "Risk" }).locator("option").allTextContents();
  const risks = new Set(records(estate, "unused-services").map((row) => row.risk));
  assert.deepEqual(options, ["All", ...["critical", "high", "medium", "low", "info"].filter((risk) => risks.has(risk))]);
  await page.getByRole("combobox", { name: "Type" }).selectOption("user");
  const users = records(estate, "unused-services").filter((row) => row.entity_type === "user");
  await shows(page, `${users.length} of 66 rows.`);
  assert.equal(await page.evaluate(() => location.hash), "#view=unused-services&w.entity_type=user");
  await go(page, "all-services");
  assert.deepEqual(await verdicts(), ["unused", "stale", "unknown", "active"]);
  // A filter without a field of its own can be seen, and taken back.
  await go(page, "all-services", "w.bucket=365%2B");
  assert.match(await page.textContent(".others"), /bucket: 365\+/);
  await page.click(".chip");
  assert.equal(await page.evaluate(() => location.hash), "#view=all-services");
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

test("sorting: by age with what was never used at its end, a third click gives the report's order back, and the link keeps it", async () => {
  const { page } = await openEstate("unused-services");
  const rows = records(estate, "unused-services");
  const header = page.getByRole("columnheader", { name: "Last used" });
  const age = (row) => (row.days_since === "" ? Infinity : Number(row.days_since));
  const by = (compare) => rows.map((row, at) => [row, at]).sort(([a, i], [b, j]) => (age(a) === age(b) ? i - j : compare(age(a), age(b)))).map(([row]) => SHOWN.entity(row));
  await header.getByRole("button").click();
  assert.equal(await header.getAttribute("aria-sort"), "descending");
  assert.deepEqual(await firstColumn(page), by((a, b) => (a < b ? 1 : -1)));
  await header.getByRole("button").click();
  assert.equal(await header.getAttribute("aria-sort"), "ascending");
  assert.deepEqual(await firstColumn(page), by((a, b) => (a < b ? -1 : 1)));
  assert.equal(await page.evaluate(() => location.hash), "#view=unused-services&sort=last_used");
  await header.getByRole("button").click();
  assert.equal(await header.getAttribute("aria-sort"), "none");
  assert.deepEqual(await firstColumn(page), rows.map(SHOWN.entity));
});

test("an account number below a name is whole, however long the name of the account is", async () => {
  const folder = join(home, "accounts");
  cpSync(join(SAMPLES, "two-accounts"), folder, { recursive: true });
  const ids = ["111122223333", "444455556666"];
  writeFileSync(join(folder, "accounts.csv"), `account_id,name\n${ids.map((id, at) => `${id},${at === 0 ? "Shop Prod" : "A very long name ".repeat(8)}`).join("\n")}\n`);
  const out = join(home, "accounts-audit");
  const run = spawnSync(DORMANT, ["report", folder, "--accounts", join(folder, "accounts.csv"), "-o", out], { encoding: "utf8" });
  assert.ok([0, 3].includes(run.status), run.stderr);
  const { page } = await open(browser, join(out, "report.html"), { hash: "#view=entities", viewport: { width: 1500, height: 1000 } });
  const cut = await page.$$eval(".under-name", (all) => all.filter((one) => one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right || [...one.children, one].some((part) => /\d{12}$/.test(part.textContent) && part.className !== "under-name" && part.scrollWidth > part.clientWidth)).map((one) => one.textContent));
  assert.deepEqual(cut, []);
  const short = await page.$$eval(".under-name", (all) => all.filter((one) => one.textContent.startsWith("Shop Prod") && one.firstChild.scrollWidth > one.firstChild.clientWidth).length);
  assert.equal(short, 0);
  assert.ok((await page.$$(".under-name .whole")).length > 0);
});

test("an entity that is not in the list of its account any more is not to be reviewed first", async () => {
  const folder = join(home, "gone");
  const later = join(folder, "2026-06-10", "111122223333");
  mkdirSync(later, { recursive: true });
  for (const name of ["stays", "sandbox"]) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({
      Arn: `arn:aws:iam::111122223333:role/${name}`,
      JobStatus: "COMPLETED",
      JobCreationDate: "2026-03-02T06:00:00Z",
      JobCompletionDate: "2026-03-02T06:00:05Z",
      ServicesLastAccessed: [{ ServiceName: "Amazon SQS", ServiceNamespace: "sqs", TotalAuthenticatedEntities: 0 }],
      IsTruncated: false,
    }));
  }
  const role = { Arn: "arn:aws:iam::111122223333:role/stays", RoleName: "stays", RoleId: "AROASTAYS", Path: "/", CreateDate: "2020-01-01T00:00:00Z", AssumeRolePolicyDocument: {}, InstanceProfileList: [], AttachedManagedPolicies: [], RolePolicyList: [] };
  writeFileSync(join(later, "account-authorization-details.json"), JSON.stringify({ UserDetailList: [], GroupDetailList: [], RoleDetailList: [role], Policies: [], IsTruncated: false }));
  const { page } = await open(browser, join(report(folder, "gone-audit"), "report.html"), { viewport: WIDE });
  const review = await page.$$eval(".review:first-of-type li", (all) => all.map((one) => one.textContent));
  assert.equal(review.length, 1);
  assert.match(review[0], /^role\/stays/);
  await page.evaluate(() => (location.hash = "#entity=arn:aws:iam::111122223333:role/sandbox"));
  await page.getByText("Nothing: it is gone since 2026-06-10").waitFor();
});

test("sorting by two columns keeps the first in charge", async () => {
  const { page } = await openEstate("unused-services");
  const button = (name) => page.getByRole("columnheader", { name, exact: true }).getByRole("button");
  await button("Service").click();
  await button("Entity").click({ modifiers: ["Shift"] });
  const keys = (await rowsOnScreen(page)).map(([entity, service]) => [service, entity.split("/")[1]]);
  const expected = keys.toSorted(([a, b], [c, d]) => (a < c ? -1 : a > c ? 1 : b < d ? -1 : b > d ? 1 : 0));
  assert.deepEqual(keys, expected);
});

test("a click on a service shows its rows, on an entity all about it", async () => {
  const { page } = await openEstate("services");
  await page.getByRole("link", { name: "glue", exact: true }).click();
  await page.waitForSelector("#unused-services-title");
  const rows = records(estate, "unused-services");
  assert.deepEqual(await firstColumn(page), rows.filter((row) => row.service_namespace === "glue").map(SHOWN.entity));
  await go(page, "staleness");
  await page.getByRole("link", { name: "role/prod-api", exact: true }).first().click();
  await page.waitForSelector("#entity-title");
  assert.equal(await page.textContent("#entity-title"), "role/prod-api");
  assert.match(await page.title(), /^role\/prod-api/);
});

test("the page of an entity has its lists, its changes, what to do and a note", async () => {
  const arn = "arn:aws:iam::111122223333:role/AdminRole";
  const { page, heard } = await openEstate("entity", { hash: `#entity=${arn}` });
  const of = (id) => records(estate, id).filter((row) => row.entity_arn === arn);
  const lists = await page.$$eval(".verdict-list", (all) => all.map((one) => [one.querySelector("h4").textContent, one.querySelectorAll("li").length]));
  const [inventory] = of("entities");
  assert.deepEqual(lists.slice(0, 3), [
    [`${inventory.services_unused} unused`, Number(inventory.services_unused)],
    [`${inventory.services_stale} stale`, Number(inventory.services_stale)],
    [`${inventory.services_active} used`, Number(inventory.services_active)],
  ]);
  const text = await page.textContent(".entity-view");
  assert.match(text, /The dump is complete\. It was made on 2026-07-06/);
  assert.match(text, /started using bedrock \(2026-05-28\)/);
  assert.match(text, /s3:GetObject/);
  const note = await page.inputValue("textarea");
  for (const row of of("unused-services")) assert.ok(note.includes(row.service_namespace), row.service_namespace);
  for (const row of of("unused-actions")) assert.ok(note.includes(`${row.service_namespace}:${row.action_name}`), row.action_name);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.waitForFunction(() => /Copied|Selected/.test(document.querySelector(".copied").textContent));
  // A name that fits several leads to a choice, one that fits none says so.
  await page.evaluate(() => (location.hash = "entity==ci-deploy"));
  await page.getByText("2 entities fit").waitFor();
  await page.evaluate(() => (location.hash = "entity=nobody"));
  await page.getByText("No row is about nobody").waitFor();
  assert.deepEqual(heard, { complaints: [], requests: [] });
});

test("where policies are known, the page of an entity names the statements", async () => {
  const out = report(join(SAMPLES, "who-grants-it"), "who");
  const [grant] = records(out, "grants").filter((row) => row.policy_name !== "" && row.entity_arn !== "");
  const { page } = await open(browser, join(out, "report.html"), { hash: `#entity=${grant.entity_arn}`, viewport: WIDE });
  assert.match(await page.textContent(".statements"), new RegExp(grant.policy_name));
});

const STORIES = ["admin-role", "broken", "estate", "hostile-names", "least-privilege", "pending-failed-empty", "policy", "seed-article", "service-linked", "truncated", "two-accounts", "two-dates", "user-and-group", "who-grants-it", "young-role"];

for (const story of [...STORIES, ...(ESTATE === undefined ? [] : ["ESTATE"])]) {
  test(`every number leads to the rows that it counts (${story})`, async () => {
    const out = story === "estate" ? estate : report(story === "ESTATE" ? ESTATE : join(SAMPLES, story), `numbers-${story}`);
    const { page, heard } = await open(browser, join(out, "report.html"), { viewport: WIDE });
    const entities = await page.$$eval(".review .who a", (all) => all.slice(0, 3).map((one) => one.getAttribute("href")));
    const { wrong, checked } = await wrongNumbers(page, ["#view=overview", "#view=overview&aws=with", ...entities]);
    assert.deepEqual(wrong, []);
    assert.ok(checked > 4, `${checked} numbers`);
    // The menu too: what it says is what a click shows.
    await page.evaluate(() => (location.hash = "view=definitions"));
    await page.waitForTimeout(400);
    const menu = await page.$$eval("nav a", (all) => all.filter((one) => one.querySelector(".count")).map((one) => [Number(one.querySelector(".count").textContent.replaceAll(",", "")), one.getAttribute("href")]));
    for (const [count, href] of menu) assert.deepEqual(await rowsBehind(page, href), { said: count, listed: count, seen: count }, href);
    assert.deepEqual(heard, { complaints: [], requests: [] });
  });
}

test("with decisions the line to what is left to review adds up, and owner and decision can be read and chosen", async () => {
  const file = join(home, "decisions.toml");
  const entry = (keys) => `[[decision]]\n${Object.entries(keys).map(([key, value]) => `${key} = ${value}`).join("\n")}\n`;
  const keep = { decision: '"keep"', reason: '"once a year"', owner: '"ops@example.com"', expires: "2027-07-06" };
  writeFileSync(file, [
    entry({ entity: '"role/AdminRole"', service: '"kms"', ...keep }),
    entry({ entity: '"role/AdminRole"', service: '"s3"', action: '"DeleteBucket"', ...keep }),
    entry({ entity: '"user/alice"', service: '"ec2"', decision: '"remove"', owner: '"alice@example.com"', decided: "2026-07-06", due: "2026-09-01" }),
  ].join("\n"));
  const out = join(home, "decided");
  const run = spawnSync(DORMANT, ["report", join(SAMPLES, "estate"), "--decisions", file, "-o", out], { encoding: "utf8" });
  assert.ok([0, 3].includes(run.status), run.stderr);
  const { page, heard } = await open(browser, join(out, "report.html"), { viewport: WIDE });
  const lines = await page.$$eval(".reconciliation li", (all) => all.map((one) => one.textContent));
  assert.equal(lines[0], "Services: 73 unused + 15 stale = 88 − 22 of entities that AWS controls − 1 kept by a decision = 65 to review.");
  assert.equal(lines[1], "Actions of the other services: 38 unused + 8 stale = 46 − 1 kept by a decision = 45 to review.");
  const admin = "#entity=arn:aws:iam::111122223333:role/AdminRole";
  assert.deepEqual((await wrongNumbers(page, ["#view=overview", "#view=overview&aws=with", admin])).wrong, []);
  await page.evaluate((hash) => (location.hash = hash), admin);
  await page.getByText("s3:DeleteBucket: keep").first().waitFor();
  await go(page, "unused-services");
  assert.ok((await page.$$eval("thead th", (all) => all.map((one) => one.dataset.column))).includes("decision"));
  await page.getByRole("combobox", { name: "Decision" }).selectOption("remove");
  await shows(page, "1 of 65 rows.");
  assert.deepEqual(await firstColumn(page), ["user/alice"]);
  assert.deepEqual(heard, { complaints: [], requests: [] });
});

test("numbers, bars and menu are clicked, not only followed", async () => {
  const { page } = await openEstate("overview", { hash: "#view=overview&account=111122223333" });
  const count = (await page.$$("a[data-count]")).length;
  assert.ok(count > 60, `${count} numbers`);
  for (let at = 0; at < count; at += 3) {
    const link = page.locator("a[data-count]").nth(at);
    const counted = Number(await link.getAttribute("data-count"));
    await link.click({ position: { x: 2, y: 5 } });
    await page.waitForSelector(`.status[data-rows="${counted}"]`, { timeout: 3000 });
    assert.equal(Number(await page.getAttribute(".scroller table", "aria-rowcount")) - 1, counted);
    await page.goBack();
    await page.waitForSelector("#overview-title");
  }
});

test("numbers of six to nine digits, as they are spelt, fit their cards", async () => {
  const { page } = await openEstate("overview", { viewport: { width: 1440, height: 900 } });
  const overflowing = await page.$$eval(".tile", (tiles) =>
    ["999,999", "2.96 M", "12.3 M", "999 M"].flatMap((text) =>
      tiles.filter((tile) => {
        tile.querySelector(".value").firstChild.textContent = text;
        return tile.scrollWidth > tile.clientWidth;
      }),
    ).length,
  );
  assert.equal(overflowing, 0);
});

test("the cards hold the numbers of the report, and the first block says what to review", async () => {
  const { page } = await openEstate("overview");
  const tiles = await page.$$eval(".tile", (all) => Object.fromEntries(all.map((tile) => [tile.querySelector("dt").textContent, tile.querySelector(".value").textContent])));
  assert.equal(tiles["Entities"], String(records(estate, "entities").filter((row) => row.aws_controlled === "false").length));
  assert.equal(tiles["Services to review"], String(records(estate, "unused-services").length));
  assert.equal(tiles["Actions to review"], String(records(estate, "unused-actions").length));
  // With what AWS controls, the rows are those that the summary counts.
  const sum = (name) => records(estate, "summary").reduce((sum, row) => sum + Number(row[name]), 0);
  for (const [verdict, name] of [["unused", "services_unused"], ["stale", "services_stale"], ["unknown", "services_unknown"], ["active", "services_active"]]) {
    await go(page, "all-services", `aws=with&verdict=${verdict}`);
    assert.equal(Number(await page.getAttribute(".status", "data-rows")), sum(name), name);
  }
  await go(page, "overview");
  const order = await page.$$eval("main h3", (all) => all.map((one) => one.textContent));
  assert.deepEqual(order, ["Review first", "Entities without any use while AWS was watching", "Verdicts per account", "Days since the last access", "Services with the most actions to review", "Entities with the most services to review", "Trend", "Tables"]);
  const review = await page.$$eval(".review:first-of-type li", (all) => all.map((one) => one.textContent));
  assert.match(review[0], /^role\/AdminRole 11112222333345 of 60 services unused.*; .*may raise its own rights with 2 unused actions \(iam:/);
  // A boundary shuts the way that codebuild:CreateProject is part of.
  const shut = review.filter((line) => line.startsWith("role/ci-deploy 444455556666"));
  assert.ok(shut.length === 1 && !shut[0].includes("may raise its own rights"), shut[0]);
  assert.ok(review.length <= 10 && review.every((line) => !line.includes("AWSReservedSSO")));
  assert.match(await page.textContent(".trend"), /62 → 61 −1/);
  const busiest = await page.$$eval("figure", (all) => all.find((one) => one.textContent.includes("Entities with the most services"))?.textContent ?? "");
  assert.match(busiest, /role\/ci-deploy \(111122223333\)/);
});

test("a report that is not whole says so before any number", async () => {
  for (const [story, says] of [["truncated", /1 dump is incomplete \(1 file\)/], ["broken", /7 dumps are incomplete \(7 files\).*12 inputs could not be read/], ["pending-failed-empty", /3 entities have no usable dump\./]]) {
    const out = report(join(SAMPLES, story), `banner-${story}`);
    const { page } = await open(browser, join(out, "report.html"), { viewport: WIDE });
    const banner = await page.textContent(".banner");
    assert.match(banner, says);
    assert.doesNotMatch(banner, /\b1 entity (have|are)\b|no newer dump/);
    assert.ok(await page.evaluate(() => Boolean(document.querySelector(".banner").compareDocumentPosition(document.querySelector(".tiles")) & Node.DOCUMENT_POSITION_FOLLOWING)));
  }
  // A job failed after a complete dump of one role, and the newest list of another is cut.
  const folder = join(home, "newest");
  mkdirSync(folder);
  const dump = (name, day, change) => ({
    Arn: `arn:aws:iam::111122223333:role/${name}`,
    JobStatus: "COMPLETED",
    JobCreationDate: `${day}T06:00:00Z`,
    JobCompletionDate: `${day}T06:00:05Z`,
    ServicesLastAccessed: [{ ServiceName: "Amazon SQS", ServiceNamespace: "sqs", TotalAuthenticatedEntities: 0 }],
    IsTruncated: false,
    ...change,
  });
  const failed = { JobStatus: "FAILED", ServicesLastAccessed: [], Error: { Code: "SERVICE_ERROR", Message: "internal" } };
  for (const [at, one] of [dump("whole", "2026-03-02"), dump("whole", "2026-06-01", failed), dump("cut", "2026-06-01", { IsTruncated: true, Marker: "m" })].entries()) writeFileSync(join(folder, `${at}.json`), JSON.stringify(one));
  const { page: newest } = await open(browser, join(report(folder, "banner-newest"), "report.html"), { viewport: WIDE });
  assert.match(await newest.textContent(".banner"), /2 dumps are incomplete \(2 files\)\. Of 1 entity, the newest usable dump is incomplete\. What/);
  // The estate has users that are known by their policies alone; here every entity has a whole dump.
  const { page } = await open(browser, join(report(join(SAMPLES, "two-accounts"), "banner-none"), "report.html"), { viewport: WIDE });
  assert.equal((await page.$$(".banner")).length, 0);
});

/** Red, green and blue of a color, as light adds up. */
const linear = (color) => color.match(/[\da-f]{2}/gi).map((part) => (Number.parseInt(part, 16) / 255) ** 2.2);

/** The lightness that grey paper keeps. */
const lightness = ([r, g, b]) => 116 * Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b) - 16;

/** What eyes without the pigment for green see: Machado, Oliveira and Fernandes 2009, as browsers emulate it. */
const deuteranopia = ([r, g, b]) => [0.367 * r + 0.861 * g - 0.228 * b, 0.28 * r + 0.673 * g + 0.047 * b, -0.012 * r + 0.043 * g + 0.969 * b].map((part) => Math.max(0, part));

test("lightness runs with age, so that grey print tells the youngest from what was never used", async () => {
  for (const [colorScheme, sign] of [["light", -1], ["dark", 1]]) {
    const { page } = await openEstate("overview", { colorScheme });
    const steps = await page.evaluate(() => ["age-0", "age-1", "age-2", "age-3", "age-4", "unused"].map((name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`)));
    for (const [eyes, seen] of [["grey", (rgb) => rgb], ["deuteranopia", deuteranopia]]) {
      const light = steps.map((color) => lightness(seen(linear(color))));
      for (let at = 1; at < light.length; at++) assert.ok(sign * (light[at] - light[at - 1]) > 4, `${colorScheme}, ${eyes}: ${light.map(Math.round)}`);
      assert.ok(Math.abs(light.at(-1) - light[0]) > 35, `${colorScheme}, ${eyes}: used and never used are far apart`);
    }
  }
});

test("the heat map says what a cell is, by mouse and by keys, and pans", async () => {
  const { page } = await openEstate("heat-map", { hash: "#view=heat-map&aws=with" });
  const [header, ...all] = readCsv(csv(estate, "compare"));
  const places = ["entity_arn", "service_namespace", "cell", "account_id"].map((name) => header.indexOf(name));
  const rows = all.map((row) => places.map((at) => row[at]));
  assert.match(await page.textContent(".readout"), new RegExp(`^${new Set(rows.map((row) => row[0] + row[3])).size} entities × ${new Set(rows.map((row) => row[1])).size} services`));
  // Services with the same cells are one column; together the columns name every service once.
  const services = new Set(rows.map((row) => row[1]));
  const cells = (service) => rows.filter((row) => row[1] === service).map((row) => `${row[0]} ${row[3]} ${row[2]}`).sort().join();
  const kinds = new Set([...services].map(cells)).size;
  assert.ok(kinds < services.size / 2, `${kinds} kinds of ${services.size} services`);
  assert.ok((await page.textContent(".readout")).includes(` in ${kinds} columns`), await page.textContent(".readout"));
  await page.focus(".heat-map");
  await page.keyboard.press("ArrowRight");
  const [, ...shown] = await page.$$eval(".readout a", (all) => all.map((one) => one.textContent));
  const more = Number(/ and (\d+) more, each: /.exec(await page.textContent(".readout"))?.[1] ?? 0);
  assert.equal(new Set(shown.map(cells)).size, 1, `${shown} are alike`);
  assert.equal(shown.length + more, [...services].filter((service) => cells(service) === cells(shown[0])).length);
  await page.selectOption(".heat-map-view .tools label:has-text('Columns') select", "each");
  await page.focus(".heat-map");
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
  await page.evaluate(() => (document.querySelector(".heat-map").scrollLeft = 0));
  await page.locator(".heat-map").evaluate((element) => element.scrollIntoView());
  const box = await (await page.$(".heat-map")).boundingBox();
  await page.mouse.move(box.x + 400, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 250, box.y + 200, { steps: 4 });
  await page.mouse.up();
  assert.equal(await page.evaluate(() => document.querySelector(".heat-map").scrollLeft), 150);
  await page.mouse.click(box.x + 320, box.y + 140);
  assert.equal((await page.$$(".readout a")).length, 2);
});

test("what was not read stands in a table of its own", async () => {
  const broken = report(join(SAMPLES, "broken"), "broken");
  const { page, heard } = await open(browser, join(broken, "report.html"), { hash: "#view=not-read", viewport: WIDE });
  const markdown = readFileSync(join(broken, "report.md"), "utf8");
  const listed = markdown.split("\n## Problems\n")[1].split("\n## ")[0].matchAll(/^### .*: (\d+)$/gm);
  const rows = await rowsOnScreen(page);
  assert.equal(rows.length, [...listed].reduce((sum, [, count]) => sum + Number(count), 0));
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
  const { page, heard } = await open(browser, join(out, "report.html"), { hash: "#view=unused-services&columns=entity_name,service_name", viewport: WIDE });
  const rows = records(out, "unused-services");
  const spelt = (text) => text.replace(/[\n\t\u200f\u202e]/g, (c) => ({ "\n": "\\n", "\t": "\\t" })[c] ?? `\\u{${c.codePointAt(0).toString(16)}}`);
  const shown = await rowsOnScreen(page);
  assert.deepEqual(shown, rows.map((row) => [spelt(row.entity_name), spelt(row.service_name)]));
  for (const name of names) assert.ok(shown.some(([, service]) => service === spelt(name)), name);
  for (const name of ["=1+1", "@SUM", "+ops", "-2+3", "backup,nightly"]) assert.ok(shown.some(([entity]) => entity === name), name);
  assert.equal((await exported(page)).text, csv(out, "unused-services"));
  assert.match(await page.title(), /^Unused services/);
  assert.equal(await page.$("img"), null);
  for (const view of ["overview", "heat-map", "definitions", "services"]) {
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
    for (const viewport of [WIDE, { width: 390, height: 844 }]) {
      const { page } = await openEstate("overview", { colorScheme, viewport, bypassCSP: true });
      await page.addScriptTag({ content: AXE });
      for (const view of ["overview", "unused-services", "services", "diff", "heat-map", "not-read", "definitions", "entity"]) {
        if (view === "entity") await page.evaluate(() => (location.hash = "entity=arn:aws:iam::111122223333:role/AdminRole"));
        else await go(page, view);
        await page.waitForTimeout(50);
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
  for (let step = 0; step < 30; step++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.closest("th") !== null)) break;
  }
  await page.keyboard.press("Enter");
  // The button is drawn anew; the focus must not be lost with the old one.
  assert.equal(await page.evaluate(() => document.activeElement.closest("th")?.getAttribute("aria-sort")), "ascending");
});

test("on paper a table is whole, light, and says where it was cut", async () => {
  const { page } = await openEstate("compare", { hash: "#view=compare&aws=with", colorScheme: "dark" });
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
    const [view] = await page.$$eval("nav li:nth-child(2) a", (all) => all.map((one) => new URLSearchParams(one.getAttribute("href").slice(1)).get("view")));
    await go(page, view, "aws=with");
    assert.match(await status(page), new RegExp(`^${rows.length - 1} rows?`), command.join(" "));
    assert.deepEqual(readCsv((await exported(page)).text), rows, command.join(" "));
    await go(page, "overview");
    assert.deepEqual((await wrongNumbers(page, ["#view=overview"])).wrong, [], command.join(" "));
    assert.deepEqual(heard, { complaints: [], requests: [] });
    await page.close();
  }
});

test("a tile's parts sum to the whole, and who is to be reviewed first is told why", async () => {
  const folder = join(home, "parts");
  mkdirSync(folder);
  const arn = (name) => `arn:aws:iam::111122223333:role/${name}`;
  const service = (namespace, used, by = "a") => ({ ServiceName: namespace, ServiceNamespace: namespace, TotalAuthenticatedEntities: used ? 1 : 0, ...(used && { LastAuthenticated: used, LastAuthenticatedEntity: arn(by) }) });
  const dump = (name, ...services) => ({ Arn: arn(name), JobStatus: "COMPLETED", JobCreationDate: "2026-03-02T06:00:00Z", JobCompletionDate: "2026-03-02T06:00:05Z", ServicesLastAccessed: services, IsTruncated: false });
  const dumps = [dump("a", service("s3", "2026-03-01T00:00:00Z"), service("iam")), dump("b", service("s3", "2025-10-01T00:00:00Z", "b")), dump("empty"), { Arn: arn("slow"), JobStatus: "IN_PROGRESS", JobCreationDate: "2026-03-02T06:00:00Z" }];
  for (const [at, one] of dumps.entries()) writeFileSync(join(folder, `${at}.json`), JSON.stringify(one));
  writeFileSync(join(folder, "list-roles.json"), JSON.stringify({ Roles: ["a", "b", "empty", "slow", "none"].map((name) => ({ Arn: arn(name), RoleName: name, RoleId: `AROA${name}`, Path: "/", CreateDate: "2020-01-01T00:00:00Z", AssumeRolePolicyDocument: {} })), IsTruncated: false }));
  writeFileSync(join(folder, "..", "decisions.toml"), `[[decision]]\nentity = "role/other"\nservice = "s3"\ndecision = "remove"\ndecided = 2026-02-01\nowner = "o"\n`);
  const out = join(home, "parts-audit");
  const run = spawnSync(DORMANT, ["report", folder, "--decisions", join(home, "decisions.toml"), "-o", out], { encoding: "utf8" });
  assert.ok([0, 3].includes(run.status), run.stderr);
  const { page } = await open(browser, join(out, "report.html"), { viewport: WIDE });
  const tile = await page.$eval(".tile", (one) => [one.querySelector(".value").textContent, one.querySelector(".detail").textContent]);
  const parts = tile[1].split(";")[0].match(/\d+/g).map(Number);
  assert.equal(parts.reduce((sum, part) => sum + part, 0), Number(tile[0]), tile.join(": "));
  assert.match(tile[1], /; 2 without a usable dump$/);
  const banners = await page.$$eval(".banner", (all) => all.map((one) => one.textContent).join("\n"));
  assert.match(banners, /2 entities have no usable dump, 1 of them because no dump about it was read\./);
  assert.match(banners, /Rows of decisions that need attention: 1 \(1 unmatched\)/);
  const review = await page.$$eval(".review:first-of-type li", (all) => all.map((one) => one.textContent).join("\n"));
  assert.match(review, /1 of 2 services unused \(iam: high risk\)/);
  assert.match(review, /1 service not used for a long time \(s3: /);
  await page.evaluate((hash) => (location.hash = hash), `entity=${arn("slow")}`);
  await page.waitForSelector(".advice");
  assert.match(await page.textContent(".advice"), /save it again with the same JobId/);
});
