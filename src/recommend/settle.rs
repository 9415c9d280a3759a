//! What may go from each policy. Policies are seen together: what goes from one and is still granted by another changes nothing, and what
//! one of them keeps may need what another grants. Sets only ever become smaller, so the order decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::known::KnownActions;
use super::policies::{PolicyUse, PolicyUses};
use super::rewrite::Removal;
use super::silence::Silence;
use super::{RecommendInputs, RecommendOptions, protected};
use crate::model::policy::{
    ActionPattern, ActionSet, Actions, Boundary, EarlierBoundary, EarlierHoldings, Effect, EntityUsage, Held,
    HeldPolicy, Holder, PolicyDocument, PolicyKind, SavedVersion, SavedVersions, SinceKind, Statement, UsageProof,
};
use crate::model::policy::{KeptBecause, ReasonNone};
use crate::model::{AccountId, Arn, DAY_MS, EntityKind, Instant};

/// So many days the list of holders may be older than the dumps.
const OLDEST_LIST_DAYS: i64 = 7;

/// What is settled about one policy.
pub(super) struct Settled<'a> {
    /// Why nothing may go.
    pub trouble: Option<ReasonNone>,
    /// The dumps that it rests on.
    pub evidence: Vec<&'a Silence<'a>>,
    /// What may go.
    pub goes: ActionSet,
    /// Services of which everything may go, known or not.
    pub whole: BTreeSet<&'a str>,
    /// What is held since later than this was not watched for long enough; `None` where nothing is dated.
    limit: Option<Instant>,
    /// Who holds it since later.
    late: Latecomers<'a>,
    /// What was shown to be unused and stays: why, and the action or the policy that needs or grants it.
    pub kept: FxHashMap<usize, (KeptBecause, String)>,
}

/// All that settling looks at.
pub(super) struct Settling<'a> {
    pub inputs: &'a RecommendInputs<'a>,
    pub options: &'a RecommendOptions<'a>,
    pub known: &'a KnownActions,
    pub all: &'a PolicyUses<'a>,
    silences: BTreeMap<&'a str, &'a Silence<'a>>,
    /// The dumps of policies by AWS, which have one ARN in all accounts.
    of_aws: BTreeMap<&'a str, Vec<&'a Silence<'a>>>,
    boundaries: BTreeSet<&'a str>,
    /// The accounts with a user who is in no list of them, and was not gone when the list was made: nobody knows the groups of such a user.
    unlisted: BTreeSet<&'a AccountId>,
    /// Why each known action stays, whoever holds it; by its place. The same of every policy, so it is found once.
    everywhere: Vec<Option<KeptBecause>>,
}

impl<'a> Settling<'a> {
    pub fn new(
        inputs: &'a RecommendInputs<'a>,
        options: &'a RecommendOptions<'a>,
        known: &'a KnownActions,
        all: &'a PolicyUses<'a>,
        silences: &'a [Silence<'a>],
    ) -> Self {
        let mut of_aws: BTreeMap<&str, Vec<&Silence>> = BTreeMap::new();
        for silence in silences {
            let arn = silence.usage.entity.arn.as_ref();
            if let Some(arn) = arn.filter(|arn| arn.kind() == EntityKind::Policy && arn.account().is_none()) {
                of_aws.entry(arn.as_str()).or_default().push(silence);
            }
        }
        let silences = silences.iter().map(|silence| (silence.usage.entity.key.as_str(), silence)).collect();
        let boundary = |holder: &'a Holder| match &holder.boundary {
            Boundary::Policy(policy) => policy.arn.as_deref(),
            Boundary::None | Boundary::Unknown => None,
        };
        let boundaries = inputs.grants.entities().filter_map(boundary).collect();
        let is_unlisted = |usage: &&EntityUsage| {
            let user = usage.entity.arn.as_ref().filter(|arn| arn.kind() == EntityKind::User);
            user.is_some_and(|user| inputs.grants.holder(usage.entity.account.as_ref(), user).is_none())
                && inputs.grants.removed(&usage.entity, [usage.as_of]).is_none()
        };
        let unlisted =
            inputs.usages.iter().filter(is_unlisted).filter_map(|usage| usage.entity.account.as_ref()).collect();
        let actions = (0..known.universe.len()).map(|place| known.universe.action(place));
        let everywhere = actions.map(|(service, action)| protected::everywhere(service, action, options)).collect();
        Self { inputs, options, known, all, silences, of_aws, boundaries, unlisted, everywhere }
    }

    /// What may go from each policy, in their order.
    pub fn settled(&self) -> Vec<Settled<'a>> {
        let mut settled: Vec<Settled> = self.all.uses.par_iter().map(|of| self.alone(of)).collect();
        self.settle(&mut settled);
        settled
    }

    /// Settles all policies again, of which those at `unchanged` stay as they are: what they grant, they keep.
    pub fn without(&self, unchanged: &[usize], settled: &mut [Settled]) {
        for at in unchanged {
            settled[*at].goes = ActionSet::empty(self.known.universe.len());
        }
        self.settle(settled);
    }

    fn settle(&self, settled: &mut [Settled]) {
        loop {
            while self.together(settled) {}
            let (stuck, emptied) = (self.stuck(settled), self.emptied(settled));
            if !stuck && !emptied {
                return;
            }
        }
    }

    /// Whether a policy is asked about.
    pub fn is_asked(&self, of: &PolicyUse) -> bool {
        let scope = self.options.scope;
        let subjects = of.subjects.iter().map(|at| self.all.subjects[*at].holder);
        let itself = self.itself(of).filter(|_| of.policy.kind == PolicyKind::Customer);
        let mut entities = subjects.chain(of.owner).chain(itself).map(|holder| &holder.entity);
        entities.any(|entity| scope.has_entity(entity))
            && scope.has_policy(of.policy.kind, &of.policy.name, of.policy.arn.as_deref())
    }

    /// A managed policy as an entity, which can have a dump of its own.
    fn itself(&self, of: &PolicyUse) -> Option<&'a Holder> {
        let arn = Arn::parse(of.policy.arn.as_deref()?).ok()?;
        self.inputs.grants.holder(of.account.as_ref(), &arn)
    }

    /// The dump of an entity.
    pub fn silence(&self, key: &str) -> Option<&'a Silence<'a>> {
        self.silences.get(key).copied()
    }

    /// Everybody by whom a use of the policy goes, and whom a decision about it can name: those who have permissions by it, its owner, the
    /// groups that it is attached to, and the policy itself.
    fn carriers(&self, of: &PolicyUse<'a>) -> Vec<&'a Holder> {
        let subjects = of.subjects.iter().map(|at| self.all.subjects[*at].holder);
        let groups = of.attached_to.iter().filter(|arn| arn.kind() == EntityKind::Group);
        let groups = groups.filter_map(|arn| self.inputs.grants.holder(of.account.as_ref(), arn));
        subjects.chain(of.owner).chain(groups).chain(self.itself(of)).collect()
    }

    /// Their dumps, as many as there are; those that a change rests on are among them. Each counts uses that the others may lack: that of a group those by a member who left.
    pub fn witnesses(&self, of: &PolicyUse<'a>) -> impl Iterator<Item = &'a Silence<'a>> + use<'a, '_> {
        let of_aws = of.policy.arn.as_deref().and_then(|arn| self.of_aws.get(arn)).into_iter().flatten();
        let account = of.account.clone();
        let is_here = move |silence: &&&Silence| {
            let own = &silence.usage.entity.account;
            own.is_none() || *own == account
        };
        let carriers = self.carriers(of).into_iter().filter_map(|holder| self.silence(&holder.entity.key));
        carriers.chain(of_aws.filter(is_here).copied())
    }

    /// The dumps of those who have permissions by a policy, as many as there are.
    pub fn of_subjects(&self, of: &PolicyUse) -> impl Iterator<Item = &'a Silence<'a>> {
        let keys = of.subjects.iter().map(|at| self.all.subjects[*at].holder.entity.key.as_str());
        keys.filter_map(|key| self.silence(key))
    }

    /// One policy, as if there were no other.
    fn alone(&self, of: &PolicyUse<'a>) -> Settled<'a> {
        let nothing = |trouble, evidence| Settled {
            trouble: Some(trouble),
            evidence,
            goes: ActionSet::empty(self.known.universe.len()),
            whole: BTreeSet::new(),
            limit: None,
            late: Latecomers::default(),
            kept: FxHashMap::default(),
        };
        if let Some(trouble) = self.trouble(of) {
            return nothing(trouble, Vec::new());
        }
        let evidence = match self.evidence(of) {
            Ok(evidence) => evidence,
            Err(trouble) => return nothing(trouble, Vec::new()),
        };
        if let Some(trouble) = self.is_too_late(of, &evidence) {
            return nothing(trouble, evidence);
        }
        let mut settled = Settled { trouble: None, ..nothing(ReasonNone::NothingUnused, evidence) };
        settled.whole = self.whole(of, &settled.evidence);
        settled.goes = self.unused(of, &settled.evidence);
        self.protect(of, &mut settled);
        settled
    }

    /// Why nothing is proposed, whatever the dumps say.
    fn trouble(&self, of: &PolicyUse) -> Option<ReasonNone> {
        let policy = &of.policy;
        let arn = policy.arn.as_deref();
        let holder = |arn: &Arn| self.inputs.grants.holder(of.account.as_ref(), arn);
        let entities = || of.owner.into_iter().chain(of.attached_to.iter().filter_map(|arn| holder(arn)));
        let subjects = || of.subjects.iter().map(|at| self.all.subjects[*at].holder);
        let is_of_template =
            |holder: &Holder| self.silence(&holder.entity.key).is_some_and(|silence| silence.usage.from_template);
        if entities().any(|holder| holder.entity.is_aws_controlled() || is_of_template(holder)) {
            return Some(ReasonNone::AwsControlled);
        }
        if arn.is_some_and(|arn| arn.contains(":policy/service-role/") || arn.contains(":policy/aws-service-role/")) {
            return Some(ReasonNone::MadeByAws);
        }
        let is_protected = |holder: &Holder| protected::is_entity(&holder.entity, self.options);
        if protected::is_policy(&policy.name, arn, self.options) || entities().chain(subjects()).any(is_protected) {
            return Some(ReasonNone::Protected);
        }
        if policy.kind == PolicyKind::Customer
            && (policy.boundary_uses.is_some_and(|uses| uses > 0)
                || arn.is_some_and(|arn| self.boundaries.contains(arn)))
        {
            return Some(ReasonNone::Boundary);
        }
        if policy.document.is_none() {
            return Some(ReasonNone::DocumentMissing);
        }
        // Whether it limits somebody as a boundary has to be known, as who holds it has.
        let is_held_as_known = policy.holders_complete == Some(true) && policy.boundary_uses.is_some();
        if policy.kind == PolicyKind::Customer && !is_held_as_known {
            return Some(ReasonNone::HoldersUnknown);
        }
        let is_whole =
            || of.account.as_ref().is_some_and(|account| self.inputs.grants.whole_accounts.contains(account));
        let has_unlisted = || of.account.as_ref().is_some_and(|account| self.unlisted.contains(account));
        if of.has_group && (!is_whole() || has_unlisted()) {
            return Some(ReasonNone::HoldersUnknown);
        }
        if of.subjects.is_empty() {
            return Some(ReasonNone::NotAttached);
        }
        subjects().any(|holder| !holder.is_complete).then_some(ReasonNone::PoliciesIncomplete)
    }

    /// The dumps that a change of the policy rests on. Its own, or its group's, counts every use through it; else those of everybody who
    /// has permissions by it.
    fn evidence(&self, of: &PolicyUse<'a>) -> Result<Vec<&'a Silence<'a>>, ReasonNone> {
        let own = of.owner.or_else(|| self.itself(of)).and_then(|own| self.silence(&own.entity.key));
        let is_of_one = of.owner.is_some_and(|owner| owner.arn.kind() != EntityKind::Group);
        // What a cut or a pending dump of a holder lacks may be a use, and it would hide behind the dumps of the others. To have no dump
        // is another thing: the policy's own one counts that use.
        if !is_of_one && self.witnesses(of).any(Silence::is_partial) {
            return Err(ReasonNone::DumpIncomplete);
        }
        if let Some(own) = own.filter(|own| own.trouble.is_none()) {
            return Ok(vec![own]);
        }
        // So may what the policy's own lacks: a use by somebody who is not among the holders any more.
        if own.is_some_and(|own| own.usage.proof == UsageProof::Incomplete || !is_of_one && own.is_partial()) {
            return Err(ReasonNone::DumpIncomplete);
        }
        let is_alone = is_of_one || of.subjects.len() == 1;
        let one = |at: &usize| {
            let silence = self.silence(&self.all.subjects[*at].holder.entity.key).ok_or(ReasonNone::NoDump)?;
            silence.trouble.map_or(Ok(silence), Err)
        };
        let all: Result<Vec<_>, _> = of.subjects.iter().map(one).collect();
        all.map_err(|trouble| if is_alone { trouble } else { ReasonNone::HoldersUnknown })
    }

    /// Whether the dumps are about another policy than the one that is there.
    fn is_too_late(&self, of: &PolicyUse, evidence: &[&Silence]) -> Option<ReasonNone> {
        let made = evidence.iter().filter_map(|silence| silence.made_at()).min()?;
        let versions = of.policy.history.iter().flat_map(|history| &history.versions).map(|version| version.created);
        if of.policy.undated || versions.chain(of.policy.updated).chain(of.policy.made).any(|changed| changed > made) {
            return Some(ReasonNone::PolicyChanged);
        }
        let subjects = of.subjects.iter().map(|at| self.all.subjects[*at].holder);
        let said: Vec<Instant> = subjects.chain(of.owner).filter_map(|holder| holder.as_of).collect();
        if said.iter().max().is_some_and(|said| said.day() > made.day()) {
            return Some(ReasonNone::PoliciesNewer);
        }
        // Holders that came since are in no list, and what they use is asked of nobody.
        let newest = evidence.iter().filter_map(|silence| silence.made_at()).max()?;
        let is_old = |said: &Instant| newest.millis() - said.millis() > OLDEST_LIST_DAYS * DAY_MS;
        said.iter().min().is_some_and(is_old).then_some(ReasonNone::PoliciesOlder)
    }

    /// The services of which nobody who counts used anything.
    fn whole(&self, of: &PolicyUse<'a>, evidence: &[&Silence<'a>]) -> BTreeSet<&'a str> {
        let Some((first, others)) = evidence.split_first() else { return BTreeSet::new() };
        let accessed: BTreeSet<&str> =
            self.witnesses(of).flat_map(|silence| silence.accessed_services.iter().copied()).collect();
        let is_whole = |service: &&&str| {
            others.iter().all(|other| other.services.contains(**service))
                && !self.witnesses(of).any(|silence| silence.new_services.contains(**service))
                && !accessed.contains(**service)
                && self.options.scope.has_service(service)
        };
        first.services.iter().filter(is_whole).copied().collect()
    }

    /// R1 and R2: what all of the dumps show to be unused, and none shows to be used.
    fn unused(&self, of: &PolicyUse<'a>, evidence: &[&Silence]) -> ActionSet {
        let universe = &self.known.universe;
        let mut goes = of.editable.clone();
        for silence in evidence {
            let mut of_one = silence.actions.clone();
            for service in &silence.services {
                let places = universe.service(service).filter(|place| !silence.unproven.contains(*place));
                places.for_each(|place| of_one.insert(place));
            }
            goes.intersect(&of_one);
        }
        for silence in self.witnesses(of) {
            goes.subtract(&silence.accessed);
            // What else of the service somebody used, AWS may not have recorded.
            for service in &silence.accessed_services {
                let doubtful = universe.service(service).filter(|place| !silence.actions.contains(*place));
                doubtful.for_each(|place| goes.remove(place));
            }
        }
        goes
    }

    /// Takes out what stays whatever the dumps say.
    fn protect(&self, of: &PolicyUse<'a>, settled: &mut Settled<'a>) {
        let as_of = settled.evidence.iter().filter_map(|silence| silence.usage.as_of.min(silence.made_at())).min();
        let limit = as_of.map(|as_of| Instant::from_millis(as_of.millis() - self.options.stale_after * DAY_MS));
        (settled.limit, settled.late) = (limit, self.latecomers(of, &settled.evidence, limit));
        let is_young = |at: Instant| limit.is_none_or(|limit| at > limit);
        let history = of.policy.history.as_ref();
        let is_new = history.map(|history| history.versions[history.default].created).max(of.policy.updated);
        let is_new = is_new.is_some_and(is_young);
        let is_dated = is_new || history.is_some_and(|history| was_changed(history, limit));
        let places: Vec<usize> = settled.goes.places().collect();
        for place in places {
            let (service, action) = self.known.universe.action(place);
            let is_recent = || {
                let (since, kind) = self.known.granted_since(&of.policy, place);
                match kind {
                    SinceKind::OrLater => true,
                    // AWS changed its policy lately, and the version before is not saved: what came with the change is not known.
                    SinceKind::Unknown => is_new,
                    SinceKind::Exact | SinceKind::OrEarlier => since.is_some_and(is_young),
                }
            };
            let nobody = |because| (because, String::new());
            let is_of_level = !self.options.service_level || settled.whole.contains(service);
            let because = if is_of_level && self.options.scope.has_action(service, action) {
                let recent = || (is_dated && is_recent()).then_some(KeptBecause::GrantedRecently);
                let in_gap = || {
                    let in_gap = self.witnesses(of).find(|silence| silence.may_be_new(place, service));
                    in_gap.map(|silence| silence.usage.entity.name.clone())
                };
                let late = || {
                    settled.late.by(service, action).or_else(in_gap).or_else(|| settled.missing(place, service, action))
                };
                let by = || late().map(|name| (KeptBecause::GrantedRecently, name));
                let protection = self.everywhere[place].or_else(|| self.by_holder(of, service, action));
                protection.or_else(recent).map(nobody).or_else(by)
            } else {
                Some(nobody(KeptBecause::NotAsked))
            };
            if let Some((because, by)) = because {
                settled.keep(place, because, || by);
            }
        }
    }

    /// Who holds the policy, or something of it, for less than the threshold, as far as anything says so.
    fn latecomers(&self, of: &PolicyUse<'a>, evidence: &[&Silence], limit: Option<Instant>) -> Latecomers<'a> {
        let made_at = evidence.iter().filter_map(|silence| silence.made_at()).min();
        let is_young = |at: Instant| limit.is_none_or(|limit| at > limit);
        let mut late = Latecomers::default();
        // A dump of the same day or later would say itself what its entity has; that of an unknown day may be older.
        let is_of_earlier_day = |at: Instant| made_at.is_some_and(|made_at| at.day() < made_at.day());
        let is_older = |dump: &&Silence| dump.trouble.is_none() && dump.made_at().is_none_or(is_of_earlier_day);
        let dump_of = |holder: &'a Holder| Some((holder, self.silence(&holder.entity.key).filter(is_older)?));
        late.dumps.extend(self.carriers(of).into_iter().filter_map(dump_of));
        for at in &of.subjects {
            let holder = self.all.subjects[*at].holder;
            let created = self.silence(&holder.entity.key).and_then(|silence| silence.usage.created);
            let routes: Vec<&'a Held> = holder.held.iter().filter(|held| of.is_held_by(holder, held)).collect();
            let is_of_young_group = |held: &&Held| held.group_undated || held.group_created.is_some_and(is_young);
            let by_young_group = routes.iter().any(is_of_young_group);
            if created.is_none_or(is_young) || by_young_group {
                late.whole.get_or_insert(holder.arn.name());
            }
            // What an answer lacks may have been granted as late as on the day of the next one.
            let end = |earlier: &EarlierHoldings| {
                earlier.until.or(holder.as_of).map_or(earlier.at, |end| end.max(earlier.at))
            };
            let earlier = holder.earlier.iter().filter(|earlier| is_young(end(earlier)));
            late.earlier.extend(earlier.map(|earlier| (holder, earlier)));
            let denying = holder.held.iter().flat_map(|held| replaced(&held.policy, limit));
            late.replaced.extend(denying.map(|document| (holder, document)));
            let freed = holder
                .former_boundaries()
                .filter(|boundary| boundary.until.or(holder.as_of).is_none_or(|end| is_young(end.max(boundary.at))));
            late.freed.extend(freed.map(|boundary| (holder, boundary)));
            let lacked = |held: &'a Held| -> Vec<Option<&'a PolicyDocument>> {
                let young = held.lacked.iter().filter(|lacked| lacked.until.or(lacked.at).is_none_or(is_young));
                young.map(|lacked| lacked.document.as_deref()).collect()
            };
            let lacked: Vec<_> = routes.into_iter().map(lacked).collect();
            if lacked.iter().all(|route| !route.is_empty()) {
                late.lacked.push((holder.arn.name(), lacked));
            }
        }
        late
    }

    /// Why an action, or what a pattern of actions matches, stays whatever the dumps say.
    pub fn protection(&self, of: &PolicyUse<'a>, service: &str, action: &str) -> Option<KeptBecause> {
        protected::everywhere(service, action, self.options).or_else(|| self.by_holder(of, service, action))
    }

    /// Why it stays because of one of those who hold the policy.
    fn by_holder(&self, of: &PolicyUse<'a>, service: &str, action: &str) -> Option<KeptBecause> {
        let mut carriers = self.carriers(of).into_iter();
        carriers.find_map(|holder| protected::of_holder(service, action, holder, self.options))
    }

    /// Rule 11: what stays with somebody, and what that needs, stays everywhere. Whether anything changed.
    fn together(&self, settled: &mut [Settled]) -> bool {
        let mut changed = false;
        for subject in &self.all.subjects {
            let mut kept = ActionSet::empty(self.known.universe.len());
            for &at in &subject.policies {
                let mut stays = self.all.uses[at].editable.clone();
                stays.subtract(&settled[at].goes);
                kept.union(&stays);
                kept.union(&self.all.uses[at].fixed);
            }
            let name = |place: usize| self.known.universe.titled(place);
            for &at in subject.policies.iter().filter(|at| !self.all.uses[**at].editable.is_empty()) {
                if settled[at].goes.is_empty() {
                    continue;
                }
                let mut elsewhere = settled[at].goes.clone();
                elsewhere.intersect(&kept);
                for place in elsewhere.places() {
                    let by = self.granted_by(place, at, subject.policies.as_slice(), settled);
                    settled[at].keep(place, KeptBecause::GrantedElsewhere, || by);
                    changed = true;
                }
                for (place, by) in self.known.needed(&kept) {
                    if settled[at].goes.contains(place) {
                        settled[at].keep(place, KeptBecause::Dependent, || name(by));
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    /// The policy that grants what stays elsewhere.
    fn granted_by(&self, place: usize, at: usize, policies: &[usize], settled: &[Settled]) -> String {
        let grants = |other: &&usize| {
            let of = &self.all.uses[**other];
            of.fixed.contains(place) || of.editable.contains(place) && !settled[**other].goes.contains(place)
        };
        let others = policies.iter().filter(|other| **other != at).chain([&at]);
        let by = others.into_iter().find(|other| grants(other));
        by.map(|other| self.all.uses[*other].policy.name.clone()).unwrap_or_default()
    }

    /// Patterns that would match nothing known, outside of whole services, stay with all that they match. Whether there is any.
    fn stuck(&self, settled: &mut [Settled]) -> bool {
        let mut changed = false;
        for (of, settled) in self.all.uses.iter().zip(settled) {
            if settled.goes.is_empty() {
                continue;
            }
            let stuck = self.with_removal(of, settled, |removal| {
                let statements = of.policy.document.iter().flat_map(|document| &document.statements);
                let allows = statements.filter(|statement| statement.effect == Effect::Allow);
                let patterns = allows.flat_map(|statement| match &statement.actions {
                    Actions::Listed(patterns) => patterns.as_slice(),
                    Actions::AllBut(_) => &[],
                });
                patterns.flat_map(|pattern| removal.stuck(pattern)).collect::<Vec<usize>>()
            });
            for place in stuck {
                settled.keep(place, KeptBecause::NothingKnownLeft, String::new);
                changed = true;
            }
        }
        changed
    }

    /// A service that was used stays with those who have it: if no action of it that stays was seen to be used, one of those that would go may have been.
    /// Whether any service would have lost all of its actions.
    fn emptied(&self, settled: &mut [Settled]) -> bool {
        let universe = &self.known.universe;
        let of_subjects = self.all.subjects.iter().map(|subject| {
            (self.silence(&subject.holder.entity.key).into_iter().collect(), subject.policies.as_slice().to_vec())
        });
        // The dump of a policy counts uses by others, too.
        let of_policies = settled.iter().enumerate().map(|(at, settled)| (settled.evidence.clone(), vec![at]));
        let groups: Vec<(Vec<&Silence>, Vec<usize>)> = of_subjects.chain(of_policies).collect();
        let mut changed = false;
        for (silences, policies) in groups {
            for service in silences.iter().flat_map(|silence| &silence.accessed_services) {
                let stays = |at: &usize, place: usize| {
                    let of = &self.all.uses[*at];
                    of.fixed.contains(place) || of.editable.contains(place) && !settled[*at].goes.contains(place)
                };
                if universe.service(service).any(|place| policies.iter().any(|at| stays(at, place))) {
                    continue;
                }
                for (at, place) in
                    policies.iter().flat_map(|at| universe.service(service).map(move |place| (*at, place)))
                {
                    if settled[at].goes.contains(place) {
                        settled[at].keep(place, KeptBecause::ServiceUsed, String::new);
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    /// What may go, as the rewriting of the document asks for it.
    pub fn with_removal<T>(&self, of: &PolicyUse<'a>, settled: &Settled, with: impl FnOnce(&Removal) -> T) -> T {
        with(&Removal {
            universe: &self.known.universe,
            goes: &settled.goes,
            is_whole: &|service| settled.whole.contains(service),
            is_kept: &|service, action| {
                self.protection(of, service, action).is_some() || settled.is_recent(of, service, action)
            },
            listed: &|| {
                self.witnesses(of).flat_map(|silence| silence.usage.services.keys().map(String::as_str)).collect()
            },
        })
    }
}

/// Who came lately. A dump of the policy or the group counts every use through it, and of somebody who holds it since last week that is
/// no use: a role that was made then lost what nobody before it had needed.
#[derive(Default)]
struct Latecomers<'a> {
    /// Somebody who was made lately, or is in a group that was; of unknown age counts too.
    whole: Option<&'a str>,
    /// What holders held within the threshold, where that differs from today.
    earlier: Vec<(&'a Holder, &'a EarlierHoldings)>,
    /// Former versions of their policies that were in force within the threshold, or may have been, and deny something.
    replaced: Vec<(&'a Holder, &'a PolicyDocument)>,
    /// Boundaries that they had within the threshold, or may have had.
    freed: Vec<(&'a Holder, EarlierBoundary)>,
    /// The whole dumps of holders that are older than the dumps which count, and no newer one of theirs tells what they have since.
    dumps: Vec<(&'a Holder, &'a Silence<'a>)>,
    /// What the policy was within the threshold, by each way in which the holder has it; `None` where it was not held.
    lacked: Vec<(&'a str, Vec<Vec<Option<&'a PolicyDocument>>>)>,
}

impl Latecomers<'_> {
    /// Who has the action for less than the threshold.
    fn by(&self, service: &str, action: &str) -> Option<String> {
        let was_allowed = |earlier: &EarlierHoldings| {
            let mut statements = earlier.documents.iter().flat_map(|document| &document.statements);
            statements.any(|statement| statement.effect == Effect::Allow && statement.matches(service, action))
        };
        // A Deny that is gone. Where another one is left, the holder has no more today than it had then.
        let denies = |document: &PolicyDocument| document.denies(service, action);
        let is_free = |holder: &Holder| !documents(holder).any(denies);
        let was_denied = |earlier: &EarlierHoldings| earlier.documents.iter().any(|document| denies(document));
        let earlier = self.earlier.iter().find(|(holder, earlier)| {
            earlier.is_whole && !was_allowed(earlier) || was_denied(earlier) && is_free(holder)
        });
        let replaced = || self.replaced.iter().find(|(holder, document)| denies(document) && is_free(holder));
        let is_allowed = |document: &PolicyDocument| document.allows(service, action);
        let was_shut = |boundary: &EarlierBoundary| boundary.document.as_deref().is_none_or(|one| !is_allowed(one));
        let freed =
            || self.freed.iter().find(|(holder, boundary)| was_shut(boundary) && !holder.is_shut_out(is_allowed));
        let dump = || self.dumps.iter().find(|(holder, dump)| !dump.lists(service) && is_free(holder));
        let allows = |document: &PolicyDocument| {
            let mut allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
            allows.any(|statement| statement.matches(service, action))
        };
        let holder = || {
            let by_documents = earlier.map(|(holder, _)| *holder).or_else(|| replaced().map(|(holder, _)| *holder));
            let others = || freed().map(|(holder, _)| *holder).or_else(|| dump().map(|(holder, _)| *holder));
            by_documents.or_else(others).map(|holder| holder.arn.name())
        };
        self.whole.or_else(holder).or_else(|| self.lacking(allows)).map(str::to_owned)
    }

    /// Who was seen without what `allows` looks for, in every way in which they hold the policy.
    fn lacking(&self, allows: impl Fn(&PolicyDocument) -> bool) -> Option<&str> {
        let is_without =
            |route: &Vec<Option<&PolicyDocument>>| route.iter().any(|document| !document.is_some_and(&allows));
        let late = self.lacked.iter().find(|(_, routes)| !routes.is_empty() && routes.iter().all(is_without));
        late.map(|(name, _)| *name)
    }
}

/// The documents of all that a holder holds.
fn documents(holder: &Holder) -> impl Iterator<Item = &PolicyDocument> {
    holder.held.iter().filter_map(|held| held.policy.document.as_deref())
}

/// The former versions of a policy that deny something and were replaced after `limit`, or are newer than the one in force: the policy was
/// set back after them, at an unknown time.
fn replaced(policy: &HeldPolicy, limit: Option<Instant>) -> Vec<&PolicyDocument> {
    let Some(history) = &policy.history else { return Vec::new() };
    let is_young = |created: Instant| limit.is_none_or(|limit| created > limit);
    let was_in_force = |at: usize| {
        let end = history.versions.get(at + 1).map(|next| next.created);
        at > history.default || at < history.default && end.is_some_and(is_young)
    };
    let versions = history.versions.iter().enumerate().filter(|(at, _)| was_in_force(*at));
    let documents = versions.filter_map(|(_, version)| version.document.as_deref());
    documents.filter(|document| document.statements.iter().any(Statement::denies_wholly)).collect()
}

/// Whether the policy was changed after `limit`, or set back at an unknown time.
fn was_changed(history: &SavedVersions, limit: Option<Instant>) -> bool {
    let is_young = |created: Instant| limit.is_none_or(|limit| created > limit);
    history.default + 1 != history.versions.len()
        || history.versions.iter().any(|version| is_young(version.created))
        || history.created.is_some_and(is_young)
}

/// Whether an Allow statement has a pattern that matches all that `pattern` does.
fn has_pattern(document: &PolicyDocument, pattern: &ActionPattern) -> bool {
    let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let mut patterns = allows.filter(|one| matches!(one.actions, Actions::Listed(_))).flat_map(Statement::patterns);
    patterns.any(|own| own == pattern || own.covers(pattern))
}

impl Settled<'_> {
    /// The holder with an older dump that lacks the action at `place`, which a dump that counts lists.
    fn missing(&self, place: usize, service: &str, action: &str) -> Option<String> {
        if !self.evidence.iter().any(|silence| silence.listed.contains(place)) {
            return None;
        }
        let lacks = |dump: &Silence| dump.usage.proof == UsageProof::Actions && !dump.listed.contains(place);
        let is_free = |holder: &Holder| !documents(holder).any(|document| document.denies(service, action));
        let late = self.late.dumps.iter().find(|(holder, dump)| lacks(dump) && is_free(holder));
        late.map(|(holder, _)| holder.arn.name().to_owned())
    }

    /// Whether what a pattern matches, known or not, may be held since lately. Of actions that are known [`Settling::protect`] says it; a
    /// pattern of which nothing is known has no other word.
    fn is_recent(&self, of: &PolicyUse, service: &str, rest: &str) -> bool {
        let pattern = ActionPattern::new(&format!("{service}:{rest}"));
        let lacks = |document: &PolicyDocument| !has_pattern(document, &pattern);
        let earlier = |(_, earlier): &(&Holder, &EarlierHoldings)| {
            earlier.is_whole && earlier.documents.iter().all(|one| lacks(one))
                || earlier.documents.iter().any(|one| one.denies_some(service))
        };
        let replaced = |(_, document): &(&Holder, &PolicyDocument)| document.denies_some(service);
        let freed = |(_, boundary): &(&Holder, EarlierBoundary)| {
            boundary.document.as_deref().is_none_or(|one| lacks(one) || one.denies_some(service))
        };
        let in_history = of.policy.history.as_ref().filter(|history| was_changed(history, self.limit));
        let is_new = |history: &SavedVersions| {
            let before = history.versions.iter().rposition(|version| Some(version.created) <= self.limit);
            let document = |version: &SavedVersion| version.document.as_ref().is_none_or(|document| lacks(document));
            before.is_none_or(|before| history.versions[before..].iter().any(document))
        };
        let of_gap = |silence: &&Silence| silence.new_services.contains(service);
        self.late.whole.is_some()
            || self.evidence.iter().any(of_gap)
            || self.late.earlier.iter().any(earlier)
            || self.late.replaced.iter().any(replaced)
            || self.late.freed.iter().any(freed)
            || self.late.dumps.iter().any(|(_, dump)| !dump.lists(service))
            || self.late.lacking(|document| !lacks(document)).is_some()
            || in_history.is_some_and(is_new)
    }

    fn keep(&mut self, place: usize, because: KeptBecause, by: impl FnOnce() -> String) {
        self.goes.remove(place);
        self.kept.entry(place).or_insert_with(|| (because, by()));
    }
}
