// How the page fares on a large estate: 100 accounts, 10,000 entities, half a million unused services. Prints what it measures and
// asserts nothing. Needs Python 3 beside Node and Chromium. `node scale.mjs path/to/dormant`

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, open } from "./browser.mjs";

const ACCOUNTS = 100;
const ENTITIES = 100;
const GRANTED = 62;
const UNUSED = 50;
const NAMESPACES = 400;
const ACTIONS = 4;
const MADE = Date.UTC(2026, 6, 6, 6) / 1000;
const DAY = 86_400;

const dormant = process.argv[2];
if (dormant === undefined) throw new Error("name the program: node scale.mjs path/to/dormant");

// A generator of its own, so that two runs measure the same estate.
let seed = 1;
const random = (below) => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
};
const time = (seconds) => new Date(seconds * 1000).toISOString().replace(".000Z", "+00:00");
const namespaces = Array.from({ length: NAMESPACES }, (_, at) => `service-${String(at).padStart(3, "0")}`);
const words = ["payments", "search", "billing", "reports", "media", "ingest", "gateway", "worker", "deploy", "audit"];

function dump(arn) {
  const first = random(NAMESPACES);
  const services = Array.from({ length: GRANTED }, (_, at) => {
    const namespace = namespaces[(first + at * 5) % NAMESPACES];
    const service = { ServiceName: `Amazon ${namespace}`, ServiceNamespace: namespace, TotalAuthenticatedEntities: 0 };
    // Most were never used; of the rest a third is stale.
    if (at < UNUSED && at % 5 !== 0) return service;
    const age = at < UNUSED ? 91 + random(300) : random(80);
    const used = { LastAuthenticated: time(MADE - age * DAY - random(DAY)), LastAuthenticatedEntity: arn, TotalAuthenticatedEntities: 1 };
    const actions = Array.from({ length: ACTIONS }, (_, action) => ({
      ActionName: `Do${words[(at + action) % words.length]}${action}`,
      ...(action === 0 && { LastAccessedEntity: arn, LastAccessedTime: used.LastAuthenticated, LastAccessedRegion: "eu-west-1" }),
    }));
    return { ...service, ...used, ...(at >= UNUSED && { TrackedActionsLastAccessed: actions }) };
  });
  const at = time(MADE + random(3_600));
  return { JobStatus: "COMPLETED", JobType: "ACTION_LEVEL", JobCreationDate: at, JobCompletionDate: at, ServicesLastAccessed: services, IsTruncated: false };
}

const MEASURED = "import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)";

/** Runs dormant; gives what it took, as words. */
function measured(...args) {
  const began = performance.now();
  const peak = execFileSync("python3", ["-c", MEASURED, dormant, ...args], { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  return `${((performance.now() - began) / 1000).toFixed(1)} s, ${peak.trim()} MiB at its peak`;
}

const home = mkdtempSync(join(tmpdir(), "dormant-scale-"));
try {
  for (let account = 0; account < ACCOUNTS; account++) {
    const id = String(100_000_000_000 + account * 7_919);
    const folder = join(home, "dumps", id, "roles");
    mkdirSync(folder, { recursive: true });
    for (let entity = 0; entity < ENTITIES; entity++) {
      const name = `${words[random(words.length)]}-${words[random(words.length)]}-${entity}`;
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(dump(`arn:aws:iam::${id}:role/${name}`)));
    }
  }
  const report = join(home, "audit");
  console.log(`report: ${measured("report", join(home, "dumps"), "-o", report)}`);
  for (const format of ["csv", "html", "xlsx"]) {
    console.log(`unused services alone, as ${format}: ${measured("unused", join(home, "dumps"), "-o", join(home, `unused.${format}`))}`);
  }
  const file = join(report, "report.html");
  console.log(`report.html: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  await measure(file);
} finally {
  rmSync(home, { recursive: true });
}

async function measure(file) {
  const browser = await launch();
  for (const view of ["overview", "overview", "unused-services"]) {
    const began = performance.now();
    const { page } = await open(browser, file, { hash: `#view=${view}`, viewport: { width: 1440, height: 900 } });
    console.log(`opened at ${view} in ${(performance.now() - began).toFixed(0)} ms`);
    await page.close();
  }
  const { page } = await open(browser, file, { hash: "#view=unused-services", viewport: { width: 1440, height: 900 } });
  console.log(await page.textContent(".status"));
  const sections = await page.$$eval("nav a", (links) => links.map((link) => link.textContent));
  console.log(sections.join(" | "));
  // From the change of the address to the frame after the one that shows it.
  const change = (hash) =>
    page.evaluate(async (hash) => {
      const began = performance.now();
      location.hash = hash;
      await new Promise((shown) => addEventListener("hashchange", shown, { once: true }));
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
      return performance.now() - began;
    }, hash);
  const account = (await page.$$eval(".filters select", (all) => all[0].options[1].value)) ?? "";
  const filters = [
    ["account", `account=${account}`],
    ["service", "service=service-123"],
    ["verdict", "verdict=stale"],
    ["part of an entity", "entity=payments-search"],
    ["risk", "w.risk=high"],
    ["search", "search=gateway"],
    ["search, three letters of everything", "search=ser"],
    ["none again", ""],
  ];
  for (const [name, filter] of filters) {
    const took = await change(`view=unused-services&${filter}`);
    console.log(`filter by ${name}: ${took.toFixed(0)} ms; ${await page.textContent(".status")}`);
  }
  for (const column of ["entity", "service_namespace", "last_used"]) {
    const took = await page.evaluate(async (column) => {
      const button = document.querySelector(`th[data-column="${column}"] button`);
      const began = performance.now();
      button.click();
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
      return performance.now() - began;
    }, column);
    console.log(`sort by ${column}: ${took.toFixed(0)} ms`);
  }
  for (const view of ["overview", "overview&aws=with", `overview&account=${account}`]) console.log(`${view}: ${(await change(`view=${view}`)).toFixed(0)} ms`);
  const entity = await page.evaluate(() => document.querySelector(".review .who a").getAttribute("href").slice(1));
  console.log(`one entity: ${(await change(entity)).toFixed(0)} ms`);
  console.log(`heat map: ${(await change("view=heat-map")).toFixed(0)} ms; ${await page.textContent(".readout")}`);
  console.log(`memory: ${((await page.evaluate(() => performance.memory.usedJSHeapSize)) / 1e6).toFixed(0)} MB of script heap`);
  await browser.close();
}
