//! How often each action is granted, and with what verdict, without a row for every grant.
//!
//! Administrators' lists are the same list, most of it never used. So lists are counted as such, an action that has a row of
//! its own is taken off the list it stands in, and names are looked at once for each distinct list.

use rustc_hash::FxHashMap;

use crate::frame::groups::Group;
use crate::model::{Symbol, Verdict};

/// Grants of one action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActionCount {
    /// All of them.
    pub grants: i64,
    /// In the order of [`Verdict::ALL`].
    pub by_verdict: [i64; Verdict::ALL.len()],
    /// Those with an access, dated or not.
    pub users: i64,
}

impl ActionCount {
    fn add(&mut self, grants: i64, verdict: Option<usize>, users: i64) {
        self.grants += grants;
        self.users += users;
        if let Some(verdict) = verdict {
            self.by_verdict[verdict] += grants;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.grants += other.grants;
        self.users += other.users;
        for (own, more) in self.by_verdict.iter_mut().zip(other.by_verdict) {
            *own += more;
        }
    }
}

/// Counts by namespace and name.
#[derive(Debug, Default)]
pub struct ActionCounts<'g> {
    actions: FxHashMap<(Symbol, Symbol), ActionCount>,
    /// By namespace and the place of the list in memory: dumps share equal lists, and where they do not, nothing is lost but time.
    lists: FxHashMap<(Symbol, *const Symbol, usize), (&'g [Symbol], ActionCount)>,
}

impl<'g> ActionCounts<'g> {
    /// Counts every action of `group`.
    pub fn add(&mut self, group: Group<'g>, verdict: Option<usize>, used: bool) {
        let namespace = group.namespace();
        let users = i64::from(used);
        let Some(list) = group.whole_list() else {
            for name in group.names() {
                self.actions.entry((namespace, name)).or_default().add(1, verdict, users);
            }
            return;
        };
        let key = (namespace, list.as_ptr(), list.len());
        self.lists.entry(key).or_insert((list, ActionCount::default())).1.add(1, verdict, users);
        for name in group.others() {
            self.actions.entry((namespace, name)).or_default().add(-1, verdict, -users);
        }
    }

    /// Every action of which there is a grant.
    pub fn finish(mut self) -> impl Iterator<Item = ((Symbol, Symbol), ActionCount)> {
        for ((namespace, ..), (list, count)) in self.lists {
            for &name in list {
                self.actions.entry((namespace, name)).or_default().merge(&count);
            }
        }
        self.actions.into_iter().filter(|(_, count)| count.grants > 0)
    }
}
