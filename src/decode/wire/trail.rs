//! What followed the name of an action when it was last read, byte for byte.
//!
//! Clients sort actions by name and print them all in one layout, so in one dump after another the same name follows
//! the same name with the same text between. If a row has nothing but its name, that text, from the end of this name to
//! the end of the next, means only one thing: the row ends, the next begins, and this is its name. So it need not be
//! parsed a second time: if the bytes ahead are the same, their meaning is the same. One comparison of a hundred bytes
//! passes a row.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::model::Symbol;

/// A name in a service's list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step(u32);

#[derive(Debug)]
struct Known {
    name: Symbol,
    /// Where the following text begins in `text`, its length (0 if nothing is known), and the step to which it leads.
    from: u32,
    length: u32,
    next: u32,
}

/// The known steps; see the module.
#[derive(Debug, Default)]
pub(super) struct Trail {
    steps: Vec<Known>,
    text: Vec<u8>,
    starts: FxHashMap<(Symbol, Symbol), u32>,
    /// By the number of a name: the last service that had it in its list, and its step there. Few names are in several
    /// lists.
    last: Vec<Option<(Symbol, u32)>>,
}

/// AWS has twenty thousand actions in all; names beyond this many get no trail.
const MOST_STEPS: usize = 1 << 18;
/// Bytes of all texts together.
const MOST_TEXT: usize = 1 << 25;
/// No client prints a layout with a longer text.
const LONGEST_TEXT: usize = 1 << 10;

impl Trail {
    /// The step of `name` in the list of `service`; `None` if there are too many.
    pub fn step(&mut self, service: Symbol, name: Symbol) -> Option<Step> {
        let number = name.index()? as usize;
        if let Some(&Some((of, step))) = self.last.get(number)
            && of == service
        {
            return Some(Step(step));
        }
        let new = u32::try_from(self.steps.len()).ok()?;
        let step = match self.starts.entry((service, name)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(_) if self.steps.len() == MOST_STEPS => return None,
            Entry::Vacant(slot) => {
                self.steps.push(Known { name, from: 0, length: 0, next: new });
                *slot.insert(new)
            }
        };
        if self.last.len() <= number {
            self.last.resize(number + 1, None);
        }
        self.last[number] = Some((service, step));
        Some(Step(step))
    }

    /// The step that came after `step` last time, if any did.
    pub fn next(&self, step: Step) -> Option<Step> {
        let known = &self.steps[step.0 as usize];
        (known.length > 0).then_some(Step(known.next))
    }

    /// The name of a step.
    pub fn name(&self, step: Step) -> Symbol {
        self.steps[step.0 as usize].name
    }

    /// Remembers that `text` led from one name to the next. The first text stays: most lists are whole, and a list that
    /// leaves names out should not replace them.
    pub fn lay(&mut self, from: Step, text: &[u8], next: Step) {
        let known = &mut self.steps[from.0 as usize];
        if known.length == 0 && text.len() <= LONGEST_TEXT && self.text.len() < MOST_TEXT {
            known.from = self.text.len() as u32;
            known.length = text.len() as u32;
            known.next = next.0;
            self.text.extend_from_slice(text);
        }
    }

    /// If `ahead` begins with the text that followed `step` before: its length, and the step to which it leads.
    #[inline]
    pub fn follow(&self, step: Step, ahead: &[u8]) -> Option<(usize, Step)> {
        let known = &self.steps[step.0 as usize];
        let (from, length) = (known.from as usize, known.length as usize);
        let is_known = length > 0 && ahead.starts_with(&self.text[from..from + length]);
        is_known.then_some((length, Step(known.next)))
    }
}
