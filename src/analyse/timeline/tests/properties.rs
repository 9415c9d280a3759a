//! What must hold for every history, on random ones.

use proptest::prelude::*;

use super::build::{Listed, NEVER, Past, day};
use crate::model::{Accessed, DAY_MS, EntityKind, Instant, Verdict};

const NAMES: [&str; 6] = ["ec2", "ec2:Run", "ec2:Stop", "s3", "s3:Get", "sqs"];

fn days_after_2022(days: i64) -> Instant {
    Instant::from_millis(day("2022-01-01").millis() + days * DAY_MS)
}

fn access() -> impl Strategy<Value = Accessed> {
    prop_oneof![
        6 => Just(NEVER),
        1 => Just(Accessed::Unreadable),
        3 => (0..1600_i64).prop_map(|days| Accessed::At(days_after_2022(days))),
    ]
}

/// A dump with accesses that are all from before it was made.
fn listed() -> impl Strategy<Value = Listed> {
    let rows = prop::collection::vec(prop::option::weighted(0.8, access()), NAMES.len());
    let flags =
        (prop::bool::weighted(0.8), prop::bool::weighted(0.9), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    (prop::option::weighted(0.9, 0..1600_i64), rows, flags, any::<bool>()).prop_map(
        |(made, rows, flags, has_actions)| {
            let (whole, named, strangers, counts) = flags;
            let made = made.map(days_after_2022);
            let mut kept: Vec<(String, Accessed)> = Vec::new();
            for (name, accessed) in NAMES.iter().zip(rows) {
                let Some(accessed) = accessed else { continue };
                let service = name.split(':').next().expect("a service");
                let is_listed = kept.iter().any(|(of, _)| of == service);
                let accessed = match (accessed, made) {
                    (Accessed::At(at), Some(made)) => Accessed::At(at.min(made)),
                    _ => accessed,
                };
                if !name.contains(':') || (has_actions && is_listed) {
                    kept.push(((*name).to_owned(), accessed));
                }
            }
            Listed { made, rows: kept, action_level: has_actions, whole, named, strangers, counts }
        },
    )
}

fn past() -> impl Strategy<Value = Past> {
    let kinds = prop_oneof![3 => Just(EntityKind::Role), 1 => Just(EntityKind::Group)];
    let created = prop::option::weighted(0.2, 0..1600_i64);
    (prop::collection::vec(listed(), 1..6), kinds, created, 30..401_i64).prop_map(|(listed, kind, created, days)| {
        let past = Past::of(listed).stale_after(days);
        Past { kind, created: created.map(days_after_2022), ..past }
    })
}

fn unused(past: &Past) -> Vec<String> {
    let rows = past.present().into_iter().filter(|(_, row)| row.verdict == Verdict::Unused);
    let mut names: Vec<String> = rows.map(|(name, _)| name).collect();
    names.sort();
    names
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// The shortcut for an entity with one answer gives the same as the timeline.
    #[test]
    fn one_answer_alone_is_judged_as_a_timeline_is(listed in listed(), past in past()) {
        let past = Past { listed: vec![listed], ..past };
        let (short, long) = (past.present(), past.present_the_long_way());
        prop_assert_eq!(short, long);
    }

    /// A question about services needs no classes of actions: the rows of services are the same without them.
    #[test]
    fn services_alone_are_judged_as_with_their_actions(past in past()) {
        let services = past.present().into_iter().filter(|(name, _)| !name.contains(':'));
        prop_assert_eq!(past.present_services(), services.collect::<Vec<_>>());
    }

    /// A permission that seems to keep its accesses contradicts nothing.
    #[test]
    fn contradictions_are_foreseen(past in past()) {
        let past = Past { kind: EntityKind::Role, ..past };
        prop_assert!(past.contradictions_foreseen().into_iter().all(|foreseen| foreseen));
    }

    /// No row is unused if a document shows a dated access to it that the creation does not explain away.
    #[test]
    fn what_any_document_shows_as_used_is_not_unused(past in past()) {
        for name in unused(&past) {
            for listed in &past.listed {
                let explained = listed.made.zip(past.created).is_some_and(|(made, created)| made < created);
                let shows = |(of, at): &(String, Accessed)| {
                    (*of == name || of.split(':').next() == Some(&name)) && matches!(at, Accessed::At(_))
                };
                prop_assert!(explained || !listed.rows.iter().any(shows), "{} is unused", name);
            }
        }
    }

    /// An access known from elsewhere makes no row unused.
    #[test]
    fn an_access_more_makes_nothing_unused(past in past(), name in 0..NAMES.len(), days in 0..1600_i64) {
        let mut more = past.clone();
        more.accesses.push((NAMES[name].to_owned(), None, Some(days_after_2022(days)), false));
        let before = unused(&past);
        for name in unused(&more) {
            prop_assert!(before.contains(&name), "{} became unused", name);
        }
    }

    /// A dump that is no longer whole makes no row unused: if it is the only one, or, together with others, for the
    /// rows that it has.
    #[test]
    fn a_single_dump_that_is_cut_makes_nothing_unused(listed in listed(), past in past(), keep in 0..NAMES.len()) {
        let whole = Past { listed: vec![listed], ..past };
        let mut cut = whole.clone();
        cut.listed[0].whole = false;
        cut.listed[0].rows.truncate(keep);
        let before = unused(&whole);
        // If a used action of a service is cut away, an access goes with it; all others stay as they are.
        for name in unused(&cut).into_iter().filter(|name| name.contains(':')) {
            prop_assert!(before.contains(&name), "{} became unused", name);
        }
    }

    /// The order in which the documents are given decides nothing.
    #[test]
    fn the_order_of_documents_decides_nothing(past in past()) {
        let mut turned = past.clone();
        turned.listed.reverse();
        let plain = |past: &Past| {
            let mut rows: Vec<_> = past.present().into_iter().map(|(name, row)| {
                (name, row.verdict, row.unknown_reason, row.observed_days, row.observed_limit, row.granted_since, row.last_accessed)
            }).collect();
            rows.sort_by(|one, other| one.0.cmp(&other.0));
            rows
        };
        prop_assert_eq!(plain(&past), plain(&turned));
    }
}
