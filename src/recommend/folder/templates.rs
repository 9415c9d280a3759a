//! The smaller policy for the two tools that often own policies.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::Proposal;
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

/// One resource, with an import block where the policy is there already.
pub(super) fn terraform(proposal: &Proposal) -> String {
    let of = proposal.of;
    let Some(proposed) = &proposal.change.proposed else {
        return "# The policy goes as a whole: remove its resource, or its attachment, from your configuration.\n"
            .to_owned();
    };
    // In a heredoc nothing is special but the beginning of a template.
    let document = proposed.replace("${", "$${").replace("%{", "%%{");
    let label = label(of, proposal.change.copy.as_deref().unwrap_or(&of.policy_name));
    let (resource, id, members) = match (of.step, &of.entity, &of.policy_arn) {
        (AdviceStep::Narrow, Some(owner), None) => {
            let kind = kind_of(owner);
            let id = Some(format!("{}:{}", owner.name, of.policy_name));
            let members = format!("  name   = {}\n  {kind} = {}\n", text(&of.policy_name), text(&owner.name));
            (format!("aws_iam_{kind}_policy"), id, members)
        }
        (AdviceStep::CopyAndSwap, ..) => {
            let name = proposal.change.copy.as_deref().unwrap_or_default();
            ("aws_iam_policy".to_owned(), None, format!("  name   = {}\n", text(name)))
        }
        (_, _, arn) => {
            let members = format!("  name   = {}\n  path   = {}\n", text(&of.policy_name), text(&proposal.change.path));
            ("aws_iam_policy".to_owned(), arn.clone(), members)
        }
    };
    let import =
        id.map_or_else(String::new, |id| format!("import {{\n  to = {resource}.{label}\n  id = {}\n}}\n\n", text(&id)));
    let mut out =
        format!("{import}resource \"{resource}\" \"{label}\" {{\n{members}  policy = <<EOT\n{document}EOT\n}}\n");
    if let (AdviceStep::CopyAndSwap, Some(owner), Some(arn)) = (of.step, &of.entity, &of.policy_arn) {
        let kind = kind_of(owner);
        let _ = write!(
            out,
            "\n# It takes the place of {}: remove that attachment from your configuration.\nresource \"aws_iam_{kind}_policy_attachment\" \
             \"{label}\" {{\n  {kind} = {}\n  policy_arn = {resource}.{label}.arn\n}}\n",
            arn.replace(char::is_control, " "),
            text(&owner.name)
        );
    }
    out
}

/// A template with the one resource; `None` where the policy goes as a whole, which a template cannot say.
pub(super) fn cloudformation(proposal: &Proposal) -> Option<String> {
    let of = proposal.of;
    let document = proposal.change.proposed.as_deref()?;
    let name = quoted(proposal.change.copy.as_deref().unwrap_or(&of.policy_name));
    let inline = of.entity.as_ref().filter(|_| of.policy_kind == PolicyKind::Inline);
    let (resource, properties) = if let Some(owner) = inline {
        let (resource, member) = match owner.kind {
            EntityKind::User => ("AWS::IAM::UserPolicy", "UserName"),
            EntityKind::Group => ("AWS::IAM::GroupPolicy", "GroupName"),
            EntityKind::Role | EntityKind::Policy => ("AWS::IAM::RolePolicy", "RoleName"),
        };
        let owner = quoted(&owner.name);
        (resource, object([("PolicyName", name.as_str()), (member, &owner), ("PolicyDocument", document)]))
    } else {
        let owners = match &of.entity {
            Some(owner) if of.step == AdviceStep::CopyAndSwap => std::slice::from_ref(owner),
            _ => proposal.change.attached_to.as_slice(),
        };
        let of_kind = |kind| {
            let names = owners.iter().filter(move |owner| owner.kind == kind).map(|owner| quoted(&owner.name));
            array(names)
        };
        let lists = [
            ("Roles", of_kind(EntityKind::Role)),
            ("Users", of_kind(EntityKind::User)),
            ("Groups", of_kind(EntityKind::Group)),
        ];
        let path = quoted(if of.step == AdviceStep::CopyAndSwap { "/" } else { &proposal.change.path });
        let mut members =
            vec![("ManagedPolicyName", name.as_str()), ("Path", path.as_str()), ("PolicyDocument", document)];
        members.extend(lists.iter().filter(|(_, list)| list != "[]").map(|(member, list)| (*member, list.as_str())));
        ("AWS::IAM::ManagedPolicy", object(members))
    };
    let resource = object([("Type", quoted(resource).as_str()), ("Properties", &properties)]);
    let resources = object([("Policy", resource.as_str())]);
    Some(pretty(&object([("AWSTemplateFormatVersion", "\"2010-09-09\""), ("Resources", &resources)])))
}
