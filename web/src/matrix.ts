// Entities × services as a heat map: only the cells in sight are painted, on one canvas that stays where the eye is.

import type { WordColumn } from "./columns";
import { counted, h, visible } from "./dom";
import { ellipsis, gridOf, type Line } from "./grid";
import type { Report, Section } from "./report";
import type { Filters } from "./rows";
import { address } from "./state";
import { ageColour, colour } from "./theme";

const LABEL_WIDTH = 250;
const LABEL_HEIGHT = 124;
const SIZES = [8, 14, 20];

export class Matrix {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly extent = h("div", { class: "extent" }, this.canvas);
  private readonly scroller: HTMLElement;
  private readonly readout = h("p", { class: "readout", "aria-live": "polite" });
  private readonly words: WordColumn;
  private readonly bounds: number[];
  private lines: Line[] = [];
  private columns: string[] = [];
  private size = SIZES[1]!;
  private order = "name";
  private at: { down: number; across: number } | undefined;
  private filters: Filters | undefined;
  private limits = "";
  private readonly watch = new ResizeObserver(() => this.paint());

  constructor(
    report: Report,
    private readonly section: Section,
  ) {
    this.words = section.words("cell")!;
    const given = report.parameters.find(([label]) => label === "buckets")?.[1] ?? "30,90,180,365";
    this.bounds = given.split(",").map(Number);
    this.scroller = h(
      "div",
      {
        class: "matrix",
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
    this.element = h("div", { class: "matrix-view" }, this.controls(), this.legend(), this.readout, this.scroller);
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
      choice("Order", [["name", "by name"], ["unused", "most unused first"]], this.order, (order) => {
        this.order = order;
        this.build();
        this.paint();
      }),
      choice("Cells", [["0", "small"], ["1", "medium"], ["2", "large"]], "1", (size) => {
        this.size = SIZES[Number(size)]!;
        this.paint();
      }),
    );
  }

  private legend(): HTMLElement {
    const swatch = (name: string, text: string): HTMLElement => h("li", {}, h("span", { class: `swatch ${name}` }), text);
    const steps = this.bounds.length;
    const bound = (at: number): string =>
      at === steps ? `${this.bounds[at - 1]}+` : `${at === 0 ? 0 : this.bounds[at - 1]}–${this.bounds[at]! - 1}`;
    const ages = Array.from({ length: steps + 1 }, (_, at) => swatch(`age-${Math.min(4, Math.round((at * 4) / Math.max(1, steps)))}`, `${bound(at)} days`));
    return h("ul", { class: "legend", "aria-label": "Colours" }, ...ages, swatch("unused", "unused"), swatch("unknown", "unknown"), swatch("none", "not granted"));
  }

  private build(): void {
    const { lines, columns, ignored } = gridOf(this.section, this.filters!, this.order === "unused");
    this.lines = lines;
    this.columns = columns;
    this.limits = ignored.length > 0 ? ` Not filtered by ${ignored.join(" and ")}.` : "";
  }

  private paint(): void {
    const { scroller, canvas, size } = this;
    this.extent.style.width = `${LABEL_WIDTH + this.columns.length * size + 90}px`;
    this.extent.style.height = `${LABEL_HEIGHT + this.lines.length * size + 8}px`;
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
    const firstDown = Math.floor(top / size);
    const lastDown = Math.min(this.lines.length, Math.ceil((top + height - LABEL_HEIGHT) / size));
    const firstAcross = Math.floor(left / size);
    const lastAcross = Math.min(this.columns.length, Math.ceil((left + width - LABEL_WIDTH) / size));
    const x = (across: number): number => LABEL_WIDTH + across * size - left;
    const y = (down: number): number => LABEL_HEIGHT + down * size - top;
    const gap = size > 10 ? 1 : 0;
    const paints = this.paints();

    pen.fillStyle = colour("paper");
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = colour("field");
    pen.fillRect(LABEL_WIDTH, LABEL_HEIGHT, x(this.columns.length) - LABEL_WIDTH, y(this.lines.length) - LABEL_HEIGHT);
    pen.save();
    pen.beginPath();
    pen.rect(LABEL_WIDTH, LABEL_HEIGHT, width, height);
    pen.clip();
    for (let down = firstDown; down < lastDown; down++) {
      for (const { across, code } of this.lines[down]!.cells) {
        if (across < firstAcross || across >= lastAcross) continue;
        pen.fillStyle = paints[code]!;
        pen.fillRect(x(across), y(down), size - gap, size - gap);
      }
    }
    if (this.at) {
      pen.strokeStyle = colour("ink");
      pen.lineWidth = 2;
      pen.strokeRect(x(this.at.across) - 1, y(this.at.down) - 1, size + 1, size + 1);
    }
    pen.restore();
    this.paintLabels(pen, { firstDown, lastDown, firstAcross, lastAcross, x, y, width, height });
  }

  private paintLabels(
    pen: CanvasRenderingContext2D,
    sight: { firstDown: number; lastDown: number; firstAcross: number; lastAcross: number; x: (n: number) => number; y: (n: number) => number; width: number; height: number },
  ): void {
    const { size } = this;
    const ink = colour("ink-soft");
    const here = colour("ink");
    pen.textBaseline = "middle";
    pen.font = `${Math.min(12, Math.max(10, size - 2))}px system-ui, sans-serif`;
    pen.save();
    pen.beginPath();
    pen.rect(0, LABEL_HEIGHT, LABEL_WIDTH - 6, sight.height);
    pen.clip();
    pen.textAlign = "right";
    pen.direction = "ltr";
    // Small cells have room for a name only every few lines.
    const every = Math.ceil(11 / size);
    for (let down = sight.firstDown; down < sight.lastDown; down++) {
      if (down % every !== 0 && down !== this.at?.down) continue;
      pen.fillStyle = down === this.at?.down ? here : ink;
      pen.fillText(visible(this.lines[down]!.label), LABEL_WIDTH - 10, sight.y(down) + size / 2);
    }
    pen.restore();
    pen.save();
    pen.beginPath();
    pen.rect(LABEL_WIDTH - 4, 0, sight.width, LABEL_HEIGHT - 4);
    pen.clip();
    pen.textAlign = "left";
    for (let across = sight.firstAcross; across < sight.lastAcross; across++) {
      if (across % every !== 0 && across !== this.at?.across) continue;
      pen.fillStyle = across === this.at?.across ? here : ink;
      pen.save();
      pen.translate(sight.x(across) + size / 2, LABEL_HEIGHT - 8);
      pen.rotate(-Math.PI / 3);
      pen.fillText(ellipsis(visible(this.columns[across]!), 22), 0, 0);
      pen.restore();
    }
    pen.restore();
  }

  /** The colour of every word that a cell may hold. */
  private paints(): string[] {
    return this.words.words.map((word) => {
      if (word === "unused") return colour("unused");
      if (word === "unknown") return colour("unknown");
      const place = this.bounds.findIndex((bound) => Number(word) < bound);
      return ageColour(place < 0 ? this.bounds.length : place, this.bounds.length + 1);
    });
  }

  private cellAt(down: number, across: number): string {
    const cell = this.lines[down]?.cells.find((cell) => cell.across === across);
    return cell === undefined ? "" : this.words.words[cell.code]!;
  }

  private say(): void {
    const at = this.at;
    if (at === undefined) {
      const size = `${counted(this.lines.length)} entities × ${counted(this.columns.length)} services.${this.limits}`;
      this.readout.replaceChildren(`${size} Drag or scroll to pan; click a cell to see what it says.`);
      return;
    }
    const line = this.lines[at.down]!;
    const service = this.columns[at.across]!;
    const word = this.cellAt(at.down, at.across);
    const says =
      word === "" ? "not granted"
      : word === "unused" ? "granted, no access recorded: unused"
      : word === "unknown" ? "granted, nothing can be concluded"
      : `last accessed ${word} ${word === "1" ? "day" : "days"} before the dump`;
    this.readout.replaceChildren(
      h("a", { href: address(this.section.id, { entity: line.entity, account: line.account }), dir: "ltr" }, visible(line.entity)),
      line.account ? ` (${line.account}) · ` : " · ",
      h("a", { href: address(this.section.id, { service: service.split(":")[0]! }), dir: "ltr" }, visible(service)),
      `: ${says}`,
    );
  }

  private choose(down: number, across: number): void {
    const within = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));
    if (this.lines.length === 0) return;
    this.at = { down: within(down, this.lines.length), across: within(across, this.columns.length) };
    const { scroller, size } = this;
    const [x, y] = [this.at.across * size, this.at.down * size];
    const roomX = scroller.clientWidth - LABEL_WIDTH - size;
    const roomY = scroller.clientHeight - LABEL_HEIGHT - size;
    scroller.scrollLeft = Math.min(x, Math.max(scroller.scrollLeft, x - roomX));
    scroller.scrollTop = Math.min(y, Math.max(scroller.scrollTop, y - roomY));
    this.say();
    this.paint();
  }

  private key(event: KeyboardEvent): void {
    const { down, across } = this.at ?? { down: 0, across: -1 };
    const page = Math.max(1, Math.floor((this.scroller.clientHeight - LABEL_HEIGHT) / this.size) - 1);
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
      const service = this.columns[this.at.across]!.split(":")[0]!;
      location.hash = address(this.section.id, { entity: line.entity, account: line.account, service });
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
      const across = Math.floor((event.clientX - box.left - LABEL_WIDTH + scroller.scrollLeft) / this.size);
      const down = Math.floor((event.clientY - box.top - LABEL_HEIGHT + scroller.scrollTop) / this.size);
      if (event.clientX - box.left < LABEL_WIDTH || event.clientY - box.top < LABEL_HEIGHT) return;
      if (down < this.lines.length && across < this.columns.length) this.choose(down, across);
    });
  }
}
