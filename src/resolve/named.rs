//! The names that documents other than dumps give to entities.
//!
//! The input is the answers of other operations, the answers about policies, and tables of accesses. The output is the
//! ARNs and the bare names in them: a name that any document gives to an entity stays as it is in a path.

use std::collections::BTreeSet;

use super::also_used::{AlsoUsed, User};
use crate::model::policy::PolicyAnswer;
use crate::model::{Arn, OtherAnswer, OtherRows};

/// ARNs, and names without their ARN.
#[derive(Debug, Clone, Default)]
pub struct NamesBeside {
    /// The ARNs.
    pub arns: BTreeSet<Arn>,
    /// The names.
    pub names: BTreeSet<String>,
}

impl NamesBeside {
    /// Adds the entities of with-entities answers, and those that the answers were asked about.
    pub fn take_others<'a>(&mut self, answers: impl IntoIterator<Item = &'a OtherAnswer>) {
        for answer in answers {
            self.take_texts(answer.claim.as_deref());
            if let OtherRows::Entities(rows) = &answer.rows {
                self.take_texts(rows.iter().map(|row| row.arn.as_str()));
            }
        }
    }

    /// Adds the owners of policies and of credentials.
    pub fn take_policies<'a>(&mut self, answers: impl IntoIterator<Item = &'a PolicyAnswer>) {
        for answer in answers {
            self.take_texts(answer.claim.as_deref());
            self.names.extend(answer.owner.iter().map(|(_, name)| name.clone()));
            for record in &answer.credentials {
                self.take_texts(record.arn.as_deref());
                self.names.insert(record.owner.clone());
            }
        }
    }

    /// Adds who made the accesses of a table.
    pub fn take_also_used(&mut self, tables: &[AlsoUsed]) {
        for row in tables.iter().flat_map(|table| &table.rows) {
            self.take(row.by.clone());
        }
    }

    fn take_texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        texts.into_iter().filter_map(|text| User::read(text).ok()).for_each(|user| self.take(user));
    }

    fn take(&mut self, user: User) {
        match user {
            User::Entity(arn) => _ = self.arns.insert(arn),
            // It tells the name of its role and not its path.
            User::Session { role, .. } => _ = self.names.insert(role),
            User::Undumped => {}
        }
    }
}
