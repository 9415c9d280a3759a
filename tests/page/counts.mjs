// Every number that is a link leads to exactly as many rows: gone through one by one, and the rows counted.

/** The numbers of the view that is shown: what each says, and where it leads. */
export function numbersOf(page) {
  return page.$$eval("a[data-count]", (all) => all.map((one) => ({ text: one.classList.contains("bar") ? one.title.split(": ").at(-1) : one.textContent, count: Number(one.dataset.count), href: one.getAttribute("href") })));
}

/** Goes where a number leads, by its address, and counts: what the line above the table says, what the table says it has, and the rows that scrolling shows. */
export async function rowsBehind(page, href, most = 400) {
  return page.evaluate(
    async ({ href, most }) => {
      const frame = () => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
      if (location.hash !== href) {
        const changed = new Promise((there) => addEventListener("hashchange", there, { once: true }));
        location.hash = href;
        await changed;
      }
      await frame();
      const status = document.querySelector(".status");
      const table = document.querySelector(".scroller table");
      const said = Number(/^([\d,]+)/.exec(status?.textContent ?? "")?.[1].replaceAll(",", ""));
      const listed = table.closest("[hidden]") ? 0 : Number(table.getAttribute("aria-rowcount")) - 1;
      if (listed > most) return { said, listed, seen: listed };
      const scroller = document.querySelector(".scroller");
      const seen = new Set();
      for (scroller.scrollTop = 0; ; ) {
        await frame();
        for (const row of table.querySelectorAll("tbody tr[aria-rowindex]")) seen.add(row.getAttribute("aria-rowindex"));
        const before = scroller.scrollTop;
        scroller.scrollTop += Math.max(30, scroller.clientHeight - 90);
        if (scroller.scrollTop === before) break;
      }
      return { said, listed, seen: table.closest("[hidden]") ? 0 : seen.size };
    },
    { href, most },
  );
}

/** What does not hold of the numbers of the views at these addresses; and how many numbers there were. */
export async function wrongNumbers(page, hashes) {
  const wrong = [];
  const checked = new Map();
  for (const hash of hashes) {
    await page.evaluate((hash) => (location.hash = hash), hash);
    await page.waitForTimeout(30);
    for (const { text, count, href } of await numbersOf(page)) {
      // A number in the text must be the number that is counted.
      const spelt = /^\(?(\d[\d,]*)/.exec(text)?.[1].replaceAll(",", "");
      if (spelt !== undefined && Number(spelt) !== count && !/[MG]$/.test(text)) wrong.push(`${hash}: ${text} says ${count}`);
      if (checked.has(href)) {
        if (checked.get(href) !== count) wrong.push(`${href}: ${count} here, ${checked.get(href)} elsewhere`);
        continue;
      }
      checked.set(href, count);
      const { said, listed, seen } = await rowsBehind(page, href);
      if (said !== count || listed !== count || seen !== count) wrong.push(`${hash}: “${text}” is ${count}, ${href} has ${said}, ${listed}, ${seen}`);
      await page.evaluate((hash) => (location.hash = hash), hash);
    }
  }
  return { wrong, checked: checked.size };
}
