//! Names of accounts and owners, from saved answers and from the table of `--accounts`.
//!
//! The input is the answers of `list-accounts` and `describe-account`, tags of entities, and a CSV with a header or
//! JSON lines, with `account_id`, `name` and `owner`. The output is [`Accounts`]. The user wrote the table, so it takes
//! precedence over every answer, and a line that is not understood is an error with its number.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::grants::made_at;
use super::user_table::{Ceiling, UserTable, UserTableError};
use crate::model::policy::PolicyAnswer;
use crate::model::{AccountId, Accounts};

/// A line as it is in the file.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(alias = "id", alias = "account")]
    account_id: String,
    #[serde(default, alias = "account_name")]
    name: Option<String>,
    #[serde(default)]
    owner: Option<String>,
}

const TABLE: UserTable = UserTable {
    of: "accounts",
    header: "account_id,name,owner",
    required: &[&["account_id", "id", "account"]],
    toml: None,
    ceiling: Ceiling::NONE,
};

/// The accounts of the table at `path`.
///
/// # Errors
/// If the file cannot be read, or a line is not understood.
pub fn table(path: &Path) -> Result<Accounts, UserTableError> {
    let mut accounts = Accounts::default();
    TABLE.read(path, |_, line| take(line, &mut accounts))?;
    Ok(accounts)
}

fn take(line: Line, accounts: &mut Accounts) -> Result<(), String> {
    let id = line.account_id.trim();
    let id = AccountId::parse(id).ok_or_else(|| format!("{id:?} is not an account number of 12 digits"))?.to_string();
    let cells = [(line.name, &mut accounts.names), (line.owner, &mut accounts.owners)];
    for (text, known) in cells {
        let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
        let before = known.insert(id.clone(), text.clone());
        if let Some(other) = before.filter(|other| *other != text) {
            return Err(format!("the account {id} is {other:?} above and {text:?} here"));
        }
    }
    Ok(())
}

/// `known`, and what the answers add to it. Of several answers about one account or entity the newest counts, then the
/// last by its path.
#[must_use]
pub fn with_answers<'a>(
    known: Accounts,
    answers: impl IntoIterator<Item = &'a PolicyAnswer>,
    owner_tag: Option<&str>,
) -> Accounts {
    let mut answers: Vec<_> = answers.into_iter().map(|answer| (made_at(answer), answer)).collect();
    answers.sort_by_key(|(made_at, answer)| (*made_at, &answer.source, &answer.locator));
    let mut said = Accounts::default();
    for (_, answer) in answers {
        said.listed.extend(answer.accounts.iter().map(|account| account.id.to_string()));
        said.names.extend(answer.accounts.iter().map(|account| (account.id.to_string(), account.name.clone())));
        let Some(tag) = owner_tag else { continue };
        for entity in &answer.entities {
            let value = entity.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(tag)).map(|(_, value)| value);
            let value = value.filter(|value| !value.is_empty());
            said.owners_of_entities.extend(value.map(|value| (entity.arn.to_string(), value.clone())));
        }
    }
    let over = |mut said: BTreeMap<String, String>, known: BTreeMap<String, String>| {
        said.extend(known);
        said
    };
    Accounts {
        names: over(said.names, known.names),
        owners: over(said.owners, known.owners),
        owners_of_entities: over(said.owners_of_entities, known.owners_of_entities),
        listed: said.listed.into_iter().chain(known.listed).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Accounts, String> {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("accounts.csv");
        std::fs::write(&path, text).expect("written");
        table(&path).map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"))
    }

    #[test]
    fn a_table_is_csv_or_json_lines() {
        let csv =
            read("account_id,name,owner\n111122223333,prod,platform@example.com\n444455556666,test,\n").expect("read");
        assert_eq!((csv.name("111122223333"), csv.name("444455556666")), (Some("prod"), Some("test")));
        assert_eq!(
            (csv.owner(Some("111122223333"), None), csv.owner(Some("444455556666"), None)),
            (Some("platform@example.com"), None)
        );
        let json = read("{\"id\": \"111122223333\", \"name\": \"prod\"}\n").expect("read");
        assert_eq!((json.name("111122223333"), json.has_owners()), (Some("prod"), false));
    }

    #[test]
    fn what_is_not_understood_is_an_error_with_its_line() {
        let error = |text: &str| read(text).expect_err("an error");
        assert_eq!(
            error("account_id,name\n1234,x\n"),
            "accounts in FILE, line 2: \"1234\" is not an account number of 12 digits"
        );
        assert!(error("name\nx\n").contains("there is no column account_id"));
        assert!(error("account_id,name\n111122223333,\"x\n").contains("line 2: the quote of a cell never closes"));
        // The reader skips blank lines without counting them, and a blank row of a spreadsheet is not an account.
        assert!(error("id,name\n\n,\n1234,x\n").contains("line 4"));
        assert!(error("id,name\n111122223333,\u{1}\n1,x\n").contains("line 3"));
        let twice = error("id,name\n111122223333,a\n111122223333,b\n");
        assert!(twice.ends_with("line 3: the account 111122223333 is \"a\" above and \"b\" here"), "{twice}");
    }
}
