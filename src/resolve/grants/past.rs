//! When an entity was seen without what it holds today.
//!
//! Comes in: every answer about policies, older ones and single pieces too. Goes out: for each way in which an entity holds a policy, the
//! moments at which an answer shows it without the policy, or the policy with another document. What was granted this way is no older. Other
//! than [`earlier`](super::earlier), this needs no answer that tells all that an entity held: before, an older list without the policy limited
//! nothing if it was saved alone, and neither did authorization details of the same morning.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::repeat;
use std::sync::Arc;

use super::Dated;
use super::merge::MergedPolicies;
use super::owners::Known;
use super::parts::{Owned, Parts, part_of};
use super::single::Single;
use crate::model::policy::{
    ActionPattern, Actions, Boundary, BoundaryRecord, EarlierBoundary, EarlierHoldings, Effect, EntityRecord, Held,
    Holder, InlinePolicy, Lacked, PolicyDocument, PolicyPart, PolicyRecord, PolicyVersion, ResourceScope, Statement,
    StatementTimes, Via, WrittenDocument,
};
use crate::model::{AccountId, Arn, EntityKind, Instant};

/// What one answer says about one thing that an entity holds today.
struct Seen {
    at: Option<Instant>,
    state: State,
}

enum State {
    /// The entity did not have it.
    Absent,
    /// It had it; with the document, if the answer is about that.
    Present(Option<Arc<PolicyDocument>>),
    /// It had it, with a document that is not saved or cannot be read.
    Unread,
}

/// Records of answers, each with its date.
type WithDates<'a, T> = Vec<(&'a T, Option<Instant>)>;

/// The entities that each answer about a group or a policy names.
type WhoHadIt<'a> = Vec<(Vec<Arn>, &'a Dated<'a>)>;

/// All that answers of any time say, by what it is about.
pub(super) struct PastHoldings<'a> {
    records: BTreeMap<&'a Arn, WithDates<'a, EntityRecord>>,
    policies: BTreeMap<(Option<AccountId>, &'a Arn), WithDates<'a, PolicyRecord>>,
    parts: BTreeMap<Arn, Parts<'a>>,
    versions: BTreeMap<Arn, WithDates<'a, PolicyVersion>>,
    /// By group.
    members: BTreeMap<&'a Arn, WhoHadIt<'a>>,
    /// By account and policy.
    holders: BTreeMap<(Option<AccountId>, Arn), WhoHadIt<'a>>,
}

impl<'a> PastHoldings<'a> {
    /// Of `answers`, among which `parts` are those about a part.
    pub fn new(answers: impl Iterator<Item = &'a Dated<'a>>, parts: &[&'a Dated<'a>], known: &Known) -> Self {
        let mut past = Self {
            records: BTreeMap::new(),
            policies: BTreeMap::new(),
            parts: BTreeMap::new(),
            versions: BTreeMap::new(),
            members: BTreeMap::new(),
            holders: BTreeMap::new(),
        };
        for Dated { answer, account, made_at } in answers {
            for entity in &answer.entities {
                past.records.entry(&entity.arn).or_default().push((entity, *made_at));
            }
            for policy in &answer.policies {
                let account = policy.arn.account().or(account.as_ref()).cloned();
                past.policies.entry((account, &policy.arn)).or_default().push((policy, *made_at));
            }
        }
        for dated in parts {
            match part_of(dated, known) {
                Owned::Entity(arn) => past.parts.entry(arn).or_default().add(dated),
                Owned::Policy(arn, versions) => {
                    let versions = versions.iter().map(|version| (version, dated.made_at));
                    past.versions.entry(arn).or_default().extend(versions);
                }
                Owned::Elsewhere | Owned::Nobody => past.add_named(dated, known),
            }
        }
        past
    }

    /// Adds an answer that names who has a group or a policy.
    fn add_named(&mut self, dated: &'a Dated<'a>, known: &Known) {
        match &dated.answer.part {
            Some(PolicyPart::Members { group, users }) => {
                self.members.entry(group).or_default().push((users.clone(), dated));
            }
            Some(PolicyPart::Holders(holders)) => {
                let Some(policy) = known.owner(dated, &[EntityKind::Policy], None) else { return };
                let account = policy.account().or(dated.account.as_ref()).cloned();
                let arns = holders.iter().filter_map(|(kind, name)| known.named(account.as_ref(), *kind, name));
                let arns = arns.collect();
                self.holders.entry((account, policy)).or_default().push((arns, dated));
            }
            _ => {}
        }
    }

    /// Adds to each policy of each of the `holders` when its holder was seen without it. `today` are the policies as they are now.
    pub fn add(
        &self,
        holders: &mut BTreeMap<(Option<AccountId>, Arn), Holder>,
        today: &MergedPolicies,
        single: &Single,
    ) {
        let groups: BTreeMap<(Option<&AccountId>, &str), &Arn> = self
            .records
            .keys()
            .copied()
            .chain(self.parts.keys())
            .filter(|arn| arn.kind() == EntityKind::Group)
            .map(|arn| ((arn.account(), arn.name()), arn))
            .collect();
        for holder in holders.values_mut() {
            let arn = holder.arn.clone();
            self.add_documents(holder, &groups, today);
            holder.earlier_boundaries = self.boundaries(holder, today, single);
            for held in &mut holder.held {
                held.lacked = match &held.via {
                    Via::Direct => self.without(&arn, held, today, single),
                    Via::Group(name) => {
                        let group = groups.get(&(arn.account(), name.as_str()));
                        let of_group = group.map(|group| self.without(group, held, today, single)).unwrap_or_default();
                        let of_user = lacked(self.memberships(&arn, name, group.copied()), None);
                        of_group.into_iter().chain(of_user).collect()
                    }
                    Via::Itself => Vec::new(),
                };
            }
        }
    }

    /// Adds what a holder, or a group that it is in, had on other days and has no more: a Deny among that was lifted since.
    fn add_documents(
        &self,
        holder: &mut Holder,
        groups: &BTreeMap<(Option<&AccountId>, &str), &Arn>,
        today: &MergedPolicies,
    ) {
        let names: BTreeSet<&str> = holder.held.iter().filter_map(|held| held.via.group()).collect();
        let of_groups = names.iter().filter_map(|name| groups.get(&(holder.arn.account(), *name)).copied());
        let mut days: BTreeMap<_, EarlierHoldings> = BTreeMap::new();
        for owner in of_groups.chain([&holder.arn]) {
            for Gone { document, at, until } in
                self.inline_gone(owner, holder).chain(self.detached(owner, holder, today))
            {
                let day = days.entry(at.day());
                let day = day.or_insert(EarlierHoldings { at, until, documents: Vec::new(), is_whole: false });
                day.at = at.max(day.at);
                // As late as the last of them, and nobody knows when one went that no later answer lacks.
                day.until = day.until.zip(until).map(|(one, other)| one.max(other));
                day.documents.push(document);
            }
        }
        let is_known = |at: Instant| holder.earlier.iter().any(|earlier| earlier.at.day() == at.day());
        let some: Vec<_> = days.into_values().filter(|earlier| !is_known(earlier.at)).collect();
        holder.earlier.extend(some);
        holder.earlier.sort_by_key(|earlier| earlier.at);
    }

    /// The inline policies that `owner` had.
    fn inline_gone<'p>(&'p self, owner: &'p Arn, holder: &'p Holder) -> impl Iterator<Item = Gone> + 'p {
        let of_records = self.records(owner).flat_map(|(record, at)| record.inline.iter().flatten().zip(repeat(*at)));
        let of_parts = self.parts.get(owner).into_iter().flat_map(|parts| parts.inline.values().flatten());
        let of_parts = of_parts.map(|(policy, dated)| (*policy, dated.made_at));
        of_records.chain(of_parts).filter_map(|(policy, at)| {
            let (at, document) = (at?, policy.document.as_ref().ok()?);
            let is_held = holder.held.iter().any(|held| held.policy.document.as_ref() == Some(document));
            (!is_held).then(|| Gone { document: Arc::clone(document), at, until: self.gone(owner, document, at) })
        })
    }

    /// The managed policies that were attached to `owner` and deny something, or may: of a policy without a document nobody knows it.
    fn detached(&self, owner: &Arn, holder: &Holder, today: &MergedPolicies) -> Vec<Gone> {
        let of_records = self.records(owner).filter_map(|(record, at)| Some((record.attached.as_ref()?, (*at)?)));
        let of_records = of_records.map(|(arns, at)| (at, arns.iter().map(String::as_str).collect::<BTreeSet<_>>()));
        let of_parts = self.parts.get(owner).into_iter().flat_map(|parts| &parts.attached);
        let of_parts = of_parts.filter_map(|(arns, dated)| {
            Some((dated.made_at?, arns.iter().map(String::as_str).collect::<BTreeSet<_>>()))
        });
        let lists: Vec<(Instant, BTreeSet<&str>)> = of_records.chain(of_parts).collect();
        let is_held = |arn: &str| holder.held.iter().any(|held| held.policy.arn.as_deref() == Some(arn));
        let gone = |(at, arn): (Instant, &str)| {
            let document = self.document_on(holder, arn, at, today).or_else(|| may_deny(arn).then(deny_all))?;
            let later = lists.iter().filter(|(other, arns)| other.day() > at.day() && !arns.contains(arn));
            let until = later.map(|(other, _)| *other).min();
            let denies = document.statements.iter().any(Statement::denies_wholly);
            denies.then_some(Gone { document, at, until })
        };
        let all = lists.iter().flat_map(|(at, arns)| arns.iter().map(|arn| (*at, *arn)));
        all.filter(|(_, arn)| !is_held(arn)).filter_map(gone).collect()
    }

    /// The boundaries that the entity had on other days, where they are not the one that it has.
    fn boundaries(&self, holder: &Holder, today: &MergedPolicies, single: &Single) -> Vec<EarlierBoundary> {
        let own = if let Boundary::Policy(policy) = &holder.boundary { Some(policy) } else { None };
        let of_records = self.records(&holder.arn).filter_map(|(record, at)| match &record.boundary {
            BoundaryRecord::Policy(arn) => Some(((*at)?, Some(arn.as_str()))),
            BoundaryRecord::None => Some(((*at)?, None)),
            BoundaryRecord::NotSaid => None,
        });
        let of_single = single.boundaries_of(&holder.arn).filter_map(|(arn, at)| Some((at?, Some(arn))));
        let days: BTreeMap<Instant, Option<&str>> = of_single.chain(of_records).collect();
        let is_own = |arn: &str| own.is_some_and(|own| own.arn.as_deref() == Some(arn));
        let mut earlier = Vec::new();
        for (at, arn) in days.iter().filter_map(|(at, arn)| Some((*at, (*arn)?))) {
            let document = self.document_on(holder, arn, at, today);
            let is_the_same = match &document {
                Some(document) => own.is_some_and(|own| own.document.as_ref() == Some(document)),
                // Of a boundary without a document nobody knows whether it is the present one.
                None => is_own(arn) || matches!(holder.boundary, Boundary::Unknown),
            };
            if !is_the_same {
                let next = days.range(at..).find(|(_, other)| **other != Some(arn));
                earlier.push(EarlierBoundary { at, until: next.map(|(until, _)| *until), document });
            }
        }
        earlier
    }

    /// What a managed policy said on a day: by an answer of that day, otherwise by the versions that are saved.
    fn document_on(
        &self,
        holder: &Holder,
        arn: &str,
        at: Instant,
        today: &MergedPolicies,
    ) -> Option<Arc<PolicyDocument>> {
        let policy = Arn::parse(arn).ok()?;
        let account = holder.arn.account();
        let seen = self.defaults(account, &policy, today);
        match seen.into_iter().find(|one| one.at.map(Instant::day) == Some(at.day())).map(|one| one.state) {
            Some(State::Present(document)) => return document,
            Some(State::Absent | State::Unread) => return None,
            None => {}
        }
        let versions = &today.get(&(policy.account().or(account).cloned(), policy))?.record.versions;
        let before = versions.iter().filter(|version| version.created.is_some_and(|created| created <= at));
        let last = before.max_by_key(|version| version.created)?;
        last.document.as_ref()?.as_ref().ok().cloned()
    }

    /// When an answer that tells all inline policies of `owner` first lacked the document, after `at`.
    fn gone(&self, owner: &Arn, document: &Arc<PolicyDocument>, at: Instant) -> Option<Instant> {
        let is_after = |(_, made): &&(&EntityRecord, Option<Instant>)| made.is_some_and(|made| made.day() > at.day());
        let lacks = |record: &EntityRecord| {
            let documents = |own: &Vec<InlinePolicy>| own.iter().all(|policy| policy.document.as_ref() != Ok(document));
            record.inline.as_ref().is_some_and(documents)
        };
        self.records(owner).filter(is_after).filter(|(record, _)| lacks(record)).filter_map(|(_, made)| *made).min()
    }

    /// When `owner` was seen without the policy, or with another document of it.
    fn without(&self, owner: &Arn, held: &Held, today: &MergedPolicies, single: &Single) -> Vec<Lacked> {
        let document = held.policy.document.as_ref();
        match held.policy.arn.as_deref().map(Arn::parse) {
            None => lacked(self.inline(owner, &held.policy.name), document),
            Some(Ok(policy)) => {
                let mut all = lacked(self.attachments(owner, &policy, today, single), document);
                all.extend(self.other_documents(owner.account(), &policy, document, today));
                all
            }
            Some(Err(_)) => Vec::new(),
        }
    }

    /// When a managed policy was seen with another document than `document`.
    pub fn other_documents(
        &self,
        account: Option<&AccountId>,
        policy: &Arn,
        document: Option<&Arc<PolicyDocument>>,
        today: &MergedPolicies,
    ) -> Vec<Lacked> {
        lacked(self.defaults(account, policy, today), document)
    }

    /// When a managed policy was seen with `document`, oldest first.
    pub fn days_with(
        &self,
        (account, policy): (Option<&AccountId>, &Arn),
        document: Option<&Arc<PolicyDocument>>,
        today: &MergedPolicies,
    ) -> Vec<Instant> {
        let seen = self.defaults(account, policy, today).into_iter();
        let with_it = seen.filter(|one| match &one.state {
            State::Present(shown) => shown.is_some() && shown.as_ref() == document,
            State::Absent | State::Unread => false,
        });
        with_it.filter_map(|one| one.at).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn inline(&self, owner: &Arn, name: &str) -> Vec<Seen> {
        let in_record = |(record, at): &(&EntityRecord, Option<Instant>)| {
            let own = record.inline.as_ref()?.iter().find(|policy| policy.name == name);
            Some(Seen {
                at: *at,
                state: own.map_or(State::Absent, |policy| with_document(policy.document.as_ref().ok().cloned())),
            })
        };
        let mut seen: Vec<Seen> = self.records(owner).filter_map(in_record).collect();
        if let Some(parts) = self.parts.get(owner) {
            let documents = parts.inline.get(name).into_iter().flatten();
            seen.extend(documents.map(|(policy, dated)| Seen {
                at: dated.made_at,
                state: with_document(policy.document.as_ref().ok().cloned()),
            }));
            seen.extend(in_lists(&parts.inline_names, |names| names.contains(name)));
        }
        seen
    }

    fn attachments(&self, owner: &Arn, policy: &Arn, today: &MergedPolicies, single: &Single) -> Vec<Seen> {
        let in_record = |(record, at): &(&EntityRecord, Option<Instant>)| {
            Some(Seen::new(record.attached.as_ref()?.iter().any(|own| own == policy.as_str()), *at))
        };
        let mut seen: Vec<Seen> = self.records(owner).filter_map(in_record).collect();
        if let Some(parts) = self.parts.get(owner) {
            seen.extend(in_lists(&parts.attached, |arns| arns.contains(policy.as_str())));
        }
        let account = policy.account().or(owner.account()).cloned();
        if let Some(answers) = self.holders.get(&(account.clone(), policy.clone())) {
            seen.extend(in_lists(answers, |arns| arns.contains(owner)));
        }
        // Where it was attached to nobody, it was not to this one. Where it was to fewer than today, it may not have been to this one, unless an
        // answer of that day or before shows that it was.
        let key = (account, policy.clone());
        let now = today.get(&key).and_then(|merged| merged.record.attachments);
        let counted = self.policies.get(&(key.0, policy)).into_iter().flatten();
        let counted = counted.filter_map(|(record, at)| Some((record.attachments?, *at)));
        let had_it = |at: Instant| {
            let mut present = seen.iter().filter(|one| !matches!(one.state, State::Absent)).filter_map(|one| one.at);
            present.any(|one| one.day() <= at.day())
        };
        let may_lack = |(count, at): &(u32, Option<Instant>)| {
            *count == 0 || now.is_some_and(|now| *count < now) && at.is_some_and(|at| !had_it(at))
        };
        let lacking: Vec<Seen> = counted
            .chain(single.attachments_of(policy))
            .filter(may_lack)
            .map(|(_, at)| Seen { at, state: State::Absent })
            .collect();
        seen.extend(lacking);
        seen
    }

    /// The documents that the policy had by its default version.
    fn defaults(&self, account: Option<&AccountId>, policy: &Arn, today: &MergedPolicies) -> Vec<Seen> {
        let key = (policy.account().or(account).cloned(), policy.clone());
        let saved = today.get(&key).map(|merged| merged.record.versions.as_slice()).unwrap_or_default();
        let of_pieces = self.saved_versions(policy).map(|(version, _)| *version);
        let version = |id: &str, own: &'a [PolicyVersion]| -> Option<Arc<PolicyDocument>> {
            let all = own.iter().chain(saved).chain(of_pieces.clone());
            let mut documents = all.filter(|version| version.id == id).filter_map(|version| version.document.as_ref());
            documents.find_map(|document| document.as_ref().ok().cloned())
        };
        let records = self.policies.get(&(key.0.clone(), policy)).into_iter().flatten();
        let of_record = |(record, at): &(&'a PolicyRecord, Option<Instant>)| {
            let by_version = record.versions.iter().find(|version| version.is_default).map(|version| &version.id);
            let id = by_version.or(record.default_version.as_ref())?;
            Some(Seen { at: *at, state: with_document(version(id, &record.versions)) })
        };
        let pieces = self.saved_versions(policy).filter(|(version, _)| version.is_default);
        let of_piece = |(piece, at): &(&'a PolicyVersion, Option<Instant>)| Seen {
            at: *at,
            state: with_document(version(&piece.id, std::slice::from_ref(piece))),
        };
        records.filter_map(of_record).chain(pieces.map(of_piece)).collect()
    }

    fn memberships(&self, user: &Arn, name: &str, group: Option<&Arn>) -> Vec<Seen> {
        let in_record = |(record, at): &(&EntityRecord, Option<Instant>)| {
            Some(Seen::new(record.groups.as_ref()?.iter().any(|own| own == name), *at))
        };
        let mut seen: Vec<Seen> = self.records(user).filter_map(in_record).collect();
        if let Some(parts) = self.parts.get(user) {
            seen.extend(in_lists(&parts.groups, |names| names.contains(name)));
        }
        if let Some(answers) = group.and_then(|group| self.members.get(group)) {
            seen.extend(in_lists(answers, |users| users.contains(user)));
        }
        seen
    }

    /// What answers say of one policy, with their dates.
    pub fn policy_records<'p>(
        &'p self,
        account: Option<&AccountId>,
        policy: &'p Arn,
    ) -> impl Iterator<Item = &'p (&'a PolicyRecord, Option<Instant>)> {
        self.policies.get(&(account.cloned(), policy)).into_iter().flatten()
    }

    /// The versions of one policy that were saved one by one.
    pub fn saved_versions(&self, policy: &Arn) -> impl Iterator<Item = &(&'a PolicyVersion, Option<Instant>)> + Clone {
        self.versions.get(policy).into_iter().flatten()
    }

    fn records(&self, owner: &Arn) -> impl Iterator<Item = &(&'a EntityRecord, Option<Instant>)> {
        self.records.get(owner).into_iter().flatten()
    }
}

/// A document that an entity had and has no more.
struct Gone {
    document: Arc<PolicyDocument>,
    at: Instant,
    until: Option<Instant>,
}

/// Whether a policy of which no document is saved may deny something. Of the policies that AWS publishes only these do.
fn may_deny(arn: &str) -> bool {
    let Ok(policy) = Arn::parse(arn) else { return false };
    let by_aws = ["AWSDenyAll", "AWSCompromisedKeyQuarantine"];
    policy.account().is_some() || by_aws.iter().any(|name| policy.name().starts_with(name))
}

/// What a policy without a document may have been.
fn deny_all() -> Arc<PolicyDocument> {
    let statement = Statement {
        number: 1,
        sid: None,
        effect: Effect::Deny,
        actions: Actions::Listed(vec![ActionPattern::new("*")]),
        resources: ResourceScope::All,
        conditions: 0,
        times: StatementTimes::default(),
    };
    Arc::new(PolicyDocument { version: None, statements: vec![statement], text: WrittenDocument::new("") })
}

impl Seen {
    fn new(is_there: bool, at: Option<Instant>) -> Self {
        Self { at, state: if is_there { State::Present(None) } else { State::Absent } }
    }
}

fn with_document(document: Option<Arc<PolicyDocument>>) -> State {
    document.map_or(State::Unread, |document| State::Present(Some(document)))
}

/// What lists say about one thing. A list in several pages shows only who is there: nobody knows which of its pages are of one moment.
fn in_lists<'l, T>(lists: &'l [(T, &Dated)], has: impl Fn(&T) -> bool + 'l) -> impl Iterator<Item = Seen> + 'l {
    let is_page = |at: Option<Instant>| {
        let of_day = lists.iter().filter(move |(_, dated)| dated.made_at.map(Instant::day) == at.map(Instant::day));
        of_day.into_iter().any(|(_, dated)| dated.answer.is_truncated)
    };
    lists.iter().filter_map(move |(names, dated)| {
        let is_there = has(names);
        (is_there || !is_page(dated.made_at)).then(|| Seen::new(is_there, dated.made_at))
    })
}

/// The moments of `seen` without the thing, or with another document than `today`; not those after it was last seen: it is gone then, and
/// was not granted later.
fn lacked(seen: Vec<Seen>, today: Option<&Arc<PolicyDocument>>) -> Vec<Lacked> {
    if seen.len() < 2 {
        return Vec::new();
    }
    let present = seen.iter().filter(|one| !matches!(one.state, State::Absent));
    let is_undated = present.clone().any(|one| one.at.is_none());
    let last = present.filter_map(|one| one.at).max().filter(|_| !is_undated);
    let is_later = |at: Option<Instant>| at.zip(last).is_some_and(|(at, last)| at.day() > last.day());
    let is_of_today = |state: &State| match state {
        State::Absent | State::Unread => false,
        State::Present(document) => {
            document.as_ref().is_none_or(|document| today.is_none_or(|today| today == document))
        }
    };
    let of_today: BTreeSet<Instant> =
        seen.iter().filter(|one| is_of_today(&one.state)).filter_map(|one| one.at).collect();
    let until = |at: Option<Instant>| of_today.range(at?..).next().copied();
    let of = |one: Seen| match one.state {
        State::Absent => (!is_later(one.at)).then(|| Lacked { at: one.at, until: until(one.at), document: None }),
        State::Present(document) => {
            let document = document.filter(|document| today.is_some_and(|today| today != document))?;
            Some(Lacked { at: one.at, until: until(one.at), document: Some(document) })
        }
        State::Unread => None,
    };
    seen.into_iter().filter_map(of).collect()
}
