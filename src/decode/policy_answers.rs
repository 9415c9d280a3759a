//! Saved answers of IAM that tell which entity holds which policy: above all `get-account-authorization-details`, and
//! its smaller relatives.
//!
//! The input is the members of one JSON object. The output is what it tells about users, groups, roles and policies.
//! What the answer does not tell stays unknown; a document that cannot be read is named as a problem, and never counts
//! as an empty policy.

mod credential_rows;
mod credentials;
mod lists;
mod parts;

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::value::RawValue;

use super::members::{Members, NormalName, is_arn_member, members as members_of, normal, rows};
use super::policy::policy_document;
use super::time;
use crate::model::policy::{
    Actions, BoundaryRecord, EntityRecord, InlinePolicy, InlineRecord, NamedAccount, OfEachKind, PatternKind,
    PolicyAnswer, PolicyDocument, PolicyOperation, PolicyPart, PolicyQuotas, PolicyRecord, PolicyVersion, ReadDocument,
    Statement,
};
use crate::model::{AccountId, Arn, EntityKind, Instant};
use crate::problem::{Kind, Problem};
use credential_rows::CredentialRow;
pub use credential_rows::{credential_table, is_credential_table, report_content};
use lists::Forms;

/// An object that finds its members by their normal names.
#[derive(Default)]
struct Object<'t>(Vec<(NormalName, &'t RawValue)>);

impl<'t> Object<'t> {
    fn of(members: &Members<'t>) -> Self {
        Self(members.iter().map(|(name, value)| (normal(name), *value)).collect())
    }

    fn parse(json: &'t RawValue) -> Option<Self> {
        members_of(json.get()).ok().map(|members| Self::of(&members))
    }

    /// The value of a member; `None` if it is absent or null, or stands there twice with different values.
    fn get(&self, name: &str) -> Option<&'t RawValue> {
        let mut values = self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| *value);
        let first = values.next().filter(|value| value.get() != "null")?;
        values.all(|value| value.get() == first.get()).then_some(first)
    }

    /// A member that stands there twice with different values: nobody can know which one is true.
    fn twice(&self) -> Option<&str> {
        let mut firsts: FxHashMap<&str, usize> = FxHashMap::default();
        let disputed = self.0.iter().enumerate().filter_map(|(at, (name, value))| {
            let first = *firsts.entry(name).or_insert(at);
            (self.0[first].1.get() != value.get()).then_some(first)
        });
        disputed.min().map(|first| self.0[first].0.as_str())
    }

    /// Whether a member is absent, or null.
    fn lacks(&self, name: &str) -> bool {
        self.0.iter().filter(|(n, _)| n == name).all(|(_, value)| value.get() == "null")
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(|value| serde_json::from_str(value.get()).ok())
    }

    fn arn(&self, name: &str) -> Option<Arn> {
        Arn::parse(&self.text(name)?).ok()
    }

    fn date(&self, name: &str) -> Option<Instant> {
        time::parse_json(self.get(name)?.get()).instant()
    }

    /// Whether a date is there and cannot be read, `null` included: a list of AWS never has that.
    fn lost_date(&self, name: &str) -> bool {
        self.has(name) && self.date(name).is_none()
    }

    fn count(&self, name: &str) -> Option<u32> {
        self.get(name)?.get().trim_matches('"').parse().ok()
    }

    /// The elements of a list; `None` if there is no list.
    fn list(&self, name: &str) -> Option<Vec<&'t RawValue>> {
        lists::elements_of(self.get(name)?)
    }

    /// The objects in a list; empty if there is no list.
    fn objects(&self, name: &str) -> impl Iterator<Item = Self> + use<'t> {
        objects_in(self.get(name)).into_iter().map(|members| Self::of(&members))
    }

    fn element(element: &'t RawValue, member: &str) -> Self {
        Self::parse(element).unwrap_or_else(|| Self(vec![(member.into(), element)]))
    }

    fn is_object(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.get().starts_with('{'))
    }

    fn is_list(&self, name: &str) -> bool {
        let is_list = |value: &RawValue| value.get().starts_with('[') || lists::elements_of(value).is_some();
        self.get(name).is_some_and(is_list)
    }
}

/// The members of the objects in a list; nothing if there is no list.
fn objects_in(list: Option<&RawValue>) -> Vec<Members<'_>> {
    let json = list.map_or("", RawValue::get);
    rows(json).unwrap_or_else(|_| {
        let elements = list.and_then(lists::elements_of).unwrap_or_default();
        elements.into_iter().filter_map(|element| members_of(element.get()).ok()).collect()
    })
}

/// The lists of `get-account-authorization-details`, with the kind of their rows.
const DETAIL_LISTS: [(&str, EntityKind); 3] = [
    ("userdetaillist", EntityKind::User),
    ("groupdetaillist", EntityKind::Group),
    ("roledetaillist", EntityKind::Role),
];

/// The members that are each the answer of an operation, or a part of one.
const LISTS: [(&str, PolicyOperation); 16] = [
    ("accesskeymetadata", PolicyOperation::AccessKeys),
    ("accounts", PolicyOperation::Accounts),
    ("attachedmanagedpolicies", PolicyOperation::PermissionSetPolicies),
    ("attachedpolicies", PolicyOperation::AttachedPolicies),
    ("customermanagedpolicyreferences", PolicyOperation::PermissionSetCustomerPolicies),
    ("groups", PolicyOperation::Groups),
    ("inlinepolicy", PolicyOperation::PermissionSetInlinePolicy),
    ("policies", PolicyOperation::Policies),
    ("policiesgrantingserviceaccess", PolicyOperation::PoliciesGrantingServiceAccess),
    ("policygroups", PolicyOperation::EntitiesForPolicy),
    ("policynames", PolicyOperation::InlinePolicies),
    ("policyroles", PolicyOperation::EntitiesForPolicy),
    ("policyusers", PolicyOperation::EntitiesForPolicy),
    ("roles", PolicyOperation::Roles),
    ("users", PolicyOperation::Users),
    ("versions", PolicyOperation::PolicyVersions),
];

/// The operation of which a member with this normal name is the list.
fn list_named(name: &str) -> Option<PolicyOperation> {
    LISTS.iter().find(|(list, _)| *list == name).map(|(_, operation)| *operation)
}

/// Whether an answer of `operation` is a list that an object may hold next to other members.
pub fn is_listing(operation: PolicyOperation) -> bool {
    LISTS.iter().any(|(_, listed)| *listed == operation)
}

/// Whether a member is the list of one of the operations, and was read with it.
pub fn is_list_of(operations: &[PolicyOperation], member: &str) -> bool {
    list_named(&normal(member)).is_some_and(|operation| operations.contains(&operation))
}

/// The operations of which the object holds the answers, in the order in which they are read; none for any other object. Two
/// answers about one entity may be put together in one object. `names_a_user` tells whether the place of the object is one of a user.
pub fn operations_of(members: &Members, names_a_user: impl Fn() -> bool) -> Vec<PolicyOperation> {
    let object = Object::of(members);
    let has = |name: &str| object.has(name);
    if has("serviceslastaccessed") || has("servicenamespace") && !has("policiesgrantingserviceaccess") {
        return Vec::new();
    }
    if let Some(operation) = alone(&object).or_else(|| credential_rows::operation_of_object(&object)) {
        return vec![operation];
    }
    let lists = listings(&object, &names_a_user);
    inline_policy(&object).into_iter().chain(lists).chain(of_one_object(&object)).collect()
}

/// The operation of an answer that is the whole object.
fn alone(object: &Object) -> Option<PolicyOperation> {
    use PolicyOperation as Of;
    let has = |name: &str| object.has(name);
    if DETAIL_LISTS.iter().any(|(list, _)| has(list)) {
        return Some(Of::AuthorizationDetails);
    }
    let is_group = |group: Object| group.arn("arn").is_some_and(|arn| arn.kind() == EntityKind::Group);
    if has("users") && object.get("group").and_then(Object::parse).is_some_and(is_group) {
        return Some(Of::Group);
    }
    let is_steampipe_row = has("arn") && (has("attachedpolicyarns") || has("policystd") && has("defaultversionid"));
    is_steampipe_row.then_some(Of::Steampipe)
}

/// The operation of an answer with one inline policy.
fn inline_policy(object: &Object) -> Option<PolicyOperation> {
    use PolicyOperation as Of;
    let owners = [("rolename", Of::RolePolicy), ("username", Of::UserPolicy), ("groupname", Of::GroupPolicy)];
    let is_policy = object.has("policyname") && object.has("policydocument");
    owners.iter().find(|(owner, _)| is_policy && object.has(owner)).map(|(_, operation)| *operation)
}

/// The operation of an answer that is one object.
fn of_one_object(object: &Object) -> Option<PolicyOperation> {
    use PolicyOperation as Of;
    let has = |name: &str| object.has(name);
    if object.get("account").and_then(Object::parse).is_some_and(|account| account.has("id") && account.has("arn")) {
        return Some(Of::Account);
    }
    if object.is_object("policyversion") {
        return Some(Of::PolicyVersion);
    }
    if object.get("permissionset").and_then(Object::parse).is_some_and(|set| set.has("permissionsetarn")) {
        return Some(Of::PermissionSet);
    }
    if object.is_object("accesskeylastused") {
        return Some(Of::AccessKeyLastUsed);
    }
    let is_password = |profile: Object| profile.has("username") && profile.has("createdate");
    if object.get("loginprofile").and_then(Object::parse).is_some_and(is_password) {
        return Some(Of::LoginProfile);
    }
    if object.get("summarymap").and_then(Object::parse).is_some_and(|summary| summary.has("policysizequota")) {
        return Some(Of::AccountSummary);
    }
    let is_packed = || has("reportformat") || credential_rows::packed_report(object).is_some();
    (has("content") && has("generatedtime") && is_packed()).then_some(Of::CredentialReport)
}

/// The operations of the answers that are one list each. Next to the list, in any order, may be the members that tell
/// whether it is whole, what the user wrote down with it (`Arn`, `RoleName`, `SavedAt`), and the lists of other answers.
fn listings(object: &Object, names_a_user: &dyn Fn() -> bool) -> Vec<PolicyOperation> {
    // A name that an object has a million times is looked at once.
    let names: BTreeSet<&str> =
        object.0.iter().map(|(name, _)| name.as_str()).filter(|name| list_named(name).is_some()).collect();
    let operation = |name| listing(object, name, names_a_user);
    let operations: BTreeSet<PolicyOperation> = names.into_iter().filter_map(operation).collect();
    operations.into_iter().collect()
}

/// The operation of the list `name` of the object; `None` if the list is something else.
fn listing(object: &Object, name: &str, names_a_user: &dyn Fn() -> bool) -> Option<PolicyOperation> {
    use PolicyOperation as Of;
    let operation = list_named(name)?;
    if operation == Of::PermissionSetInlinePolicy {
        return object.get(name).filter(|value| value.get().starts_with('"')).map(|_| operation);
    }
    if !object.is_list(name) {
        return is_lost_list(object, operation).then_some(operation);
    }
    // A list of another program may be long, so it is read once.
    let first_row = LazyCell::new(|| object.objects(name).next());
    let row_has = |members: &[&str]| first_row.as_ref().is_none_or(|row| members.iter().all(|name| row.has(name)));
    // An empty list of a common name may be anything.
    let of_rows = |members: &[&str]| first_row.is_some() && row_has(members);
    // One element that is no list has to be one of the operation, too.
    let is_one = object.is_object(name);
    let of_one = |members: &[&str]| !is_one || members.iter().any(|member| row_has(&[member]));
    let is_answer = match operation {
        // The instances of a load balancer have names of policies, too.
        Of::InlinePolicies => !object.has("instanceport") && of_one(&["policyname", "value"]),
        Of::PermissionSetPolicies => row_has(&["name", "arn"]),
        Of::PolicyVersions => of_rows(&["versionid", "isdefaultversion"]),
        // A user who is in no group: before, that was lost, and with it that the user came to a group later.
        Of::Groups if first_row.is_none() => {
            has_only_lists(object) && (object.text("username").is_some() || names_a_user())
        }
        Of::Groups => of_rows(&["arn", "groupname"]),
        Of::Accounts => of_rows(&["id", "arn", "name"]),
        Of::Roles => of_rows(&["arn", "rolename"]) && is_of_account(object),
        Of::Users => of_rows(&["arn", "username"]) && is_of_account(object),
        Of::Policies if of_rows(&["arn", "policyversionlist"]) => return Some(Of::AuthorizationDetails),
        Of::Policies => of_rows(&["arn", "policyname"]) && is_of_account(object),
        Of::AttachedPolicies => of_one(&["policyarn"]),
        Of::EntitiesForPolicy => of_one(&["groupname", "rolename", "username"]),
        Of::AccessKeys => of_one(&["accesskeyid"]),
        Of::PermissionSetCustomerPolicies => of_one(&["name"]),
        _ => !is_one,
    };
    let is_answer = is_answer || is_one && is_lost_list(object, operation);
    is_answer.then_some(operation)
}

/// Whether a member that is no list, or one of other elements, was the list of the operation, and not a member of another program: something
/// next to it is of IAM, and names the entity that the list is about.
fn is_lost_list(object: &Object, operation: PolicyOperation) -> bool {
    use PolicyOperation as Of;
    let is_paged = || object.has("istruncated");
    let is_owned = || {
        let names_one = |(name, value): &(NormalName, &RawValue)| is_arn_member(name) && value.get().contains(":iam:");
        object.0.iter().any(names_one) || owner_beside(object, operation).is_some()
    };
    match operation {
        Of::AttachedPolicies | Of::EntitiesForPolicy => is_paged() || is_owned(),
        Of::InlinePolicies => !object.has("instanceport") && (is_paged() || is_owned()),
        Of::Roles | Of::Users | Of::Groups | Of::Policies | Of::AccessKeys => is_paged() && is_of_account(object),
        _ => false,
    }
}

/// Whether a list in the object may be of a whole account: nothing next to it names an entity, or has parts of its own.
fn is_of_account(object: &Object) -> bool {
    let names_one = |(name, value): &(NormalName, &RawValue)| is_arn_member(name) && value.get().starts_with("\"arn:");
    has_only_lists(object) && !object.0.iter().any(names_one)
}

/// Whether nothing next to the lists of the object has parts of its own.
fn has_only_lists(object: &Object) -> bool {
    let beside = ["responsemetadata", "resultmetadata", "metadata"];
    object.0.iter().all(|(name, value)| {
        let is_scalar = !value.get().starts_with(['{', '[']);
        list_named(name).is_some() || beside.contains(&name.as_str()) || is_scalar
    })
}

/// The owner that a member next to a list names without its ARN.
fn owner_beside(object: &Object, operation: PolicyOperation) -> Option<(EntityKind, String)> {
    use PolicyOperation as Of;
    let of_holders = [("rolename", EntityKind::Role), ("username", EntityKind::User), ("groupname", EntityKind::Group)];
    let names: &[(&str, EntityKind)] = match operation {
        Of::AttachedPolicies | Of::InlinePolicies => &of_holders,
        Of::Groups => &of_holders[1..2],
        Of::EntitiesForPolicy | Of::PolicyVersions | Of::PolicyVersion => &[("policyname", EntityKind::Policy)],
        _ => &[],
    };
    let mut told = names.iter().filter_map(|(name, kind)| Some((*kind, object.text(name)?)));
    let first = told.next();
    // Of two, nothing tells which one the list is about.
    first.filter(|_| told.next().is_none())
}

/// Adds to `found` what `members`, an answer of its operation, hold. Gives back what is wrong with parts of it, without the source; all the rest was
/// used. Each row of authorization details is passed to `each_row` too: the documents of policies make up most of it, and cutting them into rows
/// again takes as long again.
pub fn read(members: &Members, found: &mut PolicyAnswer, each_row: &mut dyn FnMut(&Members)) -> Vec<Problem> {
    use PolicyOperation as Of;
    let object = Object::of(members);
    let (mut troubles, mut forms) = (Vec::new(), Forms::default());
    (found.made_at, found.is_truncated) = (made_at(&object), is_truncated(&object));
    found.owner = owner_beside(&object, found.operation);
    if is_listing(found.operation) {
        let account = || ["accountid", "account"].iter().find_map(|name| AccountId::parse(&object.text(name)?));
        found.account = found.account.take().or_else(account);
        found.claim = object.text("permissionsetarn").or_else(|| found.claim.take());
    }
    match found.operation {
        Of::AuthorizationDetails => details(&object, found, &mut forms, &mut troubles, each_row),
        Of::RolePolicy => single_inline(&object, EntityKind::Role, "rolename", found, &mut troubles),
        Of::UserPolicy => single_inline(&object, EntityKind::User, "username", found, &mut troubles),
        Of::GroupPolicy => single_inline(&object, EntityKind::Group, "groupname", found, &mut troubles),
        Of::Roles => found.entities = forms.objects(&object, "Roles", "").iter().filter_map(listed_entity).collect(),
        Of::Users => {
            let rows = forms.objects(&object, "Users", "");
            found.entities = rows.iter().filter_map(listed_entity).collect();
            found.credentials = rows.iter().filter_map(credentials::password).collect();
        }
        Of::Groups => found.entities = forms.objects(&object, "Groups", "").iter().filter_map(listed_entity).collect(),
        Of::Group => {
            let group = object.get("group").and_then(Object::parse);
            let users = forms.objects(&object, "Users", "");
            let members: Vec<_> = users.iter().filter_map(listed_entity).collect();
            if members.len() < users.len() {
                forms.add("Users", "");
            }
            found.entities = group.iter().filter_map(listed_entity).chain(members).collect();
            found.part = parts::members(&found.entities);
        }
        Of::Policies => {
            let rows = forms.objects(&object, "Policies", "");
            found.policies = rows.iter().filter_map(|row| policy(row, &mut forms, &mut Vec::new())).collect();
        }
        Of::CredentialReport => {
            let row = || (1, CredentialRow::of(&object).report_row(1));
            let is_row = credential_rows::operation_of_object(&object).is_some();
            found.made_at = found.made_at.or_else(|| object.date("generatedtime"));
            if is_row {
                (found.rows, found.credentials) = row();
            } else if let Some(packed) = credential_rows::packed_report(&object) {
                (found.rows, found.credentials) = packed;
            } else {
                let what = "it is no text of a credential report, so that none of its rows is known";
                let advice = "Save what `aws iam get-credential-report --output json` prints.";
                troubles.push(Problem::new(Kind::BadValue, "", what).at("Content").advise(advice));
            }
        }
        Of::AccessKeys => {
            let rows = forms.objects(&object, "AccessKeyMetadata", "").into_iter();
            found.credentials = rows.map(|row| CredentialRow::of(&row).key(found.claim.as_deref())).collect();
        }
        Of::AccessKeyLastUsed => found.credentials = vec![CredentialRow::of(&object).key(found.claim.as_deref())],
        Of::LoginProfile => {
            let profile = object.get("loginprofile").and_then(Object::parse);
            let password = |profile| CredentialRow::of(&profile).password(found.claim.as_deref());
            found.credentials = profile.map(password).into_iter().collect();
        }
        Of::Accounts => found.accounts = object.objects("accounts").filter_map(|row| account(&row)).collect(),
        Of::Account => {
            found.accounts =
                object.get("account").and_then(Object::parse).and_then(|row| account(&row)).into_iter().collect();
        }
        Of::AccountSummary => found.quotas = object.get("summarymap").and_then(Object::parse).map(|map| quotas(&map)),
        Of::Steampipe => steampipe_row(&object, found, &mut troubles),
        Of::PoliciesGrantingServiceAccess => {}
        operation => found.part = parts::read(&object, operation, &mut forms, &mut troubles),
    }
    // A list of holders in another form may hold more than was read, like one that is cut.
    found.is_truncated |= matches!(found.operation, Of::Group | Of::EntitiesForPolicy) && !forms.is_empty();
    troubles.extend(forms.into_problems());
    found.rows = match found.operation {
        Of::RolePolicy
        | Of::UserPolicy
        | Of::GroupPolicy
        | Of::PermissionSetInlinePolicy
        | Of::Steampipe
        | Of::Account
        | Of::AccountSummary
        | Of::AccessKeyLastUsed
        | Of::LoginProfile
        | Of::PolicyVersion
        | Of::PermissionSet => 1,
        Of::CredentialReport | Of::AuthorizationDetails => found.rows,
        Of::Group => object.list("users").map_or(0, |rows| rows.len()),
        operation => {
            let lists = LISTS.iter().filter(|(_, listed)| *listed == operation);
            lists.map(|(name, _)| object.list(name).map_or(0, |rows| rows.len())).sum()
        }
    };
    troubles
}

/// The quotas in a summary of an account. One that is absent or cannot be read is the usual one.
fn quotas(map: &Object) -> PolicyQuotas {
    let usual = PolicyQuotas::default();
    let number = |name: &str, usual: usize| map.count(name).and_then(|count| count.try_into().ok()).unwrap_or(usual);
    PolicyQuotas {
        managed: number("policysizequota", usual.managed),
        inline: OfEachKind {
            user: number("userpolicysizequota", usual.inline.user),
            group: number("grouppolicysizequota", usual.inline.group),
            role: number("rolepolicysizequota", usual.inline.role),
        },
        attached: OfEachKind {
            user: number("attachedpoliciesperuserquota", usual.attached.user),
            group: number("attachedpoliciespergroupquota", usual.attached.group),
            role: number("attachedpoliciesperrolequota", usual.attached.role),
        },
    }
}

/// The date of the response, if boto3's metadata was saved with it.
fn made_at(object: &Object) -> Option<Instant> {
    let metadata = Object::parse(object.get("responsemetadata")?)?;
    let headers = Object::parse(metadata.get("httpheaders")?)?;
    headers.date("date")
}

fn is_truncated(object: &Object) -> bool {
    let is_true =
        |(name, value): &(NormalName, &RawValue)| name == "istruncated" && matches!(value.get(), "true" | "\"true\"");
    object.0.iter().any(is_true) || !object.lacks("nexttoken") || !object.lacks("marker")
}

/// A part of an answer that cannot be read.
fn bad_value(place: impl Into<String>, what: impl Into<String>) -> Problem {
    let problem = Problem::new(Kind::BadValue, "", what).at(place);
    problem.advise("What it grants is unknown; save the answer again, unchanged.")
}

/// Says of a row that it has a member twice.
fn told_twice(row: &Object, of: &str, troubles: &mut Vec<Problem>) {
    if let Some(member) = row.twice() {
        troubles.push(bad_value(of, format!("it has the member {member} twice, with different values")));
    }
}

fn details(
    object: &Object,
    found: &mut PolicyAnswer,
    forms: &mut Forms,
    troubles: &mut Vec<Problem>,
    each_row: &mut dyn FnMut(&Members),
) {
    // Of two other members, such as `IsTruncated`, the more cautious one counts.
    let is_list = |name: &str| name == "policies" || DETAIL_LISTS.iter().any(|(list, _)| *list == name);
    told_twice(&Object(object.0.iter().filter(|(name, _)| is_list(name)).cloned().collect()), "", troubles);
    let mut lists: Vec<_> = object.0.iter().collect();
    // An object may have a hundred thousand members, and looks for each of these once.
    let used = DETAIL_LISTS.map(|(list, _)| list).into_iter().chain(["policies"]).map(|list| object.get(list));
    let used: Vec<_> = used.flatten().collect();
    lists.sort_by_key(|(name, _)| DETAIL_LISTS.iter().position(|(list, _)| list == name).unwrap_or(DETAIL_LISTS.len()));
    for (name, list) in lists {
        let rows = if is_list(name) || list.get().starts_with('[') { objects_in(Some(list)) } else { Vec::new() };
        if let Some(lost) = lost_list(name, list, rows.len()) {
            forms.add(lost, "");
            found.is_truncated = true;
        }
        found.rows += rows.len();
        let is_use_told = rows.iter().any(|members| Object::of(members).has("rolelastused"));
        // Which of two different lists of one name is true, nobody knows.
        let is_used = used.iter().any(|used| std::ptr::eq(*used, *list));
        for members in &rows {
            each_row(members);
            let row = Object::of(members);
            match DETAIL_LISTS.iter().find(|(list, _)| list == name) {
                _ if !is_used => {}
                // The files that Cloudsplaining downloads have managed policies among the roles.
                Some(_) if row.has("policyname") && row.has("policyversionlist") => {
                    found.policies.extend(policy(&row, forms, troubles));
                }
                Some((_, kind)) => {
                    let entity = detailed_entity(&row, *kind, forms, troubles);
                    if let Some(entity) = entity.as_ref().filter(|_| *kind == EntityKind::Role) {
                        found.credentials.extend(credentials::role(&row, entity.arn.as_str(), is_use_told));
                    }
                    found.entities.extend(entity);
                }
                None if name == "policies" => found.policies.extend(policy(&row, forms, troubles)),
                None => {}
            }
        }
    }
}

/// A row of `UserDetailList`, `GroupDetailList` or `RoleDetailList`.
fn detailed_entity(
    row: &Object,
    kind: EntityKind,
    forms: &mut Forms,
    troubles: &mut Vec<Problem>,
) -> Option<EntityRecord> {
    let Some(arn) = row.arn("arn").filter(|arn| arn.kind() == kind) else {
        let name = ["username", "groupname", "rolename"].iter().find_map(|name| row.text(name)).unwrap_or_default();
        let what = format!("a {kind} has no Arn that is one of a {kind}; it was not used");
        troubles.push(bad_value(name, what));
        return None;
    };
    // A row without any list was saved for its dates.
    let lists = ["attachedmanagedpolicies", "grouplist", "grouppolicylist", "rolepolicylist", "userpolicylist"];
    let mut untold = Forms::default();
    let forms = if lists.iter().any(|list| row.has(list)) { forms } else { &mut untold };
    let attached = attached_policies(row, "AttachedManagedPolicies", "policyarn", arn.as_str(), forms);
    let list = match kind {
        EntityKind::Group => "GroupPolicyList",
        EntityKind::User => "UserPolicyList",
        EntityKind::Policy | EntityKind::Role => "RolePolicyList",
    };
    let is_whole = attached.is_some();
    // IAM leaves the list of a user out if it is empty, and never that of a role or a group: there a filter took it away. If the other
    // list is missing too, nothing is known of a user either.
    let has_none = kind == EntityKind::User && row.lacks("userpolicylist");
    let inline = if has_none { is_whole.then(Vec::new) } else { inline_policies(row, list, &arn, forms, troubles) };
    let groups = (kind == EntityKind::User).then(|| groups(row, arn.as_str(), forms)).flatten();
    told_twice(row, arn.as_str(), troubles);
    Some(EntityRecord {
        created: row.date("createdate"),
        undated: row.lost_date("createdate"),
        inline,
        attached,
        groups,
        tags: tags(row),
        boundary: match boundary(row) {
            Some(arn) => BoundaryRecord::Policy(arn),
            None if is_whole && row.lacks("permissionsboundary") => BoundaryRecord::None,
            None => BoundaryRecord::NotSaid,
        },
        arn,
    })
}

/// The ARNs of attached policies. What has another form may be any policy, so it is one that is not known, with an empty ARN.
fn attached_policies(
    holder: &Object,
    list: &'static str,
    member: &str,
    place: &str,
    forms: &mut Forms,
) -> Option<Vec<String>> {
    let policies = forms.elements(holder, list, member, place)?;
    let arns = policies.iter().map(|policy| lists::policy_arn(policy, member).unwrap_or_default());
    let arns: Vec<String> = arns.collect();
    if arns.iter().any(String::is_empty) {
        forms.add(list, place);
    }
    Some(arns)
}

/// The groups of a user; `None` if one of them is not known.
fn groups(row: &Object, user: &str, forms: &mut Forms) -> Option<Vec<String>> {
    let groups = forms.elements(row, "GroupList", "groupname", user)?;
    let names = groups.iter().map(|group| lists::name(group, "groupname", EntityKind::Group));
    let names: Option<Vec<String>> = names.collect();
    if names.is_none() {
        forms.add("GroupList", user);
    }
    names
}

/// The list of details that lost elements: it holds `read` objects, and has another form, or elements of another one.
fn lost_list(name: &str, list: &RawValue, read: usize) -> Option<&'static str> {
    let names = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];
    let name = names.into_iter().find(|known| normal(known) == name)?;
    (lists::elements_of(list).is_none_or(|elements| elements.len() != read)).then_some(name)
}

fn inline_policies(
    row: &Object,
    list: &'static str,
    owner: &Arn,
    forms: &mut Forms,
    troubles: &mut Vec<Problem>,
) -> Option<Vec<InlinePolicy>> {
    let policies = forms.elements(row, list, "policyname", owner.as_str())?.into_iter().map(|policy| {
        let name = policy.text("policyname").unwrap_or_default();
        let place = format!("{owner}, {name}");
        InlinePolicy { document: document(&policy, "policydocument", place, troubles), name }
    });
    Some(policies.collect())
}

/// The document in `member`. What is wrong with it is added to `troubles`.
fn document(holder: &Object, member: &str, place: String, troubles: &mut Vec<Problem>) -> ReadDocument {
    let json = holder.get(member).ok_or_else(|| "there is no document".to_owned());
    let read = json.and_then(|json| policy_document(json.get()).map_err(|error| error.to_string()));
    match &read {
        Ok(document) => troubles.extend(malformed(document).map(|problem| problem.at(place))),
        Err(error) => troubles.push(bad_value(place, error)),
    }
    read.map(Arc::new)
}

/// Says which statements name actions as IAM does not store them.
fn malformed(document: &PolicyDocument) -> Option<Problem> {
    let is_malformed = |statement: &&Statement| {
        let (Actions::Listed(patterns) | Actions::AllBut(patterns)) = &statement.actions;
        patterns.iter().any(|pattern| pattern.kind() == PatternKind::Malformed)
    };
    let mut statements = document.statements.iter().filter(is_malformed);
    let (number, others) = (statements.next()?.number, statements.count());
    let and_others = if others == 0 { String::new() } else { format!(" (and {others} more)") };
    let what = format!(
        "statement {number}{and_others} of the policy document names an action as IAM does not store it: without a colon, with \
         several, or with a wildcard before it"
    );
    let problem = Problem::new(Kind::MalformedStatement, "", what);
    Some(problem.advise("It is read as what grants more; save the answer again, unchanged."))
}

/// The tags of a user or a role: a list of keys and values, or one object in a table.
fn tags(row: &Object) -> Vec<(String, String)> {
    let listed = row.objects("tags").filter_map(|tag| Some((tag.text("key")?, tag.text("value")?)));
    let mut tags: Vec<_> = listed.collect();
    if row.is_object("tags") {
        let members = row.get("tags").and_then(|tags| members_of(tags.get()).ok()).unwrap_or_default();
        let text = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok();
        tags.extend(members.iter().filter_map(|(key, value)| Some((key.to_string(), text(value)?))));
    }
    tags
}

/// An account with its name.
fn account(row: &Object) -> Option<NamedAccount> {
    let arn = row.text("arn").unwrap_or_default();
    let partition = arn.strip_prefix("arn:").and_then(|rest| rest.split(':').next()).map(str::to_owned);
    Some(NamedAccount { id: AccountId::parse(&row.text("id")?)?, name: row.text("name")?, partition })
}

fn boundary(row: &Object) -> Option<String> {
    Object::element(row.get("permissionsboundary")?, "permissionsboundaryarn").text("permissionsboundaryarn")
}

/// An element of `Policies`, with its versions if it has any.
fn policy(row: &Object, forms: &mut Forms, troubles: &mut Vec<Problem>) -> Option<PolicyRecord> {
    let Some(arn) = row.arn("arn").filter(|arn| arn.kind() == EntityKind::Policy) else {
        let name = row.text("policyname").unwrap_or_default();
        troubles.push(bad_value(name, "a policy has no Arn that is one of a policy; it was not used"));
        return None;
    };
    told_twice(row, arn.as_str(), troubles);
    let default_version = row.text("defaultversionid");
    let versions = forms.objects(row, "PolicyVersionList", arn.as_str()).into_iter();
    let mut versions: Vec<_> = versions.map(|version| policy_version(&version, arn.as_str(), troubles)).collect();
    let marked = versions.iter().filter(|version| version.is_default).map(|version| version.id.clone());
    let defaults: BTreeSet<String> = marked.chain(default_version.clone()).collect();
    if !versions.is_empty() && defaults.len() > 1 {
        let names = defaults.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        troubles.push(bad_value(arn.as_str(), format!("it has more than one default version ({names})")));
    }
    for version in &mut versions {
        version.is_default = defaults.len() == 1 && defaults.contains(&version.id);
    }
    Some(PolicyRecord {
        created: row.date("createdate"),
        updated: row.date("updatedate"),
        undated: row.lost_date("createdate") || row.lost_date("updatedate"),
        default_version,
        attachments: row.count("attachmentcount"),
        boundary_uses: row.count("permissionsboundaryusagecount"),
        versions,
        arn,
    })
}

/// One version of the policy that `of` names for a reader.
fn policy_version(version: &Object, of: &str, troubles: &mut Vec<Problem>) -> PolicyVersion {
    let id = version.text("versionid").unwrap_or_default();
    let is_default = version.get("isdefaultversion").is_some_and(|value| value.get().trim_matches('"') == "true");
    let place = if of.is_empty() { id.clone() } else { format!("{of}, {id}") };
    let document = version.has("document").then(|| document(version, "document", place, troubles));
    PolicyVersion {
        created: version.date("createdate"),
        undated: version.lost_date("createdate"),
        id,
        is_default,
        document,
    }
}

fn single_inline(
    object: &Object,
    owner_kind: EntityKind,
    owner: &str,
    found: &mut PolicyAnswer,
    troubles: &mut Vec<Problem>,
) {
    let Some(owner) = object.text(owner) else { return };
    let name = object.text("policyname").unwrap_or_default();
    let place = format!("{owner_kind} {owner}, {name}");
    let document = document(object, "policydocument", place, troubles);
    found.part = Some(PolicyPart::Inline(InlineRecord { owner_kind, owner, policy: InlinePolicy { name, document } }));
}

/// An element of a listing, which has no policies. It has no boundary either, which proves nothing.
fn listed_entity(row: &Object) -> Option<EntityRecord> {
    Some(EntityRecord {
        arn: row.arn("arn")?,
        created: row.date("createdate"),
        undated: row.lost_date("createdate"),
        inline: None,
        attached: None,
        groups: None,
        boundary: BoundaryRecord::NotSaid,
        tags: tags(row),
    })
}

/// A row of one of Steampipe's tables. The columns in `_std` are lower-cased and sorted, so the other columns are read.
fn steampipe_row(row: &Object, found: &mut PolicyAnswer, troubles: &mut Vec<Problem>) {
    let Some(arn) = row.arn("arn") else { return };
    if arn.kind() == EntityKind::Policy {
        let place = arn.to_string();
        let default_version = row.text("defaultversionid");
        let version = PolicyVersion {
            id: default_version.clone().unwrap_or_default(),
            is_default: true,
            created: None,
            undated: false,
            document: row.has("policy").then(|| document(row, "policy", place, troubles)),
        };
        found.policies.push(PolicyRecord {
            arn,
            created: row.date("createdate"),
            updated: row.date("updatedate"),
            undated: row.lost_date("createdate") || row.lost_date("updatedate"),
            default_version,
            attachments: row.count("attachmentcount"),
            boundary_uses: row.count("permissionsboundaryusagecount"),
            versions: vec![version],
        });
        return;
    }
    let texts = |name: &str| {
        let text = |value: &RawValue| serde_json::from_str::<String>(value.get()).unwrap_or_default();
        row.list(name).map(|values| values.into_iter().map(text).collect::<Vec<_>>())
    };
    // A null in these columns means a table that could not be read, or an empty list: so nothing is known.
    let mut inline = || inline_policies(row, "InlinePolicies", &arn, &mut Forms::default(), troubles);
    let inline = row.is_list("inlinepolicies").then(&mut inline).flatten();
    let groups =
        row.is_list("groups").then(|| row.objects("groups").filter_map(|group| group.text("groupname")).collect());
    let boundary = row.text("permissionsboundaryarn").filter(|arn| !arn.is_empty());
    found.entities.push(EntityRecord {
        created: row.date("createdate"),
        undated: row.lost_date("createdate"),
        inline,
        attached: texts("attachedpolicyarns"),
        groups,
        boundary: boundary.map_or(BoundaryRecord::NotSaid, BoundaryRecord::Policy),
        tags: tags(row),
        arn,
    });
}

#[cfg(test)]
mod tests;
