// What the page carries in itself, read back: `src/render/html/payload.rs` writes it.

import { type Column, type ColumnHead, keptBy, NumberColumn, readColumns, type Test, WordColumn } from "./columns";

/** What became of the permissions of one level: `src/report/headline.rs` says what each number is. */
export interface Permissions {
  granted: number;
  active: number;
  stale: number;
  unused: number;
  unknown: number;
  aws_controlled: number;
  listed_with_service: number;
  to_review: number;
}

export interface Headline {
  accounts: number;
  entities: number;
  dumps_incomplete: number;
  oldest_as_of: string | null;
  newest_as_of: string | null;
  services: Permissions;
  actions: Permissions;
}

/** A column for people: its label, how much it tells, and where its texts come from. */
export type FieldHead = { name: string; label: string; rank: number } & (
  | { from: "column" | "arn"; at: number }
  | { from: "entity"; kind: number; title: number }
  | { from: "action"; service: number; action: number }
  | { from: "last_used"; days: number; at: number; observed: number | null }
);

interface SectionHead {
  id: string;
  title: string;
  caption: string;
  totals: [string, number][];
  remarks: string[];
  rows: number;
  block: string | null;
  /** The section that has these rows among its own. */
  within: string | null;
  /** What has all rows, as the end of a sentence. */
  instead: string;
  columns: ColumnHead[];
  fields: FieldHead[];
}

interface ReportHead {
  title: string;
  version: string;
  /** Machine name, label and text of what was asked. */
  parameters: [string, string, string][];
  headline: Headline | null;
  inputs: string;
  skipped: number;
  /** Entities that are not there any more: ARN, account, and the day of the list that does not have them. */
  gone: [string, string, string][];
  sections: SectionHead[];
  not_read: SectionHead;
}

export class Section {
  /** Where the rows are rows of another section: their places there, those that AWS controls included. */
  private readonly within: Uint32Array | undefined;
  private allRows: Uint32Array | undefined;
  private awsMarks: Uint8Array | undefined;
  /** What tells the rows of entities that AWS controls; none where no column does. */
  aws: Test[] = [];

  /** `columns` are empty where the section is too long for the page. */
  constructor(readonly head: SectionHead, readonly columns: Column[], within?: Uint32Array) {
    this.within = within;
  }

  get id(): string {
    return this.head.id;
  }

  /** Whether the page has the rows. */
  get isHere(): boolean {
    return this.columns.length > 0;
  }

  /** Every row, whoever controls its entity. */
  get rows(): Uint32Array {
    this.allRows ??= this.within ?? upTo(this.isHere ? this.head.rows : 0);
    return this.allRows;
  }

  column(name: string): Column | undefined {
    return this.columns.find((column) => column.name === name);
  }

  words(name: string): WordColumn | undefined {
    const column = this.column(name);
    return column instanceof WordColumn ? column : undefined;
  }

  numbers(name: string): NumberColumn | undefined {
    const column = this.column(name);
    return column instanceof NumberColumn ? column : undefined;
  }

  /** Whether the page has the section's rows and all these columns of it. */
  has(...names: string[]): boolean {
    return this.isHere && names.every((name) => this.column(name) !== undefined);
  }

  /** For each row 1 where AWS controls its entity, else 0. */
  get awsRows(): Uint8Array {
    if (this.awsMarks === undefined) {
      const marks = new Uint8Array(this.columns[0]?.codes.length ?? 0);
      for (const { column, marks: ofWords } of this.aws) column.codes.forEach((code, row) => (marks[row]! |= ofWords[code]!));
      this.awsMarks = marks;
    }
    return this.awsMarks;
  }

  isAws(row: number): boolean {
    return this.awsRows[row] === 1;
  }
}

function upTo(count: number): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

export interface Report extends Omit<ReportHead, "sections" | "not_read"> {
  sections: Section[];
  notRead: Section;
  /** Whether the rows of entities that AWS controls were asked for. */
  withAws: boolean;
  /** Whether entities of several accounts are here, so that a name alone says too little. */
  severalAccounts: boolean;
}

/** Since when an entity is not in the list of its account any more. */
export function goneSince(report: Report, arn: string, account: string): string | undefined {
  return report.gone.find(([of, its]) => of === arn && its === account)?.[2];
}

export function sectionOf(report: Report, id: string): Section | undefined {
  return id === report.notRead.id ? report.notRead : report.sections.find((section) => section.id === id);
}

export async function readReport(): Promise<Report> {
  const [head, strings] = await Promise.all([json<ReportHead>("report"), json<string[]>("strings")]);
  const whole = async (head: SectionHead): Promise<Section> => {
    if (head.block === null || head.within !== null) return new Section(head, []);
    return new Section(head, readColumns(head.columns, head.rows, await unpacked(head.block), strings));
  };
  const [notRead, ...read] = await Promise.all([head.not_read, ...head.sections].map(whole));
  const part = async (section: Section): Promise<Section> => {
    const { within, block, rows, columns } = section.head;
    const all = read.find(({ id }) => id === within);
    if (all === undefined) return section;
    return partOf(all, section.head, block === null ? [] : readColumns(columns, rows, await unpacked(block), strings));
  };
  const sections = await Promise.all(read.map(part));
  const report = {
    ...head,
    sections,
    notRead: notRead!,
    withAws: head.parameters.some(([name]) => name === "include_aws_controlled"),
    severalAccounts: severalAccounts(sections),
  };
  // Where they were asked for, they are rows like others.
  if (!report.withAws) markAws(sections);
  return report;
}

/** The rows of `all` that are unused or stale, under the head of the list of them, with the columns that only the list has. */
function partOf(all: Section, head: SectionHead, own: Column[]): Section {
  const verdict = all.words("verdict")!;
  const dormant = verdict.marked((word) => word === "unused" || word === "stale");
  const controlled = all.words("aws_controlled")!;
  const rows = keptBy(all.rows, { column: verdict, marks: dormant });
  const listed = keptBy(rows, { column: controlled, marks: controlled.marked((word) => word !== "true") });
  const places = listed.length === head.rows ? listed : rows;
  const columns = head.columns.map((column) => all.column(column.name) ?? own.find(({ name }) => name === column.name)!.spread(column, places, all.head.rows));
  return new Section(head, columns, rows);
}

function severalAccounts(sections: Section[]): boolean {
  const accounts = new Set<string>();
  for (const section of sections) for (const word of section.words("account_id")?.words ?? []) if (word !== "") accounts.add(word);
  return accounts.size > 1;
}

/** Inputs are what they are, whoever controls the entity. */
const OF_INPUTS = new Set(["sources", "check"]);

/** Says of every section which of its rows are about entities that AWS controls. */
function markAws(sections: Section[]): void {
  const arns = new Set<string>();
  // It depends on the entity alone: what a short section tells of all its entities, no long one needs to tell again.
  const told = new Set<string>([""]);
  for (const section of [...sections].sort((a, b) => a.head.rows - b.head.rows)) {
    const [arn, aws] = [section.words("entity_arn"), section.words("aws_controlled")];
    if (!arn || !aws || section.head.within !== null || arn.words.every((word) => told.has(word))) continue;
    const [isAws, seen, rows] = [aws.marked((word) => word === "true"), new Uint8Array(arn.words.length), section.rows];
    const [codes, flags] = [arn.codes, aws.codes];
    for (let at = 0; at < rows.length; at++) seen[codes[rows[at]!]!]! |= isAws[flags[rows[at]!]!]!;
    arn.words.forEach((word, code) => seen[code] === 1 && word !== "" && arns.add(word));
    arn.words.forEach((word) => told.add(word));
  }
  for (const section of sections) {
    if (OF_INPUTS.has(section.id)) continue;
    const own = section.words("aws_controlled");
    if (own) section.aws = [{ column: own, marks: own.marked((word) => word === "true") }];
    else {
      const columns = ["entity_arn", "entity_a", "entity_b"].map((name) => section.words(name)).filter((column) => column !== undefined);
      section.aws = arns.size === 0 ? [] : columns.map((column) => ({ column, marks: column.marked((word) => arns.has(word)) }));
    }
  }
}

async function json<T>(id: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await unpacked(id))) as T;
}

/** The bytes of a data block: base64, then deflate. */
async function unpacked(id: string): Promise<Uint8Array> {
  const inflating = new DecompressionStream("deflate");
  const packed = inflating.writable.getWriter();
  // What is wrong with them is said where they are read.
  Promise.all([packed.write(bytesOf(document.getElementById(id)?.textContent ?? "")), packed.close()]).catch(() => undefined);
  return new Uint8Array(await new Response(inflating.readable).arrayBuffer());
}

/** A browser of 2025 reads base64 by itself. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
