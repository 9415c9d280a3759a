//! `credentials`: one row per password, access key and role: when it was last used.
//!
//! The input is what answers tell about each credential, and, from the batches, when its owner last used anything. A
//! use that a dump shows after the newest answer went through one of the owner's credentials, and nobody knows which.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polars::prelude::*;

use super::timeline::{Activity, window_days};
use super::unused::CREATED_AT;
use super::verdict::{DAYS_SINCE, OBSERVED_DAYS, UNKNOWN_REASON, VERDICT, verdicts};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Params, Scope, sorted};
use crate::frame::columns::{closed_column, instant_column};
use crate::frame::schema::{
    self, ACCESS_UNDATED, ACCOUNT_ID, AS_OF, ENTITY, ENTITY_ARN, ENTITY_NAME, ENTITY_TYPE, LAST_ACCESSED,
    LAST_ACCESSED_REGION, SERVICE_NAMESPACE, SOURCE, set_of,
};
use crate::model::{Accessed, Arn, Credential, CredentialKind, DAY_MS, EntityKind, Instant, UnknownReason, Verdict};
use crate::problem::counted;

const CREDENTIAL: &str = "credential";
const KEY_ID: &str = "access_key_id";
const ACTIVE: &str = "enabled";
const OF_NAMESAKES: &str = "last_accessed_of_namesakes";

/// The columns of the report in their order.
const NAMES: [&str; 17] = [
    ACCOUNT_ID,
    ENTITY_TYPE,
    ENTITY_NAME,
    ENTITY_ARN,
    CREDENTIAL,
    KEY_ID,
    ACTIVE,
    VERDICT,
    LAST_ACCESSED,
    DAYS_SINCE,
    OBSERVED_DAYS,
    CREATED_AT,
    LAST_ACCESSED_REGION,
    SERVICE_NAMESPACE,
    AS_OF,
    UNKNOWN_REASON,
    SOURCE,
];

/// The report; see the module.
pub struct Credentials;

impl Analysis for Credentials {
    fn needs(&self) -> Needs {
        Needs::NOTHING
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let params = scope.context.params;
        let known: std::collections::BTreeSet<&str> =
            scope.context.credentials.iter().map(|credential| credential.entity.as_str()).collect();
        let owners = scope.asked.iter().filter(|history| known.contains(history.entity.key.as_str()));
        let found: Vec<_> = owners
            .map(|history| {
                let made_at = history.newest(params.at).and_then(|newest| newest.dump.made_at);
                let activity = history.documents.activity(made_at, params.at);
                (&history.entity.key, activity, history.documents.namesake_last_used(params.at))
            })
            .collect();
        let keys = StringChunked::from_iter_values(ENTITY.into(), found.iter().map(|(key, ..)| key.as_str()));
        let last = found.iter().map(|(_, own, _)| own.last.map(Instant::millis)).collect();
        let of_namesakes = found.iter().map(|(.., last)| last.map(Instant::millis)).collect();
        let undated =
            BooleanChunked::from_iter_values(ACCESS_UNDATED.into(), found.iter().map(|(_, own, _)| own.undated));
        let dates = [instant_column(LAST_ACCESSED, last), instant_column(OF_NAMESAKES, of_namesakes)];
        let columns = [keys.into_column(), undated.into_column()].into_iter().chain(dates).collect();
        Ok(vec![DataFrame::new(found.len(), columns)?.lazy()])
    }

    fn combine(&self, parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let activities = activities(&parts[0])?;
        let params = context.params;
        let newest = newest_uses(context.credentials);
        let mut rows = CredentialColumns::default();
        for credential in context.credentials.iter().filter(|credential| is_kept(credential, params)) {
            let activity = activities.get(&credential.entity).copied().unwrap_or_default();
            // If a document shows a use by the owner that is later than any known use, it went through one of its
            // credentials.
            let explained = newest.get(credential.entity.as_str()).copied();
            let is_unexplained = activity.own.last.is_some_and(|at| explained.is_none_or(|use_| at > use_));
            let judged = judge(credential, activity, is_unexplained, params);
            rows.push(credential, &judged);
        }
        let gone = context.credentials.iter().filter(|one| one.is_gone && is_kept(one, params)).count();
        let rows = rows.finish()?.lazy();
        let rows = match params.filter.row_condition() {
            Some(condition) => rows.filter(condition),
            None => rows,
        };
        let keys: Vec<&str> = ENTITY_KEY.iter().chain(&[CREDENTIAL, CREATED_AT, KEY_ID]).copied().collect();
        let remarks = (gone > 0).then(|| gone_remark(gone)).into_iter().collect();
        Ok(Combined { remarks, ..sorted(rows.select(NAMES.map(col)), &keys).into() })
    }
}

/// Rule 64 for credentials.
fn gone_remark(gone: usize) -> String {
    let are = counted(gone, "credential is", "credentials are");
    format!(
        "{are} gone, because a newer list of the account or of the user does not have what an older one has. The rows \
         are evidence of the older one only."
    )
}

/// By owner, the time up to which the newest known use of any of its credentials, or of those of a former owner, explains its uses. The clocks of the
/// two reports differ by less than a day.
fn newest_uses(credentials: &[Credential]) -> BTreeMap<&str, Instant> {
    let mut newest: BTreeMap<&str, Instant> = BTreeMap::new();
    for credential in credentials {
        let of_record = credential.record.used.and_then(Accessed::instant);
        let Some(used) = of_record.max(credential.former_use) else { continue };
        let until = Instant::from_millis(used.millis() + DAY_MS);
        newest.entry(&credential.entity).and_modify(|known| *known = until.max(*known)).or_insert(until);
    }
    newest
}

/// What the documents show about the owner of a credential.
#[derive(Debug, Clone, Copy, Default)]
struct OwnerActivity {
    own: Activity,
    /// The last use by an entity of the same name in another path or spelling.
    of_namesakes: Option<Instant>,
}

fn activities(frame: &DataFrame) -> PolarsResult<BTreeMap<String, OwnerActivity>> {
    let dates = |name: &str| PolarsResult::Ok(frame.column(name)?.datetime()?.physical());
    let (keys, last, of_namesakes) = (frame.column(ENTITY)?.str()?, dates(LAST_ACCESSED)?, dates(OF_NAMESAKES)?);
    let undated = frame.column(ACCESS_UNDATED)?.bool()?;
    let activity = |at: usize| {
        let own =
            Activity { last: last.get(at).map(Instant::from_millis), undated: undated.get(at).unwrap_or_default() };
        let activity = OwnerActivity { own, of_namesakes: of_namesakes.get(at).map(Instant::from_millis) };
        (keys.get(at).unwrap_or_default().to_owned(), activity)
    };
    Ok((0..frame.height()).map(activity).collect())
}

fn arn_of(credential: &Credential) -> Option<Arn> {
    credential.record.arn.as_deref().and_then(|arn| Arn::parse(arn).ok())
}

/// `--account`, `--type`, `--entity` and `--at`.
fn is_kept(credential: &Credential, params: &Params) -> bool {
    let account = credential.account.as_ref().map(crate::model::AccountId::as_str);
    let kind = arn_of(credential).map(|arn| arn.kind());
    params.filter.keeps(account, kind, &credential.record.owner, credential.record.arn.as_deref())
}

/// What is concluded about one credential.
struct JudgedCredential {
    verdict: Verdict,
    reason: Option<UnknownReason>,
    last: Option<Instant>,
    days_since: Option<i64>,
    observed_days: Option<i64>,
}

fn days(from: Instant, to: Instant) -> i64 {
    (to.millis() - from.millis()).div_euclid(DAY_MS).max(0)
}

/// Judges a credential with the words for permissions: used recently, used earlier, not used while a use would have
/// been seen for long enough, or unknown.
fn judge(credential: &Credential, activity: OwnerActivity, is_unexplained: bool, params: &Params) -> JudgedCredential {
    let OwnerActivity { own: activity, of_namesakes } = activity;
    let record = &credential.record;
    let is_role = record.kind == CredentialKind::Role;
    let of_record = record.used.and_then(Accessed::instant);
    // Every use by a role goes through its own credentials; a user may have several. What the creation explains is no use.
    let of_owner = activity.last.filter(|at| Some(*at) > credential.former_use);
    let last = if is_role { of_record.max(of_owner) } else { of_record };
    let unknown = |reason| JudgedCredential {
        verdict: Verdict::Unknown,
        reason: Some(reason),
        last,
        days_since: None,
        observed_days: None,
    };
    if last.is_some_and(|last| is_of_a_former_owner(last, credential)) {
        return unknown(UnknownReason::Contradicted);
    }
    let Some(as_of) = credential.as_of else { return unknown(UnknownReason::NoDate) };
    let days_since = last.map(|last| days(last, as_of));
    if let Some(days_since) = days_since.filter(|days| *days < params.stale_after) {
        return JudgedCredential {
            verdict: Verdict::Active,
            reason: None,
            last,
            days_since: Some(days_since),
            observed_days: None,
        };
    }
    if record.used.is_none() {
        return JudgedCredential { reason: None, days_since, ..unknown(UnknownReason::NoDate) };
    }
    // A use without a date went through one of the owner's credentials, and may be as late as any.
    if credential.undated || activity.undated {
        return JudgedCredential { days_since, ..unknown(UnknownReason::DateUnreadable) };
    }
    // An account has one role of a name, so one of another path or spelling that is used after the creation of this one is
    // this one, or has taken its place.
    let is_of_a_namesake = is_role && of_namesakes.is_some_and(|at| Some(at) > last.max(record.created));
    // Everything that the owner did after the newest answer went through one of its credentials.
    let is_newer = activity.last.is_some_and(|at| at > as_of) || is_unexplained && !is_role;
    if is_newer || is_of_a_namesake {
        return JudgedCredential { days_since, ..unknown(UnknownReason::NewerAccess) };
    }
    let is_young = |observed: i64| observed < params.stale_after;
    let too_short = |observed| JudgedCredential {
        days_since,
        observed_days: Some(observed),
        ..unknown(UnknownReason::WindowTooShort)
    };
    // Set or switched on after the last use: what it was before says nothing about it.
    let renewed = record.created.max(credential.off_until).filter(|at| last.is_some_and(|last| *at > last));
    if let Some(observed) = renewed.map(|at| days(at, as_of)).filter(|observed| is_young(*observed)) {
        return too_short(observed);
    }
    if days_since.is_some() {
        return JudgedCredential { verdict: Verdict::Stale, reason: None, last, days_since, observed_days: None };
    }
    if credential.creation_unread {
        return unknown(UnknownReason::DateUnreadable);
    }
    let Some(created) = record.created else { return unknown(UnknownReason::AgeUnknown) };
    // No credential is older than its owner.
    let created = created.max(born(credential).unwrap_or(created));
    // Nobody could use it while it was switched off.
    let created = created.max(credential.off_until.unwrap_or(created));
    // IAM keeps the last use of a role for 400 days, and that of passwords and keys since it records them.
    let observed = match recorded_since(record.kind) {
        Some(start) => days(created.max(start), as_of),
        None => days(created, as_of).min(window_days()),
    };
    if is_young(observed) {
        return too_short(observed);
    }
    JudgedCredential { verdict: Verdict::Unused, reason: None, last, days_since: None, observed_days: Some(observed) }
}

/// When the owner was created, or created again: the later date.
fn born(credential: &Credential) -> Option<Instant> {
    credential.owner_created.max(credential.owner_recreated)
}

/// Rules 19 and 20: whether a use is from before the creation of the owner, or in an answer from before it. An unique id
/// alone hides no use of a later answer (rule 24).
fn is_of_a_former_owner(last: Instant, credential: &Credential) -> bool {
    let is_older_answer = credential.as_of.zip(born(credential)).is_some_and(|(as_of, born)| as_of < born);
    Some(last) < credential.owner_created || is_older_answer && Some(last) < born(credential)
}

/// Since when IAM records the uses of passwords and of access keys (the user guide, "Get credential reports": the columns
/// `password_last_used` and `access_key_1_last_used_date`).
fn recorded_since(kind: CredentialKind) -> Option<Instant> {
    let day = match kind {
        CredentialKind::Password => (2014, 10, 20),
        CredentialKind::AccessKey => (2015, 4, 22),
        CredentialKind::Role => return None,
    };
    NaiveDate::from_ymd_opt(day.0, day.1, day.2).map(Instant::midnight)
}

#[derive(Default)]
struct CredentialColumns {
    texts: [Vec<Option<String>>; 7],
    sets: [Vec<Option<u8>>; 4],
    numbers: [Vec<Option<i64>>; 2],
    dates: [Vec<Option<i64>>; 3],
    flags: [Vec<Option<bool>>; 2],
}

const TEXTS: [&str; 7] = [ACCOUNT_ID, ENTITY_NAME, ENTITY_ARN, KEY_ID, LAST_ACCESSED_REGION, SERVICE_NAMESPACE, SOURCE];

impl CredentialColumns {
    fn push(&mut self, credential: &Credential, judged: &JudgedCredential) {
        let record = &credential.record;
        let texts = [
            credential.account.as_ref().map(ToString::to_string),
            Some(record.owner.clone()),
            record.arn.clone(),
            record.id.clone(),
            record.region.clone(),
            record.service.clone(),
            Some(credential.source.clone()),
        ];
        let kind = arn_of(credential).map(|arn| arn.kind() as u8);
        let sets =
            [kind, Some(record.kind as u8), Some(judged.verdict as u8), judged.reason.map(|reason| reason as u8)];
        let dates = [judged.last, record.created, credential.as_of].map(|at| at.map(Instant::millis));
        self.texts.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
        self.sets.iter_mut().zip(sets).for_each(|(column, member)| column.push(member));
        self.numbers
            .iter_mut()
            .zip([judged.days_since, judged.observed_days])
            .for_each(|(column, days)| column.push(days));
        self.dates.iter_mut().zip(dates).for_each(|(column, date)| column.push(date));
        self.flags
            .iter_mut()
            .zip([record.is_active, Some(credential.undated)])
            .for_each(|(column, flag)| column.push(flag));
    }

    fn finish(self) -> PolarsResult<DataFrame> {
        let mut columns = Vec::new();
        for (name, texts) in TEXTS.into_iter().zip(&self.texts) {
            let texts = texts.iter().map(Option::as_deref);
            columns.push(Categorical32Chunked::from_str_iter(name.into(), schema::name(), texts)?.into_column());
        }
        let dtypes = [
            (ENTITY_TYPE, set_of!(EntityKind)),
            (CREDENTIAL, set_of!(CredentialKind)),
            (VERDICT, verdicts()),
            (UNKNOWN_REASON, set_of!(UnknownReason)),
        ];
        columns.extend(
            dtypes.into_iter().zip(self.sets).map(|((name, dtype), members)| closed_column(name, &dtype, members)),
        );
        let numbers = [DAYS_SINCE, OBSERVED_DAYS].into_iter().zip(self.numbers);
        columns.extend(
            numbers.map(|(name, days)| Int64Chunked::from_iter_options(name.into(), days.into_iter()).into_column()),
        );
        let dates = [LAST_ACCESSED, CREATED_AT, AS_OF].into_iter().zip(self.dates);
        columns.extend(dates.map(|(name, dates)| instant_column(name, dates)));
        let flags = [ACTIVE, ACCESS_UNDATED].into_iter().zip(self.flags);
        columns.extend(
            flags.map(|(name, flags)| BooleanChunked::from_iter_options(name.into(), flags.into_iter()).into_column()),
        );
        DataFrame::new_infer_height(columns)
    }
}
