// The first view: the totals that the report states, and its charts.

import { type Figure, type Series, ChartView } from "./charts";
import { counted, h } from "./dom";
import { rowsView } from "./links";
import type { Permissions, Report, Section } from "./report";
import { sorted } from "./rows";
import { address } from "./state";
import { VERDICTS } from "./theme";

/** More bars than this are no chart any more; the table has them all. */
const MOST_BARS = 20;
const MOST_LINES = 8;

export class Overview {
  readonly element: HTMLElement;
  private readonly charts: ChartView[];

  constructor(report: Report) {
    this.charts = [verdicts(report), ages(report), trend(report), services(report), entities(report)]
      .filter((figure) => figure !== undefined)
      .map((figure) => new ChartView(figure));
    this.element = h(
      "section",
      { "aria-labelledby": "overview-title" },
      h("h2", { id: "overview-title" }, "Overview"),
      tiles(report),
      h("div", { class: "charts" }, ...this.charts.map((chart) => chart.element)),
      contents(report),
    );
  }

  mount(): void {
    for (const chart of this.charts) chart.draw();
  }

  print(begins: boolean): void {
    this.mount();
    if (begins) for (const chart of this.charts) chart.resize();
  }
}

function find(report: Report, ...columns: string[]): Section | undefined {
  return report.sections.find((section) => section.has(...columns));
}

function tiles(report: Report): HTMLElement {
  const tile = (label: string, value: string, detail: string, to?: string, mark?: string): HTMLElement => {
    const inner = [h("dt", {}, label), h("dd", { class: "value" }, value), h("dd", { class: "detail" }, detail)];
    const name = to === undefined ? inner : [h("dt", {}, h("a", { href: to }, label)), ...inner.slice(1)];
    return h("div", { class: `tile ${mark ?? ""}` }, ...name);
  };
  const made: HTMLElement[] = [];
  const here = (id: string): string | undefined => (report.sections.some((section) => section.id === id) ? address(id, {}) : undefined);
  if (report.headline) {
    const { accounts, entities, services, actions } = report.headline;
    const of = (part: number): string => `${share(part, services.granted)} of those granted`;
    made.push(
      tile("Entities", counted(entities), `in ${plural(accounts, "account")}`, here("summary")),
      tile("Granted", counted(services.granted), `services of an entity, ${counted(services.active)} of them active`),
      tile("Unused services", counted(services.unused), of(services.unused), here("summary"), "unused"),
      tile("Stale services", counted(services.stale), of(services.stale), here("summary"), "stale"),
      tile("Unused actions", counted(actions.unused), `${share(actions.unused, actions.granted)} of ${counted(actions.granted)} tracked`, here("summary"), "unused"),
      tile("Unknown", counted(services.unknown + actions.unknown), unknown(services, actions), here("summary"), "unknown"),
      tile("To review", counted(services.to_review), sumOf(services, report, "unused-services"), here("unused-services"), "unused"),
    );
    if (actions.granted > 0) {
      made.push(tile("Actions to review", counted(actions.to_review), sumOf(actions, report, "unused-actions"), here("unused-actions"), "unused"));
    }
  }
  const problems = report.notRead.head.rows;
  made.push(tile("Not read", counted(problems), problems === 0 ? "no problem with any input" : `${problems === 1 ? "problem" : "problems"} with inputs`, address("not-read", {}), problems > 0 ? "stale" : ""));
  return h("dl", { class: "tiles" }, ...made);
}

/** How many of each level, and why. */
function unknown(services: Permissions, actions: Permissions): string {
  const because = new Map<string, number>();
  for (const level of [services, actions]) {
    for (const [reason, count] of Object.entries(level.unknown_because)) because.set(reason, (because.get(reason) ?? 0) + count);
  }
  const reasons = [...because].map(([reason, count]) => `${counted(count)} ${reason}`);
  const counts = `${plural(services.unknown, "service")} and ${plural(actions.unknown, "action")} with too little evidence`;
  return reasons.length > 0 ? `${counts}: ${reasons.join(", ")}` : counts;
}

/** How the number to review comes about, and how many rows the list has where filters leave some out. */
function sumOf(of: Permissions, report: Report, list: string): string {
  const less = [
    [of.aws_controlled, "controlled by AWS"],
    [of.listed_with_service, "of services listed already"],
  ].flatMap(([count, what]) => (count === 0 ? [] : [` - ${counted(Number(count))} ${what}`]));
  const listed = report.sections.find((section) => section.id === list)?.head.rows;
  const filtered = listed === undefined || listed === of.to_review ? "" : `; ${counted(listed)} pass the filters`;
  return `${counted(of.unused)} unused + ${counted(of.stale)} stale${less.join("")}${filtered}`;
}

function plural(count: number, one: string): string {
  return `${counted(count)} ${one}${count === 1 ? "" : "s"}`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? "none" : `${((100 * part) / whole).toFixed(1)} %`;
}

function verdicts(report: Report): Figure | undefined {
  const summary = find(report, "account_id", "services_active", "services_stale", "services_unused", "services_unknown", "services_granted");
  if (summary === undefined) return verdictsOfRows(report);
  const all = leading(summary, "services_unused");
  const account = summary.column("account_id")!;
  return {
    title: "Verdicts per account",
    caption: `Services granted, by verdict${cut(all.length, summary.head.rows, "accounts", "most unused")}.`,
    kind: "bars",
    labels: all.map((row) => account.text(row)),
    series: VERDICTS.map((verdict) => ({
      label: verdict,
      colour: verdict,
      values: all.map((row) => Number(summary.column(`services_${verdict}`)!.text(row))),
    })),
    unit: "entity × service",
    link: { to: address(summary.id, {}), text: "Summary" },
    linkOf: (at) => address(rowsView(report), { account: account.text(all[at]!) }),
  };
}

/** Of a report that is nothing but rows with verdicts: how many rows of each. */
function verdictsOfRows(report: Report): Figure | undefined {
  const section = find(report, "account_id", "verdict");
  const account = section?.words("account_id");
  const verdict = section?.words("verdict");
  if (!section || !account || !verdict || section.head.rows === 0) return undefined;
  const counts = account.words.map(() => new Map<string, number>());
  for (let row = 0; row < section.head.rows; row++) {
    const of = counts[account.codes[row]!]!;
    of.set(verdict.text(row), (of.get(verdict.text(row)) ?? 0) + 1);
  }
  const sum = (of: Map<string, number>): number => [...of.values()].reduce((a, b) => a + b, 0);
  const order = account.words.map((_, code) => code).sort((a, b) => sum(counts[b]!) - sum(counts[a]!));
  const all = order.slice(0, MOST_BARS);
  return {
    title: "Verdicts per account",
    caption: `Rows of “${section.head.title}”, by verdict${cut(all.length, order.length, "accounts", "most rows")}.`,
    kind: "bars",
    labels: all.map((code) => account.words[code]! || "(no account)"),
    series: VERDICTS.map((word) => ({ label: word, colour: word, values: all.map((code) => counts[code]!.get(word) ?? 0) })),
    unit: "rows",
    link: { to: address(section.id, {}), text: section.head.title },
    linkOf: (at) => address(section.id, { account: account.words[all[at]!]! }),
  };
}

function ages(report: Report): Figure | undefined {
  const staleness = find(report, "total", "unused", "unknown");
  if (staleness === undefined || staleness.head.rows === 0) return undefined;
  const place = (name: string): number => staleness.columns.findIndex((column) => column.name === name);
  const buckets = staleness.columns.slice(place("total") + 1, place("unknown") + 1);
  const sum = (column: (typeof buckets)[number]): number => {
    let sum = 0;
    for (let row = 0; row < staleness.head.rows; row++) sum += Number(column.text(row));
    return sum;
  };
  const ages = buckets.length - 2;
  const steps = (place: number): string => `age-${Math.min(4, Math.round((place * 4) / Math.max(1, ages - 1)))}`;
  return {
    title: "Days since the last access",
    caption: "Permissions granted, by the age of their last access, or their verdict.",
    kind: "columns",
    labels: buckets.map((column) => column.name),
    series: [
      {
        label: "permissions",
        colour: buckets.map(({ name }, place) => (name === "unused" ? "unused" : name === "unknown" ? "unknown" : steps(place))),
        values: buckets.map(sum),
      },
    ],
    unit: "permissions",
    link: { to: address(staleness.id, {}), text: staleness.head.title },
  };
}

function trend(report: Report): Figure | undefined {
  const trend = find(report, "account_id", "date", "services_unused", "services_granted");
  const accounts = trend?.words("account_id");
  if (!trend || !accounts || trend.head.rows === 0) return undefined;
  const date = trend.column("date")!;
  const unused = trend.column("services_unused")!;
  const rows = Array.from({ length: trend.head.rows }, (_, row) => row);
  const dates = [...new Set(rows.map((row) => date.text(row)))].sort();
  const most = (id: string): number => Math.max(...rows.filter((row) => accounts.text(row) === id).map((row) => Number(unused.text(row))));
  const byMost = accounts.words.map((id) => ({ id, most: most(id) })).sort((a, b) => b.most - a.most);
  const series: Series[] = byMost.slice(0, MOST_LINES).map(({ id }, at) => {
    const values: (number | null)[] = dates.map(() => null);
    for (const row of rows) if (accounts.text(row) === id) values[dates.indexOf(date.text(row))] = Number(unused.text(row));
    return { label: id || "(no account)", colour: `line-${at}`, values };
  });
  return {
    title: "Trend of unused services",
    caption: `Unused services of each account on the days on which it was saved${cut(series.length, byMost.length, "accounts", "most unused", MOST_LINES)}. Days are comparable only if the same entities were collected.`,
    kind: "lines",
    labels: dates,
    series,
    unit: "unused services",
    link: { to: address(trend.id, {}), text: trend.head.title },
  };
}

function services(report: Report): Figure | undefined {
  const section = find(report, "service_namespace", "grants_unused", "grants_stale");
  const all = section && leading(section, "grants_unused");
  if (!section || !all || all.length === 0) return undefined;
  const namespace = section.column("service_namespace")!;
  const numbers = (name: string): number[] => all.map((row) => Number(section.column(name)!.text(row)));
  return {
    title: "Services with the most unused grants",
    caption: `Grants of tracked actions (entity × action) whose verdict is unused or stale${cut(all.length, section.head.rows, "services", "most unused")}.`,
    kind: "bars",
    labels: all.map((row) => namespace.text(row)),
    series: [
      { label: "unused", colour: "unused", values: numbers("grants_unused") },
      { label: "stale", colour: "stale", values: numbers("grants_stale") },
    ],
    unit: "entity × action",
    link: { to: address(section.id, {}), text: section.head.title },
    linkOf: (at) => address(rowsView(report), { service: namespace.text(all[at]!) }),
  };
}

function entities(report: Report): Figure | undefined {
  const section = find(report, "entity_arn", "entity_name", "account_id", "total", "unused");
  const all = section && leading(section, "unused");
  if (!section || !all || all.length === 0) return undefined;
  const text = (name: string, row: number): string => section.column(name)!.text(row);
  const several = (section.words("account_id")?.words.length ?? 0) > 1;
  const label = (row: number): string =>
    `${text("entity_name", row)}${several && text("account_id", row) ? ` · ${text("account_id", row)}` : ""}`;
  return {
    title: "Entities with the most unused permissions",
    caption: `Permissions whose verdict is unused${cut(all.length, section.head.rows, "entities", "most unused")}. Entities that AWS controls are among them.`,
    kind: "bars",
    labels: all.map(label),
    series: [{ label: "unused", colour: "unused", values: all.map((row) => Number(text("unused", row))) }],
    unit: "permissions",
    link: { to: address(section.id, {}), text: section.head.title },
    linkOf: (at) => {
      const row = all[at]!;
      const entity = text("entity_arn", row) || text("entity_name", row);
      return address(rowsView(report), { entity, account: text("account_id", row) });
    },
  };
}

/** The rows that have the most in this column, and have any. */
function leading(section: Section, column: string): number[] {
  const rows = sorted(section, Uint32Array.from({ length: section.head.rows }, (_, row) => row), [{ id: column, desc: true }]);
  return [...rows.subarray(0, MOST_BARS)].filter((row, at) => at === 0 || Number(section.column(column)!.text(row)) > 0);
}

/** Says what a chart leaves out: the small ones where there are too many, or those that have none. */
function cut(shown: number, of: number, what: string, first: string, most = MOST_BARS): string {
  if (shown === of) return "";
  const others = of - shown;
  const none = others === 1 ? `1 of the ${what} has none` : `${counted(others)} of the ${what} have none`;
  return shown < most ? `; ${none}` : `; the ${shown} ${what} of ${counted(of)} with the ${first}`;
}

function contents(report: Report): HTMLElement {
  const items = report.sections.map((section) =>
    h("li", {}, h("a", { href: address(section.id, {}) }, section.head.title), ` — ${section.head.caption} ${plural(section.head.rows, "row")}.`),
  );
  return h("div", { class: "contents" }, h("h3", {}, "Tables"), h("ul", {}, ...items));
}
