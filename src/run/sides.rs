//! The two sides of `diff OLD NEW`, as far as their dates are concerned.

use std::collections::BTreeMap;

use crate::model::{Dump, Instant};
use crate::problem::{Kind, Problem, counted};

/// A warning where the old side is the later one, as a whole or for some entities. These are not compared: every change would be told
/// as its opposite.
pub fn swapped(old: &[Dump], new: &[Dump]) -> Option<Problem> {
    let (of_old, of_new) = (newest(old), newest(new));
    let on_both = of_old.iter().filter_map(|(entity, old)| Some((*entity, *old, *of_new.get(entity)?)));
    let later: Vec<&str> = on_both.filter(|(_, old, new)| old > new).map(|(entity, ..)| entity).collect();
    let begins = usable(old).filter_map(|dump| dump.made_at).min();
    let is_apart = of_new.values().max().zip(begins).is_some_and(|(ends, begins)| *ends < begins);
    let what = if is_apart {
        "every dump of the first side is later than those of the second: the sides are the other way round".to_owned()
    } else {
        let name = later.first().map(|entity| entity.split_once('|').map_or(*entity, |(_, name)| name))?;
        let many = counted(later.len(), "entity has", "entities have");
        format!("{many} a later dump on the first side than on the second, and are not compared; {name} is the first")
    };
    let advice = "The earlier side comes first: dormant diff OLD NEW.";
    Some(Problem::new(Kind::Contradiction, "OLD and NEW", what).advise(advice))
}

fn usable(dumps: &[Dump]) -> impl Iterator<Item = &Dump> {
    dumps.iter().filter(|dump| dump.evidence.is_usable())
}

/// When the newest dump of each entity was made, by its key.
fn newest(dumps: &[Dump]) -> BTreeMap<&str, Instant> {
    let mut newest: BTreeMap<&str, Instant> = BTreeMap::new();
    for (entity, made) in usable(dumps).filter_map(|dump| Some((dump.entity.key.as_str(), dump.made_at?))) {
        newest.entry(entity).and_modify(|known| *known = made.max(*known)).or_insert(made);
    }
    newest
}
