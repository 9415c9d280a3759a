//! The two sides of `diff OLD NEW`, as far as their dates are concerned.

use std::collections::BTreeMap;

use crate::model::{Dump, Instant};
use crate::problem::{Kind, Problem, counted};

/// Entities with a later dump on the old side: nothing is compared for them. All of them together, or a new side that ends
/// before the old one begins, are two sides that were exchanged: every change would be told as its opposite.
///
/// # Errors
/// If the sides were exchanged.
pub fn swapped(old: &[Dump], new: &[Dump]) -> Result<Option<Problem>, String> {
    let (of_old, of_new) = (newest(old), newest(new));
    let on_both = of_old.iter().filter_map(|(entity, old)| Some((entity, *old, *of_new.get(entity)?)));
    let (later, earlier): (Vec<_>, Vec<_>) =
        on_both.filter(|(_, old, new)| old != new).partition(|(_, old, new)| old > new);
    let dates = |dumps: &[Dump]| usable(dumps).filter_map(|dump| dump.made_at).collect::<Vec<_>>();
    let begins = dates(old).into_iter().min();
    let ends = dates(new).into_iter().max();
    let is_apart = ends.zip(begins).is_some_and(|(ends, begins)| ends < begins);
    if is_apart || !later.is_empty() && earlier.is_empty() {
        let what = "the dumps of the first side are later than those of the second: the sides are the other way round. The earlier one comes first";
        return Err(what.to_owned());
    }
    Ok(later.first().map(|(entity, ..)| {
        let name = entity.split_once('|').map_or(**entity, |(_, name)| name);
        let many = counted(later.len(), "entity has", "entities have");
        let what = format!(
            "{many} a later dump on the old side than on the new one, and are not compared; {name} is the first"
        );
        Problem::new(Kind::Contradiction, "OLD and NEW", what)
            .advise("The earlier side comes first: dormant diff OLD NEW.")
    }))
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
