// The filters, one bar for all tables: what is chosen stays chosen from table to table. A table offers what occurs in it.

import { inOrder } from "./columns";
import { h, visible } from "./dom";
import { capital } from "./fields";
import type { Report, Section } from "./report";
import { type Filters, NO_FILTERS } from "./rows";
import { VERDICTS } from "./theme";

/** Suggestions under the entity field; typing narrows them. */
const MOST_SUGGESTED = 60;
/** Columns of few words, each of which is a choice where a table has it. */
const CHOICES = ["entity_type", "access_level", "risk", "owner", "decision", "unknown_reason", "evidence", "remedy", "change", "outcome", "severity", "policy_kind", "credential"];
/** Where filters are put away until they are asked for. */
const NARROW = matchMedia("(max-width: 40rem)");
/** More words than this are no choice but a search. */
const MOST_WORDS = 200;

export class FilterBar {
  readonly element: HTMLDetailsElement;
  private readonly account: HTMLSelectElement;
  private readonly service: HTMLSelectElement;
  private readonly entity: HTMLInputElement;
  private readonly search: HTMLInputElement;
  private readonly aws: HTMLInputElement;
  private readonly suggestions = h("datalist", { id: "entities" });
  private readonly verdicts = h("div", { class: "verdicts", role: "group", "aria-label": "Verdict" });
  private readonly choices = h("div", { class: "choices" });
  private readonly others = h("p", { class: "others" });
  private readonly entities: string[];
  private readonly ofRows: HTMLElement[];
  private readonly summary = h("span", {}, "Filters");
  private filters: Filters = NO_FILTERS;

  /** `react` is told the filters, and whether they come from typing. */
  constructor(report: Report, private readonly react: (filters: Filters, typing: boolean) => void) {
    const all = (...names: string[]): string[] => {
      const found = new Set<string>();
      for (const section of report.sections) {
        for (const name of names) for (const word of section.words(name)?.words ?? []) found.add(word);
      }
      found.delete("");
      return [...found].sort();
    };
    this.entities = all("entity_arn", "entity_a", "entity_b");
    const names = accountNames(report);
    const accounts = all("account_id", "account_a").map((id): [string, string] => [id, [names.get(id) ?? "", id].filter(Boolean).join(" · ")]);
    const services = all("service_namespace").map((word): [string, string] => [word, word]);
    this.account = this.choice("All accounts", accounts, (value) => ({ account: value }));
    this.service = this.choice("All services", services, (value) => ({ service: value }));
    const typed = (name: keyof Filters) => (event: Event) => this.set({ [name]: (event.target as HTMLInputElement).value }, true);
    this.entity = h("input", { type: "search", list: "entities", placeholder: "name or ARN", autocomplete: "off", spellcheck: "false", oninput: typed("entity") });
    this.search = h("input", { type: "search", placeholder: "in every text", autocomplete: "off", spellcheck: "false", oninput: typed("search") });
    this.aws = h("input", { type: "checkbox", onchange: () => this.set({ aws: this.aws.checked ? "with" : "" }) });
    const hasAws = report.sections.some((section) => section.aws.length > 0);
    this.ofRows = [
      labelled("Entity", this.entity),
      labelled("Service", this.service),
      this.choices,
      this.verdicts,
    ];
    const form = h(
      "form",
      { class: "filters", role: "search", "aria-label": "Filters", onsubmit: (event) => event.preventDefault() },
      labelled("Search", this.search),
      labelled("Account", this.account),
      ...this.ofRows,
      ...(hasAws ? [h("label", { class: "switch", title: "Service-linked roles, roles of IAM Identity Center and AWS-managed policies, which nobody can edit in the account" }, this.aws, " AWS-controlled too")] : []),
      h("button", { type: "button", class: "clear", onclick: () => this.set(NO_FILTERS) }, "Clear"),
      this.suggestions,
    );
    // Where there is room they are always there; on a narrow screen the rows come first.
    this.element = h("details", { class: "filter-box", open: !NARROW.matches }, h("summary", {}, this.summary), this.others, form);
    NARROW.addEventListener("change", () => (this.element.open = !NARROW.matches));
  }

  /** Shows what holds for a table, or where there is none, for the overview, without telling anyone. */
  show(filters: Filters, section: Section | undefined): void {
    this.filters = filters;
    const put = (field: HTMLInputElement | HTMLSelectElement, value: string): void => {
      if (field.value !== value) field.value = value;
    };
    for (const field of this.ofRows) field.hidden = section === undefined;
    const asks = (label: HTMLElement, value: string, ...names: string[]): void => {
      label.hidden = section === undefined || (value === "" && !names.some((name) => section.column(name)));
    };
    asks(this.ofRows[0]!, filters.entity, "entity_arn", "entity_name", "entity_a");
    asks(this.ofRows[1]!, filters.service, "service_namespace");
    const account = this.account.closest("label")!;
    account.hidden = section !== undefined && filters.account === "" && !section.column("account_id") && !section.column("account_a");
    this.search.closest("label")!.hidden = section === undefined;
    put(this.search, filters.search);
    put(this.entity, filters.entity);
    this.aws.checked = filters.aws !== "";
    for (const [field, value] of [[this.account, filters.account], [this.service, filters.service]] as const) {
      // A value from an old bookmark that this report does not have is still what is asked for.
      if (value && ![...field.options].some((option) => option.value === value)) field.append(h("option", { value }, visible(value)));
      put(field, value);
    }
    if (section !== undefined) {
      this.showVerdicts(section);
      this.showChoices(section);
    }
    this.showOthers(section);
    const set = [filters.search, filters.account, filters.entity, filters.service, ...filters.verdicts, ...Object.values(filters.where).flat(), filters.aws].filter((value) => value !== "").length;
    this.summary.textContent = set === 0 ? "Filters" : `Filters (${set} set)`;
    this.suggest();
  }

  private choice(none: string, words: [string, string][], change: (value: string) => Partial<Filters>): HTMLSelectElement {
    return h(
      "select",
      { onchange: (event) => this.set(change((event.target as HTMLSelectElement).value)) },
      h("option", { value: "" }, none),
      ...words.map(([value, text]) => h("option", { value }, visible(text))),
    );
  }

  private showVerdicts(section: Section): void {
    const here = ["verdict", "old_verdict", "new_verdict"].flatMap((name) => occurring(section, name, this.filters));
    const offered = VERDICTS.filter((verdict) => here.includes(verdict) || this.filters.verdicts.includes(verdict));
    const focused = document.activeElement?.closest(".verdicts") ? document.activeElement.textContent : null;
    const button = (verdict: string): HTMLElement =>
      h("button", { type: "button", class: `toggle ${verdict}`, "aria-pressed": String(this.filters.verdicts.includes(verdict)), onclick: () => this.toggle(verdict) }, verdict);
    this.verdicts.hidden = offered.length < 2 && this.filters.verdicts.length === 0;
    this.verdicts.replaceChildren(h("span", { class: "group-name", "aria-hidden": "true" }, "Verdict"), ...offered.map(button));
    this.verdicts.style.gridTemplateColumns = `repeat(${Math.max(1, offered.length)}, auto)`;
    for (const made of this.verdicts.querySelectorAll("button")) if (made.textContent === focused) made.focus();
  }

  private showChoices(section: Section): void {
    const focused = document.activeElement?.closest<HTMLElement>(".choices label")?.dataset.column;
    const made = CHOICES.flatMap((name) => {
      const column = section.words(name);
      const words = occurring(section, name, this.filters);
      const chosen = this.filters.where[name] ?? [];
      if (!column || ((words.length < 2 || words.length > MOST_WORDS) && chosen.length === 0)) return [];
      const select = this.choice("All", inOrder(name, words).map((word) => [word, word || "(none)"]), () => ({}));
      const several = chosen.length > 1 || (chosen.length === 1 && !words.includes(chosen[0]!));
      if (several) select.append(h("option", { value: "\0" }, chosen.join(", ")));
      // The first option is for all words, an empty word has a place behind it.
      select.selectedIndex = several ? select.options.length - 1 : chosen.length === 0 ? 0 : inOrder(name, words).indexOf(chosen[0]!) + 1;
      select.onchange = () => {
        const { [name]: _, ...where } = this.filters.where;
        const word = inOrder(name, words)[select.selectedIndex - 1];
        this.set({ where: select.selectedIndex === 0 || word === undefined ? where : { ...where, [name]: [word] } });
      };
      const label = labelled(capital(column.label), select);
      label.dataset.column = name;
      return [label];
    });
    this.choices.replaceChildren(...made);
    made.find((label) => label.dataset.column === focused)?.querySelector("select")?.focus();
  }

  /** What is asked for and has no field here: it can be taken back. */
  private showOthers(section: Section | undefined): void {
    const { where, aws } = this.filters;
    const drop = (text: string, change: Partial<Filters>): HTMLElement =>
      h("button", { type: "button", class: "chip", title: "Take this filter back", onclick: () => this.set(change) }, visible(text), " ×");
    const chips = Object.entries(where).flatMap(([name, words]) => {
      if (words.length === 0 || (section && CHOICES.includes(name) && section.words(name))) return [];
      const { [name]: _, ...others } = where;
      return [drop(`${section?.column(name)?.label ?? name.replaceAll("_", " ")}: ${words.map((word) => word || "(none)").join(", ")}`, { where: others })];
    });
    if (aws === "only") chips.push(drop("only what AWS controls", { aws: "" }));
    this.others.replaceChildren(...chips);
    this.others.hidden = chips.length === 0;
  }

  private toggle(verdict: string): void {
    const { verdicts } = this.filters;
    this.set({ verdicts: verdicts.includes(verdict) ? verdicts.filter((v) => v !== verdict) : [...verdicts, verdict] });
  }

  private set(change: Partial<Filters>, typing = false): void {
    this.filters = { ...this.filters, ...change };
    this.react(this.filters, typing);
  }

  private suggest(): void {
    const part = this.filters.entity.toLowerCase();
    const options: HTMLElement[] = [];
    for (const entity of this.entities) {
      if (options.length === MOST_SUGGESTED) break;
      if (entity.toLowerCase().includes(part)) options.push(h("option", { value: entity }));
    }
    this.suggestions.replaceChildren(...options);
  }
}

function labelled(text: string, field: HTMLElement): HTMLLabelElement {
  return h("label", {}, h("span", {}, text), field);
}

const OCCURRING = new WeakMap<Section, Map<string, string[]>>();

/** The words of a column that rows of the section have, whatever else is chosen: its dictionary may be that of a longer table. */
function occurring(section: Section, name: string, { aws }: Filters): string[] {
  const known = OCCURRING.get(section) ?? new Map<string, string[]>();
  OCCURRING.set(section, known);
  const column = section.words(name);
  if (!column) return [];
  const withoutAws = aws === "" && section.aws.length > 0;
  let words = known.get(`${name} ${withoutAws}`);
  if (words === undefined) {
    const seen = new Uint8Array(column.words.length);
    for (const row of section.rows) if (seen[column.codes[row]!] === 0 && !(withoutAws && section.isAws(row))) seen[column.codes[row]!] = 1;
    words = [...new Set(column.words.filter((_, code) => seen[code] === 1))];
    known.set(`${name} ${withoutAws}`, words);
  }
  return words;
}

const NAMES = new WeakMap<Report, Map<string, string>>();

/** What people call accounts, where anything says so. */
export function accountNames(report: Report): Map<string, string> {
  const known = NAMES.get(report);
  if (known) return known;
  const names = new Map<string, string>();
  NAMES.set(report, names);
  // One row per account says it as well as half a million.
  const summary = report.sections.filter(({ id }) => id === "summary");
  for (const section of summary.length > 0 ? summary : report.sections) {
    const [id, name] = [section.words("account_id"), section.words("account_name")];
    if (id && name) for (const row of section.rows) if (name.text(row) !== "") names.set(id.text(row), name.text(row));
  }
  return names;
}
