//! Answers about policies to grants: who holds which statement.
//!
//! Comes in: every [`PolicyAnswer`] of a run, in any order. Goes out: [`Grants`], each entity with the policies that it is known to
//! hold, and a [`Problem`] for what contradicts. Answers are put together record by record, so that pages need no order. Where two
//! answers differ about one thing, the newer one counts; where nothing says which is newer, the thing is unknown.

mod disputed;
mod earlier;
mod former;
mod links;
mod merge;
mod owners;
mod parts;
mod past;
mod policies;
mod sets;
mod single;
mod standing;
#[cfg(test)]
mod tests;
mod ties;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::catalogue::Catalogue;
use crate::model::policy::{
    Boundary, BoundaryRecord, EarlierHoldings, Grants, Held, HeldPolicy, Holder, KnownPolicies, Lacked, PatternKind,
    PolicyAnswer, PolicyOperation, PolicyQuotas, PolicyRecord, SavedInventory, Statement, Universe, Via,
};
use crate::model::{AccountId, Arn, Entity, EntityKind, EntityStatement, Instant};
use crate::problem::{Kind, Problem, counted};
use crate::resolve::{dates, entity};
use merge::{MergedEntity, Merger};
use owners::Known;
use past::PastHoldings;
use policies::Shelf;
use single::Single;
pub use ties::{Tie, ties};

/// An answer with its account and date, as far as anything says them.
struct Dated<'a> {
    answer: &'a PolicyAnswer,
    account: Option<AccountId>,
    made_at: Option<Instant>,
}

/// Account and ARN.
type Key = (Option<AccountId>, Arn);

/// What is known apart from answers about policies.
#[derive(Clone, Copy)]
struct Beside<'a> {
    /// Entities that other documents name: most answers about a part of what an entity holds say only its name.
    known: &'a [&'a Entity],
    /// Those of answers about single entities.
    statements: &'a [EntityStatement],
    catalogue: &'a Catalogue,
    /// How many newer days left something open.
    depth: usize,
}

/// Puts the answers together. `known` are entities that other documents name: most answers about a part of what an entity holds say only its name.
/// `statements` are those of answers about single entities.
#[must_use]
pub fn settle(
    mut answers: Vec<&PolicyAnswer>,
    known: &[&Entity],
    statements: &[EntityStatement],
    catalogue: &Catalogue,
) -> (Grants, Vec<Problem>) {
    answers.sort_by_key(|answer| (&answer.source, &answer.locator));
    let dated = answers.iter().map(|answer| dated(answer)).collect();
    settle_dated(dated, &Beside { known, statements, catalogue, depth: 0 }, None)
}

/// The same, of answers in order; `universe` are the actions of the newest answers, if these are older ones.
fn settle_dated(dated: Vec<Dated>, beside: &Beside, universe: Option<&Arc<Universe>>) -> (Grants, Vec<Problem>) {
    let (dated, older) = newest(dated);
    let mut merger = Merger::default();
    for answer in &dated {
        merger.add(answer);
    }
    let mut problems = truncated(&dated);
    problems.extend(set_aside(&older, &dated));
    let inventories = inventories(&dated);
    let mut whole_accounts = whole_accounts(&dated);
    let (mut entities, mut policies) = merger.merged(&mut problems);
    let listed_on = |account: Option<&AccountId>, kind: EntityKind| inventories.get(&(account?.clone(), kind)).copied();
    let lacks = |arn: &Arn| listed_on(arn.account(), arn.kind()).is_none();
    let of_parts = parts::of(&dated);
    let mut unplaced = links::UnplacedHolders::default();
    let known = if of_parts.is_empty() {
        Known::default()
    } else {
        parts::known(&of_parts, beside.known, &entities, &policies)
    };
    if !of_parts.is_empty() {
        let (of_adding, holders) = parts::add(&of_parts, &known, listed_on, &mut entities, &mut policies);
        problems.extend(of_adding);
        whole_accounts.retain(|account| !holders.accounts.contains(account));
        unplaced = holders;
        sets::add(&of_parts, &known, lacks, &mut entities, &mut problems);
    }
    let past = PastHoldings::new(dated.iter().chain(&older), &of_parts, &known);
    let single = Single::of(beside.statements);
    single.limit(&mut entities);
    problems.extend(single.settle(&past, &mut policies));
    let universe = universe.map_or_else(|| all_actions(&entities, &policies, beside.catalogue), Arc::clone);
    let mut shelf = Shelf::new(&universe, &entities, policies, unplaced);
    shelf.count(&entities);
    problems.extend(without_document(&dated, &entities, &shelf));
    let members = members(&entities);
    let mut holders = BTreeMap::new();
    for entity in entities.values() {
        let holder = holder(entity, &entities, &members, &mut shelf);
        holders.insert((entity.arn.account().cloned(), entity.arn.clone()), holder);
    }
    earlier::add(&older, &mut holders);
    earlier::add_newest(&dated, &mut holders);
    past.add(&mut holders, shelf.records(), &single);
    for (account, arn) in shelf.known() {
        let holder = policy_as_holder((account.as_ref(), &arn), &mut shelf, &past);
        holders.insert((account, arn), holder);
    }
    let former_holders = former::holders(&older, &holders, beside, &universe);
    let quotas = quotas(&dated);
    let narrow_lists = super::owners::narrow_lists(dated.iter().map(|dated| dated.answer));
    (Grants { universe, holders, former_holders, inventories, narrow_lists, whole_accounts, quotas }, problems)
}

/// A managed policy as that which holds its own document: a dump can be of a policy.
fn policy_as_holder((account, arn): (Option<&AccountId>, &Arn), shelf: &mut Shelf, past: &PastHoldings) -> Holder {
    let policy = shelf.managed(account, arn.as_str());
    let created = policy.history.as_ref().and_then(|history| history.created);
    let lacked = past.other_documents(account, arn, policy.document.as_ref(), shelf.records());
    let earlier = |one: &Lacked| {
        let documents = vec![Arc::clone(one.document.as_ref()?)];
        Some(EarlierHoldings { at: one.at?, until: one.until, documents, is_whole: true })
    };
    let mut earlier: Vec<_> = lacked.iter().filter_map(earlier).collect();
    earlier.sort_by_key(|one| one.at);
    Holder {
        entity: Entity { account: account.cloned(), created, ..entity::of_arn(arn) },
        is_complete: policy.document.is_some(),
        boundary: Boundary::None,
        missing_groups: Vec::new(),
        known: KnownPolicies::ALL,
        earlier_boundaries: Vec::new(),
        as_of: None,
        unchanged: past.days_with((account, arn), policy.document.as_ref(), shelf.records()),
        earlier,
        disputed: disputed::of_policy(account, arn.as_str(), shelf).into_iter().collect(),
        source: policy.source.clone(),
        held: vec![Held {
            lacked,
            policy,
            via: Via::Itself,
            group_created: None,
            group_undated: false,
            may_be_boundary: false,
        }],
        arn: arn.clone(),
    }
}

impl Dated<'_> {
    /// Whether its account is that of its place, and not only that of a policy in it.
    fn is_placed(&self) -> bool {
        let path = self.answer.source.logical_path();
        let mut in_path = path.split(|c: char| !c.is_ascii_digit()).filter_map(AccountId::parse);
        self.answer.account.is_some() || in_path.any(|account| Some(&account) == self.account.as_ref())
    }
}

/// Whether both are of one day, or neither has a date.
fn same_moment(one: Option<Instant>, other: Option<Instant>) -> bool {
    one.map(Instant::day) == other.map(Instant::day)
}

/// Whether it was made on a day before that of `than`, as far as both are known.
fn is_of_earlier_day(made_at: Option<Instant>, than: Option<Instant>) -> bool {
    made_at.zip(than).is_some_and(|(made_at, than)| made_at.day() < than.day())
}

/// The account of an answer: the key above it, else the only one among the ARNs in it, else the only one in its path.
fn dated(answer: &PolicyAnswer) -> Dated<'_> {
    let entities = answer.entities.iter().filter_map(|entity| entity.arn.account());
    let policies = answer.policies.iter().filter_map(|policy| policy.arn.account());
    let only = |mut accounts: BTreeSet<AccountId>| if accounts.len() == 1 { accounts.pop_first() } else { None };
    let path = answer.source.logical_path();
    let in_path = path.split(|c: char| !c.is_ascii_digit()).filter_map(AccountId::parse);
    let account = answer
        .account
        .clone()
        .or_else(|| only(entities.chain(policies).cloned().collect()))
        .or_else(|| only(in_path.collect()));
    Dated { answer, account, made_at: made_at(answer) }
}

/// The account of an answer, as far as anything says it.
pub(super) fn account_of(answer: &PolicyAnswer) -> Option<AccountId> {
    dated(answer).account
}

/// When an answer was made: as it says itself, else as its path does.
pub(super) fn made_at(answer: &PolicyAnswer) -> Option<Instant> {
    answer.made_at.or_else(|| dates::in_path(&answer.source))
}

/// Whether an answer was made up to `at`, where that is asked; one without a date may have been.
#[must_use]
pub fn is_made_by(answer: &PolicyAnswer, at: Option<Instant>) -> bool {
    made_at(answer).zip(at).is_none_or(|(made, at)| made <= at)
}

/// Whether a statement of an answer about a single entity was made up to `at`, where that is asked; one without a date may have been.
#[must_use]
pub fn is_stated_by(statement: &EntityStatement, at: Option<Instant>) -> bool {
    dates::in_path(&statement.source).or(statement.made_at).zip(at).is_none_or(|(made, at)| made <= at)
}

/// Apart from the others, authorization details that were made on an earlier day than others of their account: what was deleted since is no grant.
fn newest(answers: Vec<Dated>) -> (Vec<Dated>, Vec<Dated>) {
    let mut days = BTreeMap::new();
    let of_account = |answer: &Dated| {
        let is_whole = answer.answer.operation == PolicyOperation::AuthorizationDetails;
        answer.account.clone().filter(|_| is_whole).zip(answer.made_at.map(Instant::day))
    };
    for (account, day) in answers.iter().filter_map(of_account) {
        days.entry(account).and_modify(|newest| *newest = day.max(*newest)).or_insert(day);
    }
    let is_newest = |answer: &Dated| of_account(answer).is_none_or(|(account, day)| days[&account] == day);
    answers.into_iter().partition(is_newest)
}

/// When all entities of a kind were listed. A list that is empty may have been filtered away, and says nothing; of several pages nobody knows
/// whether one in the middle is missing.
fn inventories(answers: &[Dated]) -> BTreeMap<(AccountId, EntityKind), Instant> {
    let mut inventories = BTreeMap::new();
    let mut whole: BTreeMap<&AccountId, bool> = BTreeMap::new();
    let details = answers.iter().filter(|dated| dated.answer.operation == PolicyOperation::AuthorizationDetails);
    for (dated, account) in details.clone().filter_map(|dated| Some((dated, dated.account.as_ref()?))) {
        *whole.entry(account).or_insert(true) &= !dated.answer.is_truncated;
    }
    for Dated { answer, account, made_at } in details {
        let Some((account, made_at)) = account.as_ref().zip(*made_at).filter(|(account, _)| whole[account]) else {
            continue;
        };
        for entity in &answer.entities {
            // Several answers of one day are one list, as old as the first of them.
            let made = inventories.entry((account.clone(), entity.arn.kind())).or_insert(made_at);
            *made = made_at.min(*made);
        }
    }
    inventories
}

/// The quotas of each account. Of several summaries of one account the lower numbers count. A summary does not name its account: if nothing
/// around it does, it is of the only account of the run; of several accounts, nobody knows which, so it raises nothing, and what it lowers is
/// lower for all.
fn quotas(answers: &[Dated]) -> BTreeMap<Option<AccountId>, PolicyQuotas> {
    let accounts: BTreeSet<&AccountId> = answers.iter().filter_map(|dated| dated.account.as_ref()).collect();
    let only = accounts.first().filter(|_| accounts.len() == 1).copied();
    let mut quotas: BTreeMap<Option<AccountId>, PolicyQuotas> = BTreeMap::new();
    for (account, own) in answers.iter().filter_map(|dated| Some((dated.account.as_ref(), dated.answer.quotas?))) {
        let account = account.or(only).cloned();
        quotas.entry(account).and_modify(|known| *known = known.lower(own)).or_insert(own);
    }
    quotas
}

/// The inventories among the answers: lists of all entities of a kind or of several. Groups have none of their own, since the list of an account's
/// groups looks like that of a user's.
#[must_use]
pub fn saved_inventories<'a>(answers: impl Iterator<Item = &'a PolicyAnswer>) -> Vec<SavedInventory> {
    use PolicyOperation::{AuthorizationDetails, CredentialReport, Roles, Users};
    let is_list =
        |answer: &&PolicyAnswer| matches!(answer.operation, AuthorizationDetails | CredentialReport | Roles | Users);
    let mut by_list: BTreeMap<_, Vec<Dated>> = BTreeMap::new();
    let of_account = |answer| {
        let dated = dated(answer);
        Dated { account: super::owners::account_of_rows(answer).or(dated.account), ..dated }
    };
    for dated in newest(answers.filter(is_list).map(of_account).collect()).0 {
        by_list.entry((dated.account.clone(), dated.answer.operation)).or_default().push(dated);
    }
    let inventory = |((account, operation), pages): ((_, _), Vec<Dated>)| {
        // A list of an earlier day names what was deleted since.
        let last = pages.iter().filter_map(|page| page.made_at).max();
        let pages: Vec<Dated> = pages.into_iter().filter(|page| !is_of_earlier_day(page.made_at, last)).collect();
        let mut entities = BTreeSet::new();
        for page in &pages {
            let policies = page.answer.policies.iter().map(|policy| &policy.arn).filter(|arn| arn.account().is_some());
            entities.extend(page.answer.entities.iter().map(|entity| &entity.arn).chain(policies).cloned());
            entities.extend(super::owners::users_of_rows(page.answer));
        }
        let lacks_root =
            operation == CredentialReport && !pages.iter().any(|page| super::owners::has_root(page.answer));
        let is_cut = lacks_root || pages.iter().all(|page| page.answer.is_truncated);
        let made_at = pages.iter().map(|page| page.made_at).min().flatten();
        SavedInventory { account, operation, entities, is_cut, made_at }
    };
    by_list.into_iter().map(inventory).collect()
}

/// Accounts of which a last page is missing.
fn truncated(answers: &[Dated]) -> Vec<Problem> {
    let mut by_list: BTreeMap<_, Vec<&PolicyAnswer>> = BTreeMap::new();
    // Lists of one entity are put together entity by entity.
    for dated in answers.iter().filter(|dated| dated.answer.part.is_none()) {
        by_list.entry((&dated.account, dated.answer.operation)).or_default().push(dated.answer);
    }
    let without_last = by_list.into_values().filter(|pages| pages.iter().all(|page| page.is_truncated));
    without_last.filter_map(|pages| pages.last().map(|page| cut(page))).collect()
}

/// Says of what older authorization details have, and the newest ones of their account do not: these may have been saved with a filter, and then
/// nobody knows what holds today.
fn set_aside(older: &[Dated], newest: &[Dated]) -> Vec<Problem> {
    let kinds = |dated: &Dated| -> BTreeSet<EntityKind> {
        let policies = dated.answer.policies.iter().map(|policy| policy.arn.kind());
        dated.answer.entities.iter().map(|entity| entity.arn.kind()).chain(policies).collect()
    };
    let is_details = |dated: &&Dated| dated.answer.operation == PolicyOperation::AuthorizationDetails;
    let mut known: BTreeSet<(Option<&AccountId>, EntityKind)> = BTreeSet::new();
    for dated in newest.iter().filter(is_details) {
        known.extend(kinds(dated).into_iter().map(|kind| (dated.account.as_ref(), kind)));
    }
    let mut by_day: Vec<&Dated> = older.iter().collect();
    by_day.sort_by_key(|dated| (std::cmp::Reverse(dated.made_at), &dated.answer.source));
    let mut problems = Vec::new();
    for dated in by_day {
        let unknown: Vec<_> =
            kinds(dated).into_iter().filter(|kind| known.insert((dated.account.as_ref(), *kind))).collect();
        if let Some(kind) = unknown.first() {
            let others = if unknown.len() > 1 { " and others" } else { "" };
            let what = format!(
                "has a {kind}{others} of an account of which later authorization details have none, so it was not used for them"
            );
            let problem = Problem::new(Kind::Note, &dated.answer.source, what).at(&dated.answer.locator);
            problems.push(problem.advise("Save the later answer again without --filter, or leave it out."));
        }
    }
    problems
}

/// Says of each account which policies its entities hold without a document. A document that is there and was not used has its own problem.
fn without_document(answers: &[Dated], entities: &BTreeMap<Arn, MergedEntity>, shelf: &Shelf) -> Vec<Problem> {
    let policies = answers.iter().flat_map(|dated| &dated.answer.policies);
    let has_document = |policy: &&PolicyRecord| policy.versions.iter().any(|version| version.document.is_some());
    let saved: BTreeSet<&str> = policies.filter(has_document).map(|policy| policy.arn.as_str()).collect();
    let mut missing: BTreeMap<Option<&AccountId>, (&str, BTreeSet<&str>)> = BTreeMap::new();
    for entity in entities.values() {
        let account = entity.arn.account();
        let attached = entity.attached.iter().flatten().filter(|arn| !saved.contains(arn.as_str()));
        for arn in attached.filter(|arn| shelf.lacks_document(account, arn)) {
            missing.entry(account).or_insert_with(|| (&entity.source, BTreeSet::new())).1.insert(arn);
        }
    }
    let problem = |(account, (source, arns)): (Option<&AccountId>, (&str, BTreeSet<&str>))| {
        let name = |arn: &&str| if arn.is_empty() { "one without an ARN".to_owned() } else { (*arn).to_owned() };
        let names: Vec<String> = arns.iter().map(name).collect();
        let what = format!(
            "entities hold {} without a saved document, so that nobody knows what is granted there: {}",
            counted(names.len(), "policy", "policies"),
            links::listed(&names)
        );
        let is_filtered = answers.iter().any(|dated| {
            dated.answer.operation == PolicyOperation::AuthorizationDetails && dated.account.as_ref() == account
        });
        let advice = if is_filtered {
            "Save the authorization details without --filter, or also those with --filter AWSManagedPolicy LocalManagedPolicy, on the same day."
        } else {
            "Save get-policy-version of each, or get-account-authorization-details."
        };
        Problem::new(Kind::DocumentMissing, source, what).advise(advice)
    };
    missing.into_iter().map(problem).collect()
}

fn cut(page: &PolicyAnswer) -> Problem {
    let what = "another page follows, and it is not here: entities and policies on it are unknown";
    let problem = Problem::new(Kind::Truncated, &page.source, what).at(&page.locator);
    problem.advise("Save every page, or the answer of the AWS CLI without --max-items.")
}

/// The accounts of which every page of the authorization details is here, and users with their groups are among them: a filter may have left
/// these out.
fn whole_accounts(answers: &[Dated]) -> BTreeSet<AccountId> {
    let mut pages: BTreeMap<&AccountId, (bool, bool, bool)> = BTreeMap::new();
    let is_of_details = |dated: &&Dated| dated.answer.operation == PolicyOperation::AuthorizationDetails;
    for dated in answers.iter().filter(is_of_details) {
        let Some(account) = &dated.account else { continue };
        let (has_last, has_users, lacks_groups) = pages.entry(account).or_default();
        *has_last |= !dated.answer.is_truncated;
        for user in dated.answer.entities.iter().filter(|entity| entity.arn.kind() == EntityKind::User) {
            *has_users = true;
            // A user of unknown groups may be a member of each.
            *lacks_groups |= user.groups.is_none();
        }
    }
    let is_whole = |(last, users, lacks_groups): (bool, bool, bool)| last && users && !lacks_groups;
    pages.into_iter().filter(|(_, found)| is_whole(*found)).map(|(account, _)| account.clone()).collect()
}

/// The actions of the catalogue, and those that documents name exactly.
fn all_actions(
    entities: &BTreeMap<Arn, MergedEntity>,
    policies: &merge::MergedPolicies,
    catalogue: &Catalogue,
) -> Arc<Universe> {
    let inline = entities.values().flat_map(|entity| entity.inline.iter().flatten());
    let inline = inline.filter_map(|policy| policy.document.as_ref().ok());
    let managed = policies.values().flat_map(|policy| &policy.record.versions);
    let managed = managed.filter_map(|version| version.document.as_ref()?.as_ref().ok());
    let statements = inline.chain(managed).flat_map(|document| &document.statements);
    let exact = statements.flat_map(Statement::patterns).filter(|p| p.kind() == PatternKind::Exact);
    // A million names are mostly some thousand ones.
    let mut seen = FxHashSet::default();
    let distinct = exact.filter(|pattern| seen.insert(pattern.written()));
    let named = distinct.filter_map(|pattern| pattern.written().split_once(':'));
    let known = catalogue.universe();
    let mut others = named.filter(|(service, action)| known.place(service, action).is_none()).peekable();
    if others.peek().is_none() {
        return Arc::clone(known);
    }
    Arc::new(Universe::new(catalogue.known_actions(), others))
}

/// The users of each group, by its account and name.
type GroupMembers<'e> = BTreeMap<(Option<&'e AccountId>, &'e str), Vec<&'e Arn>>;

fn members(entities: &BTreeMap<Arn, MergedEntity>) -> GroupMembers<'_> {
    let mut members: GroupMembers = BTreeMap::new();
    for entity in entities.values() {
        for group in entity.groups.iter().flatten() {
            members.entry((entity.arn.account(), group)).or_default().push(&entity.arn);
        }
    }
    members
}

fn holder(
    entity: &MergedEntity,
    entities: &BTreeMap<Arn, MergedEntity>,
    members: &GroupMembers,
    shelf: &mut Shelf,
) -> Holder {
    let mut held = own(entity, &Via::Direct, members, shelf);
    let is_listed =
        |of: &MergedEntity| (of.attached.is_some() && !of.is_partial, of.inline.is_some() && !of.is_partial);
    let (attached, inline) = is_listed(entity);
    let mut of_groups = entity.arn.kind() != EntityKind::User || entity.groups.is_some() && !entity.is_partial;
    let mut missing_groups = Vec::new();
    if entity.arn.kind() == EntityKind::User {
        for name in entity.groups.iter().flatten() {
            match group(entities, &entity.arn, name) {
                Some(group) => {
                    of_groups &= is_listed(group) == (true, true);
                    held.extend(own(group, &Via::Group(name.clone()), members, shelf));
                }
                None => missing_groups.push(name.clone()),
            }
        }
    }
    of_groups &= missing_groups.is_empty();
    let known = KnownPolicies { attached, inline, of_groups };
    let is_complete = known == KnownPolicies::ALL && held.iter().all(|held| held.policy.document.is_some());
    let boundary = match &entity.boundary {
        BoundaryRecord::None => Boundary::None,
        BoundaryRecord::NotSaid if entity.arn.kind() == EntityKind::Group => Boundary::None,
        BoundaryRecord::NotSaid => Boundary::Unknown,
        BoundaryRecord::Policy(arn) => Some(shelf.managed(entity.arn.account(), arn))
            .filter(|policy| policy.document.is_some())
            .map_or(Boundary::Unknown, Boundary::Policy),
    };
    Holder {
        entity: Entity { created: entity.created, ..entity::of_arn(&entity.arn) },
        held,
        missing_groups,
        known,
        is_complete,
        boundary,
        earlier_boundaries: Vec::new(),
        as_of: entity.as_of,
        unchanged: Vec::new(),
        earlier: Vec::new(),
        disputed: disputed::of(entity, entities, shelf),
        source: entity.source.clone(),
        arn: entity.arn.clone(),
    }
}

fn group<'e>(entities: &'e BTreeMap<Arn, MergedEntity>, user: &Arn, name: &str) -> Option<&'e MergedEntity> {
    let is_it = |entity: &&MergedEntity| {
        entity.arn.kind() == EntityKind::Group && entity.arn.account() == user.account() && entity.arn.name() == name
    };
    entities.values().find(is_it)
}

/// The policies that stand in an entity or are attached to it.
fn own(entity: &MergedEntity, via: &Via, members: &GroupMembers, shelf: &mut Shelf) -> Vec<Held> {
    let holders = match entity.arn.kind() {
        EntityKind::Group => members.get(&(entity.arn.account(), entity.arn.name())).map_or(0, Vec::len),
        _ => 1,
    };
    let inline = entity.inline.iter().flatten();
    let mut policies: Vec<Arc<_>> = inline.map(|policy| shelf.inline(policy, holders, &entity.source)).collect();
    let attached = entity.attached.iter().flatten();
    policies.extend(attached.map(|arn| shelf.managed(entity.arn.account(), arn)));
    let is_by_group = matches!(via, Via::Group(_));
    let (group_created, group_undated) = (entity.created.filter(|_| is_by_group), entity.undated && is_by_group);
    let may_be_boundary =
        |policy: &HeldPolicy| policy.arn.as_ref().is_some_and(|arn| entity.maybe_boundary.contains(arn));
    let held = policies.into_iter().map(|policy| Held {
        via: via.clone(),
        group_created,
        group_undated,
        may_be_boundary: may_be_boundary(&policy),
        lacked: Vec::new(),
        policy,
    });
    held.collect()
}

/// What a reader should know where a run does not report on grants.
#[must_use]
pub fn left_out(answer: &PolicyAnswer) -> Problem {
    use PolicyOperation as Of;
    let (says, command) = match answer.operation {
        Of::CredentialReport | Of::AccessKeys | Of::AccessKeyLastUsed | Of::LoginProfile => {
            ("how passwords and keys were used, not permissions", "credentials")
        }
        Of::AccountSummary => ("how much policies may hold, not what is used", "recommend"),
        _ => ("what is granted, not what is used", "grants"),
    };
    let what = format!("this is the answer of `aws iam {}`, which says {says}", answer.operation);
    let problem = Problem::new(Kind::OtherReport, &answer.source, what).at(&answer.locator);
    problem.advise(format!("`dormant {command}` reports on it."))
}
