//! The vocabulary of file names: the extensions, words and numbers in a path that tell nothing about the entity.
//!
//! The input is one component of a path. The output is what is left without extensions and page numbers, or whether
//! anything is left at all. This is separate from [`path`](super::path) because these lists grow with every new saver.

use crate::model::EntityKind;

/// Extensions of formats, without their dot.
const FORMATS: &[&str] = &[
    "json",
    "jsonl",
    "ndjson",
    "jsonlines",
    "txt",
    "text",
    "csv",
    "tsv",
    "log",
    "out",
    "stdout",
    "dump",
    "tar",
    "yaml",
    "yml",
    "xml",
    "html",
    "xls",
    "xlsx",
    "parquet",
    "sqlite",
    "js",
    "bak",
];

/// Extensions that say how a file of another format was packed. They come last: in
/// `alice@corp.com.br.json`, `br` belongs to the name.
const PACKED: &[&str] = &["gz", "gzip", "zip", "tgz", "xz", "bz2", "zst", "7z", "rar", "lz4", "br", "enc", "gpg"];

/// File names that tell what a file holds, and never which entity it is about. They are compared without digits, with
/// `-` for every separator.
const GENERIC: &[&str] = &[
    "",
    "access",
    "access-advisor",
    "access-details",
    "access-report",
    "accessadvisor",
    "action",
    "action-level",
    "actions",
    "advisor",
    "all",
    "answer",
    "data",
    "detail",
    "details",
    "dump",
    "dumps",
    "export",
    "file",
    "full",
    "get-service-last-accessed-details",
    "iam",
    "iam-get-service-last-accessed-details",
    "job",
    "last-access",
    "last-accessed",
    "last-accessed-details",
    "lastaccess",
    "lastaccessed",
    "latest",
    "merged",
    "out",
    "output",
    "p",
    "page",
    "part",
    "report",
    "response",
    "result",
    "results",
    "service",
    "service-last-accessed",
    "service-last-accessed-details",
    "service-level",
    "services",
    "services-last-accessed",
    "serviceslastaccessed",
    "stdin",
    "stdout",
    "unnamed",
    "untitled",
    "usage",
];

/// Words that savers append to a name: `prod-api-last-accessed.json`.
const APPENDED: &[&str] = &[
    "access-advisor",
    "service-last-accessed-details",
    "service-last-accessed",
    "last-accessed-details",
    "last-accessed",
    "last_accessed",
    "access_advisor",
    "lastaccessed",
];

/// Whether a character separates words in a file name.
pub(super) const fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | ' ' | '=' | '~' | '+' | ',' | '@')
}

/// `file` without the extensions of formats: `prod-api.json.gz` is `prod-api`, `my.role` stays.
pub(super) fn without_extensions(file: &str) -> &str {
    without_extensions_unless(file, |_| false)
}

/// The same, up to a text that `is_name` of an entity: `alice.log.json` may be about `alice.log`.
pub(super) fn without_extensions_unless(file: &str, is_name: impl Fn(&str) -> bool) -> &str {
    let is_in = |known: &[&str], ending: &str| known.iter().any(|known| ending.eq_ignore_ascii_case(known));
    let (mut stem, mut is_packed) = (file, true);
    while let Some((rest, ending)) = stem.rsplit_once('.').filter(|(rest, _)| !rest.is_empty()) {
        let is_format = is_in(FORMATS, ending);
        let is_extension = is_format || is_packed && is_in(PACKED, ending);
        if !is_extension || stem.len() < file.len() && is_name(stem) {
            break;
        }
        (stem, is_packed) = (rest, is_packed && !is_format);
    }
    stem
}

/// Whether `stem` tells what a file holds and not which entity it is about: `access-advisor`, `dump1`, `Response (2)`.
pub(super) fn is_generic(stem: &str) -> bool {
    let mut word: String =
        stem.chars().map(|c| if is_separator(c) { '-' } else { c.to_ascii_lowercase() }).collect::<String>();
    word.retain(|c| !matches!(c, '(' | ')'));
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').trim_start_matches('-');
    GENERIC.contains(&word)
}

/// `part` without the key that partitioned stores put before it: `account=111122223333/type=role/name=prod-api/part-0.json`.
pub(super) fn without_key(part: &str) -> &str {
    let keys =
        ["account", "account_id", "date", "day", "dt", "entity", "entity_name", "entity_type", "kind", "name", "type"];
    part.split_once('=').filter(|(key, _)| keys.contains(key)).map_or(part, |(_, value)| value)
}

/// `stem` without the words that savers append to a name: `prod-api-last-accessed` is `prod-api`.
pub(super) fn without_appended(stem: &str) -> &str {
    APPENDED
        .iter()
        .find_map(|word| {
            let at = stem.len().checked_sub(word.len()).filter(|&at| stem.is_char_boundary(at))?;
            let (name, ending) = stem.split_at(at);
            let name_part = name.trim_end_matches(is_separator);
            (ending.eq_ignore_ascii_case(word) && name_part.len() < name.len() && !name_part.is_empty())
                .then_some(name_part)
        })
        .unwrap_or(stem)
}

/// `stem` without what a system adds to the name of a copy: `app (1)`, `app copy`, `app - Copy (2)`, `Copy of app`,
/// `app.json.1`. None of it can belong to the entity's name: IAM allows neither blanks nor parentheses. Without this,
/// such a copy would be the dump of another entity.
pub(super) fn without_copy_mark(stem: &str) -> &str {
    let lower = stem.to_ascii_lowercase();
    let end = lower.find(".json").filter(|&at| at > 0 && lower[at + 5..].starts_with(['.', '~']));
    let mut name = &stem[..end.unwrap_or(stem.len())];
    loop {
        let before = name;
        name = name.trim();
        let unbracketed = name.strip_suffix(')').map(|rest| rest.trim_end_matches(|c: char| c.is_ascii_digit()));
        name = unbracketed.and_then(|rest| rest.strip_suffix('(')).unwrap_or(name);
        let unnumbered = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let is_copy = unnumbered.len() >= 5 && unnumbered.to_ascii_lowercase().ends_with(" copy");
        if is_copy {
            name = unnumbered[..unnumbered.len() - 5].trim_end_matches([' ', '-']);
        }
        name = name.strip_prefix("Copy of ").unwrap_or(name);
        if name == before {
            return if name.is_empty() { stem } else { name };
        }
    }
}

/// The 36 characters of a `JobId`, in lower case.
pub(super) fn job_id(text: &str) -> Option<String> {
    let fits = text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    fits.then(|| text.to_ascii_lowercase())
}

/// The kind that a folder names: `roles`, `Users`, `policy`.
pub(super) fn kind_of_folder(folder: &str) -> Option<EntityKind> {
    let folder = folder.to_ascii_lowercase();
    EntityKind::ALL.iter().copied().find(|kind| folder == kind.as_str() || folder == plural(*kind))
}

/// The kinds that are the first or the last word of a part of a path: `local-policies`, `policy-shared`, `shared.group`.
pub(super) fn kinds_in(part: &str) -> Vec<(EntityKind, String)> {
    let mut words = part.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let ends = [words.next(), words.next_back()];
    let kinds = ends.into_iter().flatten().filter_map(kind_of_folder);
    kinds.map(|kind| (kind, part.to_owned())).collect()
}

/// The word for several entities of a kind.
pub(super) const fn plural(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Group => "groups",
        EntityKind::Policy => "policies",
        EntityKind::Role => "roles",
        EntityKind::User => "users",
    }
}

/// A name with the kind before it: `role_prod-api`; and whether an underscore separates them, because the hyphen of
/// `role-query-list` may be one between any two words.
pub(super) fn kind_before_name(stem: &str) -> Option<(EntityKind, &str, bool)> {
    EntityKind::ALL.iter().find_map(|&kind| {
        let head = stem.get(..kind.as_str().len())?;
        let rest = &stem[head.len()..];
        let name = rest.trim_start_matches(['_', '-']);
        let fits = head.eq_ignore_ascii_case(kind.as_str()) && name.len() < rest.len() && is_entity_name(name);
        fits.then_some((kind, name, rest.starts_with('_')))
    })
}

/// Whether IAM allows `name`, and it is more than a word for what a file holds.
pub(super) fn is_entity_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b)) && !is_generic(name)
}

/// A page number at the end of a file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageSuffix<'a> {
    /// The name before it.
    pub base: &'a str,
    /// The number, from 1 if the saver counts as people do.
    pub number: u32,
    /// Whether it is `p2` or `part2`. Names of entities end so too, so it counts only if something else shows that
    /// these are pages.
    pub weak: bool,
}

/// Reads `AdminRole.page1`, `-page-2`, `_p3`, `.part2`.
pub(super) fn page_suffix(stem: &str) -> Option<PageSuffix<'_>> {
    let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &stem[before.len()..];
    let number = (1..=3).contains(&digits.len()).then(|| digits.parse().ok()).flatten()?;
    let before = before.trim_end_matches(is_separator);
    ["page", "part", "p"].iter().find_map(|word| {
        let at = before.len().checked_sub(word.len()).filter(|&at| before.is_char_boundary(at))?;
        let (head, ending) = before.split_at(at);
        let base = head.trim_end_matches(is_separator);
        let apart = base.len() < head.len() || (head.is_empty() && *word != "p");
        (ending.eq_ignore_ascii_case(word) && apart).then_some(PageSuffix { base, number, weak: *word != "page" })
    })
}

/// Reads a bare number at the end of a file name, as in `AdminRole.2`. Names of entities and versions end so too, so it
/// counts only if another file of the same job has another number.
pub(super) fn numbered(stem: &str) -> Option<PageSuffix<'_>> {
    let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &stem[before.len()..];
    let number = (1..=3).contains(&digits.len()).then(|| digits.parse().ok()).flatten()?;
    let base = before.strip_suffix(is_separator).filter(|base| !base.is_empty())?;
    Some(PageSuffix { base, number, weak: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_come_off_and_names_stay() {
        for (file, stem) in [
            ("prod-api.json", "prod-api"),
            ("prod-api.JSON.gz", "prod-api"),
            ("my.role", "my.role"),
            (".json", ".json"),
            ("a.b.jsonl", "a.b"),
            ("app.json.txt.br", "app"),
            ("alice@corp.com.br.json", "alice@corp.com.br"),
        ] {
            assert_eq!(without_extensions(file), stem, "{file}");
        }
    }

    #[test]
    fn generic_words_are_no_names() {
        for word in ["access-advisor", "Access_Advisor", "dump1", "details", "response (2)", "page-3", "data.2", "123"]
        {
            assert!(is_generic(word), "{word}");
        }
        for word in ["prod-api", "dumper", "admin", "data-lake"] {
            assert!(!is_generic(word), "{word}");
        }
    }

    #[test]
    fn page_numbers_are_found_and_a_lone_p_is_weak() {
        let page = |stem| page_suffix(stem).map(|p| (p.base, p.number, p.weak));
        assert_eq!(page("AdminRole.page1"), Some(("AdminRole", 1, false)));
        assert_eq!(page("AdminRole-page-2"), Some(("AdminRole", 2, false)));
        assert_eq!(page("AdminRole.part2"), Some(("AdminRole", 2, true)));
        assert_eq!(page("AdminRole_p3"), Some(("AdminRole", 3, true)));
        assert_eq!(page("page2"), Some(("", 2, false)));
        assert_eq!(page("homepage2"), None);
        assert_eq!(page("http2"), None);
        assert_eq!(page("p3"), None);
    }

    #[test]
    fn a_bare_number_is_a_page_only_after_a_separator() {
        let page = |stem| numbered(stem).map(|p| (p.base, p.number));
        assert_eq!(page("AdminRole.2"), Some(("AdminRole", 2)));
        assert_eq!(page("AdminRole-001"), Some(("AdminRole", 1)));
        for stem in ["AdminRole2", "2", ".2", "AdminRole.2024"] {
            assert_eq!(page(stem), None, "{stem}");
        }
    }

    #[test]
    fn a_kind_before_the_name() {
        assert_eq!(kind_before_name("role_prod-api"), Some((EntityKind::Role, "prod-api", true)));
        assert_eq!(kind_before_name("policy-shared"), Some((EntityKind::Policy, "shared", false)));
        assert_eq!(kind_before_name("role-details"), None);
        assert_eq!(kind_before_name("username"), None);
    }

    #[test]
    fn what_savers_append_comes_off() {
        assert_eq!(without_appended("prod-api-last-accessed"), "prod-api");
        assert_eq!(without_appended("prod-api.access-advisor"), "prod-api");
        assert_eq!(without_appended("last-accessed"), "last-accessed");
        assert_eq!(without_appended("prod-api"), "prod-api");
    }

    #[test]
    fn marks_of_copies_come_off() {
        for stem in [
            "app (1)",
            "app(2)",
            "app copy",
            "app copy 3",
            "app - Copy",
            "app - Copy (2)",
            "Copy of app",
            "app ",
            "app.json.1",
            "app.json~",
            "app.JSON.orig",
        ] {
            assert_eq!(without_copy_mark(stem), "app", "{stem}");
        }
        for stem in ["app", "copy", "app-copy", "app_1", "(1)", "copycat copycat", "app.jsonpath"] {
            assert_eq!(without_copy_mark(stem), stem, "{stem}");
        }
    }

    #[test]
    fn only_a_uuid_is_a_job_id() {
        assert!(job_id("5532BFCD-df6a-5476-b8e1-b63a8afeaf5c").is_some_and(|id| id.starts_with("5532bfcd")));
        assert_eq!(job_id("5532bfcd-df6a-5476-b8e1-b63a8afeaf5"), None);
        assert_eq!(job_id("prod-api"), None);
    }
}
