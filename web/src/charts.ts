// Charts of HTML and SVG: every bar is a link to the rows that it counts, and says their number; nothing is drawn that a reader of screens
// does not hear.

import { counted, h, svg, visible } from "./dom";
import { type Counted, linked } from "./numbers";
import { address } from "./state";

export interface Segment extends Counted {
  /** A verdict, or a place among the ages: the colour and the mark. */
  kind: string;
  /** What the rows are, for the legend. */
  label: string;
  count: number;
}

export interface Bar {
  label: string;
  /** The label in full, where it is cut. */
  title?: string;
  /** Where the label leads. */
  href?: string;
  segments: Segment[];
}

export interface Figure {
  title: string;
  caption: string;
  bars: Bar[];
  /** The table behind it. */
  link: { to: string; text: string };
}

/** Bars beside each other's length: the longest fills the width. */
export function barChart({ title, caption, bars, link }: Figure): HTMLElement {
  const sum = (bar: Bar): number => bar.segments.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(1, ...bars.map(sum));
  const kinds = new Map(bars.flatMap((bar) => bar.segments.map(({ kind, label }): [string, string] => [kind, label])));
  const rows = bars.map((bar) => {
    const parts = bar.segments.filter(({ count }) => count > 0).map((segment) => {
      const what = `${visible(bar.label)}: ${counted(segment.count)} ${segment.label}`;
      const part = h("a", { href: address(segment.view, segment.filters), class: `bar ${segment.kind}`, title: what, "aria-label": what, "data-count": segment.count });
      part.style.width = `${(100 * segment.count) / most}%`;
      return part;
    });
    const name = bar.href === undefined ? h("span", { dir: "ltr" }, visible(bar.label)) : h("a", { href: bar.href, dir: "ltr" }, visible(bar.label));
    name.title = visible(bar.title ?? bar.label);
    const counts = bar.segments.filter(({ count }) => count > 0).map((segment) => linked(segment.count, segment, counted(segment.count)));
    const said = counts.flatMap((count, at) => (at === 0 ? [count] : [" + ", count]));
    return h("li", {}, h("span", { class: "name" }, name), h("span", { class: "track" }, ...parts), h("span", { class: "counts" }, ...(said.length > 0 ? said : ["0"])));
  });
  const legend = kinds.size > 1 && [...kinds.keys()].every((kind) => !kind.startsWith("age-")) ? [legendOf([...kinds])] : [];
  return h(
    "figure",
    {},
    h("figcaption", {}, h("h3", {}, title), h("p", {}, caption)),
    ...legend,
    h("ul", { class: "bars" }, ...rows),
    h("p", { class: "under" }, h("a", { href: link.to }, link.text)),
  );
}

/** What colours and marks mean. */
export function legendOf(kinds: [string, string][]): HTMLElement {
  return h("ul", { class: "legend" }, ...kinds.map(([kind, label]) => h("li", {}, h("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), label)));
}

const [WIDTH, HEIGHT] = [120, 26];

/** A line as small as a word, on a scale of its own, with a dot at its end. */
export function sparkline(values: (number | undefined)[]): SVGElement {
  const known = values.filter((value) => value !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const x = (at: number): number => 4 + (at * (WIDTH - 8)) / Math.max(1, values.length - 1);
  const y = (value: number): number => (most === least ? HEIGHT / 2 : HEIGHT - 4 - ((value - least) * (HEIGHT - 8)) / (most - least));
  const points = values.flatMap((value, at) => (value === undefined ? [] : [[x(at), y(value)] as const]));
  const last = points[points.length - 1];
  return svg(
    "svg",
    { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" },
    svg("polyline", { points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ") }),
    ...(last ? [svg("circle", { cx: last[0].toFixed(1), cy: last[1].toFixed(1), r: 3 })] : []),
  );
}
