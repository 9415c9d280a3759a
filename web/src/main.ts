// The page: reads what it carries, then shows the view and the filters that the address names.

import { csvOf } from "./csv";
import { counted, h, save, visible } from "./dom";
import { EntityView } from "./entity";
import { type Field, fieldsOf } from "./fields";
import { FilterBar } from "./filterbar";
import { heatMapSection } from "./grid";
import { linkOf } from "./links";
import { HeatMap } from "./heat-map";
import { howMany, plural, withoutDump } from "./numbers";
import { Overview } from "./overview";
import { readReport, type Report, type Section } from "./report";
import { type Filters, NO_FILTERS, select, type Selected } from "./rows";
import { address, go, type Layout, NO_LAYOUT, readState } from "./state";
import { TableView } from "./table";
import { onThemeChange } from "./theme";
import { definitions, withoutFlags } from "./words";

/** A view in the document, and how to bring it up to date. */
interface Shown {
  element: HTMLElement;
  mount(): void;
  update(filters: Filters, layout: Layout): void;
  repaint(): void;
  print(begins: boolean): void;
  unmount(): void;
}

/** Where the names of the tables stand in a line. */
const IN_A_LINE = matchMedia("(max-width: 60rem)");

/** What people look for first; the other tables follow in the report's order. */
const FIRST = ["unused-services", "unused-actions", "entities", "diff", "decisions"];

class App {
  private readonly content = h("main", { id: "content", tabindex: -1 });
  private readonly bar: FilterBar;
  private readonly filtersPlace = h("div", { class: "filters-place" });
  private readonly counts = new Map<string, HTMLElement>();
  private readonly links = new Map<string, HTMLAnchorElement>();
  private readonly titles = new Map<string, string>();
  private readonly sections: Section[];
  private view = "";
  private shown: Shown | undefined;
  private counting: ReturnType<typeof setTimeout> | undefined;
  private map: HeatMap | undefined;

  constructor(private readonly report: Report) {
    const place = ({ id }: Section): number => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length);
    this.sections = report.sections.toSorted((a, b) => place(a) - place(b));
    this.bar = new FilterBar(report, (filters, typing) => go(address(this.view, filters, readState().layout), typing));
    document.getElementById("app")!.replaceChildren(
      h("a", { class: "skip", href: "#content", onclick: (event) => this.skip(event) }, "Skip to the content"),
      this.header(),
      h("div", { class: "layout" }, this.nav(), h("div", { class: "column" }, this.filtersPlace, this.content)),
    );
    addEventListener("hashchange", () => this.follow());
    onThemeChange(() => this.shown?.repaint());
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
    this.follow();
  }

  /** What the report is about, in one line; how it was made stands under Definitions. */
  private header(): HTMLElement {
    const { report } = this;
    const { headline } = report;
    const value = (name: string): string | undefined => report.parameters.find(([asked]) => asked === name)?.[2];
    const facts: string[] = [];
    if (headline) {
      const missing = howMany(report, withoutDump(report, { aws: "with" }));
      const placeless = withoutDump(report, { aws: "with", where: { account_id: [""] } });
      const unplaced = howMany(report, { view: "entities", filters: { aws: "with", where: { account_id: [""] } } }) - howMany(report, placeless);
      facts.push(plural(headline.accounts, "account"), `${plural(headline.entities, "entity", "entities")}${missing > 0 ? ` with a usable dump, ${counted(missing)} without` : ""}${unplaced > 0 ? `, ${counted(unplaced)} in no account` : ""}`);
      const [oldest, newest] = [headline.oldest_as_of?.slice(0, 10), headline.newest_as_of?.slice(0, 10)];
      const trend = report.sections.find(({ id }) => id === "trend")?.column("date");
      const earlier = trend && new Set(report.sections.find(({ id }) => id === "trend")!.rows.map((row) => Number(Date.parse(trend.text(row))) / 864e5)).size - 1;
      if (newest) facts.push(`data from ${newest}${oldest && oldest !== newest ? `, the oldest from ${oldest}` : ""}${earlier ? ` (${plural(earlier, "earlier date")})` : ""}`);
      else facts.push("no dump has a date");
    }
    if (value("stale_after_days")) facts.push(`threshold ${value("stale_after_days")}`);
    if (headline) facts.push(headline.dumps_incomplete === 0 ? "all dumps are complete" : plural(headline.dumps_incomplete, "incomplete dump"));
    const usual = new Set(["stale_after_days", "buckets_days", "as_of", "csv_dialect"]);
    const asked = report.parameters.filter(([name, , shown]) => !usual.has(name) || (name === "as_of" && shown !== "the date of each dump"));
    facts.push(...asked.map(([, label, shown]) => `${label}: ${shown}`));
    return h("header", { class: "top" }, h("h1", {}, visible(report.title)), h("p", { class: "scope" }, ...facts.flatMap((fact, at) => [at === 0 ? "" : " · ", h("span", {}, visible(fact))])));
  }

  private nav(): HTMLElement {
    const { report } = this;
    const entry = (view: string, title: string, rows?: number): HTMLElement => {
      const link = h("a", { href: address(view, {}) }, h("span", {}, title));
      if (rows !== undefined) {
        const count = h("span", { class: "count" }, counted(rows));
        link.append(" ", count);
        this.counts.set(view, count);
      }
      this.links.set(view, link);
      this.titles.set(view, title);
      return h("li", {}, link);
    };
    const items = [entry("overview", "Overview")];
    for (const section of this.sections) items.push(entry(section.id, section.head.title, section.head.rows));
    if (heatMapSection(report)) items.push(entry("heat-map", "Heat map"));
    items.push(entry("not-read", report.notRead.head.title, report.notRead.head.rows), entry("definitions", "Definitions"));
    return h(
      "nav",
      { "aria-label": "Tables" },
      h("ul", {}, ...items),
      h("p", { class: "made-by" }, `dormant ${report.version} · this page loads nothing and sends nothing`),
    );
  }

  private skip(event: Event): void {
    event.preventDefault();
    this.content.focus();
  }

  /** Shows what the address names. */
  private follow(): void {
    const { view: asked, filters, layout } = readState();
    const view = this.links.has(asked) || asked === "entity" ? asked : "overview";
    if (view !== this.view) {
      this.shown?.unmount();
      this.view = view;
      this.filtersPlace.replaceChildren(...(view === "definitions" || view === "entity" ? [] : [this.bar.element]));
      this.shown = this.make(view);
      this.content.replaceChildren(this.shown.element);
      this.bar.show(filters, this.filtered(view));
      this.shown.mount();
      scrollTo(0, 0);
    } else this.bar.show(filters, this.filtered(view));
    this.shown?.update(filters, layout);
    document.title = view === "overview" ? visible(this.report.title) : `${this.titleOf(view)} – ${visible(this.report.title)}`;
    for (const [name, link] of this.links) {
      if (name === view) {
        link.setAttribute("aria-current", "page");
        // On a narrow screen the entries stand in a line that scrolls.
        const line = link.closest("ul")!;
        if (IN_A_LINE.matches && line.scrollWidth > line.clientWidth) line.scrollLeft = link.offsetLeft - line.clientWidth / 3;
      } else link.removeAttribute("aria-current");
      // Filters go along from table to table; what was asked about one entity ends with its page.
      link.href = address(name, this.along(view, filters));
    }
    clearTimeout(this.counting);
    this.count(this.along(view, filters), [...this.report.sections, this.report.notRead]);
  }

  private along(view: string, filters: Filters): Filters {
    return view === "entity" ? NO_FILTERS : filters;
  }

  private titleOf(view: string): string {
    return this.titles.get(view) ?? visible(this.shown?.element.querySelector("h2")?.textContent ?? "");
  }

  /** The table that the filters of a view are about. */
  private filtered(view: string): Section | undefined {
    if (view === "heat-map") return heatMapSection(this.report);
    return [...this.report.sections, this.report.notRead].find(({ id }) => id === view);
  }

  /** How many rows of each table a click on its name shows: one table at a time, so that nobody waits for it. */
  private count(filters: Filters, [section, ...rest]: Section[]): void {
    if (section === undefined) return;
    this.counting = setTimeout(() => {
      this.counts.get(section.id)!.textContent = counted(section.isHere ? select(section, filters).rows.length : section.head.rows);
      this.count(filters, rest);
    }, 10);
  }

  private make(view: string): Shown {
    if (view === "overview") {
      const overview = new Overview(this.report);
      return { ...still(overview.element), update: (filters) => overview.update(filters) };
    }
    if (view === "entity") {
      const entity = new EntityView(this.report);
      return { ...still(entity.element), update: (filters) => entity.update(filters), print: (begins) => entity.element.querySelectorAll("details").forEach((details) => (details.open ||= begins)) };
    }
    if (view === "heat-map") return this.heatMap(heatMapSection(this.report)!);
    if (view === "definitions") return still(definitions(this.report));
    if (view === "not-read") return this.table(this.report.notRead);
    return this.table(this.report.sections.find((section) => section.id === view)!);
  }

  private heatMap(section: Section): Shown {
    this.map ??= new HeatMap(this.report, section);
    const { map } = this;
    const element = h(
      "section",
      { "aria-labelledby": "heat-map-title", class: "map" },
      h("h2", { id: "heat-map-title" }, "Heat map"),
      h("p", { class: "caption" }, "Each entity against each service: how long ago it was last accessed. The same, as rows, is in ", h("a", { href: address(section.id, {}) }, section.head.title), "."),
      ...remarks(section),
      map.element,
    );
    return {
      element,
      mount: () => map.mount(),
      update: (filters) => map.show(filters),
      repaint: () => map.mount(),
      print: () => map.mount(),
      unmount: () => map.unmount(),
    };
  }

  private table(section: Section): Shown {
    const { head } = section;
    const title = `${head.id}-title`;
    const top = [
      h("h2", { id: title }, head.title),
      h("p", { class: "caption" }, visible(withoutFlags(head.caption))),
      ...remarks(section),
      ...(section === this.report.notRead ? this.skipped() : []),
    ];
    if (!section.isHere && head.rows > 0) {
      const map = head.columns.some((column) => column.name === "cell") ? " The heat map, which is made of them, is left out too." : "";
      top.push(h("p", { class: "left-out" }, `${counted(head.rows)} rows are more than this page carries: ${head.instead}.${map}`));
      return still(h("section", { "aria-labelledby": title }, ...top));
    }
    return this.fullTable(section, top, title);
  }

  private fullTable(section: Section, top: HTMLElement[], title: string): Shown {
    let [filters, layout] = [NO_FILTERS, NO_LAYOUT];
    const all = fieldsOf(this.report, section);
    const chosen = (): Field[] => {
      const named = layout.columns.map((id) => all.find((field) => field.id === id)).filter((field) => field !== undefined);
      return named.length > 0 ? named : all.filter(({ usual }) => usual);
    };
    const arrange = (change: Partial<Layout>): void => go(address(section.id, filters, { ...layout, ...change }), true);
    const table = new TableView(section, all, (field, row) => linkOf(this.report, section, field, row, filters), (sort) => arrange({ sort }));
    const status = h("p", { class: "status", role: "status" });
    const printNote = h("p", { class: "print-note" });
    const menu = columnMenu(all, chosen, (columns) => arrange({ columns }));
    const order = h("select", { onchange: () => arrange({ sort: order.value === "" ? [] : [order.value] }) });
    const export_ = (): void => save(`${section.id}.csv`, csvOf(section, table.shown));
    const tools = h(
      "div",
      { class: "tools" },
      status,
      h("label", { class: "order" }, "Order ", order),
      menu.element,
      h("button", { type: "button", class: "export", title: "All columns of these rows, under their machine names", onclick: export_ }, "Export as CSV"),
    );
    const nothing = h("p", { class: "nothing" }, section.head.rows === 0 ? "No rows." : "No row passes the filters.");
    return {
      element: h("section", { "aria-labelledby": title, class: "table-view" }, ...top, tools, printNote, table.element, nothing),
      mount: () => table.mount(),
      update: (given, arranged) => {
        [filters, layout] = [given, arranged];
        const selected = select(section, given);
        const fields = chosen();
        table.show(selected.rows, { fields, sort: layout.sort });
        menu.show();
        order.replaceChildren(h("option", { value: "" }, "as reported"), ...fields.flatMap(({ id, label }) => [h("option", { value: id }, `${label} ▲`), h("option", { value: `-${id}` }, `${label} ▼`)]));
        order.value = layout.sort[0] ?? "";
        nothing.hidden = selected.rows.length > 0;
        table.element.hidden = selected.rows.length === 0;
        status.replaceChildren(...statusOf(section, given, selected, table.listNote));
        status.dataset.rows = String(selected.rows.length);
      },
      repaint: () => undefined,
      print: (begins) => {
        table.print(begins);
        printNote.textContent = begins ? table.printNote : "";
      },
      unmount: () => table.unmount(),
    };
  }

  private skipped(): HTMLElement[] {
    const { skipped, notRead } = this.report;
    const lines: HTMLElement[] = [];
    if (notRead.head.rows === 0) lines.push(h("p", {}, "Nothing: no input has a problem."));
    if (skipped > 0) lines.push(h("p", {}, `Skipped: ${plural(skipped, "file")} of other programs, which ${skipped === 1 ? "is" : "are"} not a last-accessed dump. The table Sources lists every file.`));
    return lines;
  }

  /** Paper is light, whatever the screen is. */
  private print(begins: boolean): void {
    document.documentElement.classList.toggle("printing", begins);
    this.shown?.print(begins);
  }
}

/** Which columns are shown: boxes to tick, and the way back. */
function columnMenu(all: Field[], chosen: () => Field[], choose: (columns: string[]) => void): { element: HTMLElement; show(): void } {
  const boxes = all.slice(0, 80).map((field) => {
    const box = h("input", {
      type: "checkbox",
      onchange: () => {
        const ids = new Set(chosen().map(({ id }) => id));
        if (box.checked) ids.add(field.id);
        else ids.delete(field.id);
        // In the order of the menu, wherever they were ticked.
        choose(all.filter(({ id }) => ids.has(id)).map(({ id }) => id));
      },
    });
    return { field, box, label: h("label", { title: field.about }, box, visible(field.label)) };
  });
  const usual = h("button", { type: "button", class: "usual", onclick: () => choose([]) }, "Usual columns");
  const every = h("button", { type: "button", class: "usual", onclick: () => choose(all.map(({ id }) => id)) }, "All columns");
  return {
    element: h("details", { class: "choose" }, h("summary", {}, "Columns"), h("div", { class: "menu" }, h("p", {}, usual, " ", every), ...boxes.map(({ label }) => label))),
    show: () => {
      const ids = new Set(chosen().map(({ id }) => id));
      for (const { field, box } of boxes) box.checked = ids.has(field.id);
    },
  };
}

/** How many rows there are of how many, what is left out, and which filters say nothing here. */
function statusOf(section: Section, filters: Filters, { rows, ignored, awsLeftOut }: Selected, listNote: string): (Node | string)[] {
  const all = select(section, { ...NO_FILTERS, aws: filters.aws }).rows.length;
  const count = rows.length < all ? `${counted(rows.length)} of ${plural(all, "row")}.` : `${plural(all, "row")}.`;
  const limits = ignored.length > 0 ? ` Not filtered by ${ignored.join(" and ")}: these rows are not about one ${ignored.join(" or ")}.` : "";
  const aws = awsLeftOut === 0 ? [] : [` ${plural(awsLeftOut, "row")} of entities that AWS controls ${awsLeftOut === 1 ? "is" : "are"} left out. `, h("a", { href: address(section.id, { ...filters, aws: "with" }) }, "Show them too")];
  return [count, limits, listNote, ...aws];
}

/** A view that never changes. */
function still(element: HTMLElement): Shown {
  const nothing = (): void => undefined;
  return { element, mount: nothing, update: nothing, repaint: nothing, print: nothing, unmount: nothing };
}

/** Tables of sums, in which no row is about one entity. */
const SUMS = new Set(["summary", "services", "trend"]);

function remarks(section: Section): HTMLElement[] {
  // The line below says by itself what is left out.
  const remarks = section.head.remarks.filter((remark) => !remark.startsWith("Not listed:")).map(withoutFlags);
  const sums = section.aws.length === 0 && SUMS.has(section.id) ? ["These sums count entities that AWS controls too."] : [];
  const lines = [...new Set([...remarks, ...sums])].filter(Boolean);
  return lines.length === 0 ? [] : [h("ul", { class: "remarks" }, ...lines.map((remark) => h("li", {}, visible(remark))))];
}

readReport().then(
  (report) => {
    new App(report);
    document.documentElement.dataset.ready = "";
  },
  (error: unknown) => {
    const place = document.getElementById("opening")!;
    place.textContent = `This page cannot be shown: ${String(error)}. It needs a browser from 2023 or later; the CSV and Markdown files hold the same report.`;
  },
);
