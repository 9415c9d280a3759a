//! The order of all services that AWS knows; compared with it, a cut list shows its gaps.
//!
//! The input is the catalogue. The output is how many known services lie between two, and whether a list has a gap or
//! lacks its beginning. All of it is judged by density: a broad permission lists nearly every service of its range, a
//! narrow one a few of them, and only in a dense list does a missing service mean something.

use std::sync::Arc;

use super::join::text;
use crate::catalogue::Catalogue;
use crate::model::{PackedRows, Rows};

/// A gap of fewer known services than this may be a `Deny`.
const HOLE: usize = 10;
/// A list shorter than this is too short to judge its beginning.
const TAIL_ROWS: usize = 20;

/// Known namespaces in order.
#[derive(Debug)]
pub(super) struct ServiceOrder<'c> {
    names: Vec<&'c str>,
}

impl<'c> ServiceOrder<'c> {
    /// The order of the catalogue's services.
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Self { names: catalogue.namespaces().iter().map(|(namespace, _)| namespace.as_str()).collect() }
    }

    fn before(&self, namespace: &str) -> usize {
        self.names.partition_point(|name| *name < namespace)
    }

    fn up_to(&self, namespace: &str) -> usize {
        self.names.partition_point(|name| *name <= namespace)
    }

    /// First and last namespace of a list, and how many of its rows are known.
    fn extent<'t>(&self, rows: &Rows, texts: &'t [Arc<str>]) -> Option<(&'t str, &'t str, usize)> {
        let name = |symbol| text(texts, symbol);
        let (first, last) = (rows.services().first()?, rows.services().last()?);
        Some((name(first.namespace), name(last.namespace), self.known(rows, texts)))
    }

    /// The number of known services between two pages, if there are at least ten and the pages themselves hold at least
    /// half of the services in their ranges: then a page between them is missing.
    pub fn gap(&self, page: &Rows, next: &Rows, texts: &[Arc<str>]) -> Option<usize> {
        let (first, last, known) = self.extent(page, texts)?;
        let (next_first, next_last, next_known) = self.extent(next, texts)?;
        let between = self.before(next_first).saturating_sub(self.up_to(last));
        let span = self.up_to(last) - self.before(first) + self.up_to(next_last) - self.before(next_first);
        (between >= HOLE && (known + next_known) * 2 >= span).then_some(between)
    }

    /// The first service of a list, if the list looks like the end of a longer one: at least 20 rows, none in the first
    /// tenth of the known services, and at least four fifths of all known ones from its first on. An entity that may
    /// use nearly every service from `in…` on is very unlikely to be allowed none before it.
    pub fn missing_head<'t>(&self, rows: &PackedRows, texts: &'t [Arc<str>]) -> Option<&'t str> {
        if rows.service_count() == 0 {
            return None;
        }
        let first = text(texts, rows.first());
        let skipped = self.before(first);
        let nearly_all = (self.names.len() - skipped) * 4;
        let listed = rows.service_count();
        // It is slow to count the known services, and most lists are too short or begin at the beginning.
        let may_be_tail = listed >= TAIL_ROWS && skipped * 10 > self.names.len() && listed * 5 >= nearly_all;
        (may_be_tail && self.known(&rows.open(), texts) * 5 >= nearly_all).then_some(first)
    }

    /// How many of the rows are about services that AWS knows.
    fn known(&self, rows: &Rows, texts: &[Arc<str>]) -> usize {
        let is_known = |name: &str| self.names.binary_search(&name).is_ok();
        rows.services().iter().filter(|service| is_known(text(texts, service.namespace))).count()
    }
}
