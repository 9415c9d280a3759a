//! Answers about a part of what one entity holds, or of one policy: a list of attached policies, one inline policy, one version, a permission
//! set.
//!
//! Comes in: these answers, and what the others come to. Goes out: the same with the parts added. What an answer of
//! `get-account-authorization-details` says leads, since it says it all at one moment; a part that it does not have is added, for no grant may
//! be overlooked, and then nobody knows whether the entity holds still more.

use std::collections::{BTreeMap, BTreeSet};

use super::links::{self, UnplacedHolders};
use super::merge::{Dispute, MergedEntity, MergedPolicies, MergedPolicy, lost_date};
use super::owners::{Known, named_in, nobody};
use super::{Dated, cut, is_of_earlier_day, same_moment};
use crate::model::policy::{BoundaryRecord, InlinePolicy, PolicyOperation, PolicyPart, PolicyRecord, PolicyVersion};
use crate::model::{AccountId, Arn, Entity, EntityKind, Instant};
use crate::problem::{Kind, Problem};
use crate::resolve::words;

const HOLDERS: [EntityKind; 3] = [EntityKind::Group, EntityKind::Role, EntityKind::User];

/// What the parts say of one entity or permission set.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub inline: BTreeMap<&'a str, Vec<(&'a InlinePolicy, &'a Dated<'a>)>>,
    pub inline_names: NamedLists<'a>,
    pub attached: NamedLists<'a>,
    pub groups: NamedLists<'a>,
    pub customer: Vec<&'a (String, String)>,
}

/// Lists of names, each with the answer that has it.
pub(super) type NamedLists<'a> = Vec<(BTreeSet<String>, &'a Dated<'a>)>;

/// A list of which the pages and days are put together.
struct JoinedList {
    names: BTreeSet<String>,
    is_whole: bool,
    made_at: Option<Instant>,
}

/// The answers that are about a part.
pub(super) fn of<'a>(answers: &'a [Dated<'a>]) -> Vec<&'a Dated<'a>> {
    let with_part = |dated: &&Dated| dated.answer.part.is_some() || dated.answer.operation == PolicyOperation::Groups;
    answers.iter().filter(with_part).collect()
}

/// Adds what the parts say. `listed_on` tells when all entities of the kind were listed in the account. Returns the problems, and the policies
/// of which an answer names a holder that no other document has.
pub(super) fn add(
    answers: &[&Dated],
    known: &Known,
    listed_on: impl Fn(Option<&AccountId>, EntityKind) -> Option<Instant>,
    entities: &mut BTreeMap<Arn, MergedEntity>,
    policies: &mut MergedPolicies,
) -> (Vec<Problem>, UnplacedHolders) {
    let mut problems = Vec::new();
    let mut of_unknown_users = BTreeSet::new();
    let mut of_unknown_owners = BTreeSet::new();
    let mut owners: BTreeMap<Arn, Parts> = BTreeMap::new();
    let mut versions: BTreeMap<Arn, Vec<(&PolicyVersion, &Dated)>> = BTreeMap::new();
    for dated in answers {
        match part_of(dated, known) {
            Owned::Entity(arn) => owners.entry(arn).or_default().add(dated),
            Owned::Policy(arn, of_policy) => {
                versions.entry(arn).or_default().extend(of_policy.iter().map(|version| (version, *dated)));
            }
            Owned::Elsewhere => of_unknown_users.extend(dated.account.clone().filter(|account| {
                let listed_on = listed_on(Some(account), EntityKind::User);
                is_at_a_user(dated) && !is_of_earlier_day(dated.made_at, listed_on)
            })),
            Owned::Nobody => {
                of_unknown_owners.extend(held_by_unknown(dated, &listed_on));
                problems.push(nobody(dated, known));
            }
        }
    }
    let (mut links, unnamed, mut unplaced) = links::of(answers, known, &listed_on);
    unplaced.accounts = of_unknown_users;
    unplaced.policies.extend(of_unknown_owners);
    problems.extend(unnamed);
    for arn in links.keys() {
        owners.entry(arn.clone()).or_default();
    }
    for (arn, parts) in owners {
        let links = links.remove(&arn).unwrap_or_default();
        // An account of which all was listed at that time or later does not have the entity any more.
        let named_at = parts.newest().max(links.newest());
        let is_gone = listed_on(arn.account(), arn.kind()).is_some_and(|at| !is_of_earlier_day(Some(at), named_at));
        if entities.contains_key(&arn) || !is_gone {
            let entity = entities.entry(arn.clone()).or_insert_with(|| empty(arn));
            parts.settle(entity, &mut problems);
            links.settle(entity, policies);
        }
    }
    for (arn, of_policy) in versions {
        problems.extend(settle_versions(&arn, of_policy, policies));
    }
    (problems, unplaced)
}

/// The policies in a list of what is attached to an entity that no other answer has. If all such entities were listed later, it was deleted.
fn held_by_unknown<'d>(
    dated: &'d Dated,
    listed_on: impl Fn(Option<&AccountId>, EntityKind) -> Option<Instant>,
) -> impl Iterator<Item = (Option<AccountId>, String)> + 'd {
    let arns = match &dated.answer.part {
        Some(PolicyPart::Attached(arns)) => arns.as_slice(),
        _ => &[],
    };
    let kind =
        dated.answer.owner.as_ref().map(|(kind, _)| *kind).or_else(|| named_in(&dated.answer.source).map(|of| of.0));
    let kinds = kind.map_or(HOLDERS.to_vec(), |kind| vec![kind]);
    let is_gone = |arn: &Arn| {
        let account = arn.account().or(dated.account.as_ref());
        kinds.iter().all(|kind| is_of_earlier_day(dated.made_at, listed_on(account, *kind)))
    };
    let policies = arns.iter().filter_map(|text| Arn::parse(text).ok()).filter(|arn| !is_gone(arn)).collect::<Vec<_>>();
    policies.into_iter().map(|arn| (arn.account().or(dated.account.as_ref()).cloned(), arn.to_string()))
}

/// Whether the answer is a list of groups that lies at the place of a user: `users/x/list-groups-for-user.json`.
fn is_at_a_user(dated: &Dated) -> bool {
    let path = dated.answer.source.logical_path().to_lowercase();
    let is_user = |part: &str| {
        let is_folder = words::kind_of_folder(part) == Some(EntityKind::User);
        is_folder || part.contains("for-user") || part.contains("for_user")
    };
    dated.answer.operation == PolicyOperation::Groups && path.split('/').any(is_user)
}

/// The owner of a part.
pub(super) enum Owned<'a> {
    Entity(Arn),
    Policy(Arn, &'a [PolicyVersion]),
    /// A permission set's, or no part.
    Elsewhere,
    Nobody,
}

pub(super) fn part_of<'a>(dated: &Dated<'a>, known: &Known) -> Owned<'a> {
    let entity = |kinds: &[EntityKind], name| known.owner(dated, kinds, name).map_or(Owned::Nobody, Owned::Entity);
    match &dated.answer.part {
        // The answer for an account looks the same: only one that lies at a user's place is that user's.
        None => known.owner(dated, &[EntityKind::User], None).map_or(Owned::Elsewhere, Owned::Entity),
        Some(PolicyPart::Inline(inline)) => entity(&[inline.owner_kind], Some(&inline.owner)),
        Some(PolicyPart::Attached(_)) if dated.answer.operation == PolicyOperation::PermissionSetPolicies => {
            Owned::Elsewhere
        }
        Some(PolicyPart::Attached(_) | PolicyPart::InlineNames(_)) => entity(&HOLDERS, None),
        Some(PolicyPart::Versions(versions)) => {
            known.owner(dated, &[EntityKind::Policy], None).map_or(Owned::Nobody, |arn| Owned::Policy(arn, versions))
        }
        Some(
            PolicyPart::PermissionSet { .. }
            | PolicyPart::InlineOfSet(_)
            | PolicyPart::CustomerOfSet(_)
            | PolicyPart::Members { .. }
            | PolicyPart::Holders(_),
        ) => Owned::Elsewhere,
    }
}

/// Everything that a part may be of.
pub(super) fn known(
    answers: &[&Dated],
    others: &[&Entity],
    entities: &BTreeMap<Arn, MergedEntity>,
    policies: &MergedPolicies,
) -> Known {
    let attached = entities.values().flat_map(|entity| entity.attached.iter().flatten());
    let listed = answers.iter().flat_map(|dated| match &dated.answer.part {
        Some(PolicyPart::Attached(arns)) => arns.as_slice(),
        _ => &[],
    });
    let boundaries = entities.values().filter_map(|entity| match &entity.boundary {
        BoundaryRecord::Policy(arn) => Some(arn),
        _ => None,
    });
    let texts = attached.chain(listed).chain(boundaries).filter_map(|arn| Arn::parse(arn).ok());
    let of_policies = policies.keys().map(|(_, arn)| arn.clone());
    let of_others = others.iter().filter_map(|entity| entity.arn.clone());
    Known { arns: entities.keys().cloned().chain(of_policies).chain(of_others).chain(texts).collect() }
}

pub(super) fn empty(arn: Arn) -> MergedEntity {
    MergedEntity {
        arn,
        created: None,
        undated: false,
        inline: None,
        attached: None,
        maybe_boundary: BTreeSet::new(),
        groups: None,
        boundary: BoundaryRecord::NotSaid,
        is_partial: false,
        as_of: None,
        disputes: Vec::new(),
        source: String::new(),
    }
}

impl<'a> Parts<'a> {
    pub fn add(&mut self, dated: &'a Dated<'a>) {
        let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
        match &dated.answer.part {
            None => {
                let names = dated.answer.entities.iter().map(|group| group.arn.name().to_owned());
                self.groups.push((names.collect(), dated));
            }
            Some(PolicyPart::Inline(inline)) => {
                self.inline.entry(&inline.policy.name).or_default().push((&inline.policy, dated));
            }
            Some(PolicyPart::InlineNames(names)) => self.inline_names.push((set(names), dated)),
            Some(PolicyPart::Attached(arns)) => self.attached.push((set(arns), dated)),
            Some(PolicyPart::InlineOfSet(Some(policy))) => {
                self.inline.entry(&policy.name).or_default().push((policy, dated));
            }
            Some(PolicyPart::CustomerOfSet(policies)) => self.customer.extend(policies),
            Some(
                PolicyPart::InlineOfSet(None)
                | PolicyPart::Versions(_)
                | PolicyPart::PermissionSet { .. }
                | PolicyPart::Members { .. }
                | PolicyPart::Holders(_),
            ) => {}
        }
    }

    /// When the newest of them was made.
    fn newest(&self) -> Option<Instant> {
        let lists = [&self.inline_names, &self.attached, &self.groups].into_iter().flatten().map(|(_, dated)| *dated);
        let inline = self.inline.values().flatten().map(|(_, dated)| *dated);
        lists.chain(inline).filter_map(|dated| dated.made_at).max()
    }

    /// Adds what they say to `entity`.
    fn settle(self, entity: &mut MergedEntity, problems: &mut Vec<Problem>) {
        let [names, attached, groups] =
            [self.inline_names, self.attached, self.groups].map(|lists| listed(lists, problems));
        let (mut documents, disputes) = documents(self.inline, entity, problems);
        entity.disputes.extend(disputes);
        // What a later list does not name was deleted before it was made.
        if let Some(list) = names.as_ref().filter(|list| list.is_whole) {
            documents.retain(|(policy, made_at)| {
                list.names.contains(&policy.name) || !is_of_earlier_day(*made_at, list.made_at)
            });
        }
        let as_of = entity.as_of;
        let is_older = |made_at: Option<Instant>| is_of_earlier_day(made_at, as_of);
        let (of_attached, of_groups) = (entity.attached.is_some(), entity.groups.is_some());
        for (list, own, is_said) in
            [(attached, &mut entity.attached, of_attached), (groups, &mut entity.groups, of_groups)]
        {
            let Some(list) = list.filter(|list| !(is_said && is_older(list.made_at))) else { continue };
            let own = own.get_or_insert_default();
            let more: Vec<_> = list.names.into_iter().filter(|name| !own.contains(name)).collect();
            entity.is_partial |= !list.is_whole || is_said && !more.is_empty();
            own.extend(more);
        }
        let is_said = entity.inline.is_some();
        let listed = names.filter(|list| !(is_said && is_older(list.made_at)));
        if listed.is_some() || !documents.is_empty() {
            let is_whole = listed.as_ref().is_some_and(|list| list.is_whole);
            let own = entity.inline.get_or_insert_default();
            let before = own.len();
            for (document, _) in documents {
                match own.iter_mut().find(|policy| policy.name == document.name) {
                    Some(policy) => policy.document = document.document,
                    None => own.push(document),
                }
            }
            for name in listed.into_iter().flat_map(|list| list.names) {
                if !own.iter().any(|policy| policy.name == name) {
                    own.push(InlinePolicy { name, document: Err("its document was not saved".to_owned()) });
                }
            }
            entity.is_partial |= if is_said { own.len() > before } else { !is_whole };
            own.sort_by(|a, b| a.name.cmp(&b.name));
        }
        // Lists and documents of several moments say of no moment what all of it was.
        if !(is_said || of_attached) {
            entity.as_of = None;
        }
    }
}

/// The pages of the newest day put together. Two lists of one day that differ, and are no pages, may both be true: then nobody knows the whole.
fn listed(lists: NamedLists, problems: &mut Vec<Problem>) -> Option<JoinedList> {
    let newest = lists.iter().map(|(_, dated)| dated.made_at.map(Instant::day)).max()?;
    let of_day: Vec<_> = lists.into_iter().filter(|(_, dated)| dated.made_at.map(Instant::day) == newest).collect();
    let is_paged = of_day.iter().any(|(_, dated)| dated.answer.is_truncated);
    let is_whole = if is_paged {
        of_day.iter().any(|(_, dated)| !dated.answer.is_truncated)
    } else {
        of_day.iter().all(|(names, _)| *names == of_day[0].0)
    };
    if is_paged && !is_whole {
        problems.push(cut(of_day[0].1.answer));
    }
    let made_at = of_day.iter().filter_map(|(_, dated)| dated.made_at).max();
    Some(JoinedList { names: of_day.into_iter().flat_map(|(names, _)| names).collect(), is_whole, made_at })
}

/// One document for each inline policy, and when it was saved: the newest, or none that counts where that is unknown. One
/// that is older than an answer for the whole entity is of a policy which that has too, or of none that is left.
pub(super) fn documents(
    found: BTreeMap<&str, Vec<(&InlinePolicy, &Dated)>>,
    entity: &MergedEntity,
    problems: &mut Vec<Problem>,
) -> (Vec<(InlinePolicy, Option<Instant>)>, Vec<Dispute>) {
    let (mut documents, mut disputes) = (Vec::new(), Vec::new());
    let is_said = entity.inline.is_some();
    for (name, said) in found {
        let own = entity.inline.iter().flatten().find(|policy| policy.name == name);
        let own = own.map(|policy| (policy, entity.as_of));
        let of_parts = said.iter().map(|(policy, dated)| (*policy, dated.made_at));
        let all = of_parts.filter(|(_, made_at)| !(is_said && is_of_earlier_day(*made_at, entity.as_of))).chain(own);
        let newest = all.clone().map(|(_, made_at)| made_at).max().flatten();
        let speaking = all.filter(|(_, made_at)| made_at.is_none() || same_moment(*made_at, newest));
        let speaking: Vec<&InlinePolicy> = speaking.map(|(policy, _)| policy).collect();
        let Some(first) = speaking.first() else { continue };
        let differs = speaking.iter().any(|policy| policy.document != first.document);
        if differs {
            disputes.push(Dispute::Inline(speaking.iter().map(|policy| vec![(*policy).clone()]).collect()));
            let source = &said[0].1.answer.source;
            let what = format!("two answers differ about the inline policy {name} of {}: it is not used", entity.arn);
            let problem = Problem::new(Kind::Contradiction, source, what);
            problems.push(problem.advise("Keep the newer file, or put each into a folder that is named by its date."));
        }
        let document = if differs { Err("two answers differ".to_owned()) } else { first.document.clone() };
        documents.push((InlinePolicy { name: name.to_owned(), document }, newest));
    }
    (documents, disputes)
}

/// Puts versions that were saved one by one under a policy of which no answer has any.
/// Returns the warning about a date that was lost.
fn settle_versions(
    arn: &Arn,
    mut said: Vec<(&PolicyVersion, &Dated)>,
    policies: &mut MergedPolicies,
) -> Option<Problem> {
    // Documents of versions do not change; which one holds does.
    said.sort_by_key(|(_, dated)| (dated.made_at, &dated.answer.source));
    let mut versions: BTreeMap<&str, PolicyVersion> = BTreeMap::new();
    for (version, _) in &said {
        let known = versions.entry(&version.id).or_insert_with(|| (*version).clone());
        known.created = known.created.or(version.created);
        known.undated = known.created.is_none() && (known.undated || version.undated);
        known.document = known.document.take().or_else(|| version.document.clone());
    }
    let newest = said.iter().filter(|(version, _)| version.is_default).map(|(_, dated)| dated.made_at).max().flatten();
    let is_of_newest = |dated: &Dated| dated.made_at.is_none() || same_moment(dated.made_at, newest);
    let defaults: BTreeSet<&str> = said
        .iter()
        .filter(|(version, dated)| version.is_default && is_of_newest(dated))
        .map(|(version, _)| version.id.as_str())
        .collect();
    let undated = said.iter().find(|(version, _)| versions.get(version.id.as_str()).is_some_and(|known| known.undated));
    let lost = undated.map(|(version, dated)| {
        let what = format!(
            "the date of version {} of {arn} cannot be read, so that nobody knows since when it grants what it grants",
            version.id
        );
        lost_date(&dated.answer.source, what)
    });
    // Of two nobody knows which holds.
    for (id, version) in &mut versions {
        version.is_default = defaults.len() == 1 && defaults.contains(id);
    }
    let versions: Vec<_> = versions.into_values().collect();
    let source = said.iter().find(|(version, _)| version.is_default).or_else(|| said.first());
    let source = source.map(|(_, dated)| dated.answer.source.to_string()).unwrap_or_default();
    let keys: Vec<_> = policies.keys().filter(|(_, known)| known == arn).cloned().collect();
    if keys.is_empty() {
        let record = PolicyRecord {
            arn: arn.clone(),
            created: None,
            updated: None,
            undated: false,
            default_version: None,
            attachments: None,
            boundary_uses: None,
            versions,
        };
        policies.insert((arn.account().cloned(), arn.clone()), MergedPolicy { record, disputed: Vec::new(), source });
        return lost;
    }
    for key in keys {
        let policy = policies.get_mut(&key).expect("its key was just read");
        if policy.record.versions.is_empty() {
            let stated = policy.record.default_version.clone();
            policy.record.versions.clone_from(&versions);
            // A list of policies says which version holds, and an older answer that another one did.
            if let Some(stated) = stated.filter(|_| defaults.len() != 1) {
                policy.record.versions.iter_mut().for_each(|version| version.is_default = version.id == stated);
            }
            policy.source.clone_from(&source);
        }
    }
    lost
}
