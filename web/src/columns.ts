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

/** The sort key of an empty cell: behind all others, whichever the direction. */
export const EMPTY_LAST = 0xffff_ffff;

export abstract class Column {
  constructor(
    readonly name: string,
    readonly label: string,
    readonly kind: Kind,
    readonly about: string,
    readonly codes: Codes,
  ) {}

  /** The cell exactly as CSV has it, before CSV's own escaping. */
  abstract text(row: number): string;
  /** A whole number that orders the cells, or `EMPTY_LAST`. */
  abstract key(row: number): number;
  /** The greatest key of a cell that is not empty. */
  abstract readonly greatest: number;
  /** A cell that is as long as any. */
  abstract readonly longest: string;

  get isNumber(): boolean {
    return this.kind === "count" || this.kind === "days" || this.kind === "percent" || this.kind === "ratio";
  }
}

/** Texts, and numbers that a script cannot hold exactly. */
export class WordColumn extends Column {
  private ranks: Uint32Array | undefined;
  private lower: string[] | undefined;

  constructor(head: ColumnHead, codes: Codes, readonly words: string[]) {
    super(head.name, head.label, head.kind, head.about, codes);
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
    else order.sort((a, b) => (words[a]! < words[b]! ? -1 : words[a]! > words[b]! ? 1 : 0));
    const ranks = new Uint32Array(words.length);
    order.forEach((code, rank) => (ranks[code] = words[code] === "" ? EMPTY_LAST : rank));
    return ranks;
  }
}

/** Whole numbers, instants in seconds, and days. */
export class NumberColumn extends Column {
  private readonly none: number;

  constructor(head: ColumnHead, codes: Codes, private readonly base: number) {
    super(head.name, head.label, head.kind, head.about, codes);
    this.none = 2 ** (8 * codes.BYTES_PER_ELEMENT) - 1;
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
    let greatest = 0;
    for (const code of this.codes) if (code !== this.none && code > greatest) greatest = code;
    return greatest;
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
  const take = (count: number, width: number): Codes => {
    const codes = joined(bytes.subarray(at, at + count * width), count, width);
    at += count * width;
    return codes;
  };
  return heads.map((head) => {
    if (head.encoding === null) throw new Error(`the column ${head.name} has no rows`);
    if ("numbers" in head.encoding) {
      return new NumberColumn(head, take(rows, head.encoding.numbers.width), head.encoding.numbers.base);
    }
    const { count, width } = head.encoding.words;
    const words = Array.from(take(count, 4), (place) => strings[place]!);
    return new WordColumn(head, take(rows, width), words);
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
