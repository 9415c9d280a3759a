//! Every text of a page once, however many rows of however many sections have it.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};

/// Texts in the order in which they were first met.
#[derive(Debug, Default)]
pub(super) struct Strings {
    order: Vec<Rc<str>>,
    places: FxHashMap<Rc<str>, u32>,
}

impl Strings {
    /// The place of `text`, which is given one where it is new.
    pub(super) fn place(&mut self, text: &str) -> u32 {
        if let Some(&place) = self.places.get(text) {
            return place;
        }
        let place = u32::try_from(self.order.len()).expect("a page has fewer than four thousand million cells");
        let shared: Rc<str> = text.into();
        self.order.push(Rc::clone(&shared));
        self.places.insert(shared, place);
        place
    }
}

impl Serialize for Strings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.order.iter().map(|text| &**text))
    }
}
