//! The shortest prefixes that match what stays and nothing that goes. They leave room for actions that AWS will add, as the pattern did
//! before them.

use crate::model::policy::{ActionPattern, PatternKind, Universe};

/// Patterns for the actions at `kept`, in their order, all narrower than `pattern`. Only a pattern with its one wildcard at the end has
/// prefixes that are narrower; any other gives way to names.
pub(super) fn compacted(universe: &Universe, pattern: &ActionPattern, kept: &[usize], gone: &[usize]) -> Vec<String> {
    let names = || kept.iter().map(|place| universe.titled(*place));
    let literal = match (pattern.kind(), pattern.parts()) {
        (PatternKind::Service | PatternKind::Prefix, Some((_, action))) => action.trim_end_matches('*').len(),
        _ => return names().collect(),
    };
    let gone: Vec<&str> = gone.iter().map(|place| universe.action(*place).1).collect();
    let mut all: Vec<String> = Vec::new();
    let mut covered: Option<String> = None;
    for place in kept {
        let (service, action) = universe.action(*place);
        if covered.as_ref().is_some_and(|prefix| action.starts_with(prefix.as_str())) {
            continue;
        }
        covered = shortest(action, literal, &gone);
        all.push(match &covered {
            Some(prefix) => format!("{service}:{}*", &universe.spelt(*place)[..prefix.len()]),
            None => universe.titled(*place),
        });
    }
    all
}

/// The shortest prefix of `action`, longer than `literal`, with which nothing in `gone` begins; `None` where that is no prefix but the
/// whole name, or something that goes is longer.
fn shortest(action: &str, literal: usize, gone: &[&str]) -> Option<String> {
    let ends = action.char_indices().map(|(at, _)| at).filter(|at| *at > literal);
    let fits = |end: &usize| !gone.iter().any(|gone| gone.starts_with(&action[..*end]));
    ends.clone().find(fits).map(|end| action[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_prefix_that_matches_nothing_that_goes() {
        let gone = ["deletebucket", "getobjectacl"];
        assert_eq!(shortest("createbucket", 0, &gone).as_deref(), Some("c"));
        assert_eq!(shortest("deleteobject", 0, &gone).as_deref(), Some("deleteo"));
        assert_eq!(shortest("getobject", 0, &gone), None, "what goes is longer");
        assert_eq!(shortest("getbucket", 3, &gone).as_deref(), Some("getb"));
    }
}
