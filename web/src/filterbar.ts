// The filters, one bar for all tables: what is chosen stays chosen from table to table.

import { h, visible } from "./dom";
import type { Report } from "./report";
import { type Filters, NO_FILTERS } from "./rows";
import { VERDICTS } from "./theme";

/** Suggestions under the entity field; typing narrows them. */
const MOST_SUGGESTED = 60;

export class FilterBar {
  readonly element: HTMLElement;
  private readonly account: HTMLSelectElement;
  private readonly service: HTMLSelectElement;
  private readonly entity: HTMLInputElement;
  private readonly search: HTMLInputElement;
  private readonly suggestions = h("datalist", { id: "entities" });
  private readonly verdicts: HTMLButtonElement[];
  private readonly entities: string[];
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
    const choice = (name: keyof Filters, none: string, words: string[]): HTMLSelectElement =>
      h(
        "select",
        { onchange: (event) => this.set({ [name]: (event.target as HTMLSelectElement).value }) },
        h("option", { value: "" }, none),
        ...words.map((word) => h("option", { value: word }, visible(word))),
      );
    this.account = choice("account", "All accounts", all("account_id", "account_a"));
    this.service = choice("service", "All services", all("service_namespace"));
    const typed = (name: keyof Filters) => (event: Event) => this.set({ [name]: (event.target as HTMLInputElement).value }, true);
    this.entity = h("input", { type: "search", list: "entities", placeholder: "name or ARN", autocomplete: "off", spellcheck: "false", oninput: typed("entity") });
    this.search = h("input", { type: "search", placeholder: "in every text column", autocomplete: "off", spellcheck: "false", oninput: typed("search") });
    this.verdicts = VERDICTS.map((verdict) =>
      h("button", { type: "button", class: `toggle ${verdict}`, "aria-pressed": "false", onclick: () => this.toggle(verdict) }, verdict),
    );
    const label = (text: string, field: HTMLElement): HTMLElement => h("label", {}, h("span", {}, text), field);
    this.element = h(
      "form",
      { class: "filters", role: "search", "aria-label": "Filters", onsubmit: (event) => event.preventDefault() },
      label("Search", this.search),
      label("Account", this.account),
      label("Entity", this.entity),
      label("Service", this.service),
      h("div", { class: "verdicts", role: "group", "aria-label": "Verdict" }, h("span", { class: "group-name", "aria-hidden": "true" }, "Verdict"), ...this.verdicts),
      h("button", { type: "button", class: "clear", onclick: () => this.set(NO_FILTERS) }, "Clear"),
      this.suggestions,
    );
  }

  /** Shows what holds, without telling anyone. */
  show(filters: Filters): void {
    this.filters = filters;
    const put = (field: HTMLInputElement | HTMLSelectElement, value: string): void => {
      if (field.value !== value) field.value = value;
    };
    put(this.search, filters.search);
    put(this.entity, filters.entity);
    for (const [field, value] of [[this.account, filters.account], [this.service, filters.service]] as const) {
      // A value from an old bookmark that this report does not have is still what is asked for.
      if (value && ![...field.options].some((option) => option.value === value)) field.append(h("option", { value }, visible(value)));
      put(field, value);
    }
    for (const button of this.verdicts) {
      button.setAttribute("aria-pressed", String(filters.verdicts.includes(button.textContent ?? "")));
    }
    this.suggest();
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
