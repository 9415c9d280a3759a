//! What documents tell about the owners of credentials: when each was created, and which newer list does not have it.
//!
//! The input is the statements, the dumps and the answers of a run. The output is one [`OwnerFacts`] for each account,
//! name and kind: an account has one user and one role of a name, whatever its path and case (rule 23).

use std::collections::{BTreeMap, BTreeSet};

use super::dates;
use super::grants::{account_of, made_at};
use crate::model::policy::{NarrowList, PolicyAnswer, PolicyOperation};
use crate::model::{AccountId, Arn, CredentialKind, DAY_MS, Dump, Entity, EntityKind, EntityStatement, Instant};

/// The name that a credential report has for the root user, in its first row.
const ROOT: &str = "<root_account>";

/// Account, name in lower case, and kind.
type OwnerName = (Option<AccountId>, String, EntityKind);

/// What is known of one owner.
#[derive(Debug, Default)]
pub(super) struct OwnerFacts {
    /// The latest creation date (rule 18).
    pub created: Option<Instant>,
    /// Whether a creation date cannot be read.
    pub is_unreadable: bool,
    /// The latest date of a document with another unique id than the one before it (rule 21).
    pub recreated: Option<Instant>,
    /// The dates and unique ids of its documents.
    ids: BTreeSet<(Instant, String)>,
    /// The date of the newest document that names it.
    named: Option<Instant>,
}

impl OwnerFacts {
    fn take(&mut self, statement: &EntityStatement, made_at: Option<Instant>) {
        let stated = &statement.stated;
        self.created = self.created.max(stated.created);
        self.is_unreadable |= stated.unreadable.is_some();
        self.ids.extend(made_at.zip(stated.unique_id.clone()));
        self.named = self.named.max(made_at);
    }

    fn find_new_id(&mut self) {
        let ids: Vec<_> = self.ids.iter().collect();
        self.recreated = ids.windows(2).rev().find(|pair| pair[0].1 != pair[1].1).map(|pair| pair[1].0);
    }
}

/// A list of all entities of a kind in an account, in one document.
#[derive(Debug)]
struct OwnerList {
    account: AccountId,
    kind: EntityKind,
    made_at: Instant,
    /// Whether nothing of it was left out, as far as it shows.
    is_whole: bool,
}

/// All owners, and the lists that have them.
#[derive(Debug, Default)]
pub(super) struct Owners {
    by_name: BTreeMap<OwnerName, OwnerFacts>,
    lists: Vec<OwnerList>,
    none: OwnerFacts,
}

impl Owners {
    /// Gathers what the documents up to `at` tell.
    pub fn of(answers: &[&PolicyAnswer], dumps: &[Dump], statements: &[EntityStatement], at: Option<Instant>) -> Self {
        let mut all = Self { lists: lists(answers), ..Self::default() };
        let is_made_by = |made_at: Option<Instant>| made_at.zip(at).is_none_or(|(made_at, at)| made_at <= at);
        for statement in statements {
            let made_at = statement.made_at.or_else(|| dates::in_path(&statement.source));
            // One without a date was made when the owner was created, or later.
            let is_of_then = is_made_by(made_at.or(statement.stated.created));
            if let Some(of) = all.facts_of(&statement.entity).filter(|_| is_of_then) {
                of.take(statement, made_at);
            }
        }
        for dump in dumps.iter().filter(|dump| is_made_by(dump.made_at)) {
            if let Some(of) = all.facts_of(&dump.entity) {
                of.named = of.named.max(dump.made_at);
            }
        }
        for answer in answers {
            for entity in &answer.entities {
                if let Some(of) = all.facts_of(&Entity::of(entity.arn.clone())) {
                    of.named = of.named.max(made_at(answer));
                }
            }
        }
        all.by_name.values_mut().for_each(OwnerFacts::find_new_id);
        all
    }

    fn facts_of(&mut self, entity: &Entity) -> Option<&mut OwnerFacts> {
        let kind = entity.kind.filter(|kind| matches!(kind, EntityKind::User | EntityKind::Role))?;
        let name = (entity.account.clone(), entity.name.to_lowercase(), kind);
        Some(self.by_name.entry(name).or_default())
    }

    /// What is known of the owner of a credential.
    pub fn facts(&self, account: Option<&AccountId>, name: &str, kind: CredentialKind) -> &OwnerFacts {
        self.by_name.get(&(account.cloned(), name.to_lowercase(), kind_of(kind))).unwrap_or(&self.none)
    }

    /// Whether a list of the account lacks an owner that documents named on an earlier day, the last time at `named`:
    /// `Some(true)` if the list is whole, so that the owner is gone.
    pub fn is_gone(
        &self,
        account: Option<&AccountId>,
        name: &str,
        kind: CredentialKind,
        named: Option<Instant>,
    ) -> Option<bool> {
        let named = named.max(self.facts(account, name, kind).named)?;
        let is_later = |list: &&OwnerList| {
            Some(&list.account) == account && list.kind == kind_of(kind) && is_day_later(list.made_at, named)
        };
        let later: Vec<_> = self.lists.iter().filter(is_later).filter(|_| name != ROOT).collect();
        (!later.is_empty()).then(|| later.iter().any(|list| list.is_whole))
    }
}

/// Whether `later` is at least a day after `earlier`: IAM makes a report once in four hours, so one that is fetched
/// soon after another answer may be older than it.
pub(super) const fn is_day_later(later: Instant, earlier: Instant) -> bool {
    later.millis() - earlier.millis() >= DAY_MS
}

const fn kind_of(kind: CredentialKind) -> EntityKind {
    match kind {
        CredentialKind::Password | CredentialKind::AccessKey => EntityKind::User,
        CredentialKind::Role => EntityKind::Role,
    }
}

/// The lists among the answers. Authorization details without an entity of a kind may have been saved with a filter; a
/// credential report without its first row, that of the root user, has lost others too.
fn lists(answers: &[&PolicyAnswer]) -> Vec<OwnerList> {
    // A report that became JSON has an object for each row.
    let mut by_list: BTreeMap<_, Vec<&PolicyAnswer>> = BTreeMap::new();
    for answer in answers {
        let account = account_of(answer).or_else(|| account_of_rows(answer));
        if let Some((account, made_at)) = account.zip(made_at(answer)) {
            by_list.entry((account, made_at, answer.operation, &answer.source)).or_default().push(answer);
        }
    }
    // Of several pages nobody knows whether one in the middle is missing.
    let is_page =
        |answer: &&&PolicyAnswer| answer.operation == PolicyOperation::AuthorizationDetails && answer.is_truncated;
    let in_pages: BTreeSet<_> = answers.iter().filter(is_page).filter_map(|page| account_of(page)).collect();
    let mut lists = Vec::new();
    for ((account, made_at, operation, _), pages) in by_list {
        let has_kind = |kind| pages.iter().any(|page| page.entities.iter().any(|entity| entity.arn.kind() == kind));
        let has_root = || pages.iter().any(|page| has_root(page));
        let list = |kind, is_whole| OwnerList { account: account.clone(), kind, made_at, is_whole };
        match operation {
            PolicyOperation::AuthorizationDetails if !in_pages.contains(&account) => {
                let kinds = [EntityKind::User, EntityKind::Role].into_iter().filter(|kind| has_kind(*kind));
                lists.extend(kinds.map(|kind| list(kind, true)));
            }
            PolicyOperation::CredentialReport => lists.push(list(EntityKind::User, has_root())),
            _ => {}
        }
    }
    lists
}

/// Whether a credential report has the row of the root user, which is its first.
pub(super) fn has_root(report: &PolicyAnswer) -> bool {
    report.credentials.iter().any(|one| one.owner == ROOT)
}

/// The users in the rows of a credential report, which has all of the account.
pub(super) fn users_of_rows(answer: &PolicyAnswer) -> impl Iterator<Item = Arn> {
    let rows = answer.credentials.iter().filter(|_| answer.operation == PolicyOperation::CredentialReport);
    let arns = rows.filter_map(|one| Arn::parse(one.arn.as_deref()?).ok());
    arns.filter(|arn| arn.kind() == EntityKind::User)
}

/// The newest list of the roles and of the users of each account. One of which the last page or the first row is missing lacks more.
pub(super) fn narrow_lists<'a>(
    answers: impl Iterator<Item = &'a PolicyAnswer>,
) -> BTreeMap<(AccountId, EntityKind), NarrowList> {
    let mut pages: BTreeMap<_, Vec<&PolicyAnswer>> = BTreeMap::new();
    for answer in answers {
        let kind = match answer.operation {
            PolicyOperation::Roles => EntityKind::Role,
            PolicyOperation::Users | PolicyOperation::CredentialReport => EntityKind::User,
            _ => continue,
        };
        let account = account_of_rows(answer).or_else(|| account_of(answer));
        if let Some((account, made_at)) = account.zip(made_at(answer)) {
            pages.entry((account, kind, made_at.day(), answer.operation)).or_default().push(answer);
        }
    }
    let mut newest = BTreeMap::new();
    for ((account, kind, _, operation), pages) in pages {
        let is_report = operation == PolicyOperation::CredentialReport;
        let is_whole = if is_report {
            pages.iter().any(|page| has_root(page))
        } else {
            !pages.iter().all(|page| page.is_truncated)
        };
        let made_at = pages.iter().filter_map(|page| made_at(page)).min();
        let Some(made_at) = made_at.filter(|_| is_whole) else { continue };
        let listed =
            |page: &&PolicyAnswer| page.entities.iter().map(|one| one.arn.name().to_lowercase()).collect::<Vec<_>>();
        let users = pages.iter().flat_map(|page| users_of_rows(page)).map(|user| user.name().to_lowercase());
        let names = pages.iter().flat_map(listed).chain(users).collect();
        // In the order of the days: the last one stays.
        newest.insert((account, kind), NarrowList { operation, made_at, names });
    }
    newest
}

/// The account of all rows of a credential report, as their ARNs have it.
pub(super) fn account_of_rows(answer: &PolicyAnswer) -> Option<AccountId> {
    let mut accounts: BTreeSet<_> =
        answer.credentials.iter().filter_map(|one| account_in(one.arn.as_deref()?)).collect();
    let first = accounts.pop_first();
    first.filter(|_| accounts.is_empty())
}

/// The account in an ARN, which may be that of the root user.
pub(super) fn account_in(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4).and_then(AccountId::parse)
}
