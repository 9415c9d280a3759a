// A column as it travelled: codes and what they stand for, never one object per cell. `src/render/html/columns.rs` writes them.

export type Kind = "text" | "count" | "days" | "percent" | "ratio" | "instant" | "date" | "flag";

export interface ColumnHead {
  name: string;
  /** The name in words, as on a terminal. */
  label: string;
  kind: Kind;
  about: string;
  encoding: { words: { count: number; width: number } } | { numbers: { base: number; width: number } } | null;
}

type Codes = Uint8Array | Uint16Array | Uint32Array;

/** Words of a column that hold: 1 for each code that does, else 0. */
export interface Test {
  column: { readonly codes: Codes };
  marks: Uint8Array;
}

/** One test at a time over what is left: a loop without branches is what a browser makes fastest. */
export function keptBy(rows: Uint32Array, { column: { codes }, marks }: Test): Uint32Array {
  const kept = new Uint32Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    kept[count] = row;
    count += marks[codes[row]!]!;
  }
  return kept.subarray(0, count);
}

/** The sort key of an empty cell: behind all others, whichever the direction. */
export const EMPTY_LAST = 0xffff_ffff;

export abstract class Column {
  constructor(
    readonly name: string,
    readonly label: string,
    readonly kind: Kind,
    readonly about: string,
    private readonly read: () => Codes,
  ) {}

  private made: Codes | undefined;

  /** A code for each row, unpacked when somebody asks: most columns of most tables are never looked at. */
  get codes(): Codes {
    this.made ??= this.read();
    return this.made;
  }

  /** The cell exactly as CSV has it, before CSV's own escaping. */
  abstract text(row: number): string;
  /** A whole number that orders the cells, or `EMPTY_LAST`. */
  abstract key(row: number): number;
  /** The greatest key of a cell that is not empty. */
  abstract readonly greatest: number;
  /** A cell that is as long as any. */
  abstract readonly longest: string;

  /** The same column for a longer table, in which these are the places of its rows; the others are empty. */
  abstract spread(head: ColumnHead, places: Uint32Array, count: number): Column;

  get isNumber(): boolean {
    return this.kind === "count" || this.kind === "days" || this.kind === "percent" || this.kind === "ratio";
  }
}

/** Closed sets in the order in which they are worth looking at; other words go by their letters. */
const ORDERS: Record<string, string[]> = {
  risk: ["critical", "high", "medium", "low", "info"],
  access_level: ["Permissions management", "Write", "Tagging", "Read", "List"],
  verdict: ["unused", "stale", "unknown", "active"],
  severity: ["not read", "incomplete", "warning"],
};

/** The words of a closed set in its order, others after them by their letters. */
export function inOrder(name: string, words: string[]): string[] {
  const order = ORDERS[name] ?? [];
  const place = (word: string): number => (order.includes(word) ? order.indexOf(word) : order.length);
  return words.toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/** Texts, and numbers that a script cannot hold exactly. */
export class WordColumn extends Column {
  private ranks: Uint32Array | undefined;
  private lower: string[] | undefined;

  private dictionary: string[] | undefined;

  constructor(head: ColumnHead, read: () => Codes, private readonly readWords: () => string[]) {
    super(head.name, head.label, head.kind, head.about, read);
  }

  /** Every text of the column, in the order of their codes. */
  get words(): string[] {
    this.dictionary ??= this.readWords();
    return this.dictionary;
  }

  override spread(head: ColumnHead, places: Uint32Array, count: number): WordColumn {
    const codes = new Uint32Array(count).fill(this.words.length);
    places.forEach((place, row) => (codes[place] = this.codes[row]!));
    return new WordColumn(head, () => codes, () => [...this.words, ""]);
  }

  text(row: number): string {
    return this.words[this.codes[row]!]!;
  }

  key(row: number): number {
    this.ranks ??= this.ranked();
    return this.ranks[this.codes[row]!]!;
  }

  get greatest(): number {
    return this.words.length;
  }

  get longest(): string {
    return this.words.reduce((longest, word) => (word.length > longest.length ? word : longest), "");
  }

  /** Marks the words for which `holds` is true. */
  marked(holds: (word: string) => boolean): Uint8Array {
    return Uint8Array.from(this.words, (word) => Number(holds(word)));
  }

  /** Marks the words that contain `part`, whatever the case. */
  containing(part: string): Uint8Array {
    this.lower ??= this.words.map((word) => word.toLowerCase());
    return Uint8Array.from(this.lower, (word) => Number(word.includes(part)));
  }

  private ranked(): Uint32Array {
    const order = Uint32Array.from(this.words, (_, code) => code);
    const { words } = this;
    if (this.isNumber) order.sort((a, b) => Number(words[a]) - Number(words[b]));
    else {
      const places = new Map(inOrder(this.name, words).map((word, place) => [word, place]));
      order.sort((a, b) => places.get(words[a]!)! - places.get(words[b]!)!);
    }
    const ranks = new Uint32Array(words.length);
    order.forEach((code, rank) => (ranks[code] = words[code] === "" ? EMPTY_LAST : rank));
    return ranks;
  }
}

/** Whole numbers, instants in seconds, and days. */
export class NumberColumn extends Column {
  /** The code of an empty cell: all bits set. */
  private readonly none: number;
  private known: number | undefined;

  constructor(head: ColumnHead, width: number, read: () => Codes, private readonly base: number) {
    super(head.name, head.label, head.kind, head.about, read);
    this.none = 2 ** (8 * width) - 1;
  }

  override spread(head: ColumnHead, places: Uint32Array, count: number): NumberColumn {
    const { codes, none } = this;
    const longer = codes instanceof Uint8Array ? new Uint8Array(count) : codes instanceof Uint16Array ? new Uint16Array(count) : new Uint32Array(count);
    longer.fill(none);
    places.forEach((place, row) => (longer[place] = codes[row]!));
    return new NumberColumn(head, codes.BYTES_PER_ELEMENT, () => longer, this.base);
  }

  /** The number; `undefined` where there is none. */
  number(row: number): number | undefined {
    const code = this.codes[row]!;
    return code === this.none ? undefined : this.base + code;
  }

  text(row: number): string {
    const number = this.number(row);
    if (number === undefined) return "";
    if (this.kind === "instant") return new Date(number * 1000).toISOString().replace(".000Z", "Z");
    if (this.kind === "date") return new Date(number * 86_400_000).toISOString().slice(0, 10);
    return String(number);
  }

  key(row: number): number {
    const code = this.codes[row]!;
    return code === this.none ? EMPTY_LAST : code;
  }

  get greatest(): number {
    if (this.known === undefined) {
      let greatest = 0;
      for (const code of this.codes) if (code !== this.none && code > greatest) greatest = code;
      this.known = greatest;
    }
    return this.known;
  }

  get longest(): string {
    if (this.kind === "instant") return "2000-00-00T00:00:00Z";
    if (this.kind === "date") return "2000-00-00";
    const [least, most] = [String(this.base), String(this.base + this.greatest)];
    return least.length > most.length ? least : most;
  }
}

/** Reads all columns of a section, one after the other. */
export function readColumns(heads: ColumnHead[], rows: number, bytes: Uint8Array, strings: string[]): Column[] {
  let at = 0;
  const take = (count: number, width: number): (() => Codes) => {
    const planes = bytes.subarray(at, at + count * width);
    at += count * width;
    return () => joined(planes, count, width);
  };
  return heads.flatMap((head) => {
    // Another section has it.
    if (head.encoding === null) return [];
    if ("numbers" in head.encoding) {
      const { width, base } = head.encoding.numbers;
      return new NumberColumn(head, width, take(rows, width), base);
    }
    const { count, width } = head.encoding.words;
    const places = take(count, 4);
    return new WordColumn(head, take(rows, width), () => Array.from(places(), (place) => strings[place]!));
  });
}

/** Puts together what stands in planes: all lowest bytes, then all second ones, and so on. */
function joined(planes: Uint8Array, count: number, width: number): Codes {
  if (width === 1) return planes.slice();
  const codes = width === 2 ? new Uint16Array(count) : new Uint32Array(count);
  for (let rank = 0; rank < width; rank++) {
    const plane = planes.subarray(rank * count, (rank + 1) * count);
    const weight = 2 ** (8 * rank);
    for (let i = 0; i < count; i++) codes[i]! += plane[i]! * weight;
  }
  return codes;
}
