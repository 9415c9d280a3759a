// A section as a table that sorts and scrolls: TanStack Table keeps columns and sorting, TanStack Virtual says which rows and
// columns are in sight, and only those are elements.

import {
  columnVisibilityFeature,
  constructTable,
  createColumnHelper,
  rowSortingFeature,
  tableFeatures,
} from "@tanstack/table-core";
import { storeReactivityBindings } from "@tanstack/table-core/store-reactivity-bindings";
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { cell, widthOf } from "./cells";
import type { Column } from "./columns";
import { counted, h, visible } from "./dom";
import type { Section } from "./report";
import { sorted } from "./rows";

const ROW_HEIGHT = 30;
/** Firefox lays out no element higher than 17.8 million pixels; what comes after must be filtered or sorted into sight. */
const MOST_LISTED = 590_000;
/** Rows on paper before the rest is left to the CSV. */
const PRINTED_ROWS = 500;
/** From here on columns are virtual too: a wide comparison has one per entity. */
const MANY_COLUMNS = 40;

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  rowSortingFeature,
  columnVisibilityFeature,
});
type RowIndex = { row: number };
const helper = createColumnHelper<typeof features, RowIndex>();

/** Where a cell leads; `undefined` where nowhere. */
export type LinkOf = (column: Column, row: number) => string | undefined;

export class TableView {
  readonly element: HTMLElement;
  private readonly scroller: HTMLElement;
  private readonly head = h("thead");
  private readonly body = h("tbody");
  private readonly group = h("colgroup");
  private readonly grid = h("table");
  private readonly rowsInSight: Virtualizer<HTMLElement, Element>;
  private readonly columnsInSight: Virtualizer<HTMLElement, Element>;
  private readonly widths: Map<string, number>;
  private readonly forget: (() => void)[] = [];
  private filtered = new Uint32Array();
  private rows = new Uint32Array();
  private readonly drawn = new Map<number, HTMLTableRowElement>();
  private printing = false;

  private readonly table;

  constructor(
    private readonly section: Section,
    private readonly linkOf: LinkOf,
  ) {
    const { head, columns } = section;
    this.widths = new Map(columns.map((column) => [column.name, widthOf(column)]));
    this.table = constructTable({
      features,
      // Sorting and filtering half a million rows is done on their codes; the library is told the order, and keeps who leads.
      manualSorting: true,
      data: [],
      columns: helper.columns(
        columns.map((column) =>
          helper.accessor(({ row }) => column.text(row), { id: column.name, header: column.name, sortDescFirst: column.isNumber }),
        ),
      ),
    });
    this.grid.append(this.group, this.head, this.body);
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: 0, role: "region", "aria-label": `${head.title}, table; scroll with the arrow keys` },
      this.grid,
    );
    this.element = this.scroller;
    const common = {
      getScrollElement: () => this.scroller,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.draw(),
    };
    this.rowsInSight = new Virtualizer({ ...common, count: 0, estimateSize: () => ROW_HEIGHT, overscan: 8 });
    this.columnsInSight = new Virtualizer({ ...common, count: 0, horizontal: true, estimateSize: () => 100, overscan: 3 });
    const told = this.table.store.subscribe(() => this.settle());
    this.forget.push(() => told.unsubscribe());
  }

  /** To be called when the element is in the document. */
  mount(): void {
    for (const virtual of [this.rowsInSight, this.columnsInSight]) {
      this.forget.push(virtual._didMount());
      virtual._willUpdate();
    }
    this.settle();
  }

  unmount(): void {
    for (const end of this.forget) end();
  }

  /** Shows these rows, which come in the report's order. */
  show(rows: Uint32Array): void {
    this.filtered = rows as Uint32Array<ArrayBuffer>;
    this.scroller.scrollTop = 0;
    this.settle();
  }

  /** The rows as they stand: filtered and sorted. */
  get shown(): Uint32Array {
    return this.rows;
  }

  /** Every column with whether it is shown, for a menu. */
  columns(): { label: string; shown: boolean; toggle: () => void }[] {
    return this.table.getAllLeafColumns().map((column) => ({
      label: this.section.column(column.id)!.label,
      shown: column.getIsVisible(),
      toggle: () => column.toggleVisibility(),
    }));
  }

  /** On paper nothing scrolls: as many rows as are fit to print are drawn, and a line says so. */
  print(begins: boolean): void {
    this.printing = begins;
    this.settle();
  }

  private visibleColumns(): Column[] {
    return this.table.getVisibleLeafColumns().map((column) => this.section.column(column.id)!);
  }

  /** Everything anew, after a change of rows, order or columns. */
  private settle(): void {
    this.rows = sorted(this.section, this.filtered, this.table.store.state.sorting) as Uint32Array<ArrayBuffer>;
    const columns = this.visibleColumns();
    const widths = columns.map((column) => this.widths.get(column.name)!);
    const rows = this.rowsInSight;
    rows.setOptions({ ...rows.options, count: Math.min(MOST_LISTED, this.rows.length) });
    const across = this.columnsInSight;
    across.setOptions({ ...across.options, count: columns.length, estimateSize: (at: number) => widths[at]! });
    across.measure();
    this.grid.style.width = `${widths.reduce((sum, width) => sum + width, 0)}px`;
    this.grid.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.grid.setAttribute("aria-colcount", String(columns.length));
    this.head.replaceChildren();
    this.drawn.clear();
    if (this.scroller.isConnected) {
      for (const virtual of [rows, across]) virtual._willUpdate();
      this.draw();
    }
  }

  private drawnFrom = "";

  private draw(): void {
    const columns = this.visibleColumns();
    const across = this.across(columns);
    const names = across.shown.map((at) => columns[at]!.name).join("\n");
    if (this.drawnFrom !== names || this.head.childElementCount === 0) {
      this.drawnFrom = names;
      this.drawn.clear();
      this.drawHead(columns, across);
    }
    const { from, to } = this.down();
    const rows: HTMLTableRowElement[] = [];
    for (let place = from; place < to; place++) {
      const made = this.drawn.get(place) ?? this.drawRow(place, columns, across);
      this.drawn.set(place, made);
      rows.push(made);
    }
    for (const place of this.drawn.keys()) if (place < from || place >= to) this.drawn.delete(place);
    const above = spacer(from * ROW_HEIGHT);
    const below = spacer(this.printing ? 0 : (Math.min(MOST_LISTED, this.rows.length) - to) * ROW_HEIGHT);
    this.body.replaceChildren(above, ...rows, below);
  }

  /** The rows to draw: those in sight, or those to print. */
  private down(): { from: number; to: number } {
    if (this.printing) return { from: 0, to: Math.min(PRINTED_ROWS, this.rows.length) };
    const items = this.rowsInSight.getVirtualItems();
    const first = items[0];
    const last = items[items.length - 1];
    return { from: first?.index ?? 0, to: Math.min((last?.index ?? -1) + 1, this.rows.length) };
  }

  /** The columns to draw, and the widths that stand for those left and right of them. */
  private across(columns: Column[]): { shown: number[]; before: number; after: number } {
    const all = { shown: columns.map((_, at) => at), before: 0, after: 0 };
    if (columns.length < MANY_COLUMNS) return all;
    const items = this.columnsInSight.getVirtualItems();
    const first = items[0];
    const last = items[items.length - 1];
    if (first === undefined || last === undefined) return { ...all, shown: all.shown.slice(0, MANY_COLUMNS) };
    return {
      shown: items.map((item) => item.index),
      before: first.start,
      after: this.columnsInSight.getTotalSize() - last.end,
    };
  }

  private drawHead(columns: Column[], { shown, before, after }: ReturnType<TableView["across"]>): void {
    const width = (size: number): HTMLElement => {
      const element = h("col");
      element.style.width = `${size}px`;
      return element;
    };
    const sides = (make: () => HTMLElement, inner: HTMLElement[]): HTMLElement[] => [
      ...(before > 0 ? [make()] : []),
      ...inner,
      ...(after > 0 ? [make()] : []),
    ];
    const widths = shown.map((at) => width(this.widths.get(columns[at]!.name)!));
    this.group.replaceChildren(
      ...(before > 0 ? [width(before)] : []),
      ...widths,
      ...(after > 0 ? [width(after)] : []),
    );
    const cells = shown.map((at) => this.headCell(columns[at]!, at));
    this.head.replaceChildren(h("tr", { "aria-rowindex": 1 }, ...sides(() => h("td", { "aria-hidden": "true" }), cells)));
  }

  private headCell(column: Column, at: number): HTMLElement {
    const state = this.table.getColumn(column.name)!;
    const direction = state.getIsSorted();
    const sortedBy = direction === "asc" ? "ascending" : direction === "desc" ? "descending" : "none";
    const arrow = direction === "asc" ? " ▲" : direction === "desc" ? " ▼" : "";
    const sort = (event: Event): void => {
      this.scroller.scrollTop = 0;
      state.toggleSorting(undefined, (event as MouseEvent).shiftKey);
      this.head.querySelector<HTMLElement>(`[aria-colindex="${at + 1}"] button`)?.focus();
    };
    const name = visible(column.name);
    return h(
      "th",
      {
        scope: "col",
        "aria-sort": sortedBy,
        "aria-colindex": at + 1,
        "data-column": name,
        class: column.isNumber ? "number" : undefined,
      },
      h(
        "button",
        { type: "button", onclick: sort, title: `${name}: ${column.about}. Click to sort, with Shift by one more column.` },
        h("span", {}, visible(column.label)),
        h("span", { "aria-hidden": "true", class: "arrow" }, arrow),
      ),
    );
  }

  private drawRow(place: number, columns: Column[], across: ReturnType<TableView["across"]>): HTMLTableRowElement {
    const row = this.rows[place]!;
    const cells = across.shown.map((at) => cell(columns[at]!, row, at, this.linkOf(columns[at]!, row)));
    if (across.before > 0) cells.unshift(h("td", { "aria-hidden": "true" }));
    if (across.after > 0) cells.push(h("td", { "aria-hidden": "true" }));
    return h("tr", { "aria-rowindex": place + 2, class: place % 2 === 1 ? "odd" : undefined }, ...cells);
  }

  /** A sentence about rows that the table does not list. */
  get listNote(): string {
    return this.rows.length <= MOST_LISTED
      ? ""
      : ` The first ${counted(MOST_LISTED)} are listed; filter or sort to see others. The export has them all.`;
  }

  /** A line for paper: what it cannot hold. */
  get printNote(): string {
    return this.rows.length <= PRINTED_ROWS
      ? ""
      : `The first ${counted(PRINTED_ROWS)} of ${counted(this.rows.length)} rows are printed; the CSV has them all.`;
  }
}

function spacer(height: number): HTMLTableRowElement {
  const row = h("tr", { class: "spacer", "aria-hidden": "true" });
  row.style.height = `${height}px`;
  return row;
}
