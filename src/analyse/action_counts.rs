//! How often each action is granted, and with which verdict, without a row for every grant.
//!
//! Administrators' lists are the same list, and most of it was never used. So classes are counted as a whole, an action
//! with a row of its own is subtracted from its class, and names are looked at once for each distinct class.

use rustc_hash::FxHashMap;

use super::groups::Group;
use super::timeline::{ClassId, Spellings};
use crate::model::{Symbol, Verdict};

/// What one row tells about each of its actions.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    /// The position of its verdict in [`Verdict::ALL`].
    pub verdict: usize,
    /// Whether an access counts, with or without a date.
    pub is_used: bool,
    /// Whether the ARN of the entity is known and its owner can do something about it.
    pub is_changeable: bool,
}

/// Grants of one action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActionCount {
    /// All of them.
    pub grants: i64,
    /// In the order of [`Verdict::ALL`].
    pub by_verdict: [i64; Verdict::ALL.len()],
    /// Those with an access, with or without a date.
    pub users: i64,
    /// Those that the owner of a known entity can change.
    pub changeable: i64,
    /// Of these, the unused ones.
    pub changeable_unused: i64,
}

impl ActionCount {
    fn add(&mut self, times: i64, grant: Grant) {
        let is_unused = grant.verdict == Verdict::Unused as usize;
        self.grants += times;
        self.by_verdict[grant.verdict] += times;
        self.users += times * i64::from(grant.is_used);
        self.changeable += times * i64::from(grant.is_changeable);
        self.changeable_unused += times * i64::from(grant.is_changeable && is_unused);
    }

    fn merge(&mut self, other: &Self) {
        self.grants += other.grants;
        self.users += other.users;
        self.changeable += other.changeable;
        self.changeable_unused += other.changeable_unused;
        for (own, more) in self.by_verdict.iter_mut().zip(other.by_verdict) {
            *own += more;
        }
    }
}

/// Counts by namespace and name.
#[derive(Debug, Default)]
pub struct ActionCounts<'g> {
    actions: FxHashMap<(Symbol, Symbol), ActionCount>,
    classes: FxHashMap<(Symbol, ClassId), (&'g [Symbol], ActionCount)>,
}

impl<'g> ActionCounts<'g> {
    /// Counts every action of `group`.
    pub fn add(&mut self, namespace: Symbol, group: Group<'g>, grant: Grant) {
        match group {
            Group::One(name) => self.actions.entry((namespace, name)).or_default().add(1, grant),
            Group::Class { class, names, excluded } => {
                self.classes.entry((namespace, class)).or_insert((names, ActionCount::default())).1.add(1, grant);
                for &name in excluded {
                    self.actions.entry((namespace, name)).or_default().add(-1, grant);
                }
            }
        }
    }

    /// Every action that has a grant, under the name that all its spellings share.
    pub fn finish(self, names: &impl Spellings) -> Vec<((Symbol, Symbol), ActionCount)> {
        let mut shared: FxHashMap<(Symbol, Symbol), ActionCount> = FxHashMap::default();
        let key = |namespace, name| (names.folded(namespace), names.folded(name));
        for ((namespace, name), count) in self.actions {
            shared.entry(key(namespace, name)).or_default().merge(&count);
        }
        for ((namespace, _), (list, count)) in self.classes {
            for &name in list {
                shared.entry(key(namespace, name)).or_default().merge(&count);
            }
        }
        shared.into_iter().filter(|(_, count)| count.grants > 0).collect()
    }
}
