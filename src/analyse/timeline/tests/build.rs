//! Small histories: `Listed` is one dump, `Past` is all documents about one entity.

use chrono::DateTime;

use crate::analyse::timeline::accesses::Speaking;
use crate::analyse::timeline::{
    Asking, ClassId, Documents, Judged, RowMembers, SameName, Scratch, Spellings, Timeline, UsableAnswer,
    VerdictParams, judge_newest,
};
use crate::model::{
    Accessed, ActionRow, EntityFact, EntityKind, Instant, OtherAccess, Rows, ServiceRow, Symbol, Symbols,
    UnknownReason, Verdict,
};

/// 08:00 UTC of a day.
pub fn day(text: &str) -> Instant {
    let text = format!("{text}T08:00:00Z");
    Instant::from_millis(DateTime::parse_from_rfc3339(&text).expect("a date").timestamp_millis())
}

pub fn used(day_of_access: &str) -> Accessed {
    Accessed::At(day(day_of_access))
}

pub const NEVER: Accessed = Accessed::Never;

/// One dump; `rows` are a service, or a service and an action, each with its access. A service comes before its
/// actions.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the dump")]
pub struct Listed {
    pub made: Option<Instant>,
    pub rows: Vec<(String, Accessed)>,
    pub action_level: bool,
    pub whole: bool,
    pub named: bool,
    pub strangers: bool,
    /// Every service row counts one entity.
    pub counts: bool,
}

impl Listed {
    pub fn on(made: &str, rows: &[(&str, Accessed)]) -> Self {
        let action_level = rows.iter().any(|(name, _)| name.contains(':'));
        let rows = rows.iter().map(|&(name, accessed)| (name.to_owned(), accessed)).collect();
        Self { made: Some(day(made)), rows, action_level, whole: true, named: true, strangers: false, counts: false }
    }

    pub fn undated(rows: &[(&str, Accessed)]) -> Self {
        Self { made: None, ..Self::on("2026-01-01", rows) }
    }

    pub fn cut(self) -> Self {
        Self { whole: false, ..self }
    }

    fn rows(&self, symbols: &Symbols) -> Rows {
        let mut rows = Rows::default();
        let mut at = 0;
        while let Some((service, accessed)) = self.rows.get(at) {
            at += 1;
            while let Some((name, accessed)) = self.rows.get(at).filter(|(name, _)| name.contains(':')) {
                let (_, name) = name.split_once(':').expect("an action");
                let (by, region) = (Symbol::NONE, Symbol::NONE);
                rows.push_action(ActionRow { name: symbols.intern(name), accessed: *accessed, by, region });
                at += 1;
            }
            rows.push_service(ServiceRow {
                namespace: symbols.intern(service),
                accessed: *accessed,
                entities: self.counts.then_some(1),
                lists_actions: self.action_level,
                ..ServiceRow::UNRECORDED
            });
        }
        rows
    }
}

/// All documents about one role, in an account where AWS has been recording for a long time.
#[derive(Debug, Clone)]
pub struct Past {
    pub kind: EntityKind,
    pub recording: Option<Instant>,
    pub listed: Vec<Listed>,
    /// Permission, date of the document, access, whether it contradicts.
    pub accesses: Vec<(String, Option<Instant>, Option<Instant>, bool)>,
    pub created: Option<Instant>,
    pub unreadable: bool,
    /// When a document was made, and the unique id in it.
    pub ids: Vec<(Instant, String)>,
    pub same_name: Vec<Instant>,
    pub question: VerdictParams,
}

impl Past {
    pub fn of(listed: impl Into<Vec<Listed>>) -> Self {
        Self {
            kind: EntityKind::Role,
            recording: Some(day("2015-10-01")),
            listed: listed.into(),
            accesses: Vec::new(),
            created: None,
            unreadable: false,
            ids: Vec::new(),
            same_name: Vec::new(),
            question: VerdictParams { stale_after: 90, as_of: None, at: None, strict_age: false },
        }
    }

    pub fn stale_after(mut self, days: i64) -> Self {
        self.question.stale_after = days;
        self
    }

    pub fn created(self, at: &str) -> Self {
        Self { created: Some(day(at)), ..self }
    }

    /// Hands the documents and the meaning of names to `ask`.
    fn with<T>(&self, ask: impl FnOnce(&Documents, &Plain) -> T) -> T {
        let symbols = Symbols::default();
        let rows: Vec<Rows> = self.listed.iter().map(|listed| listed.rows(&symbols)).collect();
        let answers = self.listed.iter().zip(&rows).map(|(listed, rows)| UsableAnswer {
            made_at: listed.made,
            whole: listed.whole,
            action_level: listed.action_level,
            named: listed.named,
            inferred: !listed.named,
            strangers: listed.strangers,
            rows,
        });
        let accesses = self.accesses.iter().map(|(name, made_at, at, contradicts)| {
            let (service, action) = name.split_once(':').unwrap_or((name, ""));
            let action = if action.is_empty() { Symbol::NONE } else { symbols.intern(action) };
            let service = symbols.intern(service);
            let (by, source) = (Symbol::NONE, Symbol::NONE);
            OtherAccess {
                service,
                action,
                is_of_unknown_action: false,
                made_at: *made_at,
                at: *at,
                by,
                contradicts: *contradicts,
                source,
            }
        });
        let stated = EntityFact {
            made_at: None,
            created: self.created,
            unreadable: self.unreadable,
            unique_id: Symbol::NONE,
            last_used: None,
            used_undated: false,
            used_unknown: false,
            from_template: false,
        };
        let ids = self.ids.iter().map(|(made, id)| EntityFact {
            made_at: Some(*made),
            created: None,
            unreadable: false,
            unique_id: symbols.intern(id),
            last_used: None,
            used_undated: false,
            used_unknown: false,
            from_template: false,
        });
        let documents = Documents {
            kind: Some(self.kind),
            recording: self.recording,
            answers: answers.collect(),
            accesses: accesses.collect(),
            statements: std::iter::once(stated).chain(ids).collect(),
            namesake_uses: Vec::new(),
            same_name: self.same_name.iter().map(|&at| SameName { at, made_at: Some(at) }).collect(),
        };
        ask(&documents, &Plain(&symbols))
    }

    /// The rows of the present.
    pub fn present(&self) -> Vec<(String, Judged)> {
        self.with(|documents, names| {
            let (mut rows, mut scratch) = (Rowed::default(), Scratch::default());
            judge_newest(documents, &self.question, names, &mut scratch, &mut |row, of| rows.push(row, of));
            rows.named(names, &scratch)
        })
    }

    /// The same, without the shortcut for an entity with one answer.
    pub fn present_the_long_way(&self) -> Vec<(String, Judged)> {
        self.with(|documents, names| {
            let (mut rows, mut scratch) = (Rowed::default(), Scratch::default());
            let timeline = Timeline::new(documents, names, &mut scratch);
            timeline.present(&Asking { question: &self.question, names, layouts: &scratch.layouts }, &mut |row, of| {
                rows.push(row, of);
            });
            rows.named(names, &scratch)
        })
    }

    /// The rows of services, from a timeline that leaves out what no service needs.
    pub fn present_services(&self) -> Vec<(String, Judged)> {
        self.with(|documents, names| {
            let (mut rows, mut scratch) = (Rowed::default(), Scratch::new(true));
            judge_newest(documents, &self.question, names, &mut scratch, &mut |row, of| {
                if of == RowMembers::Service {
                    rows.push(row, of);
                }
            });
            rows.named(names, &scratch)
        })
    }

    /// For each row of a dump that contradicts an older document, whether its track was known to be one that may.
    pub fn contradictions_foreseen(&self) -> Vec<bool> {
        self.with(|documents, names| {
            let timeline = Timeline::new(documents, names, &mut Scratch::default());
            let mut foreseen = Vec::new();
            for (track, span) in timeline.tracks().zip(&timeline.spans) {
                for shown in track.seen {
                    let dump = &timeline.dumps[shown.dump as usize];
                    let speaking = Speaking { made_at: dump.made_at, moment: dump.made_at, created: None };
                    let older = timeline.contradicted_by(&track, (dump, shown), &speaking, None);
                    foreseen.extend(older.map(|_| span.may_lack_an_access));
                }
            }
            foreseen
        })
    }

    /// The rows of the dump of a day.
    pub fn snapshot(&self, made: &str) -> Vec<(String, Judged)> {
        self.with(|documents, names| {
            let (mut rows, mut scratch) = (Rowed::default(), Scratch::default());
            let timeline = Timeline::new(documents, names, &mut scratch);
            timeline.snapshot(
                Some(day(made)),
                &Asking { question: &self.question, names, layouts: &scratch.layouts },
                &mut |row, of| rows.push(row, of),
            );
            rows.named(names, &scratch)
        })
    }

    /// The only row of the present about `name`.
    pub fn row(&self, name: &str) -> Judged {
        one(self.present(), name)
    }

    /// `unused`, or the reason why nothing can be concluded.
    pub fn says(&self, name: &str) -> &'static str {
        word(&self.row(name))
    }
}

/// Rows as they are added, each with its class and the names of that class that have rows of their own.
#[derive(Default)]
struct Rowed(Vec<(Judged, Option<Class>)>);

/// A class, and its names that have rows of their own.
type Class = (ClassId, Vec<Symbol>);

impl Rowed {
    fn push(&mut self, row: &Judged, of: RowMembers) {
        let class =
            if let RowMembers::Class { class, excluded, .. } = of { Some((class, excluded.to_vec())) } else { None };
        self.0.push((*row, class));
    }

    /// One row for each permission, with its name.
    fn named(self, names: &Plain, scratch: &Scratch) -> Vec<(String, Judged)> {
        let of_row = |(row, class): (Judged, Option<Class>)| match class {
            None => vec![(names.name(&row), row)],
            Some((class, excluded)) => {
                let members = scratch.layouts.names(class).iter().filter(|name| !excluded.contains(name));
                members.map(|&action| Judged { action, ..row }).map(|row| (names.name(&row), row)).collect()
            }
        };
        self.0.into_iter().flat_map(of_row).collect()
    }
}

/// The only row about `name`.
pub fn one(rows: Vec<(String, Judged)>, name: &str) -> Judged {
    let mut found = rows.into_iter().filter(|(of, _)| of == name);
    let row = found.next().unwrap_or_else(|| panic!("no row about {name}")).1;
    assert!(found.next().is_none(), "two rows about {name}");
    row
}

/// The verdict, or the reason why there is none.
pub fn word(row: &Judged) -> &'static str {
    assert_eq!(row.verdict == Verdict::Unknown, row.unknown_reason.is_some());
    row.unknown_reason.map_or(row.verdict.as_str(), UnknownReason::as_str)
}

/// Spellings as the tests write them.
pub struct Plain<'s>(&'s Symbols);

impl Plain<'_> {
    fn name(&self, row: &Judged) -> String {
        let text = |symbol| self.0.text(symbol).map(|text| text.to_string()).unwrap_or_default();
        if row.action == Symbol::NONE {
            text(row.service)
        } else {
            format!("{}:{}", text(row.service), text(row.action))
        }
    }
}

impl Spellings for Plain<'_> {
    fn folded(&self, name: Symbol) -> Symbol {
        self.0.text(name).map_or(name, |text| self.0.intern(&text.trim().to_lowercase()))
    }

    fn stands_before(&self, one: Symbol, other: Symbol) -> bool {
        self.0.text(one) < self.0.text(other)
    }

    fn tracking(&self, _: Symbol) -> Instant {
        day("2021-04-07")
    }

    fn has_untracked(&self, _: Symbol) -> bool {
        false
    }

    fn is_untracked(&self, _: Symbol, _: Symbol) -> bool {
        false
    }
}
