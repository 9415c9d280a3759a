//! Names without what a saver adds in each run: the date of the dump and the number of the page.
//!
//! The input is a stem or the folders of a path. The output is what is left, which is equal for the same entity at two
//! dates, and what was taken off.

use super::dates::{self, PathDate};
use super::words;

/// A text without its dates and its page number.
pub(super) struct Cleaned {
    pub text: String,
    pub date: Option<PathDate>,
    pub page: Option<u32>,
}

/// Takes the page number and the dates off `text`; `fits` tells whether a date next to a name is one of the dump's.
pub(super) fn clean(text: &str, fits: impl Fn(PathDate) -> bool, weak_pages: bool) -> Cleaned {
    let mut cleaned = Cleaned { text: text.to_owned(), date: None, page: None };
    loop {
        let page = words::page_suffix(&cleaned.text).filter(|p| cleaned.page.is_none() && (!p.weak || weak_pages));
        if let Some(page) = page {
            (cleaned.page, cleaned.text) = (Some(page.number), page.base.to_owned());
        } else if let Some((rest, date)) = dates::take_out(&cleaned.text)
            && (rest.is_empty() || fits(date))
        {
            (cleaned.date, cleaned.text) = (Some(date), rest);
        } else {
            return cleaned;
        }
    }
}

/// The stem, without its page number.
pub(super) fn paged_name(stem: &str, weak_pages: bool) -> &str {
    words::page_suffix(stem).filter(|p| !p.weak || weak_pages).map_or(stem, |p| p.base)
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
        match dates::take_out(folder).filter(|(rest, date)| rest.is_empty() || fits(*date)) {
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
pub(super) fn name_without_date_and_page(stem: &str) -> String {
    clean(stem, |_| true, false).text
}
