//! What the path of a file tells about its entity: an ARN, or account, kind and name in folders, or only a label.
//!
//! The input is a [`Source`], the date of the job in it, and what the other sources of the run tell. The output is
//! [`PathFacts`]. Nothing here looks at rows. What a path cannot tell for certain is left open, never filled in.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::cleaned::{PageNumbers, clean, name_without_date_and_page, without_dates};
use super::dates::{self, PathDate};
use super::encoded::{self, EncodedArn, Flattened, percent_decoded};
use super::known::Known;
use super::words;
use crate::model::{AccountId, Arn, EntityKind, Instant, Source};

/// Everything that one path tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PathFacts {
    /// An ARN that the path holds in full.
    pub arn: Option<Arn>,
    /// Several ARNs fit the path; none of them counts until the user tells which one it is.
    pub fitting: Vec<Arn>,
    /// A 12-digit folder.
    pub account: Option<AccountId>,
    /// From a kind folder, or from a kind before the name.
    pub kind: Option<EntityKind>,
    /// The name in a form that identifies it (a folder or a word tells what the name is), not a bare file name.
    pub name: Option<String>,
    /// The whole file name, if kind and name were read from it: it may be a bare name after all.
    pub bare: Option<String>,
    /// Folders between kind and name: the IAM path, as far as can be told.
    pub iam_path: String,
    /// The bare name of the file.
    pub label: String,
    /// The path without dates, page numbers and extensions: one place at two dates is one entity.
    pub place: String,
    /// Folder and name without the page number: pages of one job that were saved side by side share it.
    pub page_group: String,
    /// The date in the path.
    pub date: Option<PathDate>,
    /// The page number in the file name.
    pub page: Option<u32>,
    /// A file named after a `JobId`.
    pub job_id: Option<String>,
    /// Kinds that are words of the path (`local-policies/`, `shared-policy.json`), and the part that holds the word.
    pub kinds: Vec<(EntityKind, String)>,
}

/// What the reading of one path needs to know about all the others.
#[derive(Debug, Default)]
pub(super) struct OtherPaths {
    /// Whether the user typed more than one folder.
    pub many_roots: bool,
    /// Files such as `AdminRole_p1`, if one of them is known to be a page.
    pub pages: BTreeSet<PagePlace>,
    /// Files such as `AdminRole.1`, if several belong to one job and one is known to be a page.
    pub numbered: BTreeSet<PagePlace>,
    /// Folders and names such as `landing`, if there are `landing-page-1` and `landing-page-2` and both say that they
    /// are whole: of the pages of one answer only the last one is.
    pub no_pages: BTreeSet<String>,
    /// Names without dates and pages that say what a file holds and not which entity it is about.
    pub repeated: Repeated,
}

/// Below a kind folder, names that are alone in each of several folders: `roles/web/snapshot.json` and
/// `roles/api/snapshot.json`. No two entities of one account and kind have one name, so the folders are the names.
#[derive(Debug, Default)]
pub(super) struct Repeated(BTreeSet<(String, String)>);

/// What is below the kind folders.
#[derive(Debug, Default)]
struct BelowKinds {
    /// By the kind folder, with its dates, and the name of a file: the folders that hold it, without dates.
    holding: BTreeMap<(String, String), BTreeSet<String>>,
    /// By a folder without dates: the names of its files.
    names_in: BTreeMap<String, BTreeSet<String>>,
}

/// A file in a folder below a kind folder: the kind folder with its dates, the folder without, and the name.
fn below_kind(source: &Source, name: &str) -> Option<(String, String, String)> {
    let name = words::without_copy_mark(words::without_appended(name));
    let parts: Vec<Cow<'_, str>> = estate(source).into_iter().map(plain_name).collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let (_, folders) = parts.split_last()?;
    let at = kind_folder(folders).filter(|at| at + 1 < folders.len() && !says_nothing(name))?;
    Some((folders[..=at].join("/"), undated(folders), name.to_owned()))
}

impl BelowKinds {
    fn note(&mut self, (kind, folder, name): (String, String, String)) {
        self.names_in.entry(folder.clone()).or_default().insert(name.clone());
        self.holding.entry((kind, name)).or_default().insert(folder);
    }

    fn repeated(self) -> Repeated {
        let is_alone = |folder: &String| self.names_in.get(folder).is_some_and(|names| names.len() == 1);
        let several = self.holding.iter().filter(|(_, folders)| folders.len() > 1 && folders.iter().all(is_alone));
        // The same place at several dates has one name, also at a date with a single such folder.
        let undated = |kind: &str| undated(&kind.split('/').collect::<Vec<_>>());
        Repeated(several.map(|((kind, name), _)| (undated(kind), name.clone())).collect())
    }
}

impl Repeated {
    /// Whether `name` is such a name below the kind folder with which `folders`, without dates, ends.
    fn holds(&self, folders: &[&str], name: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&(folders.join("/"), name.to_owned()))
    }
}

/// Folders without dates, as one text.
fn undated(folders: &[&str]) -> String {
    without_dates(folders, |_| true).0.join("/")
}

/// The last folder that says a kind, if the file is not far below it.
fn kind_folder(folders: &[&str]) -> Option<usize> {
    let at = folders.iter().rposition(|folder| words::kind_of_folder(folder).is_some());
    at.filter(|at| folders.len() - at <= 4)
}

/// What the answer in a file tells about itself; it helps to read the path.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said<'a> {
    /// The date of its job.
    pub job: Option<Instant>,
    /// The entity that it names. Files that name different entities are not pages of one answer, whatever their
    /// numbers.
    pub entity: Option<&'a str>,
    /// Whether it may continue in another file.
    pub may_go_on: bool,
    /// Whether it says that it is whole.
    pub is_whole: bool,
    /// Its first and its last service.
    pub span: Option<(&'a str, &'a str)>,
}

/// Folder and name without the page number, the date of the job if that matters, and the entity that the answer names.
type PagePlace = (String, Option<Instant>, Option<String>);

/// The numbers at the ends of names that are otherwise the same, each with the first and the last service of its
/// answer, and whether one of the answers may continue.
#[derive(Debug, Default, Clone)]
struct Numbers<'a> {
    seen: BTreeMap<u32, Option<(&'a str, &'a str)>>,
    goes_on: bool,
}

/// Numbered files of one folder, name and job, by the entity that their answers name.
type Numbered<'a> = BTreeMap<(String, Option<Instant>), BTreeMap<Option<String>, Numbers<'a>>>;

/// Files of one folder with names that end with a number after `page`: the numbers of those that say that they are
/// whole, and whether one of them may continue.
#[derive(Debug, Default)]
struct WholePages {
    whole: BTreeSet<u32>,
    goes_on: bool,
}

fn page_place(folder: &str, base: &str, job: Option<Instant>, entity: Option<&str>) -> PagePlace {
    (format!("{folder}/{base}"), job, entity.map(str::to_owned))
}

fn note<'a>(numbered: &mut Numbered<'a>, (place, job, entity): PagePlace, number: u32, said: Said<'a>) {
    // Without the date of a job, nothing shows that two files belong to one: `role-1` and `role-2` are two roles.
    if job.is_none() {
        return;
    }
    let numbers = numbered.entry((place, job)).or_default().entry(entity).or_default();
    numbers.seen.insert(number, said.span);
    numbers.goes_on |= said.may_go_on;
}

impl Numbers<'_> {
    fn joined(mut self, other: &Self) -> Self {
        self.seen.extend(&other.seen);
        self.goes_on |= other.goes_on;
        self
    }

    /// Whether each answer begins after the end of the one before, as pages do. The jobs of two entities may have
    /// begun in the same second, but both lists begin with the first service.
    fn follow_one_another(&self) -> bool {
        let spans: Vec<_> = self.seen.values().flatten().collect();
        spans.windows(2).all(|pair| pair[0].1 < pair[1].0)
    }
}

/// The places that have several numbers, or one and `may_be_alone`, and an answer that may continue. An answer without
/// a name may be a page of any other.
fn that_go_on(numbered: Numbered, may_be_alone: impl Fn(&str) -> bool) -> BTreeSet<PagePlace> {
    let mut found = BTreeSet::new();
    for ((place, job), mut by_entity) in numbered {
        let nameless = by_entity.remove(&None).unwrap_or_default();
        let all = by_entity.values().fold(nameless.clone(), Numbers::joined);
        let named = by_entity.into_iter().map(|(entity, numbers)| (entity, numbers.joined(&nameless)));
        for (entity, numbers) in named.chain([(None, all)]) {
            if numbers.goes_on && (numbers.seen.len() > 1 || may_be_alone(&place)) && numbers.follow_one_another() {
                found.insert((place.clone(), job, entity));
            }
        }
    }
    found
}

impl OtherPaths {
    /// Looks at every source, with what the answer in it tells.
    pub fn survey<'a>(sources: impl Iterator<Item = (&'a Source, Said<'a>)>, known: &Known) -> Self {
        let mut seen = Self::default();
        let mut roots = BTreeSet::new();
        let (mut weak, mut numbered) = (Numbered::default(), Numbered::default());
        let mut strong: BTreeMap<String, WholePages> = BTreeMap::new();
        let mut below_kinds = BelowKinds::default();
        // The numbers of all jobs: next to `app-p2` of another job, `app-p1` is an entity too.
        let mut weak_numbers: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let sources: Vec<(&Source, Said)> = sources.collect();
        // Reading a path costs more than to note what is in it, and there are as many as dumps.
        let read = |(source, _): &(&Source, Said)| {
            let (folder, file) = folder_and_file(source);
            let name = clean(stem_of(&file, known), |_, _| true, PageNumbers::All, known).text;
            (folder, file, below_kind(source, &name))
        };
        let read: Vec<_> = sources.par_iter().map(read).collect();
        for ((source, said), (folder, file, below)) in sources.into_iter().zip(read) {
            roots.insert(&source.path[..source.root]);
            let stem = stem_of(&file, known);
            if let Some(page) = words::page_suffix(stem).filter(|_| !known.has_stem(stem)) {
                if page.weak {
                    weak_numbers.entry(format!("{folder}/{}", page.base)).or_default().insert(page.number);
                    note(&mut weak, page_place(&folder, page.base, said.job, said.entity), page.number, said);
                } else if !known.has_stem(page.base) {
                    let pages = strong.entry(format!("{folder}/{}", page.base)).or_default();
                    pages.whole.extend(said.is_whole.then_some(page.number));
                    pages.goes_on |= said.may_go_on;
                }
            }
            if let Some(page) = words::numbered(stem).filter(|_| !known.has_stem(stem)) {
                note(&mut numbered, page_place(&folder, page.base, said.job, said.entity), page.number, said);
            }
            if let Some(below) = below {
                below_kinds.note(below);
            }
        }
        seen.repeated = below_kinds.repeated();
        seen.many_roots = roots.len() > 1;
        let is_alone = |place: &str| weak_numbers.get(place).is_none_or(|numbers| numbers.len() == 1);
        (seen.pages, seen.numbered) = (that_go_on(weak, is_alone), that_go_on(numbered, |_| false));
        strong.retain(|_, pages| pages.whole.len() > 1 && !pages.goes_on);
        seen.no_pages = strong.into_keys().collect();
        seen
    }
}

/// Reads the path of `source`, with what the answer in it tells.
pub(super) fn read(source: &Source, said: Said, around: &OtherPaths, known: &Known) -> PathFacts {
    let parts: Vec<Cow<'_, str>> = estate(source).into_iter().map(plain_name).collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let (folder, _) = folder_and_file(source);
    let Some((file, folders)) = parts.split_last() else { return PathFacts::default() };
    let fits = |date: PathDate| said.job.is_none_or(|job| date.fits(job));
    // `sunset-2027-01` may be a role that goes in that month.
    let fits_name =
        |rest: &str, date: PathDate| fits(date) && (said.job.is_some() || date.is_day() || known.has_name(rest));

    let raw_stem = stem_of(file, known);
    let numbered = words::numbered(raw_stem)
        .filter(|page| around.numbered.contains(&page_place(&folder, page.base, said.job, said.entity)))
        .filter(|_| !known.has_stem(raw_stem));
    let raw_stem = numbered.map_or(raw_stem, |page| page.base);
    let pages = page_numbers(raw_stem, &folder, said, around, known);
    let stem = clean(raw_stem, fits_name, pages, known);
    let (folders, folder_date) = without_dates(folders, fits);
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();

    let mut facts = PathFacts {
        account: account_in(&folders),
        label: label(&folders, &stem.text, raw_stem, known),
        date: [stem.date, folder_date]
            .into_iter()
            .flatten()
            .find(|date| !date.may_be_account())
            .or_else(|| dates::in_typed_folder(source).filter(|date| fits(*date))),
        page: stem.page.or(numbered.map(|page| page.number)),
        job_id: words::job_id(&stem.text),
        kinds: folders.iter().copied().chain([stem.text.as_str()]).flat_map(words::kinds_in).collect(),
        place: place(source, &stem.text, around.many_roots, fits),
        ..PathFacts::default()
    };
    facts.page_group = format!("{folder}/{}", pages.of(raw_stem).map_or(raw_stem, |page| page.base));
    read_form(&mut facts, &folders, &stem.text, &around.repeated, known);
    // A month in an exact ARN belongs to it, unless the ARN without it is known.
    read_arn(&mut facts, &parts, |rest, date| fits(date) && (date.is_day() || known.has_name(rest)), pages, known);
    facts
}

/// The name of a file without its extensions.
fn stem_of<'f>(file: &'f str, known: &Known) -> &'f str {
    words::without_extensions_unless(file, |stem| known.has_stem(stem))
}

/// Which numbers at the end of the file's name are those of pages.
fn page_numbers(raw_stem: &str, folder: &str, said: Said, around: &OtherPaths, known: &Known) -> PageNumbers {
    if known.has_stem(raw_stem) {
        return PageNumbers::None;
    }
    match words::page_suffix(raw_stem) {
        Some(page) if page.weak => {
            let is_of_the_entity = said.entity.and_then(|arn| arn.rsplit('/').next()) == Some(page.base);
            let is_page =
                is_of_the_entity || around.pages.contains(&page_place(folder, page.base, said.job, said.entity));
            if is_page { PageNumbers::All } else { PageNumbers::AfterPage }
        }
        Some(page) if around.no_pages.contains(&format!("{folder}/{}", page.base)) => PageNumbers::None,
        Some(_) | None => PageNumbers::AfterPage,
    }
}

/// Reads account, kind and name from folders, or from words before the name.
fn read_form(facts: &mut PathFacts, folders: &[&str], stem: &str, repeated: &Repeated, known: &Known) {
    facts.label = words::without_copy_mark(&facts.label).to_owned();
    let stem = words::without_copy_mark(stem);
    if let Some((account, name)) = account_before_name(stem).filter(|_| facts.account.is_none()) {
        facts.account = Some(account);
        name.clone_into(&mut facts.label);
    }
    let stem = if says_nothing(stem) && !known.has_name(stem) { "" } else { facts.label.as_str() };
    if let Some(at) = kind_folder(folders) {
        let below: Vec<&str> = folders[at + 1..].iter().copied().filter(|f| !says_nothing(f)).collect();
        facts.kind = words::kind_of_folder(folders[at]);
        let is_repeated = || repeated.holds(&folders[..=at], stem);
        let in_file = names_the_file(facts, &below, stem, is_repeated, known);
        let (name, path) = match below.split_last() {
            _ if in_file => (Some(stem), below.as_slice()),
            Some((name, path)) => (Some(*name), path),
            None => (None, &[][..]),
        };
        facts.iam_path = path.join("/");
        let is_name = |name: &&str| words::is_entity_name(name) || known.has_name(name);
        facts.name = name.filter(is_name).map(str::to_owned);
    } else if let Some((kind, name, is_form)) = words::kind_before_name(stem)
        && (is_form || known.has_named(facts.account.as_ref(), kind, name, None))
    {
        facts.kind = Some(kind);
        facts.name = Some(name.to_owned());
        facts.bare = Some(stem.to_owned());
    }
}

/// Whether, below a kind folder, the file's own name is the name of the entity: `roles/prod-api.json` and
/// `roles/app/prod-api.json`, in contrast to `roles/prod-api/access-advisor.json`. How many files are next to it says nothing:
/// a run may have saved one role of a folder, and the next two.
fn names_the_file(
    facts: &PathFacts,
    below: &[&str],
    stem: &str,
    is_repeated: impl FnOnce() -> bool,
    known: &Known,
) -> bool {
    let (Some(folder), Some(kind)) = (below.last(), facts.kind) else { return !stem.is_empty() };
    let seen = |name: &str, path: Option<&str>| known.has_named(facts.account.as_ref(), kind, name, path);
    if stem.is_empty() {
        false
    } else if seen(stem, Some(&below.join("/"))) {
        true
    } else if seen(folder, None) {
        false
    } else {
        !is_repeated()
    }
}

/// Reads an ARN in the path, which tells more than any other form.
fn read_arn(
    facts: &mut PathFacts,
    parts: &[&str],
    fits: impl Fn(&str, PathDate) -> bool,
    pages: PageNumbers,
    known: &Known,
) {
    match encoded::find(parts, |stem| known.has_stem(stem)) {
        Some(EncodedArn::Exact(arn)) => facts.arn = Some(plain_arn(arn, fits, pages, known)),
        Some(EncodedArn::Flattened(text)) => {
            let plain = Flattened { rest: clean(&text.rest, fits, pages, known).text, ..text.clone() };
            let mut fitting = known.flattened(&text);
            if fitting.is_empty() {
                fitting = known.flattened(&plain);
            }
            match fitting.as_slice() {
                [] => facts.arn = plain.undo(),
                [arn] => facts.arn = Some((*arn).clone()),
                _ => facts.fitting = fitting.into_iter().cloned().collect(),
            }
            if plain.account.is_some() {
                facts.account.clone_from(&plain.account);
            }
            facts.kind = Some(plain.kind);
            facts.label.clone_from(&plain.rest);
            facts.name = Some(plain.rest);
            facts.iam_path.clear();
        }
        None => {}
    }
}

/// An ARN without what a saver appended to its name and what does not belong to it: a date, a page number, or, if the
/// ARN without it is known, a word such as `-last-accessed`.
fn plain_arn(arn: Arn, fits: impl Fn(&str, PathDate) -> bool, pages: PageNumbers, known: &Known) -> Arn {
    if known.contains(&arn) || known.has_name(arn.name()) {
        return arn;
    }
    let head = &arn.as_str()[..arn.as_str().len() - arn.name().len()];
    let named = |name: &str| Arn::parse(&format!("{head}{name}")).ok();
    let name = clean(arn.name(), fits, pages, known).text;
    let bare = named(words::without_appended(&name)).filter(|bare| known.contains(bare));
    bare.or_else(|| named(&name)).unwrap_or(arn)
}

/// The ARN that a path names at first sight, before the others are known. A name that ends with a date, a page number
/// or a word of a saver is left out: whether that belongs to the name is not known yet. A date that is not that of the
/// job belongs to it.
pub(super) fn spelt_arn(source: &Source, job: Option<Instant>) -> Option<Arn> {
    match encoded::find(&estate(source), |_| false)? {
        EncodedArn::Exact(arn) => {
            let fits = |_: &str, date: PathDate| job.is_none_or(|job| date.fits(job));
            let plain = clean(arn.name(), fits, PageNumbers::AfterPage, &Known::default()).text;
            (words::without_appended(&plain) == arn.name()).then_some(arn)
        }
        EncodedArn::Flattened(_) => None,
    }
}

/// The place of a source if the job is not known: every date is taken out.
pub(super) fn snapshot_place(source: &Source, around: &OtherPaths, known: &Known) -> String {
    let (_, file) = folder_and_file(source);
    let stem = name_without_date_and_page(stem_of(&file, known), known);
    place(source, &stem, around.many_roots, |_| true)
}

/// The folder and name of a file; the folder as typed, so that equal texts are the same folder.
pub(super) fn folder_and_file(source: &Source) -> (String, String) {
    let whole = match &source.inside {
        None => source.path.clone(),
        Some(inside) => format!("{}/{inside}", source.path),
    };
    match whole.rsplit_once('/') {
        Some((folder, file)) => (folder.to_owned(), file.to_owned()),
        None => (String::new(), whole),
    }
}

/// The components below the folder that the user typed, and those above it that are accounts or kinds: `dumps/*` typed
/// in a shell names each account's folder, and the name of that folder is part of the estate.
fn estate(source: &Source) -> Vec<&str> {
    let typed = components(&source.path[..source.root]);
    let belongs = |part: &&str| account_of_folder(part).is_some() || words::kind_of_folder(part).is_some();
    let above = typed.iter().rev().take_while(|part| belongs(part)).count();
    let mut parts = typed[typed.len() - above..].to_vec();
    parts.extend(components(&source.path[source.root..]));
    if let Some(inside) = &source.inside {
        // An archive is a folder with its name, without its extensions: `111122223333.tar.gz` holds an account,
        // `roles/app.zip` a role.
        let archive = parts.pop().map(words::without_extensions);
        parts.extend(archive);
        let members = components(inside);
        let last = members.len().saturating_sub(1);
        let is_archive = |at: usize, part: &str| at < last && ARCHIVES.iter().any(|end| part.ends_with(end));
        let plain = |(at, part): (usize, _)| if is_archive(at, part) { words::without_extensions(part) } else { part };
        parts.extend(members.into_iter().enumerate().map(plain));
    }
    // In `/Users/alice/prod-api.json` the first folder belongs to the machine, not to the estate.
    let drive = usize::from(parts.first().is_some_and(|part| part.ends_with(':')));
    if source.root == 0 && parts.len() > drive && (drive == 1 || source.path.starts_with('/')) {
        parts.drain(..=drive);
    }
    parts
}

/// A folder or file without percent-encoding, if what it encodes are characters of a name: no IAM name holds `%`, so
/// `my%2Brole` is `my+role`. An encoded ARN stays as it is.
fn plain_name(part: &str) -> Cow<'_, str> {
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_ ()".contains(c);
    let plain = part.contains('%').then(|| percent_decoded(part)).filter(|plain| plain.chars().all(is_of_names));
    plain.map_or(Cow::Borrowed(part), Cow::Owned)
}

/// Extensions of archives in archives.
const ARCHIVES: [&str; 4] = [".zip", ".tar", ".gz", ".tgz"];

fn components(path: &str) -> Vec<&str> {
    let parts = path.split('/').flat_map(archive_and_member).map(words::without_key);
    parts.filter(|part| !matches!(*part, "" | ".")).collect()
}

/// Splits `inner.tar.gz!roles`, the member of an archive inside another one, into two; an IAM path may hold `!` too.
fn archive_and_member(part: &str) -> impl Iterator<Item = &str> {
    let ends = [".zip!", ".tar!", ".gz!", ".tgz!"];
    // Hardly any name has the sign, and every part of every path comes here.
    let cut = || ends.iter().find_map(|end| Some(part.find(end)? + end.len()));
    let cut = if part.contains('!') { cut() } else { None };
    let (archive, member) = cut.map_or((None, part), |cut| (Some(&part[..cut - 1]), &part[cut..]));
    archive.into_iter().chain([member])
}

fn place(source: &Source, stem: &str, many_roots: bool, fits: impl Fn(PathDate) -> bool) -> String {
    let whole = if many_roots { folder_and_file(source).0 } else { source.logical_path() };
    let mut parts = components(&whole);
    if !many_roots {
        parts.pop();
    }
    let (mut kept, _) = without_dates(&parts, fits);
    kept.extend((!stem.is_empty()).then(|| stem.to_owned()));
    kept.join("/")
}

/// The folders of `path` that can tell an account, a kind or a date, in their order.
pub(super) fn telling(path: &str) -> Vec<&str> {
    let parts = components(path);
    let mut telling = Vec::new();
    let mut rest = parts.as_slice();
    while let Some(part) = rest.first() {
        let dated = dates::in_folders(rest).map_or(0, |(_, folders)| folders);
        let tells = account_of_folder(part).is_some()
            || words::kind_of_folder(part).is_some()
            || dates::take_out(part).is_some();
        let (these, others) = rest.split_at(dated.max(1));
        telling.extend(these.iter().copied().filter(|_| tells || dated > 0));
        rest = others;
    }
    telling
}

fn account_in(folders: &[&str]) -> Option<AccountId> {
    folders.iter().rev().find_map(|folder| account_of_folder(folder))
}

/// Reads `111122223333`, `1111-2222-3333` as the console writes it, `account-111122223333`, `111122223333-prod`.
fn account_of_folder(folder: &str) -> Option<AccountId> {
    let is_console = folder.len() == 14 && folder.bytes().enumerate().all(|(at, b)| (b == b'-') == matches!(at, 4 | 9));
    if is_console {
        return AccountId::parse(&folder.replace('-', ""));
    }
    AccountId::parse(folder).or_else(|| {
        let is_word = |word: &&str| word.len() == 12 && dates::take_out(word).is_none();
        let mut accounts =
            folder.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_word).filter_map(AccountId::parse);
        let account = accounts.next();
        account.filter(|_| accounts.next().is_none())
    })
}

fn account_before_name(stem: &str) -> Option<(AccountId, &str)> {
    let account = stem.get(..12).and_then(AccountId::parse)?;
    let name = stem[12..].trim_start_matches(words::is_separator);
    (name.len() + 12 < stem.len() && !says_nothing(name)).then_some((account, name))
}

/// Whether a name tells nothing about the entity: it is empty, generic, or a `JobId`.
pub(super) fn says_nothing(name: &str) -> bool {
    words::is_generic(name) || words::job_id(name).is_some()
}

fn label(folders: &[&str], stem: &str, raw_stem: &str, known: &Known) -> String {
    if words::job_id(stem).is_some() || known.has_name(stem) {
        return stem.to_owned();
    }
    let stem = words::without_appended(stem);
    if !says_nothing(stem) {
        return stem.to_owned();
    }
    let is_name = |f: &&&str| !says_nothing(f) && account_of_folder(f).is_none() && words::kind_of_folder(f).is_none();
    folders.iter().rev().find(is_name).map_or(raw_stem, |folder| folder).to_owned()
}
