//! The meaning of names: which spellings are one permission, and since when AWS tracks the actions of a service.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use polars::prelude::*;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::timeline::Spellings;
use crate::catalogue::Catalogue;
use crate::frame::build::names_of;
use crate::frame::schema;
use crate::model::{self, Dump, Instant, ListFacts, RowTerms, Symbol, Symbols};

/// Each name that is not shown, with the name that is shown instead.
type Renamed = Arc<[(Arc<str>, Arc<str>)]>;

/// The meaning of the names of a run.
#[derive(Debug)]
pub struct Names {
    texts: Vec<Arc<str>>,
    /// The one name that represents all spellings of a permission, at the index of each.
    folded: Vec<Symbol>,
    /// Namespaces that a newer dump writes in another way.
    renamed: Renamed,
    /// Actions that a newer dump writes in another way.
    renamed_actions: Renamed,
    tracking: Vec<Instant>,
    tracking_else: Instant,
    /// The actions that AWS says it does not track, by service; of both, the one name of all spellings.
    untracked: FxHashMap<Symbol, FxHashSet<Symbol>>,
    /// The folder below which files are named, with the slash at its end; empty where they are named as they were typed.
    folder: String,
}

impl Names {
    /// Looks at every name once; `dumps` tell which of several spellings is the newest.
    #[must_use]
    pub fn new<'d>(symbols: &Symbols, catalogue: &Catalogue, dumps: impl Iterator<Item = &'d Dump>) -> Self {
        let texts = symbols.texts();
        let mut spellings: BTreeMap<String, Vec<Symbol>> = BTreeMap::new();
        for (symbol, name) in symbols.numbered(&texts).filter(|(_, name)| is_of_a_permission(name)) {
            spellings.entry(model::folded(name)).or_default().push(symbol);
        }
        let mut folded: Vec<Symbol> = symbols.numbered(&texts).map(|(symbol, _)| symbol).collect();
        spellings.retain(|_, of_one| of_one.len() > 1);
        let place = |symbol: Symbol| symbol.index().expect("a name has a place") as usize;
        let text = |symbol: Symbol| &texts[place(symbol)];
        for of_one in spellings.values_mut() {
            // The numbers of symbols depend on which thread comes first; names do not.
            of_one.sort_by_key(|symbol| text(*symbol));
            for symbol in &*of_one {
                folded[place(*symbol)] = of_one[0];
            }
        }
        let several: Vec<&[Symbol]> = spellings.values().map(Vec::as_slice).collect();
        let written = NewestSpelling::by(&dumps.collect::<Vec<_>>(), &several, symbols.row_terms());
        let renamed = |dates: &Dates| -> Renamed {
            let renamed = spellings.values().filter_map(|of_one| {
                let of_dumps = of_one.iter().filter(|symbol| dates.contains_key(symbol));
                let shown = *of_dumps.min_by_key(|symbol| (Reverse(dates[symbol]), text(**symbol)))?;
                Some(of_one.iter().filter(move |symbol| **symbol != shown).map(move |symbol| (*symbol, shown)))
            });
            renamed.flatten().map(|(symbol, shown)| (Arc::clone(text(symbol)), Arc::clone(text(shown)))).collect()
        };
        let (renamed, renamed_actions) = (renamed(&written.services), renamed(&written.actions));
        let tracking = texts.iter().map(|text| catalogue.action_tracking_start(&model::folded(text))).collect();
        let tracking_else = catalogue.action_tracking_start("");
        let untracked =
            untracked(catalogue, symbols.numbered(&texts).map(|(name, text)| (&**text, folded[place(name)])));
        Self { folded, renamed, renamed_actions, tracking, tracking_else, untracked, texts, folder: String::new() }
    }

    /// The same, with files named below `folder`. A table of millions of rows holds few files, so they are cut before they are in it: a second
    /// pass over the lists of an audit took 15 % of its processor time and 100 MB.
    #[must_use]
    pub fn below(self, folder: String) -> Self {
        Self { folder, ..self }
    }

    /// The path of a file, as reports show it.
    #[must_use]
    pub fn file<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&self.folder).unwrap_or(path)
    }

    /// The names in `column`, each as the newest dump writes it (rule 51).
    pub fn shared(&self, column: &str) -> Expr {
        let is_action = column == schema::ACTION_NAME;
        let renamed = Arc::clone(if is_action { &self.renamed_actions } else { &self.renamed });
        let rename = move |names: Column| {
            let spelt = names.cat32()?;
            let code = |text: &str| spelt.get_mapping().get_cat(text);
            let codes = renamed.iter().filter_map(|(name, shared)| Some((code(name)?, code(shared)?)));
            let codes: FxHashMap<u32, u32> = codes.collect();
            if spelt.physical().iter().flatten().all(|code| !codes.contains_key(&code)) {
                return Ok(names);
            }
            let shared = spelt.physical().iter().map(|code| code.map(|code| *codes.get(&code).unwrap_or(&code)));
            let shared = UInt32Chunked::from_iter_options(names.name().clone(), shared);
            Ok(names_of(shared))
        };
        col(column).map(rename, |_, field| Ok(field.clone()))
    }

    /// The text of a name; empty for [`Symbol::NONE`].
    #[must_use]
    pub fn text(&self, name: Symbol) -> &str {
        name.index().map_or("", |at| &self.texts[at as usize])
    }
}

/// The actions that the catalogue calls untracked, if a name of the run is one; `names` are texts with their folded symbols.
fn untracked<'t>(
    catalogue: &Catalogue,
    names: impl Iterator<Item = (&'t str, Symbol)>,
) -> FxHashMap<Symbol, FxHashSet<Symbol>> {
    let wanted: Vec<(&str, &str)> = catalogue.untracked().collect();
    // Without a service reference there is one, and most names need not be folded.
    let is_wanted = |text: &str| {
        let is_it =
            |(service, action): &(&str, &str)| [*service, *action].iter().any(|name| text.eq_ignore_ascii_case(name));
        catalogue.has_service_reference() || wanted.iter().any(is_it)
    };
    let names = names.filter(|(text, _)| is_wanted(text.trim()));
    let names: FxHashMap<String, Symbol> = names.map(|(text, name)| (model::folded(text), name)).collect();
    let mut untracked: FxHashMap<Symbol, FxHashSet<Symbol>> = FxHashMap::default();
    for (service, action) in wanted {
        if let Some((service, action)) = names.get(service).zip(names.get(action)) {
            untracked.entry(*service).or_default().insert(*action);
        }
    }
    untracked
}

/// For each name with several spellings, when the newest dump that writes it so was made.
#[derive(Debug, Default)]
struct NewestSpelling {
    services: Dates,
    actions: Dates,
}

/// For each name, a date; `None` where only undated dumps have it.
type Dates = FxHashMap<Symbol, Option<Instant>>;

impl NewestSpelling {
    /// `several` are the spellings of each name that has more than one. Nearly always these are a service and an action
    /// (`backup` and `elasticfilesystem:Backup`), and then no action of any dump has to be looked at.
    fn by(dumps: &[&Dump], several: &[&[Symbol]], terms: &Arc<RowTerms>) -> Self {
        let mut written = Self::default();
        if several.is_empty() {
            return written;
        }
        let spellings = Marked::of(several.iter().copied().flatten().copied());
        written.services = newest(dumps, |dates, dump| {
            dump.rows.each_namespace(|namespace| note(dates, &spellings, namespace, dump.made_at));
        });
        let is_action = |name: &&Symbol| !written.services.contains_key(name);
        let (actions, clear): (Vec<_>, Vec<_>) =
            several.iter().copied().partition(|of_one| of_one.iter().filter(is_action).count() > 1);
        written.actions = clear.into_iter().flatten().map(|&name| (name, None)).collect();
        if actions.is_empty() {
            return written;
        }
        let spellings = Marked::of(actions.into_iter().flatten().copied());
        let marked = |list: &[Symbol]| {
            let names: Vec<Symbol> = list.iter().copied().filter(|name| spellings.has(*name)).collect();
            Some(names).filter(|names| !names.is_empty())
        };
        let lists = ListFacts::new(terms, marked);
        written.actions.extend(newest(dumps, |dates, dump| {
            let mut keep = |names: &Vec<Symbol>| names.iter().for_each(|name| keep_newest(dates, *name, dump.made_at));
            lists.each(&dump.rows, marked, &mut keep);
        }));
        written
    }
}

/// For each name, when it was written last. All threads look, because every dump is opened.
fn newest(dumps: &[&Dump], look: impl Fn(&mut Dates, &Dump) + Sync) -> Dates {
    let of_some = |mut dates: Dates, dump: &&Dump| {
        look(&mut dates, dump);
        dates
    };
    let together = |mut dates: Dates, more: Dates| {
        for (name, made_at) in more {
            keep_newest(&mut dates, name, made_at);
        }
        dates
    };
    dumps.par_iter().fold(Dates::default, of_some).reduce(Dates::default, together)
}

/// A set of names that is checked for every service of every dump.
#[derive(Debug, Default)]
struct Marked(Vec<bool>);

impl Marked {
    fn of(names: impl Iterator<Item = Symbol>) -> Self {
        let mut marked = Self::default();
        for at in names.filter_map(Symbol::index).map(|at| at as usize) {
            marked.0.resize(marked.0.len().max(at + 1), false);
            marked.0[at] = true;
        }
        marked
    }

    fn has(&self, name: Symbol) -> bool {
        name.index().is_some_and(|at| self.0.get(at as usize) == Some(&true))
    }
}

fn note(dates: &mut Dates, spellings: &Marked, name: Symbol, made_at: Option<Instant>) {
    if spellings.has(name) {
        keep_newest(dates, name, made_at);
    }
}

fn keep_newest(dates: &mut Dates, name: Symbol, made_at: Option<Instant>) {
    let newest = dates.entry(name).or_default();
    *newest = made_at.max(*newest);
}

/// Whether it is the name of a service or an action, and not of an entity or a file: an ARN is not a permission.
fn is_of_a_permission(text: &str) -> bool {
    !text.contains(':')
}

impl Spellings for Names {
    fn folded(&self, name: Symbol) -> Symbol {
        name.index().map_or(name, |at| self.folded[at as usize])
    }

    fn stands_before(&self, one: Symbol, other: Symbol) -> bool {
        self.text(one) < self.text(other)
    }

    fn tracking(&self, service: Symbol) -> Instant {
        service.index().map_or(self.tracking_else, |at| self.tracking[at as usize])
    }

    fn has_untracked(&self, service: Symbol) -> bool {
        !self.untracked.is_empty() && self.untracked.contains_key(&self.folded(service))
    }

    fn is_untracked(&self, service: Symbol, action: Symbol) -> bool {
        !self.untracked.is_empty()
            && self.untracked.get(&self.folded(service)).is_some_and(|actions| actions.contains(&self.folded(action)))
    }
}
