//! A recommendation for each policy, from what is settled about all of them.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::check::{CheckError, Promise, check};
use super::json::{policy_size, pretty};
use super::known::KnownActions;
use super::paths::folder_of;
use super::policies::{PolicyUse, PolicyUses};
use super::rewrite::{Rewritten, rewrite};
use super::settle::{Settled, Settling};
use super::silence::Silence;
use super::split::{check_parts, split};
use super::{RecommendInputs, RecommendOptions};
use crate::catalogue::escalation_paths;
use crate::model::policy::{
    ActionPattern, ActionSet, Actions, Effect, HeldPolicy, Holder, PatternKind, PolicyKind, PolicyQuotas, Via,
};
use crate::model::policy::{AdviceStep, AdviceStyle, DocumentForm, KeptBecause, ReasonNone};
use crate::model::{Arn, EntityKind, Instant};
use crate::util::hex;

/// What is proposed for one policy, or why nothing is.
#[derive(Debug, Clone)]
pub struct Recommendation {
    /// The account.
    pub account: Option<String>,
    /// Whom the policy is written in or attached to, where that is one.
    pub entity: Option<PolicyOwner>,
    /// Where it is written.
    pub policy_kind: PolicyKind,
    /// Its name.
    pub policy_name: String,
    /// Its ARN; an inline policy has none.
    pub policy_arn: Option<String>,
    /// Its default version; an inline policy has none.
    pub policy_version: Option<String>,
    /// What is proposed.
    pub step: AdviceStep,
    /// How the smaller document says what it allows.
    pub form: Option<DocumentForm>,
    /// Known actions that it allows.
    pub actions_before: usize,
    /// Of these, those that go.
    pub actions_removed: usize,
    /// Services of which it allows nothing any more.
    pub services_removed: usize,
    /// Actions that stay because AWS does not track them.
    pub kept_untracked: usize,
    /// Unused actions that stay because others need them.
    pub kept_dependent: usize,
    /// Unused actions that stay by decision.
    pub kept_decision: usize,
    /// Whether patterns give way to names (`yes`) or to narrower patterns (`partly`), so that actions that AWS adds are not allowed.
    pub closes_wildcard: &'static str,
    /// Characters of the document.
    pub size_before: usize,
    /// Characters of the smaller one, of its largest part where it is split; where none fits, of the smallest.
    pub size_after: Option<usize>,
    /// How many characters it may have.
    pub limit: usize,
    /// Escalation paths that are closed.
    pub closes_paths: String,
    /// Why nothing is proposed.
    pub reason_none: Option<ReasonNone>,
    /// Users and roles that have permissions by it.
    pub holders: usize,
    /// Where its files are, below the folder of all of them; empty where nothing is proposed.
    pub folder: String,
    /// When the oldest dump that it rests on was made; `None` if nothing tells that of one of them.
    pub as_of: Option<Instant>,
    /// In how many policies the smaller document is; none where there is none.
    pub parts: usize,
    /// The documents and what the files say; `None` where nothing is proposed.
    pub change: Option<Box<PolicyChange>>,
}

/// An entity that has a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyOwner {
    /// User, role or group.
    pub kind: EntityKind,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// The change of one policy.
#[derive(Debug, Clone)]
pub struct PolicyChange {
    /// The document as it is, for people.
    pub current: String,
    /// The smaller one, for people, in its parts; none where the policy goes.
    pub proposed: Vec<String>,
    /// The names of new customer policies, for as many parts at the end: for all of them where the policy itself goes or is AWS's, else for
    /// all but the first.
    pub added: Vec<String>,
    /// Whom a managed policy is attached to.
    pub attached_to: Vec<PolicyOwner>,
    /// The users in each group that is on the way to a holder.
    pub members: Vec<(String, Vec<String>)>,
    /// The IAM path of a customer policy and of its parts.
    pub path: String,
    /// How many versions there are, as far as they are saved.
    pub versions: usize,
    /// Every action by every pattern that allows it.
    pub rows: Vec<ChangeRow>,
}

/// An action by a pattern that allows it, and what becomes of it.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// `service:Action`.
    pub action: String,
    /// The number of the statement, from 1.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// The pattern, as written; empty with `NotAction`.
    pub pattern: String,
    /// Whether it goes.
    pub is_removed: bool,
    /// What the dumps say of it.
    pub verdict: Option<&'static str>,
    /// For how many days it was watched.
    pub observed_days: Option<u32>,
    /// Since when the policy grants it.
    pub granted_since: Option<Instant>,
    /// Why it goes or stays.
    pub reason: String,
}

/// A recommendation for each policy that is asked about, in the order of account, entity and name.
///
/// # Errors
/// Where a smaller document is not what it was meant to be: a bug.
pub fn recommend(inputs: &RecommendInputs, options: &RecommendOptions) -> Result<Vec<Recommendation>, CheckError> {
    let known = KnownActions::of(inputs, &options.decisions.named());
    let silences: Vec<Silence> = inputs.usages.iter().map(|usage| Silence::of(usage, &known)).collect();
    let all = PolicyUses::of(inputs, &known);
    let settling = Settling::new(inputs, options, &known, &all, &silences);
    let mut settled = settling.settled();
    // A smaller document that has no place leaves the policy as it is. Before, another policy of the same role lost what this one still
    // granted, which changes nothing and looks as if it did.
    let mut without_place: BTreeMap<usize, Recommendation> = BTreeMap::new();
    loop {
        let mut proposer = Proposer { settling: &settling, inline: BTreeMap::new(), slots: BTreeMap::new() };
        let (mut made, mut more) = (Vec::new(), Vec::new());
        for (at, of) in all.uses.iter().enumerate().filter(|(_, of)| settling.is_asked(of)) {
            if let Some(known) = without_place.get(&at) {
                made.push(known.clone());
                continue;
            }
            let one = proposer.recommendation(of, &settled[at])?;
            if matches!(one.reason_none, Some(ReasonNone::TooLarge | ReasonNone::NoSlot)) {
                without_place.insert(at, one.clone());
                more.push(at);
            }
            made.push(one);
        }
        if more.is_empty() {
            made.sort_by(|a, b| key(a).cmp(&key(b)));
            return Ok(made);
        }
        settling.without(&more, &mut settled);
    }
}

fn key(of: &Recommendation) -> impl Ord {
    let entity = of.entity.as_ref();
    (of.account.clone(), entity.cloned(), of.policy_kind as u8, of.policy_name.clone(), of.policy_arn.clone())
}

struct Proposer<'a> {
    settling: &'a Settling<'a>,
    /// By the owner's ARN: what its inline policies may come to, as far as that is decided.
    inline: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
    /// By the ARN of a user, role or group: the managed policies that it gets, as far as that is decided.
    slots: BTreeMap<&'a str, Slots>,
}

/// Places for managed policies that proposals take.
#[derive(Clone, Copy, Default)]
struct Slots {
    /// Policies that come and stay.
    more: usize,
    /// One more while a policy is swapped: the new one is attached before the old one is detached.
    for_swap: usize,
}

/// A smaller document, as it could be written: in which form, and in which parts.
struct Candidate<'w> {
    form: DocumentForm,
    written: &'w Rewritten,
    parts: Vec<String>,
    /// Whether the inline policies of the owner have no room for it, so that customer policies take its place.
    is_moved: bool,
}

impl<'a> Proposer<'a> {
    fn recommendation(&mut self, of: &'a PolicyUse<'a>, settled: &Settled) -> Result<Recommendation, CheckError> {
        let mut made = self.bare(of, settled);
        let Some(document) = of.policy.document.as_ref().filter(|_| settled.trouble.is_none()) else { return Ok(made) };
        self.count_kept(of, settled, &mut made);
        if settled.goes.is_empty() {
            let was_unused = settled.kept.values().any(|(because, _)| *because != KeptBecause::NotAsked);
            made.reason_none = Some(if was_unused { ReasonNone::AllKept } else { ReasonNone::NothingUnused });
            return Ok(made);
        }
        let fail = |what: String| CheckError { policy: of.policy.name.clone(), what };
        let forms: &[DocumentForm] = match self.settling.options.style {
            AdviceStyle::Auto => &[DocumentForm::List, DocumentForm::Compact, DocumentForm::Deny],
            AdviceStyle::Deny => &[DocumentForm::Deny],
        };
        let mut tried = Vec::new();
        for &form in forms {
            let written = self.settling.with_removal(of, settled, |removal| rewrite(document, removal, form));
            let written = written.map_err(|error| fail(format!("cannot be written: {error}")))?;
            let size = written.json.as_deref().map_or(0, policy_size);
            if size <= made.limit {
                self.check(of, settled, &written).map_err(fail)?;
                let parts = written.json.iter().cloned().collect();
                self.put(of, settled, Candidate { form, written: &written, parts, is_moved: false }, &mut made);
                return Ok(made);
            }
            tried.push((form, size, written));
        }
        made.reason_none = Some(ReasonNone::TooLarge);
        made.size_after = tried.iter().map(|(_, size, _)| *size).min();
        let quotas = self.quotas(of);
        let most = self.most_parts(of);
        // The fewest parts, and the Deny form only where no other has few enough.
        let mut best: Option<Candidate> = None;
        for (form, _, written) in &tried {
            let is_last = *form == DocumentForm::Deny;
            let fits = |best: &Candidate| best.parts.len() <= most;
            if is_last && best.as_ref().is_some_and(fits) {
                break;
            }
            let whole = written.json.as_deref().unwrap_or_default();
            // The whole is held against the policy before its parts are, and some are longer than any document that is read.
            if (self.settling.inputs.parse)(whole).is_err() {
                continue;
            }
            let parts = split(whole, quotas.managed);
            let parts = parts.map_err(|error| fail(format!("cannot be split: {error}")))?;
            let Some(parts) = parts else { continue };
            if best.as_ref().is_none_or(|best| parts.len() < best.parts.len()) {
                let is_moved = of.policy.kind == PolicyKind::Inline;
                best = Some(Candidate { form: *form, written, parts, is_moved });
            }
        }
        let Some(best) = best.filter(|best| best.parts.len() <= most) else { return Ok(made) };
        self.check(of, settled, best.written).map_err(fail)?;
        let whole = best.written.json.as_deref().unwrap_or_default();
        check_parts(whole, &best.parts, quotas.managed, self.settling.inputs.parse).map_err(fail)?;
        made.limit = quotas.managed;
        self.put(of, settled, best, &mut made);
        Ok(made)
    }

    /// The row of a policy for which nothing is proposed.
    fn bare(&self, of: &'a PolicyUse<'a>, settled: &Settled) -> Recommendation {
        let policy = &of.policy;
        let mut before = of.editable.clone();
        before.union(&of.fixed);
        let only = match (policy.kind, of.subjects.as_slice()) {
            (PolicyKind::Customer, [only]) if of.attached_to.len() == 1 && !of.has_group => {
                Some(self.settling.all.subjects[*only].holder)
            }
            (PolicyKind::Customer, _) => None,
            _ => of.owner,
        };
        let text = policy.document.as_ref().map_or("", |document| document.text.as_str());
        Recommendation {
            account: of.account.as_ref().map(ToString::to_string),
            entity: only.map(owner),
            policy_kind: policy.kind,
            policy_name: policy.name.clone(),
            policy_arn: policy.arn.clone(),
            policy_version: policy.version.clone(),
            step: AdviceStep::None,
            form: None,
            actions_before: before.count(),
            actions_removed: 0,
            services_removed: 0,
            kept_untracked: 0,
            kept_dependent: 0,
            kept_decision: 0,
            closes_wildcard: "",
            size_before: policy_size(text),
            size_after: None,
            limit: self.limit(of),
            closes_paths: String::new(),
            reason_none: settled.trouble,
            holders: of.subjects.len(),
            folder: String::new(),
            as_of: made_at(&settled.evidence),
            parts: 0,
            change: None,
        }
    }

    /// How much the policies of its account may hold.
    fn quotas(&self, of: &PolicyUse) -> PolicyQuotas {
        self.settling.inputs.grants.quotas(of.account.as_ref())
    }

    /// In how many policies a document may be, if nothing else is attached to those who get them.
    fn most_parts(&self, of: &PolicyUse) -> usize {
        let quota = self.quotas(of).attached;
        let owners = of.owner.map(|owner| &owner.arn).into_iter().chain(of.attached_to.iter().copied());
        owners.map(|arn| quota.of(arn.kind())).min().unwrap_or(quota.role)
    }

    /// How long the document may be: of an inline policy, what the other ones of its owner leave, as they are or as they may become.
    fn limit(&self, of: &PolicyUse) -> usize {
        let Some(owner) = of.owner.filter(|_| of.policy.kind == PolicyKind::Inline) else {
            return self.quotas(of).managed;
        };
        let decided = self.inline.get(owner.arn.as_str());
        let others = owner.held.iter().filter(|held| {
            held.via == Via::Direct && held.policy.kind == PolicyKind::Inline && held.policy.name != of.policy.name
        });
        let size = |policy: &HeldPolicy| {
            let now = policy.document.as_ref().map_or(0, |document| policy_size(document.text.as_str()));
            now.max(decided.and_then(|decided| decided.get(policy.name.as_str())).copied().unwrap_or(0))
        };
        let others: usize = others.map(|held| size(&held.policy)).sum();
        self.quotas(of).inline.of(owner.arn.kind()).saturating_sub(others)
    }

    fn count_kept(&self, of: &PolicyUse, settled: &Settled, made: &mut Recommendation) {
        let mut kept = of.editable.clone();
        kept.subtract(&settled.goes);
        for place in kept.places() {
            match self.because(of, settled, place).0 {
                KeptBecause::Untracked => made.kept_untracked += 1,
                KeptBecause::Dependent => made.kept_dependent += 1,
                KeptBecause::Decision => made.kept_decision += 1,
                _ => {}
            }
        }
    }

    /// Why an action stays, and who or what makes it stay.
    fn because(&self, of: &PolicyUse<'a>, settled: &Settled, place: usize) -> (KeptBecause, String) {
        if let Some(kept) = settled.kept.get(&place) {
            return kept.clone();
        }
        let subjects: Vec<&Silence> = self.settling.of_subjects(of).collect();
        let users: Vec<&&Silence> = subjects.iter().filter(|silence| silence.accessed.contains(place)).collect();
        let own = settled.evidence.iter().any(|silence| silence.accessed.contains(place));
        if users.len() == subjects.len() && !users.is_empty() || own && users.is_empty() {
            return (KeptBecause::Used, String::new());
        }
        let witness = || self.settling.witnesses(of).find(|silence| silence.accessed.contains(place));
        if let Some(user) = users.first().copied().copied().or_else(witness) {
            return (KeptBecause::OtherHolder, user.usage.entity.name.clone());
        }
        let (service, _) = self.settling.known.universe.action(place);
        let lists = |silence: &&Silence| silence.listed.contains(place);
        let tracks = |silence: &&Silence| {
            silence.usage.proof == crate::model::policy::UsageProof::Actions
                && silence.usage.services.get(service).is_some_and(|service| service.is_current)
        };
        let is_untracked = !settled.evidence.iter().any(lists) && settled.evidence.iter().all(tracks);
        (if is_untracked { KeptBecause::Untracked } else { KeptBecause::Unknown }, String::new())
    }

    fn check(&self, of: &PolicyUse<'a>, settled: &Settled, written: &Rewritten) -> Result<(), String> {
        let Some(document) = &of.policy.document else { return Ok(()) };
        let universe = &self.settling.known.universe;
        let mut used = ActionSet::empty(universe.len());
        self.settling.witnesses(of).for_each(|silence| used.union(&silence.accessed));
        let parse = self.settling.inputs.parse;
        self.settling.with_removal(of, settled, |removal| {
            let is_whole = |service: &str, rest: &str| (removal.is_whole)(service) && !(removal.is_kept)(service, rest);
            let used_services =
                &self.settling.witnesses(of).flat_map(|silence| silence.accessed_services.iter().copied()).collect();
            let goes = &settled.goes;
            let promise = Promise { universe, goes, is_whole: &is_whole, used: &used, used_services, parse };
            check(document, written.json.as_deref(), &promise)
        })
    }

    /// Fills in what is proposed.
    fn put(&mut self, of: &'a PolicyUse<'a>, settled: &Settled, chosen: Candidate, made: &mut Recommendation) {
        let policy = &of.policy;
        let Candidate { form, written, parts, is_moved } = chosen;
        made.step = match policy.kind {
            PolicyKind::Inline if parts.is_empty() => AdviceStep::DeleteInline,
            _ if parts.is_empty() => AdviceStep::Detach,
            // Also in one part: what is too long for the inline policies of a user may be short enough for a managed policy.
            PolicyKind::Inline if is_moved => AdviceStep::CopyAndSwap,
            PolicyKind::Inline | PolicyKind::Customer => AdviceStep::Narrow,
            PolicyKind::Aws => AdviceStep::CopyAndSwap,
        };
        let added = added_names(of, made.step, parts.len());
        if !self.takes_slots(of, made.step, added.len()) {
            made.step = AdviceStep::None;
            made.reason_none = Some(ReasonNone::NoSlot);
            return;
        }
        made.reason_none = None;
        made.parts = parts.len();
        made.form = (!parts.is_empty()).then_some(if written.has_parts { form } else { DocumentForm::List });
        made.closes_wildcard = match (written.closes_wildcard, form) {
            (false, _) => "no",
            (true, DocumentForm::Compact) => "partly",
            (true, _) => "yes",
        };
        let size = parts.iter().map(|part| policy_size(part)).max().unwrap_or(0);
        made.size_after = Some(size);
        if let Some(owner) = of.owner.filter(|_| policy.kind == PolicyKind::Inline && made.step == AdviceStep::Narrow) {
            self.inline.entry(owner.arn.as_str()).or_default().insert(&policy.name, size);
        }
        made.actions_removed = settled.goes.count();
        let unknown = if written.closes_wildcard { self.unknown_services(of, settled) } else { Vec::new() };
        made.services_removed = self.services_removed(of, settled) + unknown.len();
        made.closes_paths = self.closes(of, settled);
        made.folder = match (&made.entity, policy.kind) {
            (Some(entity), PolicyKind::Inline | PolicyKind::Aws) => {
                folder_of(made.account.as_deref(), entity.kind.as_str(), &entity.name)
            }
            _ => folder_of(made.account.as_deref(), EntityKind::Policy.as_str(), &policy.name),
        };
        let holder = |arn: &&Arn| self.settling.inputs.grants.holder(of.account.as_ref(), arn);
        made.change = Some(Box::new(PolicyChange {
            current: pretty(policy.document.as_ref().map_or("", |document| document.text.as_str())),
            proposed: parts.iter().map(|part| pretty(part)).collect(),
            added,
            attached_to: of.attached_to.iter().filter_map(holder).map(owner).collect(),
            members: self.members(of),
            path: if policy.kind == PolicyKind::Customer { path_of(policy.arn.as_deref()) } else { "/".to_owned() },
            versions: policy.history.as_ref().map_or(0, |history| history.versions.len()),
            rows: if self.settling.options.with_rows { self.rows(of, settled, &unknown) } else { Vec::new() },
        }));
    }

    /// Whether everybody who gets the new policies has places for them, beside what is decided already. They are taken then.
    fn takes_slots(&mut self, of: &PolicyUse<'a>, step: AdviceStep, added: usize) -> bool {
        if added == 0 {
            return true;
        }
        let is_swap = step == AdviceStep::CopyAndSwap;
        let one = Slots {
            more: if of.policy.kind == PolicyKind::Aws { added - 1 } else { added },
            for_swap: usize::from(of.policy.kind == PolicyKind::Aws),
        };
        let holder = |arn: &&'a Arn| self.settling.inputs.grants.holder(of.account.as_ref(), arn);
        let owners: Vec<&Holder> =
            if is_swap { of.owner.into_iter().collect() } else { of.attached_to.iter().filter_map(holder).collect() };
        let with_it = |owner: &Holder| {
            let taken = self.slots.get(owner.arn.as_str()).copied().unwrap_or_default();
            Slots { more: taken.more + one.more, for_swap: taken.for_swap.max(one.for_swap) }
        };
        let all: Vec<(&Holder, Slots)> = owners.into_iter().map(|owner| (owner, with_it(owner))).collect();
        let most = self.quotas(of).attached;
        let is_full = |(owner, slots): &(&Holder, Slots)| {
            attached(owner) + slots.more + slots.for_swap > most.of(owner.arn.kind())
        };
        if all.iter().any(is_full) {
            return false;
        }
        self.slots.extend(all.into_iter().map(|(owner, slots)| (owner.arn.as_str(), slots)));
        true
    }

    /// The users in each group that has the policy, by name.
    fn members(&self, of: &PolicyUse) -> Vec<(String, Vec<String>)> {
        let groups = of.attached_to.iter().copied().chain(of.owner.map(|owner| &owner.arn));
        let groups: BTreeSet<&str> = groups.filter(|arn| arn.kind() == EntityKind::Group).map(Arn::name).collect();
        let subjects = || of.subjects.iter().map(|at| self.settling.all.subjects[*at].holder);
        let is_in = |holder: &Holder, group: &str| {
            holder.held.iter().any(|held| matches!(&held.via, Via::Group(name) if name == group))
        };
        let of_group = |group: &str| {
            let mut names: Vec<String> =
                subjects().filter(|holder| is_in(holder, group)).map(|holder| holder.arn.name().to_owned()).collect();
            names.sort();
            names
        };
        groups.into_iter().map(|group| (group.to_owned(), of_group(group))).collect()
    }

    fn services_removed(&self, of: &PolicyUse, settled: &Settled) -> usize {
        let universe = &self.settling.known.universe;
        let mut stays = of.editable.clone();
        stays.subtract(&settled.goes);
        stays.union(&of.fixed);
        let services = |set: &ActionSet| -> BTreeSet<String> {
            set.places().map(|place| universe.action(place).0.to_owned()).collect()
        };
        let left = services(&stays);
        services(&settled.goes).difference(&left).count()
    }

    /// The services that no catalogue knows and that go because `*` gives way to the names of what stays.
    fn unknown_services<'s>(&self, of: &PolicyUse, settled: &'s Settled<'a>) -> Vec<&'s str> {
        let statements = of.policy.document.iter().flat_map(|document| &document.statements);
        let mut allows = statements.filter(|statement| statement.effect == Effect::Allow);
        let is_all = |pattern: &ActionPattern| pattern.kind() == PatternKind::All;
        let has_everything =
            allows.any(|one| matches!(&one.actions, Actions::Listed(patterns) if patterns.iter().any(is_all)));
        if !has_everything {
            return Vec::new();
        }
        let universe = &self.settling.known.universe;
        settled.whole.iter().copied().filter(|service| universe.service(service).next().is_none()).collect()
    }

    /// The escalation paths that are open to a holder, and shut without what goes.
    fn closes(&self, of: &PolicyUse, settled: &Settled) -> String {
        let universe = &self.settling.known.universe;
        let goes = |(service, action): &(&str, &str)| {
            universe.place(service, action).is_some_and(|place| settled.goes.contains(place))
        };
        let mut left: Vec<&str> =
            escalation_paths().into_iter().filter(|path| path.actions.iter().any(goes)).map(|path| path.name).collect();
        let mut closed = left.clone();
        for at in &of.subjects {
            // What is open to an entity is computed from all its policies, and most policies are in no path.
            if left.is_empty() {
                break;
            }
            let open = self.settling.inputs.paths.open_to(self.settling.all.subjects[*at].holder);
            left.retain(|path| !open.contains(path));
        }
        closed.retain(|path| !left.contains(path));
        closed.join(", ")
    }

    fn rows(&self, of: &PolicyUse<'a>, settled: &Settled<'a>, unknown_services: &[&str]) -> Vec<ChangeRow> {
        let universe = &self.settling.known.universe;
        let mut rows = Vec::new();
        let statements = of.policy.document.iter().flat_map(|document| &document.statements);
        for statement in statements.filter(|statement| statement.effect == Effect::Allow) {
            let Actions::Listed(patterns) = &statement.actions else { continue };
            for pattern in patterns {
                let unknown = if pattern.kind() == PatternKind::All { unknown_services } else { &[] };
                for service in unknown {
                    let usage = settled.evidence.first().and_then(|silence| silence.usage.services.get(*service));
                    rows.push(ChangeRow {
                        action: format!("{service}:*"),
                        statement: statement.number,
                        sid: statement.sid.clone(),
                        pattern: pattern.written().to_owned(),
                        is_removed: true,
                        verdict: usage.map(|usage| usage.verdict.as_str()),
                        observed_days: usage.and_then(|usage| usage.observed_days),
                        granted_since: None,
                        reason: "service-unused".to_owned(),
                    });
                }
                for place in universe.matched(pattern) {
                    let is_removed = settled.goes.contains(place);
                    let first = settled.evidence.first();
                    let (verdict, observed_days) =
                        first.map(|silence| silence.verdict(place, self.settling.known)).unwrap_or_default();
                    rows.push(ChangeRow {
                        action: universe.titled(place),
                        statement: statement.number,
                        sid: statement.sid.clone(),
                        pattern: pattern.written().to_owned(),
                        is_removed,
                        verdict,
                        observed_days,
                        granted_since: self.settling.known.granted_since(&of.policy, place).0,
                        reason: self.reason(of, settled, place, is_removed),
                    });
                }
            }
        }
        rows
    }

    fn reason(&self, of: &PolicyUse, settled: &Settled, place: usize, is_removed: bool) -> String {
        let (service, _) = self.settling.known.universe.action(place);
        if is_removed {
            return (if settled.whole.contains(service) { "service-unused" } else { "action-unused" }).to_owned();
        }
        match self.because(of, settled, place) {
            (KeptBecause::OtherHolder, name) => format!("other-holder: {name} uses it; split or detach for the others"),
            (because, by) if by.is_empty() => because.to_string(),
            (because, by) => format!("{because}: {by}"),
        }
    }
}

/// When the oldest of these dumps was made; `None` where one of them has no date. `--as-of` says what time it is, not how old a dump is.
fn made_at(evidence: &[&Silence]) -> Option<Instant> {
    let dates: Option<Vec<Instant>> = evidence.iter().map(|silence| silence.usage.made_at).collect();
    dates?.into_iter().min()
}

fn owner(holder: &Holder) -> PolicyOwner {
    PolicyOwner { kind: holder.arn.kind(), name: holder.arn.name().to_owned(), arn: holder.arn.to_string() }
}

/// How many managed policies are attached.
fn attached(owner: &Holder) -> usize {
    owner.held.iter().filter(|held| held.via == Via::Direct && held.policy.kind != PolicyKind::Inline).count()
}

/// The names of the customer policies that come.
fn added_names(of: &PolicyUse, step: AdviceStep, parts: usize) -> Vec<String> {
    let (name, first) = match (step, of.owner) {
        (AdviceStep::CopyAndSwap, Some(owner)) if of.policy.kind == PolicyKind::Inline => {
            (format!("{}-of-{}-{}", of.policy.name, owner.arn.kind(), owner.arn.name()), 1)
        }
        (AdviceStep::CopyAndSwap, Some(owner)) => {
            (format!("{}-for-{}-{}", of.policy.name, owner.arn.kind(), owner.arn.name()), 1)
        }
        (AdviceStep::Narrow, _) => (of.policy.name.clone(), 2),
        _ => return Vec::new(),
    };
    let of_part = |part| if part == 1 { name.clone() } else { format!("{name}-part-{part}") };
    (first..=parts).map(|part| policy_name(of_part(part))).collect()
}

/// The name of a new policy: at most 128 characters, and no other one's.
fn policy_name(name: String) -> String {
    if name.len() <= 128 {
        return name;
    }
    let digest = hex(&Sha256::digest(name.as_bytes()));
    let start: String = name.chars().take(119).collect();
    format!("{start}-{}", &digest[..8])
}

/// `/team/` of `arn:aws:iam::111122223333:policy/team/name`.
fn path_of(arn: Option<&str>) -> String {
    let resource = arn.and_then(|arn| arn.split_once(":policy")).map_or("/", |(_, resource)| resource);
    resource.rfind('/').map_or("/", |end| &resource[..=end]).to_owned()
}
