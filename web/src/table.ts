// A section as a table that sorts and scrolls: TanStack Virtual says which rows and columns are in sight, and only those are elements.
// On a narrow screen each row is a card, with its labels.

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { cell, widthOf } from "./cells";
import { counted, h, visible } from "./dom";
import type { Field } from "./fields";
import type { Section } from "./report";
import { sorted } from "./rows";

const ROW_HEIGHT = 30;
/** A row with a second line. */
const TALL_ROW_HEIGHT = 46;
/** A line of a card, and the space around its lines. */
const CARD_LINE = 24;
const CARD_FRAME = 18;
/** Up to this width of the window rows are cards. */
const NARROW = matchMedia("(max-width: 40rem)");
/** Firefox lays out no element higher than 17.8 million pixels; what comes after must be filtered or sorted into sight. */
const MOST_PIXELS = 17_700_000;
/** Rows on paper before the rest is left to the CSV. */
const PRINTED_ROWS = 500;
/** From here on columns are virtual too: a wide comparison has one per entity. */
const MANY_COLUMNS = 40;

/** Where a cell leads; `undefined` where nowhere. */
export type LinkOf = (field: Field, row: number) => string | undefined;

/** Columns that are shown and columns that lead the order, by their ids; `-` before one turns it round. */
export interface Chosen {
  fields: Field[];
  sort: string[];
}

export class TableView {
  readonly element: HTMLElement;
  private readonly scroller: HTMLElement;
  private readonly head = h("thead", { role: "rowgroup" });
  private readonly body = h("tbody", { role: "rowgroup" });
  private readonly group = h("colgroup");
  private readonly grid = h("table", { role: "table" });
  private readonly rowsInSight: Virtualizer<HTMLElement, Element>;
  private readonly columnsInSight: Virtualizer<HTMLElement, Element>;
  private readonly widths = new Map<string, number>();
  /** The most rows that were measured: with more of them, names may be longer. */
  private measured = 0;
  private readonly forget: (() => void)[] = [];
  private filtered = new Uint32Array();
  private rows = new Uint32Array();
  private fields: Field[] = [];
  private sort: string[] = [];
  private readonly drawn = new Map<number, HTMLTableRowElement>();
  private printing = false;
  private drawnFrom = "";

  constructor(
    section: Section,
    private readonly all: Field[],
    private readonly linkOf: LinkOf,
    /** Told what shall lead the order now. */
    private readonly onSort: (sort: string[]) => void,
  ) {
    this.grid.append(this.group, this.head, this.body);
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: 0, role: "region", "aria-label": `${section.head.title}, table; scroll with the arrow keys` },
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
    this.rowsInSight = new Virtualizer({ ...common, count: 0, estimateSize: () => this.rowHeight, overscan: 8 });
    this.columnsInSight = new Virtualizer({ ...common, count: 0, horizontal: true, estimateSize: () => 100, overscan: 3 });
  }

  /** To be called when the element is in the document. */
  mount(): void {
    for (const virtual of [this.rowsInSight, this.columnsInSight]) {
      this.forget.push(virtual._didMount());
      virtual._willUpdate();
    }
    const turned = (): void => this.settle();
    NARROW.addEventListener("change", turned);
    this.forget.push(() => NARROW.removeEventListener("change", turned));
    this.settle();
  }

  unmount(): void {
    for (const end of this.forget) end();
  }

  /** Shows these rows, which come in the report's order. */
  show(rows: Uint32Array, { fields, sort }: Chosen): void {
    const isSame = rows.length === this.filtered.length && rows.every((row, at) => row === this.filtered[at]);
    this.filtered = rows as Uint32Array<ArrayBuffer>;
    this.fields = fields;
    this.sort = sort;
    if (!isSame) this.scroller.scrollTop = 0;
    if (rows.length > this.measured) {
      this.measured = rows.length;
      this.widths.clear();
    }
    this.settle();
  }

  /** The rows as they stand: filtered and sorted. */
  get shown(): Uint32Array {
    return this.rows;
  }

  /** On paper nothing scrolls: as many rows as are fit to print are drawn, and a line says so. */
  print(begins: boolean): void {
    this.printing = begins;
    this.settle();
  }

  private get isCards(): boolean {
    return NARROW.matches && !this.printing;
  }

  private get rowHeight(): number {
    const twoLines = this.fields.some((field) => field.under !== undefined);
    if (this.isCards) return CARD_FRAME + CARD_LINE * this.fields.length + (twoLines ? 16 : 0);
    return twoLines ? TALL_ROW_HEIGHT : ROW_HEIGHT;
  }

  /** Rows that the scroller lists: no more than a browser can lay out. */
  private get listed(): number {
    return Math.min(Math.floor(MOST_PIXELS / this.rowHeight), this.rows.length);
  }

  private widthOf(field: Field): number {
    const known = this.widths.get(field.id) ?? widthOf(field, this.filtered);
    this.widths.set(field.id, known);
    return known;
  }

  /** Everything from the beginning, after a change of rows, order or columns. */
  private settle(): void {
    const keys = this.sort.flatMap((given) => {
      const [id, desc] = given.startsWith("-") ? [given.slice(1), true] : [given, false];
      const field = this.all.find((field) => field.id === id);
      return field ? [{ key: field.order, desc }] : [];
    });
    this.rows = sorted(this.filtered, keys) as Uint32Array<ArrayBuffer>;
    const { fields, isCards } = this;
    const widths = fields.map((field) => this.widthOf(field));
    const rows = this.rowsInSight;
    rows.setOptions({ ...rows.options, count: this.listed });
    rows.measure();
    const across = this.columnsInSight;
    across.setOptions({ ...across.options, count: fields.length, estimateSize: (at: number) => widths[at]! });
    across.measure();
    this.grid.classList.toggle("cards", isCards);
    this.grid.classList.toggle("tall", fields.some((field) => field.under !== undefined));
    this.grid.style.width = isCards ? "" : `${widths.reduce((sum, width) => sum + width, 0)}px`;
    this.grid.style.setProperty("--row", `${this.rowHeight}px`);
    this.grid.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.grid.setAttribute("aria-colcount", String(fields.length));
    this.drawnFrom = "";
    this.drawn.clear();
    if (this.scroller.isConnected) {
      for (const virtual of [rows, across]) virtual._willUpdate();
      this.draw();
    }
  }

  private draw(): void {
    const { fields } = this;
    const across = this.across(fields);
    const names = across.shown.map((at) => fields[at]!.id).join("\n");
    if (this.drawnFrom !== names) {
      this.drawnFrom = names;
      this.drawn.clear();
      this.drawHead(fields, across);
    }
    const { from, to } = this.down();
    const rows: HTMLTableRowElement[] = [];
    for (let place = from; place < to; place++) {
      const made = this.drawn.get(place) ?? this.drawRow(place, fields, across);
      this.drawn.set(place, made);
      rows.push(made);
    }
    for (const place of this.drawn.keys()) if (place < from || place >= to) this.drawn.delete(place);
    const above = spacer(from * this.rowHeight);
    const below = spacer(this.printing ? 0 : (this.listed - to) * this.rowHeight);
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

  /** The columns to draw, and the widths that stand for those left and right of them. The first one is always there: it stays in sight. */
  private across(fields: Field[]): { shown: number[]; before: number; after: number } {
    const all = { shown: fields.map((_, at) => at), before: 0, after: 0 };
    if (fields.length < MANY_COLUMNS || this.isCards) return all;
    const items = this.columnsInSight.getVirtualItems();
    const first = items[0];
    const last = items[items.length - 1];
    if (first === undefined || last === undefined) return { ...all, shown: all.shown.slice(0, MANY_COLUMNS) };
    const shown = items.map((item) => item.index);
    const after = this.columnsInSight.getTotalSize() - last.end;
    if (shown[0] === 0) return { shown, before: 0, after };
    return { shown: [0, ...shown], before: first.start - this.widthOf(fields[0]!), after };
  }

  private drawHead(fields: Field[], { shown, before, after }: ReturnType<TableView["across"]>): void {
    const width = (size: number): HTMLElement => {
      const element = h("col");
      element.style.width = `${size}px`;
      return element;
    };
    const widths = shown.map((at) => width(this.widthOf(fields[at]!)));
    this.group.replaceChildren(...around(widths, before > 0 && width(before), after > 0 && width(after)));
    const cells = shown.map((at) => this.headCell(fields[at]!, at));
    this.head.replaceChildren(h("tr", { role: "row", "aria-rowindex": 1 }, ...around(cells, before > 0 && nothing(), after > 0 && nothing())));
  }

  private headCell(field: Field, at: number): HTMLElement {
    const place = this.sort.findIndex((given) => given.replace(/^-/, "") === field.id);
    const isDesc = this.sort[place]?.startsWith("-") ?? false;
    const sortedBy = place < 0 ? "none" : isDesc ? "descending" : "ascending";
    const arrow = place < 0 ? "" : isDesc ? " ▼" : " ▲";
    return h(
      "th",
      { scope: "col", role: "columnheader", "aria-sort": sortedBy, "aria-colindex": at + 1, "data-column": field.id, class: field.isNumber ? "number" : undefined },
      h(
        "button",
        { type: "button", onclick: (event) => this.turn(field, (event as MouseEvent).shiftKey, at), title: `${field.about}. Click to sort, with Shift by one more column.` },
        h("span", {}, visible(field.label)),
        h("span", { "aria-hidden": "true", class: "arrow" }, arrow),
      ),
    );
  }

  /** One step further: the greatest first for numbers and ages, the other way round, and back to the report's order. */
  private turn(field: Field, more: boolean, at: number): void {
    const descFirst = field.isNumber || field.id === "last_used";
    const steps = descFirst ? [`-${field.id}`, field.id] : [field.id, `-${field.id}`];
    const now = steps.findIndex((step) => this.sort.includes(step));
    const next = steps[now + 1];
    const others = more ? this.sort.filter((given) => !steps.includes(given)) : [];
    this.scroller.scrollTop = 0;
    this.onSort(next === undefined ? others : [...others, next]);
    this.head.querySelector<HTMLElement>(`[aria-colindex="${at + 1}"] button`)?.focus();
  }

  private drawRow(place: number, fields: Field[], across: ReturnType<TableView["across"]>): HTMLTableRowElement {
    const row = this.rows[place]!;
    const cells = across.shown.map((at) => cell(fields[at]!, row, at, this.linkOf(fields[at]!, row)));
    const attributes = { role: "row", "aria-rowindex": place + 2, class: place % 2 === 1 ? "odd" : undefined };
    return h("tr", attributes, ...around(cells, across.before > 0 && nothing(), across.after > 0 && nothing()));
  }

  /** A sentence about rows that the table does not list. */
  get listNote(): string {
    return this.rows.length <= this.listed
      ? ""
      : ` The first ${counted(this.listed)} are listed; filter or sort to see others. The export has them all.`;
  }

  /** A line for paper: what it cannot hold. */
  get printNote(): string {
    return this.rows.length <= PRINTED_ROWS
      ? ""
      : `The first ${counted(PRINTED_ROWS)} of ${counted(this.rows.length)} rows are printed; the CSV has them all.`;
  }
}

/** The first cell, then what stands for columns out of sight on the left, the others, and what stands for those on the right. */
function around(cells: HTMLElement[], before: HTMLElement | false, after: HTMLElement | false): HTMLElement[] {
  return [...cells.slice(0, 1), ...(before ? [before] : []), ...cells.slice(1), ...(after ? [after] : [])];
}

function nothing(): HTMLElement {
  return h("td", { "aria-hidden": "true" });
}

function spacer(height: number): HTMLTableRowElement {
  const row = h("tr", { class: "spacer", "aria-hidden": "true" });
  row.style.height = `${height}px`;
  return row;
}
