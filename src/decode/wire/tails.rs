//! What followed the namespace of a service that was never used, byte for byte, to the end of its object.
//!
//! Nine services of ten in an administrator's list were never used, and the next administrator's list has the same text
//! for them: no date, no entity, the same actions. Nothing in such a text depends on what comes before it, so it need
//! not be parsed a second time; one comparison passes a service, as one comparison of the [`trail`](super::trail)
//! passes an action.

use std::sync::Arc;

use crate::model::Symbol;

/// The rest of one service.
#[derive(Debug)]
pub(super) struct Tail {
    text: Box<[u8]>,
    /// `TotalAuthenticatedEntities`.
    pub entities: Option<u32>,
    /// Whether it has a member that tells used from unused.
    pub tells: bool,
    /// Its actions, none of them used; `None` if none is listed.
    pub list: Option<Arc<[Symbol]>>,
}

impl Tail {
    /// Its length in bytes.
    pub const fn length(&self) -> usize {
        self.text.len()
    }
}

/// The known texts of all services; see the module.
#[derive(Debug, Default)]
pub(super) struct Tails {
    /// By the number of the namespace.
    of: Vec<Vec<Tail>>,
    bytes: usize,
}

/// Per service: the whole list, and a few that leave actions out or have another layout.
const MOST_OF_A_SERVICE: usize = 4;
/// Bytes of all texts together. Twenty thousand actions in the widest layout take a tenth of it.
const MOST_BYTES: usize = 1 << 25;

impl Tails {
    /// The text that followed `namespace` before, if `ahead` begins with it.
    #[inline]
    pub fn follow(&self, namespace: Symbol, ahead: &[u8]) -> Option<&Tail> {
        let known = self.of.get(namespace.index()? as usize)?;
        known.iter().find(|tail| ahead.starts_with(&tail.text))
    }

    /// Remembers that `text` followed `namespace`, with its meaning. If there are too many texts, the longest stay:
    /// they save most.
    pub fn lay(
        &mut self,
        namespace: Symbol,
        text: &[u8],
        entities: Option<u32>,
        tells: bool,
        list: Option<&Arc<[Symbol]>>,
    ) {
        let Some(number) = namespace.index() else { return };
        let number = number as usize;
        if self.of.len() <= number {
            self.of.resize_with(number + 1, Vec::new);
        }
        let known = &mut self.of[number];
        if known.len() == MOST_OF_A_SERVICE {
            let shortest = (0..known.len()).min_by_key(|&at| known[at].length()).expect("there are some");
            if known[shortest].length() >= text.len() {
                return;
            }
            self.bytes -= known.swap_remove(shortest).length();
        }
        if self.bytes + text.len() <= MOST_BYTES {
            self.bytes += text.len();
            known.push(Tail { text: text.into(), entities, tells, list: list.cloned() });
        }
    }
}
