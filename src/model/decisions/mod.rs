//! What people decided about permissions: keep, remove or ask.
//!
//! The input is the checked entries of files of decisions. The output is, for an entity, the entries that may apply to
//! it, and, for each of its permissions, the one that does. Entries that name one entity are found by a hash; only
//! those with wildcards are tried one by one.

mod ruling;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::policy::glob_with_case;
use super::terms::closed_set;
use super::{AccountId, Arn, Day, Entity, EntityKind, Instant};
pub use ruling::{EntityDecisions, Ruling};

closed_set! {
    /// What was decided about a permission.
    Choice {
        /// It stays, for a reason and for a time.
        Keep = "keep",
        /// It is to be removed.
        Remove = "remove",
        /// A person has to answer first.
        Ask = "ask",
    }
}

closed_set! {
    /// The state of a decision.
    DecisionState {
        /// The permission was to be removed, and was used after that was decided.
        Contradicted = "contradicted",
        /// It is removed: a complete dump does not list it any more.
        Done = "done",
        /// It is still granted after the day by which it was to be removed.
        Overdue = "overdue",
        /// It is still granted, or nothing shows that it is not.
        Open = "open",
        /// The decision to keep it has run out.
        Expired = "expired",
        /// It was to be kept although it was unused, and now it is in use: the entry can go.
        UsedAgain = "used-again",
        /// It is kept.
        Kept = "kept",
        /// The entry does not decide about any permission.
        Unmatched = "unmatched",
    }
}

impl DecisionState {
    /// Whether somebody has to look at the decision: it does not hold, or is not carried out in time.
    #[must_use]
    pub const fn needs_attention(self) -> bool {
        match self {
            Self::Contradicted | Self::Overdue | Self::Expired | Self::UsedAgain | Self::Unmatched => true,
            Self::Done | Self::Open | Self::Kept => false,
        }
    }
}

/// The entity or entities of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecidedEntity {
    /// One entity.
    Arn(Arn),
    /// `role/ci/deploy` or `role/deploy`, in which `*` means any run of characters and `?` one.
    Text(String),
}

impl DecidedEntity {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Arn(arn) => arn.as_str(),
            Self::Text(text) => text,
        }
    }

    /// Whether it may be about several entities.
    #[must_use]
    pub fn is_wild(&self) -> bool {
        matches!(self, Self::Text(text) if is_wild(text))
    }
}

/// Whether a text holds a wildcard.
fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// One entry of a file of decisions. A file repeats its texts, and a text is held once: what is compared for every permission is then near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The account; every account if it is left out.
    pub account: Option<AccountId>,
    /// The entity, or several.
    pub entity: Arc<DecidedEntity>,
    /// The namespace, in lower case; every service if it is left out.
    pub service: Option<Arc<str>>,
    /// The action, or a glob over actions, in lower case; the whole service if it is left out.
    pub action: Option<Arc<str>>,
    /// What was decided.
    pub choice: Choice,
    /// The reason, or another comment.
    pub reason: Option<Arc<str>>,
    /// The person who is responsible for it.
    pub owner: Arc<str>,
    /// The day of the decision.
    pub decided: Option<Day>,
    /// For a decision to keep: the last day on which it holds; it holds without an end if the day is left out.
    pub expires: Option<Day>,
    /// For any other decision: the day by which it is to be carried out.
    pub due: Option<Day>,
    /// The ticket that tracks it.
    pub ticket: Option<Arc<str>>,
    /// The file.
    pub file: Arc<str>,
    /// Its line in the file, from 1.
    pub line: u64,
}

impl Decision {
    /// The day that a reader has to note: the last day of a decision to keep, or the day by which another one is to be
    /// carried out.
    #[must_use]
    pub fn due_day(&self) -> Option<Day> {
        if self.choice == Choice::Keep { self.expires } else { self.due }
    }

    /// Whether it no longer holds at `as_of`. It still holds on its day of expiry.
    #[must_use]
    pub fn is_expired(&self, as_of: Option<Instant>) -> bool {
        is_over(self.expires, as_of)
    }

    /// Whether it may decide about several permissions of one level.
    #[must_use]
    pub fn is_wild(&self) -> bool {
        self.entity.is_wild() || self.service.is_none() || self.action.as_deref().is_some_and(is_wild)
    }

    /// Its file and line, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}, line {}", self.file, self.line)
    }

    /// How specific it is: an ARN ranks before a text, a text before a glob; then an action before a glob over actions,
    /// a service, every service; then an account.
    fn rank(&self) -> (u8, u8, bool) {
        let of_entity = match &*self.entity {
            DecidedEntity::Arn(_) => 2,
            DecidedEntity::Text(text) => u8::from(!is_wild(text)),
        };
        let of_permission = match (&self.action, &self.service) {
            (Some(action), _) => 2 + u8::from(!is_wild(action)),
            (None, service) => u8::from(service.is_some()),
        };
        (of_entity, of_permission, self.account.is_some())
    }
}

/// Whether the last day is over at `as_of`.
fn is_over(last: Option<Day>, as_of: Option<Instant>) -> bool {
    last.zip(as_of).is_some_and(|(last, as_of)| as_of.day() > last)
}

/// All decisions of a run.
#[derive(Debug, Default)]
pub struct Decisions {
    all: Vec<Decision>,
    ranks: Vec<(u8, u8, bool)>,
    /// The last day of each.
    ends: Vec<Option<Day>>,
    by_entity: FxHashMap<String, Vec<u32>>,
    globs: Vec<u32>,
    /// Those about a user or a group with its path, by type and name: both can be moved to another path.
    movable: FxHashMap<String, Vec<u32>>,
    /// By the key of a user or a group: the other names of it.
    other_names: FxHashMap<String, Vec<Entity>>,
}

/// With more entries with wildcards than this, it takes longer to find those of a permission than to make the report.
const MOST_GLOBS: usize = 5_000;

impl Decisions {
    /// Takes the entries, in the order of files and lines.
    ///
    /// # Errors
    /// If too many have wildcards.
    pub fn new(all: Vec<Decision>) -> Result<Self, String> {
        let is_glob =
            |decision: &&Decision| decision.entity.is_wild() || decision.action.as_deref().is_some_and(is_wild);
        let globs = all.iter().filter(is_glob).count();
        if globs > MOST_GLOBS {
            return Err(format!(
                "{globs} decisions have wildcards, and at most {MOST_GLOBS} may: name the entities and actions"
            ));
        }
        let mut decisions = Self {
            ranks: all.iter().map(Decision::rank).collect(),
            ends: all.iter().map(|decision| decision.expires).collect(),
            ..Self::default()
        };
        for (at, decision) in (0..).zip(&all) {
            if let Some(movable) = movable(decision) {
                decisions.movable.entry(movable).or_default().push(at);
            }
            if decision.entity.is_wild() {
                decisions.globs.push(at);
            } else if let Some(of_entity) = decisions.by_entity.get_mut(decision.entity.as_str()) {
                of_entity.push(at);
            } else {
                decisions.by_entity.insert(decision.entity.as_str().to_owned(), vec![at]);
            }
        }
        decisions.all = all;
        Ok(decisions)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Every entry.
    #[must_use]
    pub fn all(&self) -> &[Decision] {
        &self.all
    }

    /// The entry of this number.
    ///
    /// # Panics
    /// If there is no entry of this number.
    #[must_use]
    pub fn get(&self, at: u32) -> &Decision {
        &self.all[at as usize]
    }

    /// The same, where documents show users and groups under other names too: by the key of each, what else it is called.
    #[must_use]
    pub fn with_other_names(self, other_names: FxHashMap<String, Vec<Entity>>) -> Self {
        Self { other_names, ..self }
    }

    /// What else the user or group is called: AWS lets both be renamed and moved.
    #[must_use]
    pub fn other_names(&self, entity: &Entity) -> &[Entity] {
        self.other_names.get(&entity.key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The entries that may apply to the entity. A decision to keep, or a question that nobody has answered, follows a user or a group that was
    /// renamed or moved: without it the permission would be taken away. A removal does not follow: nothing shows that it was meant.
    #[must_use]
    pub fn of(&self, entity: &Entity) -> EntityDecisions<'_> {
        let mut found = EntityDecisions::new(self);
        if self.all.is_empty() {
            return found;
        }
        let own = self.naming(entity);
        let earlier = self.other_names(entity).iter();
        let earlier = earlier.flat_map(|other| self.naming(other).into_iter().chain(self.naming_elsewhere(other)));
        let mut followed: Vec<u32> = earlier.chain(self.naming_elsewhere(entity)).collect();
        followed.retain(|at| self.get(*at).choice != Choice::Remove && !own.contains(at));
        followed.sort_unstable();
        followed.dedup();
        own.iter().chain(&followed).for_each(|at| found.push(*at));
        found.following(followed)
    }

    /// The entries that name the entity.
    fn naming(&self, entity: &Entity) -> Vec<u32> {
        let texts = texts(entity);
        let is_of_account =
            |at: &u32| self.get(*at).account.as_ref().is_none_or(|account| entity.account.as_ref() == Some(account));
        let arn = entity.arn.as_ref().map(Arn::as_str);
        let named = arn.into_iter().chain(texts.iter().map(String::as_str)).filter_map(|text| self.by_entity.get(text));
        let named = named.flatten().copied().filter(is_of_account);
        let matches = |at: &u32| texts.iter().any(|text| glob_with_case(self.get(*at).entity.as_str(), text));
        named.chain(self.globs.iter().copied().filter(|at| is_of_account(at) && matches(at))).collect()
    }

    /// The entries that name a user or a group of this name on another path of the same account, where there is only one at a time.
    fn naming_elsewhere(&self, entity: &Entity) -> impl Iterator<Item = u32> {
        let kind = entity.kind.filter(|kind| is_movable(*kind) && entity.account.is_some());
        let named = kind.and_then(|kind| self.movable.get(&format!("{kind}/{}", entity.name)));
        let is_there = |at: &u32| {
            let decision = self.get(*at);
            let of_arn = if let DecidedEntity::Arn(arn) = &*decision.entity { Some(arn) } else { None };
            let is_partition =
                of_arn.is_none_or(|arn| entity.partition().is_none_or(|partition| partition == arn.partition()));
            is_partition && of_arn.and_then(Arn::account).or(decision.account.as_ref()) == entity.account.as_ref()
        };
        named.into_iter().flatten().copied().filter(is_there)
    }
}

/// Whether AWS lets entities of this type be moved and renamed.
const fn is_movable(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::User | EntityKind::Group)
}

/// The type and the name of the one user or group that the entry names with its path, in one account.
fn movable(decision: &Decision) -> Option<String> {
    match &*decision.entity {
        DecidedEntity::Arn(arn) => is_movable(arn.kind()).then(|| format!("{}/{}", arn.kind(), arn.name())),
        DecidedEntity::Text(text) => {
            let is_one = !is_wild(text) && decision.account.is_some();
            let (kind, path) = text.split_once('/').filter(|_| is_one)?;
            let (_, name) = path.rsplit_once('/')?;
            let is_kind = EntityKind::parse(kind).is_some_and(is_movable);
            is_kind.then(|| format!("{kind}/{name}"))
        }
    }
}

/// How an entry may write an entity without its ARN: with its path, or without it, as people see it.
fn texts(entity: &Entity) -> Vec<String> {
    let Some(kind) = entity.kind else { return vec![entity.name.clone()] };
    let short = format!("{kind}/{}", entity.name);
    let long = entity.arn.as_ref().map(|arn| format!("{kind}{}{}", arn.path(), arn.name()));
    long.into_iter().filter(|long| *long != short).chain([short.clone()]).collect()
}

#[cfg(test)]
mod tests;
