//! The smaller policy for the two tools that often own policies.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{DocumentPart, Proposal};
use crate::model::EntityKind;
use crate::model::policy::{AdviceStep, PolicyKind};
use crate::recommend::json::{array, object, pretty, quoted};
use crate::recommend::propose::{PolicyOwner, Recommendation};
use crate::util::hex;

/// A text between quotes, in Terraform's language.
fn text(text: &str) -> String {
    quoted(text).replace("${", "$${").replace("%{", "%%{")
}

/// The name of a resource: letters, digits and `_`, and no digit first. Files of many folders may come together in one module, and `a.b` and
/// `a-b` are two policies, so the end tells apart what is spelt alike.
fn label(of: &Recommendation, name: &str) -> String {
    let owner = of.entity.as_ref().map_or("", |owner| owner.arn.as_str());
    let account = of.account.as_deref().unwrap_or_default();
    let whole = [account, owner, of.policy_arn.as_deref().unwrap_or_default(), name].join("\n");
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("p_{plain}_{}", &hex(&Sha256::digest(whole.as_bytes()))[..8])
}

const fn kind_of(owner: &PolicyOwner) -> &'static str {
    match owner.kind {
        EntityKind::User => "user",
        EntityKind::Group => "group",
        EntityKind::Role | EntityKind::Policy => "role",
    }
}

/// One resource for each part, with an import block where the policy is there already.
pub(super) fn terraform(proposal: &Proposal) -> String {
    let of = proposal.of;
    let parts = proposal.parts();
    if parts.is_empty() {
        return "# The policy goes as a whole: remove its resource, or its attachment, from your configuration.\n"
            .to_owned();
    }
    let (mut out, mut attachments) = (String::new(), Vec::new());
    // The policy loses nothing before the others are attached.
    for part in parts.iter().filter(|part| part.added.is_some()) {
        added(proposal, part, &mut out, &mut attachments);
    }
    for part in parts.iter().filter(|part| part.added.is_none()) {
        let first = in_place(proposal, part, &attachments);
        out = if out.is_empty() { first } else { format!("{first}\n{out}") };
    }
    if let (AdviceStep::CopyAndSwap, Some(owner)) = (of.step, &of.entity) {
        let (kind, name) = (kind_of(owner), of.policy_name.replace(char::is_control, " "));
        let _ = match &of.policy_arn {
            Some(arn) => writeln!(
                out,
                "\n# They take the place of {}: remove that attachment from your configuration, after these are attached.",
                arn.replace(char::is_control, " ")
            ),
            None => writeln!(
                out,
                "\n# They take the place of the inline policy {name}: remove its aws_iam_{kind}_policy from your configuration, after these \
                 are attached."
            ),
        };
    }
    out
}

/// A document in a heredoc, in which nothing is special but the beginning of a template.
fn heredoc(document: &str) -> String {
    format!("<<EOT\n{}EOT\n", document.replace("${", "$${").replace("%{", "%%{"))
}

fn in_place(proposal: &Proposal, part: &DocumentPart, attachments: &[String]) -> String {
    let of = proposal.of;
    let label = label(of, &of.policy_name);
    let (resource, id, members) = match (&of.entity, &of.policy_arn) {
        (Some(owner), None) => {
            let kind = kind_of(owner);
            let id = Some(format!("{}:{}", owner.name, of.policy_name));
            let members = format!("  name   = {}\n  {kind} = {}\n", text(&of.policy_name), text(&owner.name));
            (format!("aws_iam_{kind}_policy"), id, members)
        }
        (_, arn) => {
            let members = format!("  name   = {}\n  path   = {}\n", text(&of.policy_name), text(&proposal.change.path));
            ("aws_iam_policy".to_owned(), arn.clone(), members)
        }
    };
    let import =
        id.map_or_else(String::new, |id| format!("import {{\n  to = {resource}.{label}\n  id = {}\n}}\n\n", text(&id)));
    let after =
        if attachments.is_empty() { String::new() } else { format!("  depends_on = [{}]\n", attachments.join(", ")) };
    format!("{import}resource \"{resource}\" \"{label}\" {{\n{members}{after}  policy = {}}}\n", heredoc(part.document))
}

/// A new policy and its attachments.
fn added(proposal: &Proposal, part: &DocumentPart, out: &mut String, attachments: &mut Vec<String>) {
    let name = part.added.unwrap_or_default();
    let label = label(proposal.of, name);
    let path = &proposal.change.path;
    let path = if path == "/" { String::new() } else { format!("  path   = {}\n", text(path)) };
    let _ = write!(
        out,
        "{}resource \"aws_iam_policy\" \"{label}\" {{\n  name   = {}\n{path}  policy = {}}}\n",
        if out.is_empty() { "" } else { "\n" },
        text(name),
        heredoc(part.document),
    );
    for owner in proposal.receivers() {
        let kind = kind_of(owner);
        let address = match proposal.of.step {
            AdviceStep::CopyAndSwap => label.clone(),
            _ => self::label(proposal.of, &format!("{name}_{}", owner.name)),
        };
        let _ = write!(
            out,
            "\nresource \"aws_iam_{kind}_policy_attachment\" \"{address}\" {{\n  {kind} = {}\n  policy_arn = aws_iam_policy.{label}.arn\n}}\n",
            text(&owner.name)
        );
        attachments.push(format!("aws_iam_{kind}_policy_attachment.{address}"));
    }
}

/// A template with a resource for each part; `None` where the policy goes as a whole, which a template cannot say.
pub(super) fn cloudformation(proposal: &Proposal) -> Option<String> {
    let parts = proposal.parts();
    let names: Vec<String> = (1..=parts.len())
        .map(|number| if number == 1 { "Policy".to_owned() } else { format!("Policy{number}") })
        .collect();
    let others = array(names.iter().zip(&parts).filter(|(_, part)| part.added.is_some()).map(|(name, _)| quoted(name)));
    let resources: Vec<(&str, String)> = names
        .iter()
        .zip(&parts)
        .map(|(name, part)| {
            let (kind, properties) = resource(proposal, part);
            let kind = quoted(kind);
            let mut members = vec![("Type", kind.as_str()), ("Properties", properties.as_str())];
            // The policy loses nothing before the others are attached.
            if part.added.is_none() && others != "[]" {
                members.insert(1, ("DependsOn", &others));
            }
            (name.as_str(), object(members))
        })
        .collect();
    let resources = object(resources.iter().map(|(name, resource)| (*name, resource.as_str())));
    let template = object([("AWSTemplateFormatVersion", "\"2010-09-09\""), ("Resources", &resources)]);
    (!parts.is_empty()).then(|| pretty(&template))
}

/// Type and properties of the resource for a part.
fn resource(proposal: &Proposal, part: &DocumentPart) -> (&'static str, String) {
    let of = proposal.of;
    let name = quoted(part.added.unwrap_or(&of.policy_name));
    let inline = of.entity.as_ref().filter(|_| of.policy_kind == PolicyKind::Inline && part.added.is_none());
    if let Some(owner) = inline {
        let (resource, member) = match owner.kind {
            EntityKind::User => ("AWS::IAM::UserPolicy", "UserName"),
            EntityKind::Group => ("AWS::IAM::GroupPolicy", "GroupName"),
            EntityKind::Role | EntityKind::Policy => ("AWS::IAM::RolePolicy", "RoleName"),
        };
        let owner = quoted(&owner.name);
        return (
            resource,
            object([("PolicyName", name.as_str()), (member, &owner), ("PolicyDocument", part.document)]),
        );
    }
    let owners = proposal.receivers();
    let of_kind = |kind| {
        let names = owners.iter().filter(move |owner| owner.kind == kind).map(|owner| quoted(&owner.name));
        array(names)
    };
    let lists = [
        ("Roles", of_kind(EntityKind::Role)),
        ("Users", of_kind(EntityKind::User)),
        ("Groups", of_kind(EntityKind::Group)),
    ];
    let path = quoted(&proposal.change.path);
    let mut members =
        vec![("ManagedPolicyName", name.as_str()), ("Path", path.as_str()), ("PolicyDocument", part.document)];
    members.extend(lists.iter().filter(|(_, list)| list != "[]").map(|(member, list)| (*member, list.as_str())));
    ("AWS::IAM::ManagedPolicy", object(members))
}
