// Entities × services as a heat map: only the cells in sight are painted, on one canvas that stays where the eye is.

import type { WordColumn } from "./columns";
import { counted, h, visible } from "./dom";
import { entityLink } from "./links";
import { type Column, ellipsis, gridOf, type Line, type Order } from "./grid";
import type { Report, Section } from "./report";
import type { Filters } from "./rows";
import { address } from "./state";
import { legendOf } from "./charts";
import { ageStep, colour } from "./theme";

const LABEL_WIDTH = 290;
/** Where the window is narrow, cells have to have the room. */
const NARROW_LABEL_WIDTH = 150;
const LABEL_HEIGHT = 132;
const SIZES = [8, 15, 22];
/** How much wider and higher than its size a cell may grow to fill the window. */
const GROWTH = { across: 2.2, down: 1.5 };
/** A cell has room for a mark from here on. */
const MARKED = 11;
/** So many names of services that are alike are told one by one. */
const NAMES = 12;

export class HeatMap {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly extent = h("div", { class: "extent" }, this.canvas);
  private readonly scroller: HTMLElement;
  private readonly readout = h("p", { class: "readout", "aria-live": "polite" });
  private readonly words: WordColumn;
  private readonly bounds: number[];
  private readonly severalAccounts: boolean;
  private lines: Line[] = [];
  private columns: Column[] = [];
  /** Whether services that have the same cell in every line are one column. */
  private together = true;
  private size = SIZES[1]!;
  private order: Order = "unused";
  /** Width and height of a cell, and width of the names. */
  private cell = { across: SIZES[1]!, down: SIZES[1]! };
  private labelWidth = LABEL_WIDTH;
  private at: { down: number; across: number } | undefined;
  private filters: Filters | undefined;
  private limits = "";
  private readonly watch = new ResizeObserver(() => this.paint());

  constructor(
    report: Report,
    private readonly section: Section,
  ) {
    this.words = section.words("cell")!;
    const given = report.parameters.find(([name]) => name === "buckets_days")?.[2] ?? "30,90,180,365";
    this.severalAccounts = report.severalAccounts;
    this.bounds = given.split(",").map(Number);
    this.scroller = h(
      "div",
      {
        class: "heat-map",
        tabindex: 0,
        role: "application",
        "aria-roledescription": "heat map",
        "aria-label": "Entities down, services across. Arrow keys move from cell to cell, Enter shows the rows; the same is in the table Comparison.",
        onscroll: () => this.paint(),
      },
      this.extent,
    );
    this.drag();
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.element = h("div", { class: "heat-map-view" }, this.controls(), this.legend(), this.readout, this.scroller);
  }

  mount(): void {
    this.watch.observe(this.scroller);
    this.paint();
  }

  unmount(): void {
    this.watch.disconnect();
  }

  show(filters: Filters): void {
    this.filters = filters;
    this.at = undefined;
    this.build();
    this.say();
    this.paint();
  }

  private controls(): HTMLElement {
    const choice = (label: string, options: [string, string][], chosen: string, react: (value: string) => void): HTMLElement =>
      h(
        "label",
        {},
        `${label} `,
        h(
          "select",
          { onchange: (event) => react((event.target as HTMLSelectElement).value) },
          ...options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
        ),
      );
    return h(
      "div",
      { class: "tools" },
      choice("Order", [["unused", "most unused first"], ["account", "by account, most unused first"], ["name", "by name"]], this.order, (order) => {
        this.order = order as Order;
        this.build();
        this.paint();
      }),
      choice("Columns", [["together", "equal services together"], ["each", "every service"]], "together", (columns) => {
        this.together = columns === "together";
        this.at = undefined;
        this.build();
        this.say();
        this.paint();
      }),
      choice("Cells", [["0", "small"], ["1", "medium"], ["2", "large"]], "1", (size) => {
        this.size = SIZES[Number(size)]!;
        this.paint();
      }),
    );
  }

  private legend(): HTMLElement {
    const steps = this.bounds.length;
    const bound = (at: number): string =>
      at === steps ? `${this.bounds[at - 1]}+` : `${at === 0 ? 0 : this.bounds[at - 1]}–${this.bounds[at]! - 1}`;
    const ages = Array.from({ length: steps + 1 }, (_, at): [string, string] => [`age-${ageStep(at, steps + 1)}`, `${bound(at)} days`]);
    return legendOf([...ages, ["unused", "unused (×)"], ["unknown", "unknown (?)"], ["none", "not granted"]]);
  }

  private build(): void {
    const { lines, columns, ignored } = gridOf(this.section, this.filters!, this.order, this.together);
    this.lines = lines;
    this.columns = columns;
    this.limits = ignored.length > 0 ? ` Not filtered by ${ignored.join(" and ")}.` : "";
  }

  /** Cells as large as the window lets them be, within bounds. */
  private fit(): void {
    const { scroller, size } = this;
    this.labelWidth = innerWidth < 640 ? NARROW_LABEL_WIDTH : LABEL_WIDTH;
    const grown = (room: number, count: number, most: number): number => Math.floor(Math.max(size, Math.min(size * most, room / Math.max(1, count))));
    const height = innerHeight - (scroller.getBoundingClientRect().top + scrollY) - 24;
    this.cell = {
      across: grown(scroller.clientWidth - this.labelWidth - 70, this.columns.length, GROWTH.across),
      down: grown(height - LABEL_HEIGHT - 8, this.lines.length, GROWTH.down),
    };
  }

  private paint(): void {
    const { scroller, canvas } = this;
    this.fit();
    const { cell, labelWidth } = this;
    this.extent.style.width = `${labelWidth + this.columns.length * cell.across + 70}px`;
    this.extent.style.height = `${LABEL_HEIGHT + this.lines.length * cell.down + 8}px`;
    const [width, height] = [scroller.clientWidth, scroller.clientHeight];
    if (width === 0) return;
    const sharp = devicePixelRatio || 1;
    canvas.width = width * sharp;
    canvas.height = height * sharp;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d")!;
    pen.scale(sharp, sharp);
    const { scrollLeft: left, scrollTop: top } = scroller;
    const firstDown = Math.floor(top / cell.down);
    const lastDown = Math.min(this.lines.length, Math.ceil((top + height - LABEL_HEIGHT) / cell.down));
    const firstAcross = Math.floor(left / cell.across);
    const lastAcross = Math.min(this.columns.length, Math.ceil((left + width - labelWidth) / cell.across));
    const x = (across: number): number => labelWidth + across * cell.across - left;
    const y = (down: number): number => LABEL_HEIGHT + down * cell.down - top;
    const gap = Math.min(cell.across, cell.down) > 10 ? 1 : 0;
    const paints = this.paints();

    pen.fillStyle = colour("paper");
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = colour("none");
    pen.fillRect(labelWidth, LABEL_HEIGHT, x(this.columns.length) - labelWidth, y(this.lines.length) - LABEL_HEIGHT);
    pen.save();
    pen.beginPath();
    pen.rect(labelWidth, LABEL_HEIGHT, width, height);
    pen.clip();
    const hasMarks = Math.min(cell.across, cell.down) >= MARKED;
    pen.font = `700 ${Math.min(14, cell.down - 1)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let down = firstDown; down < lastDown; down++) {
      for (const { across, code } of this.lines[down]!.cells) {
        if (across < firstAcross || across >= lastAcross) continue;
        const { fill, mark, ink } = paints[code]!;
        pen.fillStyle = fill;
        pen.fillRect(x(across), y(down), cell.across - gap, cell.down - gap);
        if (mark === "" || !hasMarks) continue;
        pen.fillStyle = ink;
        pen.fillText(mark, x(across) + (cell.across - gap) / 2, y(down) + cell.down / 2);
      }
    }
    if (this.at) {
      pen.strokeStyle = colour("ink");
      pen.lineWidth = 2;
      pen.strokeRect(x(this.at.across) - 1, y(this.at.down) - 1, cell.across + 1, cell.down + 1);
    }
    pen.restore();
    this.paintLabels(pen, { firstDown, lastDown, firstAcross, lastAcross, x, y, width, height });
  }

  private paintLabels(
    pen: CanvasRenderingContext2D,
    sight: { firstDown: number; lastDown: number; firstAcross: number; lastAcross: number; x: (n: number) => number; y: (n: number) => number; width: number; height: number },
  ): void {
    const { cell, labelWidth } = this;
    const ink = colour("ink-soft");
    const here = colour("ink");
    pen.textBaseline = "middle";
    const font = `${Math.min(12, Math.max(10, cell.down - 2))}px system-ui, sans-serif`;
    pen.font = font;
    pen.direction = "ltr";
    pen.save();
    pen.beginPath();
    pen.rect(0, LABEL_HEIGHT, labelWidth - 6, sight.height);
    pen.clip();
    pen.textAlign = "left";
    // Small cells have room for a name only every few lines.
    const everyLine = Math.ceil(11 / cell.down);
    const hasAccount = this.severalAccounts && labelWidth === LABEL_WIDTH;
    const room = labelWidth - 16 - (hasAccount ? 96 : 0);
    let above = "";
    for (let down = sight.firstDown; down < sight.lastDown; down++) {
      const line = this.lines[down]!;
      if (down % everyLine !== 0 && down !== this.at?.down) continue;
      const y = sight.y(down) + cell.down / 2;
      pen.fillStyle = down === this.at?.down ? here : ink;
      // By account, its number stands at the first of its lines alone.
      if (hasAccount && (this.order !== "account" || line.account !== above)) pen.fillText(line.account, 6, y);
      above = line.account;
      pen.fillStyle = here;
      pen.fillText(fitting(pen, visible(line.label), room), hasAccount ? 102 : 6, y);
    }
    pen.restore();
    pen.save();
    pen.beginPath();
    pen.rect(labelWidth - 4, 0, sight.width, LABEL_HEIGHT - 4);
    pen.clip();
    pen.textAlign = "left";
    const everyColumn = Math.ceil(11 / cell.across);
    for (let across = sight.firstAcross; across < sight.lastAcross; across++) {
      if (across % everyColumn !== 0 && across !== this.at?.across) continue;
      pen.fillStyle = across === this.at?.across ? here : ink;
      pen.save();
      pen.translate(sight.x(across) + cell.across / 2, LABEL_HEIGHT - 8);
      pen.rotate(-Math.PI / 3);
      pen.fillText(ellipsis(visible(this.columns[across]!.label), 21), 0, 0);
      pen.restore();
    }
    pen.restore();
  }

  /** The colour and the mark of every word that a cell may hold. */
  private paints(): { fill: string; mark: string; ink: string }[] {
    return this.words.words.map((word) => {
      if (word === "unused") return { fill: colour("unused"), mark: "×", ink: colour("on-unused") };
      if (word === "unknown") return { fill: colour("unknown"), mark: "?", ink: colour("ink") };
      const place = this.bounds.findIndex((bound) => Number(word) < bound);
      return { fill: colour(`age-${ageStep(place < 0 ? this.bounds.length : place, this.bounds.length + 1)}`), mark: "", ink: "" };
    });
  }

  private cellAt(down: number, across: number): string {
    const cell = this.lines[down]?.cells.find((cell) => cell.across === across);
    return cell === undefined ? "" : this.words.words[cell.code]!;
  }

  private say(): void {
    const at = this.at;
    if (at === undefined) {
      const services = this.columns.reduce((sum, column) => sum + column.names.length, 0);
      const together = services > this.columns.length ? ` in ${counted(this.columns.length)} columns: services with the same cells stand together` : "";
      const size = `${counted(this.lines.length)} entities × ${counted(services)} services${together}.${this.limits}`;
      this.readout.replaceChildren(`${size} Drag or scroll to pan; click a cell to see what it says.`);
      return;
    }
    const line = this.lines[at.down]!;
    const { names } = this.columns[at.across]!;
    const word = this.cellAt(at.down, at.across);
    const says =
      word === "" ? "not granted"
      : word === "unused" ? "granted, no access recorded: unused"
      : word === "unknown" ? "granted, nothing can be concluded"
      : `last accessed ${word} ${word === "1" ? "day" : "days"} before the dump`;
    this.readout.replaceChildren(
      h("a", { href: entityLink(line.entity, "", line.account), dir: "ltr" }, visible(line.entity)),
      line.account ? ` (${line.account}) · ` : " · ",
      ...names.slice(0, NAMES).flatMap((name, at) => [
        at > 0 ? ", " : "",
        h("a", { href: address(this.section.id, { service: name.split(":")[0]! }), dir: "ltr" }, visible(name)),
      ]),
      names.length > NAMES ? ` and ${names.length - NAMES} more, each: ${says}` : names.length > 1 ? `, each: ${says}` : `: ${says}`,
    );
  }

  private choose(down: number, across: number): void {
    const within = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));
    if (this.lines.length === 0) return;
    this.at = { down: within(down, this.lines.length), across: within(across, this.columns.length) };
    const { scroller, cell, labelWidth } = this;
    const [x, y] = [this.at.across * cell.across, this.at.down * cell.down];
    const roomX = scroller.clientWidth - labelWidth - cell.across;
    const roomY = scroller.clientHeight - LABEL_HEIGHT - cell.down;
    scroller.scrollLeft = Math.min(x, Math.max(scroller.scrollLeft, x - roomX));
    scroller.scrollTop = Math.min(y, Math.max(scroller.scrollTop, y - roomY));
    this.say();
    this.paint();
  }

  private key(event: KeyboardEvent): void {
    const { down, across } = this.at ?? { down: 0, across: -1 };
    const page = Math.max(1, Math.floor((this.scroller.clientHeight - LABEL_HEIGHT) / this.cell.down) - 1);
    const moves: Record<string, [number, number]> = {
      ArrowRight: [down, across + 1],
      ArrowLeft: [down, across - 1],
      ArrowDown: [down + 1, Math.max(0, across)],
      ArrowUp: [down - 1, Math.max(0, across)],
      PageDown: [down + page, Math.max(0, across)],
      PageUp: [down - page, Math.max(0, across)],
      Home: [down, 0],
      End: [down, this.columns.length - 1],
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.choose(...move);
    } else if (event.key === "Enter" && this.at) {
      const line = this.lines[this.at.down]!;
      const { names } = this.columns[this.at.across]!;
      // One filter holds one service; of several, the rows of the entity have them all.
      const of = names.length === 1 ? { service: names[0]!.split(":")[0]! } : {};
      location.hash = address(this.section.id, { entity: line.entity, account: line.account, ...of });
    }
  }

  /** Dragging pans, a press without a move chooses a cell. */
  private drag(): void {
    const { scroller } = this;
    let from: { x: number; y: number; left: number; top: number } | undefined;
    let moved = false;
    scroller.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      from = { x: event.clientX, y: event.clientY, left: scroller.scrollLeft, top: scroller.scrollTop };
      moved = false;
    });
    scroller.addEventListener("pointermove", (event) => {
      if (from === undefined) return;
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (!moved && Math.abs(dx) + Math.abs(dy) < 5) return;
      if (!moved) scroller.setPointerCapture(event.pointerId);
      moved = true;
      scroller.scrollLeft = from.left - dx;
      scroller.scrollTop = from.top - dy;
    });
    scroller.addEventListener("pointerup", () => (from = undefined));
    scroller.addEventListener("click", (event) => {
      if (moved) return;
      const box = scroller.getBoundingClientRect();
      const across = Math.floor((event.clientX - box.left - this.labelWidth + scroller.scrollLeft) / this.cell.across);
      const down = Math.floor((event.clientY - box.top - LABEL_HEIGHT + scroller.scrollTop) / this.cell.down);
      if (event.clientX - box.left < this.labelWidth || event.clientY - box.top < LABEL_HEIGHT) return;
      if (down < this.lines.length && across < this.columns.length) this.choose(down, across);
    });
  }
}

/** As much of the text as fits, cut in the middle: both ends tell names apart. */
function fitting(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  let keep = text.length - 1;
  const cut = (): string => `${text.slice(0, Math.ceil(keep / 2))}…${text.slice(text.length - Math.floor(keep / 2))}`;
  while (keep > 4 && pen.measureText(cut()).width > room) keep--;
  return cut();
}
