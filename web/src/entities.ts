// Which entity a row is about, found by codes: texts are put together once for each entity, not once for each row.

import { shortArn } from "./fields";
import { entityLink } from "./links";
import type { Section } from "./report";
import { exactly, type Filters } from "./rows";

export interface Entity {
  /** The same for the same entity in every section. */
  key: string;
  arn: string;
  name: string;
  /** Type and name. */
  title: string;
  account: string;
  accountName: string;
}

/** What stands between two codes that are joined to one number: no dictionary has more texts. */
const SPAN = 2 ** 26;

/** Tells the entity of a row; `undefined` where the section's rows are about none. */
export function entityOf(section: Section): ((row: number) => Entity) | undefined {
  const [arn, name, account] = [section.words("entity_arn"), section.words("entity_name"), section.words("account_id")];
  if (!arn) return undefined;
  const [kind, accountName] = [section.words("entity_type"), section.words("account_name")];
  const known = new Map<number, Entity>();
  // Rows of one entity follow each other.
  let [latest, latestEntity]: [number, Entity | undefined] = [Number.NaN, undefined];
  const unnamed = arn.words.indexOf("");
  return (row) => {
    const isUnnamed = arn.codes[row] === unnamed;
    const lead = isUnnamed ? -1 - (name?.codes[row] ?? 0) : arn.codes[row]!;
    const code = lead * SPAN + (account?.codes[row] ?? 0);
    if (code === latest) return latestEntity!;
    let entity = known.get(code);
    if (entity === undefined) {
      const text = { arn: arn.text(row), name: name?.text(row) ?? "", account: account?.text(row) ?? "" };
      entity = {
        ...text,
        key: [text.arn || text.name, text.account].join("\n"),
        title: name ? [kind?.text(row) ?? "", text.name].filter(Boolean).join("/") : shortArn(text.arn),
        accountName: accountName?.text(row) ?? "",
      };
      known.set(code, entity);
    }
    [latest, latestEntity] = [code, entity];
    return entity;
  };
}

export function linkTo({ arn, name, account }: Entity): string {
  return entityLink(arn, name, account);
}

/** The filters that leave this entity and no other. */
export function only({ arn, name, account }: Entity): Partial<Filters> {
  return { entity: exactly(arn, name), ...(account === "" ? { where: { account_id: [""] } } : { account }) };
}
