// The pictures of the page in docs/pictures/, of the sample estate: `node pictures.mjs path/to/dormant path/to/sample-data/estate out/`.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { launch, open } from "./browser.mjs";

const [dormant, estate, out] = process.argv.slice(2);
if (out === undefined) throw new Error("node pictures.mjs path/to/dormant path/to/sample-data/estate out/");

const ADMIN = "#entity=arn:aws:iam::111122223333:role/AdminRole";
/** Name, address, width, height, and what else the browser is told. */
const PICTURES = [
  ["page", "#view=overview", 1440, 1000],
  ["page-table", "#view=unused-actions", 1440, 900],
  ["page-1024", "#view=unused-actions", 1024, 768],
  ["page-390", "#view=unused-actions", 390, 844],
  ["page-dark", "#view=overview", 1440, 900, { colorScheme: "dark" }],
  ["page-entity", ADMIN, 1440, 1000],
  ["page-map", "#view=heat-map", 1440, 800],
  ["page-map-grey", "#view=heat-map", 1440, 800, { eyes: "achromatopsia" }],
  ["page-map-deuteranopia", "#view=heat-map", 1440, 800, { eyes: "deuteranopia" }],
  // A4 across at 96 pixels to the inch, without its margins.
  ["page-print", "#view=unused-actions", 1032, 730, { print: true }],
];

const home = mkdtempSync(join(tmpdir(), "dormant-pictures-"));
const browser = await launch();
try {
  // A relative path, so that no picture shows whose machine made it.
  execFileSync(dormant, ["report", "estate", "-o", join(home, "audit"), "--formats", "html"], { cwd: dirname(estate), stdio: "pipe" });
  for (const [name, hash, width, height, { colorScheme = "light", eyes, print } = {}] of PICTURES) {
    const { page } = await open(browser, join(home, "audit", "report.html"), { hash, viewport: { width, height }, colorScheme });
    if (eyes) await (await page.context().newCDPSession(page)).send("Emulation.setEmulatedVisionDeficiency", { type: eyes });
    if (print) {
      await page.emulateMedia({ media: "print" });
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    }
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(out, `${name}.png`) });
    await page.close();
  }
} finally {
  await browser.close();
  rmSync(home, { recursive: true });
}
