//! The owner of an answer that does not name it: by the ARN next to the answer, else by the path of its file.

use std::collections::BTreeSet;

use super::Dated;
use crate::model::policy::PolicyAnswer;
use crate::model::{AccountId, Arn, EntityKind, Source};
use crate::problem::{Kind, Problem};
use crate::resolve::{path, words};

/// Words that scripts put after the name of an entity, to say which of its answers a file holds.
const OF_ANSWERS: &[&str] = &[
    "attached",
    "attachments",
    "customer",
    "document",
    "entities",
    "for",
    "get",
    "group",
    "groups",
    "inline",
    "list",
    "managed",
    "policies",
    "policy",
    "role",
    "user",
    "version",
    "versions",
];

/// The things that an answer may be about.
#[derive(Default)]
pub(super) struct Known {
    pub arns: BTreeSet<Arn>,
}

impl Known {
    /// The one thing of one of `kinds` that the answer is about; `None` where that is unknown. `name` is what the answer itself calls it.
    pub fn owner(&self, dated: &Dated, kinds: &[EntityKind], name: Option<&str>) -> Option<Arn> {
        let source = &dated.answer.source;
        let claimed = dated.answer.claim.as_deref().and_then(|claim| Arn::parse(claim).ok());
        let named = claimed.or_else(|| path::spelt_arn(source, None)).filter(|arn| kinds.contains(&arn.kind()));
        let told = dated.answer.owner.as_ref().filter(|(kind, _)| name.is_none() && kinds.contains(kind));
        let kinds = told.map_or(kinds, |(kind, _)| std::slice::from_ref(kind));
        let name = name.or_else(|| told.map(|(_, name)| name.as_str()));
        let is_called_so = |arn: &Arn| kinds.contains(&arn.kind()) && name.is_none_or(|name| arn.name() == name);
        if let Some(arn) = named.filter(is_called_so) {
            return Some(arn);
        }
        let kinds = &kinds_in(source, kinds);
        let account = dated.account.as_ref().filter(|_| dated.is_placed());
        let levels = name.map_or_else(|| names_in(source), |name| vec![vec![name.to_owned()]]);
        levels.iter().find_map(|names| self.fitting(account, kinds, names)).and_then(Result::ok)
    }

    /// The one entity of this kind and name in `account`, or anywhere if that is not known.
    pub fn named(&self, account: Option<&AccountId>, kind: EntityKind, name: &str) -> Option<Arn> {
        self.fitting(account, &[kind], &[name.to_owned()]).and_then(Result::ok)
    }

    /// The thing of one of these names; an error where several fit.
    fn fitting(&self, account: Option<&AccountId>, kinds: &[EntityKind], names: &[String]) -> Option<Result<Arn, ()>> {
        let fits = |arn: &&Arn, name: &String| {
            let is_there = account.is_none() || arn.account().is_none() || arn.account() == account;
            is_there && kinds.contains(&arn.kind()) && arn.name() == name
        };
        // A longer name is not one of a shorter name and a word.
        let of_name = |name: &String| -> Option<Result<Arn, ()>> {
            let mut fitting = self.arns.iter().filter(|arn| fits(arn, name));
            let first = fitting.next()?;
            Some(if fitting.next().is_some() { Err(()) } else { Ok(first.clone()) })
        };
        names.iter().find_map(of_name)
    }
}

/// Says of an answer that its owner is unknown, or that no input has it.
pub(super) fn nobody(dated: &Dated, known: &Known) -> Problem {
    let PolicyAnswer { source, locator, owner, .. } = dated.answer;
    let named = owner.clone().or_else(|| named_in(source));
    let has_none = |(kind, name): &(EntityKind, String)| {
        known.fitting(dated.account.as_ref(), &[*kind], std::slice::from_ref(name)).is_none()
    };
    let (what, advice) = match named.filter(has_none) {
        Some((kind, name)) => (
            format!("is about the {kind} {name}, which no other input has: what it grants was not used"),
            "Save list-roles, list-users, list-groups or list-policies of its account, too.",
        ),
        None => (
            "does not name its owner, and neither does its path: what it grants was not used".to_owned(),
            "Save it as roles/NAME/… or NAME.….json, where NAME is that of the role, user, group or policy.",
        ),
    };
    Problem::new(Kind::Note, source, what).at(locator).advise(advice)
}

/// The entity that a path names below a folder of its kind: `roles/app/attached.json`, `roles/app.json`.
pub(super) fn named_in(source: &Source) -> Option<(EntityKind, String)> {
    let path = source.logical_path();
    let parts: Vec<&str> = path.split('/').collect();
    let kind = |part: &&str| words::kind_of_folder(part);
    let (at, kind) = parts.iter().enumerate().rev().find_map(|(at, part)| Some((at, kind(part)?)))?;
    let name = match parts.get(at + 1..)? {
        [file] => shortened(words::without_extensions(file)).pop()?,
        [folder, ..] => (*folder).to_owned(),
        [] => return None,
    };
    let is_word = OF_ANSWERS.contains(&name.to_lowercase().as_str());
    (!is_word).then_some((kind, name))
}

/// Of `kinds` those that a folder of the source names, or all.
fn kinds_in(source: &Source, kinds: &[EntityKind]) -> Vec<EntityKind> {
    let path = source.logical_path();
    let named = |kind: &EntityKind| path.split('/').any(|part| words::kind_of_folder(part) == Some(*kind));
    let of_folders: Vec<_> = kinds.iter().copied().filter(named).collect();
    if of_folders.is_empty() { kinds.to_vec() } else { of_folders }
}

/// The names that the place of a source may say, nearest first: of the file, the longest first, then of the two folders above it.
pub(super) fn names_in(source: &Source) -> Vec<Vec<String>> {
    let path = source.logical_path();
    let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
    let file = parts.next().map(|file| shortened(words::without_extensions(file))).unwrap_or_default();
    std::iter::once(file).chain(parts.take(2).map(|folder| vec![folder.to_owned()])).collect()
}

/// `app.attached-policies` as it is, and without the words at its end that say what the file holds.
fn shortened(name: &str) -> Vec<String> {
    let shorter = |name: &String| {
        let (rest, word) = name.rsplit_once(['.', '-', '_', ' '])?;
        let is_word = OF_ANSWERS.contains(&word.to_lowercase().as_str());
        let is_version = word.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        ((is_word || is_version) && !rest.is_empty()).then(|| rest.to_owned())
    };
    std::iter::successors(Some(name.to_owned()), shorter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_kind_says_whose_an_answer_is() {
        let named = |path: &str| named_in(&Source::file(path)).map(|(kind, name)| format!("{kind} {name}"));
        assert_eq!(named("111122223333/roles/x/list-attached-role-policies.json").as_deref(), Some("role x"));
        assert_eq!(named("users/ana.inline-policies.json").as_deref(), Some("user ana"));
        assert_eq!(named("roles/attached-policies.json"), None);
        assert_eq!(named("attached-policies.json"), None);
    }

    #[test]
    fn a_place_says_names() {
        let names = |path: &str| names_in(&Source::file(path));
        assert_eq!(
            names("1/roles/app/attached-policies.json")[1..],
            [vec!["app".to_owned()], vec!["roles".to_owned()]]
        );
        assert_eq!(
            names("prod-api.attached-policies.json")[0],
            ["prod-api.attached-policies", "prod-api.attached", "prod-api"]
        );
        assert_eq!(names("queues_v3.json")[0], ["queues_v3", "queues"]);
        assert_eq!(names("prod-api.json")[0], ["prod-api"]);
    }
}
