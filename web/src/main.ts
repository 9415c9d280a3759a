// The page: reads what it carries, then shows the view and the filters that the address names.

import { csvOf } from "./csv";
import { counted, h, save, visible } from "./dom";
import { FilterBar } from "./filterbar";
import { matrixSection } from "./grid";
import { linkOf } from "./links";
import { Matrix } from "./matrix";
import { Overview } from "./overview";
import { readReport, type Report, type Section } from "./report";
import { type Filters, NO_FILTERS, select } from "./rows";
import { address, go, readState } from "./state";
import { TableView } from "./table";
import { onThemeChange } from "./theme";
import { definitions } from "./words";

/** A view in the document, and how to bring it up to date. */
interface Shown {
  element: HTMLElement;
  mount(): void;
  update(filters: Filters): void;
  repaint(): void;
  print(begins: boolean): void;
  unmount(): void;
}

class App {
  private readonly content = h("main", { id: "content", tabindex: -1 });
  private readonly bar: FilterBar;
  private readonly filtersPlace = h("div", { class: "filters-place" });
  private readonly counts = new Map<string, HTMLElement>();
  private readonly links = new Map<string, HTMLAnchorElement>();
  private readonly titles = new Map<string, string>();
  private view = "";
  private shown: Shown | undefined;
  private counting: ReturnType<typeof setTimeout> | undefined;
  private matrix: Matrix | undefined;

  constructor(private readonly report: Report) {
    this.bar = new FilterBar(report, (filters, typing) => go(address(this.view, filters), typing));
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

  private header(): HTMLElement {
    const { report } = this;
    const facts = [...report.parameters, ["inputs", report.inputs] as [string, string]].map(([label, value]) =>
      h("div", {}, h("dt", {}, visible(label)), h("dd", {}, visible(value))),
    );
    return h("header", { class: "top" }, h("h1", {}, visible(report.title)), h("dl", { class: "facts" }, ...facts));
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
    for (const section of report.sections) items.push(entry(section.id, section.head.title, section.head.rows));
    if (matrixSection(report)) items.push(entry("matrix", "Heat map"));
    items.push(entry("not-read", "Not read", report.notRead.head.rows), entry("definitions", "Definitions"));
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
    const state = readState();
    const view = this.links.has(state.view) ? state.view : "overview";
    const filtered = view !== "overview" && view !== "definitions";
    this.bar.show(state.filters);
    if (view !== this.view) {
      this.shown?.unmount();
      this.view = view;
      this.filtersPlace.replaceChildren(...(filtered ? [this.bar.element] : []));
      this.shown = this.make(view);
      this.content.replaceChildren(this.shown.element);
      this.shown.mount();
      scrollTo(0, 0);
      document.title = view === "overview" ? visible(this.report.title) : `${this.titles.get(view)} – ${visible(this.report.title)}`;
    }
    this.shown?.update(state.filters);
    for (const [name, link] of this.links) {
      if (name === view) {
        link.setAttribute("aria-current", "page");
        // On a narrow screen the entries stand in a line that scrolls.
        const line = link.closest("ul")!;
        if (line.scrollWidth > line.clientWidth) line.scrollLeft = link.offsetLeft - line.clientWidth / 3;
      } else link.removeAttribute("aria-current");
      // Filters go along from table to table.
      link.href = address(name, state.filters);
    }
    clearTimeout(this.counting);
    this.count(state.filters, [...this.report.sections, this.report.notRead]);
  }

  /** How many rows of each table pass the filters, beside its name: one table at a time, so that nobody waits for it. */
  private count(filters: Filters, [section, ...rest]: Section[]): void {
    if (section === undefined) return;
    this.counting = setTimeout(() => {
      const all = counted(section.head.rows);
      const { rows, ignored } = section.isHere ? select(section, filters) : { rows: undefined, ignored: [] };
      const some = rows && rows.length < section.head.rows && ignored.length === 0;
      this.counts.get(section.id)!.textContent = some ? `${counted(rows.length)} of ${all}` : all;
      this.count(filters, rest);
    }, 10);
  }

  private make(view: string): Shown {
    if (view === "overview") return this.overview();
    if (view === "matrix") return this.heatMap(matrixSection(this.report)!);
    if (view === "definitions") return still(definitions(this.report));
    if (view === "not-read") return this.table(this.report.notRead);
    return this.table(this.report.sections.find((section) => section.id === view)!);
  }

  private overview(): Shown {
    const overview = new Overview(this.report);
    return {
      ...still(overview.element),
      mount: () => overview.mount(),
      repaint: () => overview.mount(),
      print: (begins) => overview.print(begins),
    };
  }

  private heatMap(section: Section): Shown {
    this.matrix ??= new Matrix(this.report, section);
    const { matrix } = this;
    const element = h(
      "section",
      { "aria-labelledby": "matrix-title" },
      h("h2", { id: "matrix-title" }, "Heat map"),
      h("p", { class: "caption" }, "Each entity against each service: how long ago it was last accessed. The same, as rows, is in ", h("a", { href: address(section.id, {}) }, section.head.title), "."),
      ...remarks(section),
      matrix.element,
    );
    return {
      element,
      mount: () => matrix.mount(),
      update: (filters) => matrix.show(filters),
      repaint: () => matrix.mount(),
      print: () => matrix.mount(),
      unmount: () => matrix.unmount(),
    };
  }

  private table(section: Section): Shown {
    const { head } = section;
    const title = `${head.id}-title`;
    const top = [
      h("h2", { id: title }, head.title),
      h("p", { class: "caption" }, visible(head.caption)),
      ...remarks(section),
      ...(section === this.report.notRead ? this.skipped() : []),
    ];
    const totals = head.totals.filter(([label]) => label !== "rows");
    if (totals.length > 0) {
      top.push(h("dl", { class: "totals" }, ...totals.map(([label, value]) => h("div", {}, h("dt", {}, visible(label)), h("dd", {}, counted(value))))));
    }
    if (!section.isHere) {
      const map = head.columns.some((column) => column.name === "cell") ? " The heat map, which is made of them, is left out too." : "";
      top.push(h("p", { class: "left-out" }, `${counted(head.rows)} rows are more than this page carries: ${head.instead}.${map}`));
      return still(h("section", { "aria-labelledby": title }, ...top));
    }
    return this.fullTable(section, top, title);
  }

  private fullTable(section: Section, top: HTMLElement[], title: string): Shown {
    let filters = NO_FILTERS;
    const table = new TableView(section, (column, row) => linkOf(this.report, section, column, row, filters));
    const status = h("p", { class: "status", role: "status" });
    const printNote = h("p", { class: "print-note" });
    const menu = h("div", { class: "menu" });
    const export_ = (): void => save(`${section.id}.csv`, csvOf(section, table.shown));
    const tools = h(
      "div",
      { class: "tools" },
      status,
      h("details", { class: "choose" }, h("summary", {}, "Columns"), menu),
      h("button", { type: "button", class: "export", onclick: export_ }, "Export as CSV"),
    );
    menu.append(
      ...table.columns().slice(0, 60).map(({ label, shown, toggle }) =>
        h("label", {}, h("input", { type: "checkbox", checked: shown, onchange: toggle }), visible(label)),
      ),
    );
    const nothing = h("p", { class: "nothing" }, section.head.rows === 0 ? "No rows." : "No row passes the filters.");
    return {
      element: h("section", { "aria-labelledby": title, class: "table-view" }, ...top, tools, printNote, table.element, nothing),
      mount: () => table.mount(),
      update: (given) => {
        filters = given;
        const { rows, ignored } = select(section, given);
        table.show(rows);
        nothing.hidden = rows.length > 0;
        table.element.hidden = rows.length === 0;
        const all = counted(section.head.rows);
        const count = rows.length < section.head.rows ? `${counted(rows.length)} of ${all} rows` : `${all} ${section.head.rows === 1 ? "row" : "rows"}`;
        const limits = ignored.length > 0 ? ` Not filtered by ${ignored.join(" and ")}: these rows are not about one ${ignored.join(" or ")}.` : "";
        status.textContent = `${count}.${limits}${table.listNote}`;
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
    if (skipped > 0) {
      lines.push(h("p", {}, `Skipped: ${counted(skipped)} ${skipped === 1 ? "file that is not a last-accessed dump" : "files that are not last-accessed dumps"}. Run dormant check to see ${skipped === 1 ? "it" : "them"}.`));
    }
    return lines;
  }

  /** Paper is light, whatever the screen is. */
  private print(begins: boolean): void {
    document.documentElement.classList.toggle("printing", begins);
    this.shown?.print(begins);
  }
}

/** A view that never changes. */
function still(element: HTMLElement): Shown {
  const nothing = (): void => undefined;
  return { element, mount: nothing, update: nothing, repaint: nothing, print: nothing, unmount: nothing };
}

function remarks(section: Section): HTMLElement[] {
  const { remarks } = section.head;
  return remarks.length === 0 ? [] : [h("ul", { class: "remarks" }, ...remarks.map((remark) => h("li", {}, visible(remark))))];
}

readReport().then(
  (report) => {
    new App(report);
    document.documentElement.dataset.ready = "";
  },
  (error: unknown) => {
    const place = document.getElementById("opening")!;
    place.textContent = `This page cannot be shown: ${String(error)}. It needs a browser of 2023 or later; the CSV and Markdown files hold the same report.`;
  },
);
