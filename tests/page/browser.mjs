// The browser that all checks share: no network of its own, and every request, message and error of a page is kept.

import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** Opens a file from disk. `heard` grows while the page lives: complaints, and requests for anything but the file. */
export async function open(browser, file, { hash = "", ...options } = {}) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  const heard = { complaints: [], requests: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) heard.complaints.push(message.text());
  });
  page.on("pageerror", (error) => heard.complaints.push(String(error)));
  page.on("request", (request) => {
    // A download comes out of the page's own memory.
    if (!request.url().startsWith("blob:") && request.url().split("#")[0] !== address) heard.requests.push(request.url());
  });
  await page.goto(address + hash);
  await page.waitForSelector("html[data-ready]");
  return { page, heard, address };
}
