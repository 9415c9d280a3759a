// The charts of the overview. Each stands on numbers of one table, links to it, and gives the same numbers as text.

import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from "chart.js";
import { type Child, counted, h, visible } from "./dom";
import { go } from "./state";
import { colour } from "./theme";

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

export interface Series {
  label: string;
  /** The colour's name in the style. */
  colour: string | string[];
  values: (number | null)[];
}

export interface Figure {
  title: string;
  caption: string;
  kind: "bars" | "columns" | "lines";
  labels: string[];
  series: Series[];
  unit: string;
  /** Where the numbers stand. */
  link: { to: string; text: string };
  /** Where a bar and its label lead. */
  linkOf?: (at: number) => string;
}

export class ChartView {
  readonly element: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly frame: HTMLElement;
  private chart: Chart | undefined;

  constructor(private readonly figure: Figure) {
    this.canvas = h("canvas", { role: "img", "aria-label": `${figure.title}. ${figure.caption} The numbers follow as a table.` });
    this.frame = h("div", { class: "chart" }, this.canvas);
    const lines = figure.kind === "bars" ? figure.labels.length * 22 + 70 : 260;
    this.frame.style.height = `${Math.max(lines, 150)}px`;
    this.element = h(
      "figure",
      { class: figure.kind },
      h("figcaption", {}, h("h3", {}, figure.title), h("p", {}, figure.caption)),
      this.frame,
      h(
        "div",
        { class: "under" },
        h("details", {}, h("summary", {}, "Numbers"), h("div", { class: "numbers", tabindex: 0, role: "region", "aria-label": `${figure.title}, numbers` }, this.numbers())),
        h("a", { href: figure.link.to }, figure.link.text),
      ),
    );
  }

  /** Draws it, or draws it anew in the colours of now. */
  draw(): void {
    this.chart?.destroy();
    this.chart = new Chart(this.canvas, this.configuration());
  }

  resize(): void {
    this.chart?.resize();
  }

  private numbers(): HTMLElement {
    const { labels, series, linkOf } = this.figure;
    const name = (label: string, at: number): Child => (linkOf ? h("a", { href: linkOf(at) }, visible(label)) : visible(label));
    const head = h("tr", {}, h("th", { scope: "col" }, ""), ...series.map((one) => h("th", { scope: "col" }, visible(one.label))));
    const cell = (value: number | null): HTMLElement => h("td", { class: "number" }, value === null ? "" : counted(value));
    const rows = labels.map((label, at) =>
      h("tr", {}, h("th", { scope: "row" }, name(label, at)), ...series.map((one) => cell(one.values[at] ?? null))),
    );
    return h("table", { class: "plain" }, h("thead", {}, head), h("tbody", {}, ...rows));
  }

  private configuration(): ChartConfiguration {
    const { kind, labels, series, unit, linkOf } = this.figure;
    const ink = colour("ink-soft");
    const grid = { color: colour("line"), drawTicks: false };
    const ticks = { color: ink, font: { family: "system-ui, sans-serif", size: 12 } };
    const lines = kind === "lines";
    const painted = (names: string | string[]): string | string[] => (Array.isArray(names) ? names.map(colour) : colour(names));
    const numbers = { stacked: !lines, beginAtZero: true, grid, border: { display: false }, ticks: { ...ticks, padding: 6, precision: 0, maxTicksLimit: 7 }, title: { display: true, text: unit, color: ink, font: ticks.font } };
    const words = { stacked: !lines, grid: { display: false }, border: { color: colour("line") }, ticks: { ...ticks, autoSkip: lines } };
    const [x, y] = kind === "bars" ? [numbers, words] : [words, numbers];
    return {
      type: lines ? "line" : "bar",
      data: {
        labels: labels.map((label) => shortened(visible(label))),
        datasets: series.map((one) => ({
          label: visible(one.label),
          data: one.values,
          backgroundColor: painted(one.colour),
          borderColor: lines ? painted(one.colour) : colour("paper"),
          borderWidth: lines ? 2 : kind === "bars" ? { right: 1 } : 0,
          pointRadius: 3,
          maxBarThickness: kind === "bars" ? 16 : 64,
        })),
      } as ChartConfiguration["data"],
      options: {
        indexAxis: kind === "bars" ? "y" : "x",
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        scales: { x, y } as NonNullable<ChartConfiguration["options"]>["scales"] & object,
        interaction: { mode: "index", axis: kind === "bars" ? "y" : "x", intersect: false },
        plugins: {
          legend: { display: series.length > 1, position: "top", align: "start", labels: { color: ink, boxWidth: 12, boxHeight: 12, font: ticks.font } },
          tooltip: { callbacks: { title: (items) => visible(labels[items[0]?.dataIndex ?? 0] ?? "") } },
        },
        ...(linkOf && {
          onClick: (_event: unknown, items: { index: number }[]) => items[0] && go(linkOf(items[0].index)),
          onHover: (_event: unknown, items: unknown[]) => (this.canvas.style.cursor = items.length > 0 ? "pointer" : ""),
        }),
      },
    };
  }
}

function shortened(label: string): string {
  return label.length > 30 ? `${label.slice(0, 29)}…` : label;
}
