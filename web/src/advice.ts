// What to do about each kind of finding, how to be sure first, and what these dumps cannot show.

/** Three lines: how to take it away safely, how to check first, what AWS does not see. */
export interface Advice {
  title: string;
  lines: string[];
}

const UNSEEN =
  "AWS does not track every action: data events such as s3:GetObject and sqs:SendMessage, some reads, and iam:PassRole never appear. A service that is in use may be used through them alone.";
const RARE =
  "Ask the owner about work that runs once a quarter or once a year, such as closing the books or a recovery test: AWS keeps 400 days at the most, and the dumps show no more than the days that AWS was watching.";

const REMEDIES: Record<string, string> = {
  aws: "AWS writes the policies that grant it. Detach them, or replace them with policies of your own that grant less.",
  both: "Take the permission out of your own policies that grant it, in a test account first; detach the policies that AWS writes, or replace them with policies of your own that grant less.",
  "edit-policy": "Take the permission out of the policies that grant it, in a test account first; keep the old version of a managed policy, and a copy of an inline policy, which has no versions, for a month: one command brings it back.",
  "detach-or-replace": "AWS edits this policy. Detach it, or attach a policy of your own that grants less.",
  "change-permission-set": "IAM Identity Center makes this role from a permission set. Change the permission set: every account that has it changes with it.",
  none: "AWS controls this role for one of its services, and nobody else can edit it. If the service is not used any more, remove the service's own resources; the role can be deleted after that.",
};

/** What there is to do about a dump that tells no entity. */
export const UNNAMED = "Nothing tells the entity of this dump. Find out which it is, and name it with --manifest; take nothing away before.";

export function remedyOf(remedy: string): string | undefined {
  return REMEDIES[remedy];
}

/** What to do about a dump that is not whole, by what it proves. */
const INCOMPLETE: Record<string, string> = {
  pending: "The job had not finished when its answer was saved: save it again with the same JobId when the job is COMPLETED.",
  failed: "The job failed: start another one, and save its answer.",
  contradicted: "Its own accesses show that the dump is about another entity: find out which, and collect the dump of this one.",
};

/** What a job is that gave no data, by what its dump proves. */
export const UNUSABLE: Record<string, string> = { pending: "had not finished", failed: "failed", contradicted: "is about another entity" };

/** The advice for an entity that has such findings. */
export function adviceFor(has: { unused: boolean; stale: boolean; unknown: boolean; never: boolean; actions: boolean; incomplete: string; newer: string[] }, remedy: string): Advice[] {
  const how = REMEDIES[remedy] ?? REMEDIES["edit-policy"]!;
  const all: (Advice | false)[] = [
    has.newer.length > 0 && { title: "Save a new dump first", lines: has.newer },
    has.incomplete !== "" && { title: "The evidence is incomplete: save a new dump first", lines: [INCOMPLETE[has.incomplete] ?? "Collect the dump of this entity again: pages are missing.", "Permissions that the dump does not list are judged by an older dump, as of its date. Without one they are not counted: they are neither unused nor revoked.", "`dormant check` says which file falls short and why."] },
    has.never && {
      title: "The entity was not used while AWS was watching",
      lines: ["Deny first, delete later: attach a policy that denies everything, or remove the trust policy's principals and deactivate keys. Delete the entity after a month without complaint.", RARE, "A role that others assume, or a user that signs in once a year, leaves no trace between two dumps that are far apart: compare two dates."],
    },
    has.unused && { title: "Unused services", lines: [how, RARE, UNSEEN] },
    has.actions && { title: "Unused actions of services in use", lines: [how, "Look at write actions and permissions management first: reads cost little to keep and much to miss.", UNSEEN] },
    has.stale && { title: "Stale permissions", lines: [how, "It was used once: the last use and its region say by which job. Ask whether the job is gone before you take the permission away.", RARE] },
    has.unknown && { title: "Unknown permissions", lines: ["Take nothing away on this evidence.", "Collect another dump later, with ACTION_LEVEL granularity: the reason in each row says what is missing.", "A permission that was granted a short while ago is not unused because nobody has used it yet."] },
  ];
  return all.filter((one) => one !== false);
}
