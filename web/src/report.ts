// What the page carries in itself, read back: `src/render/html/payload.rs` writes it.

import { type Column, type ColumnHead, NumberColumn, readColumns, WordColumn } from "./columns";

/** What became of the permissions of one level: `src/report/headline.rs` says what each number is. */
export interface Permissions {
  granted: number;
  active: number;
  stale: number;
  unused: number;
  unknown: number;
  unknown_because: Record<string, number>;
  aws_controlled: number;
  listed_with_service: number;
  to_review: number;
}

export interface Headline {
  accounts: number;
  entities: number;
  dumps_incomplete: number;
  services: Permissions;
  actions: Permissions;
}

interface SectionHead {
  id: string;
  title: string;
  caption: string;
  totals: [string, number][];
  remarks: string[];
  rows: number;
  block: string | null;
  /** What has all rows, as the end of a sentence. */
  instead: string;
  columns: ColumnHead[];
}

interface ReportHead {
  title: string;
  version: string;
  parameters: [string, string][];
  headline: Headline | null;
  /** The numbers of the headline in words: label and sentence. */
  numbers: [string, string][];
  inputs: string;
  skipped: number;
  sections: SectionHead[];
  not_read: SectionHead;
}

export class Section {
  /** Empty where the section is too long for the page. */
  readonly columns: Column[];

  constructor(readonly head: SectionHead, columns: Column[]) {
    this.columns = columns;
  }

  get id(): string {
    return this.head.id;
  }

  /** Whether the page has the rows. */
  get isHere(): boolean {
    return this.head.block !== null;
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
}

export interface Report extends Omit<ReportHead, "sections" | "not_read"> {
  sections: Section[];
  notRead: Section;
}

export async function readReport(): Promise<Report> {
  const [head, strings] = await Promise.all([json<ReportHead>("report"), json<string[]>("strings")]);
  const section = async (head: SectionHead): Promise<Section> => {
    if (head.block === null) return new Section(head, []);
    return new Section(head, readColumns(head.columns, head.rows, await unpacked(head.block), strings));
  };
  const [notRead, ...sections] = await Promise.all([head.not_read, ...head.sections].map(section));
  return { ...head, sections, notRead: notRead! };
}

async function json<T>(id: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await unpacked(id))) as T;
}

/** The bytes of a data block: base64, then deflate. */
async function unpacked(id: string): Promise<Uint8Array> {
  const text = document.getElementById(id)?.textContent ?? "";
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}
