//! The entities of files that could not be read, as far as their paths tell.
//!
//! Only the path of such a file is evidence: it shows that there is an entity, and that there is a document about it
//! which nobody has seen. So the entity is unseen if it has no dump (rule 39 of `docs/reports.md`), and it does not
//! count as gone if a side of `diff` only has such a file (rule 54).

use std::collections::BTreeSet;

use super::path::{self, OtherPaths, Said};
use super::template::PathTemplate;
use super::{entity, known::Known};
use crate::model::{Arn, Dump, Entity, Source};

/// The entity of each of `sources`, if its path names one; the ARNs of `dumps`, and those that are named `inside` the
/// documents, help to complete it.
pub fn entities_of<'s>(
    sources: &[&'s Source],
    dumps: &[&Dump],
    inside: &[Arn],
    template: Option<&PathTemplate>,
) -> Vec<(&'s Source, Entity)> {
    if sources.is_empty() {
        return Vec::new();
    }
    let arns: BTreeSet<Arn> =
        dumps.iter().filter_map(|dump| dump.entity.arn.clone()).chain(inside.iter().cloned()).collect();
    let known = Known::new(arns);
    let of_dumps = dumps.iter().flat_map(|dump| &dump.sources).map(|(source, _)| source);
    let all = of_dumps.chain(sources.iter().copied()).map(|source| (source, Said::default()));
    let around = OtherPaths::survey(all, &known);
    let named = |source: &'s Source| {
        let said = template.and_then(|template| template.matches(&source.logical_path())).unwrap_or_default();
        let facts = path::read(source, Said::default(), &around, &known);
        if let Some(arn) = said.arn.or(facts.arn) {
            return Some((source, entity::of_arn(&arn)));
        }
        let account = said.account.or(facts.account)?;
        let (kind, name) = (said.kind.or(facts.kind)?, said.name.or(facts.name)?);
        let named = known.named(&account, kind, &name);
        let entity = match named {
            [arn] => entity::of_arn(arn),
            _ => entity::of_parts(account, kind, name, &facts.iam_path),
        };
        Some((source, entity))
    };
    sources.iter().copied().filter_map(named).collect()
}
