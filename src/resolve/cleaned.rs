//! Names without what a saver adds in each run: the date of the dump and the number of the page.
//!
//! The input is a stem or the folders of a path. The output is what is left, which is equal for the same entity at two
//! dates, and what was taken off.

use super::dates::{self, PathDate};
use super::known::Known;
use super::words;

/// A text without its dates and its page number.
pub(super) struct Cleaned {
    pub text: String,
    pub date: Option<PathDate>,
    pub page: Option<u32>,
}

/// Which numbers at the end of a name are numbers of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageNumbers {
    /// None: the files around it show that they are names.
    None,
    /// Those after the word `page`.
    AfterPage,
    /// Those after `p` and `part` too.
    All,
}

impl PageNumbers {
    /// The page number at the end of `stem`, if it is one.
    pub fn of(self, stem: &str) -> Option<words::PageSuffix<'_>> {
        words::page_suffix(stem).filter(|page| match self {
            Self::None => false,
            Self::AfterPage => !page.weak,
            Self::All => true,
        })
    }
}

/// Takes the page number and the dates off `text`; `fits` tells whether a date next to the rest of the name is one of
/// the dump's. A text that is the name of a known entity stays as it is: `backup-2024-01` and `landing-page-2` may be
/// roles, and without their ends two roles would become one.
pub(super) fn clean(text: &str, fits: impl Fn(&str, PathDate) -> bool, pages: PageNumbers, known: &Known) -> Cleaned {
    let mut cleaned = Cleaned { text: text.to_owned(), date: None, page: None };
    loop {
        let page = pages.of(&cleaned.text).filter(|_| cleaned.page.is_none());
        let dated = || dates::take_out(&cleaned.text).filter(|(rest, date)| rest.is_empty() || fits(rest, *date));
        let (rest, date) = match (&page, dated()) {
            (Some(page), _) => (page.base.to_owned(), None),
            (None, Some((rest, date))) => (rest, Some(date)),
            (None, None) => return cleaned,
        };
        if known.has_name(&cleaned.text) {
            return cleaned;
        }
        cleaned =
            Cleaned { page: page.map(|page| page.number).or(cleaned.page), date: date.or(cleaned.date), text: rest };
    }
}

/// The folders that are not dates, and the last date among the others.
pub(super) fn without_dates(folders: &[&str], fits: impl Fn(PathDate) -> bool) -> (Vec<String>, Option<PathDate>) {
    let (mut kept, mut last, mut at) = (Vec::new(), None, 0);
    while at < folders.len() {
        if let Some((date, count)) = dates::in_folders(&folders[at..]) {
            last = Some(date);
            at += count;
            continue;
        }
        let folder = folders[at];
        // Twelve digits that are not the date of the job are an account.
        let is_date = |rest: &str, date: PathDate| rest.is_empty() && !date.may_be_account() || fits(date);
        match dates::take_out(folder).filter(|(rest, date)| is_date(rest, *date)) {
            Some((rest, date)) => {
                last = Some(date);
                kept.extend((!rest.is_empty()).then_some(rest));
            }
            None => kept.push(folder.to_owned()),
        }
        at += 1;
    }
    (kept, last)
}

/// A stem without date and page number.
pub(super) fn name_without_date_and_page(stem: &str, known: &Known) -> String {
    clean(stem, |_, _| true, PageNumbers::AfterPage, known).text
}
