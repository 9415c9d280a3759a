//! The names of accounts, and the owners of accounts and entities.

use std::collections::{BTreeMap, BTreeSet};

/// Names and owners, as far as they are known: by the number of the account, and by ARN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// The name of each account.
    pub names: BTreeMap<String, String>,
    /// The owner of each account.
    pub owners: BTreeMap<String, String>,
    /// The owner of each entity: the value of the tag that the user names.
    pub owners_of_entities: BTreeMap<String, String>,
    /// The accounts that an answer of AWS names.
    pub listed: BTreeSet<String>,
}

impl Accounts {
    /// The name of the account.
    #[must_use]
    pub fn name(&self, account: &str) -> Option<&str> {
        self.names.get(account).map(String::as_str)
    }

    /// The owner of the entity: its own owner, or otherwise that of its account.
    #[must_use]
    pub fn owner(&self, account: Option<&str>, arn: Option<&str>) -> Option<&str> {
        let of_entity = arn.and_then(|arn| self.owners_of_entities.get(arn));
        of_entity.or_else(|| self.owners.get(account?)).map(String::as_str)
    }

    /// Whether any owner is known.
    #[must_use]
    pub fn has_owners(&self) -> bool {
        !self.owners.is_empty() || !self.owners_of_entities.is_empty()
    }
}
