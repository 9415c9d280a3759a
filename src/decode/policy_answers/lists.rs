//! Lists in the forms in which clients write them, and the problem of one in another form.

use serde_json::value::RawValue;

use super::{Object, bad_value, members_of};
use crate::decode::members::normal;
use crate::model::{Arn, EntityKind};
use crate::problem::{Problem, counted};

/// The elements of a list. `PowerShell` writes a list of one as its only element, and sometimes a list as
/// `{"value": […], "Count": 1}`. `None` for any other form: what such a list holds is unknown.
pub(super) fn elements_of(json: &RawValue) -> Option<Vec<&RawValue>> {
    if json.get().starts_with('[') {
        return serde_json::from_str(json.get()).ok();
    }
    let object = Object::of(&members_of(json.get()).ok()?);
    let is_wrapped = object.0.len() == 2 && object.has("value") && object.has("count");
    if !is_wrapped {
        return Some(vec![json]);
    }
    let elements: Vec<&RawValue> = serde_json::from_str(object.get("value")?.get()).ok()?;
    (object.count("count")? as usize == elements.len()).then_some(elements)
}

/// The ARN of a managed policy in the member of an element, or the element itself; `None` if it is no such ARN.
pub(super) fn policy_arn(element: &Object, member: &str) -> Option<String> {
    let text = element.text(member)?;
    let arn = Arn::parse(&text).ok().filter(|arn| arn.kind() == EntityKind::Policy)?;
    is_name(arn.name()).then_some(text)
}

/// The name in the member of an element, in the element itself, or at the end of its ARN.
pub(super) fn name(element: &Object, member: &str, kind: EntityKind) -> Option<String> {
    let text = element.text(member)?;
    let arn = Arn::parse(&text).ok().filter(|arn| arn.kind() == kind);
    Some(arn.map_or(text, |arn| arn.name().to_owned())).filter(|name| is_name(name))
}

/// Whether IAM allows a text as a name. `System.Object` could be one, and `System.Object[]` is none.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "+=,.@_-".contains(c))
}

/// Lists in another form: the name of each as the API writes it, and the place of the first.
#[derive(Default)]
pub(super) struct Forms(Vec<(&'static str, String, usize)>);

impl Forms {
    /// Adds one.
    pub fn add(&mut self, list: &'static str, place: &str) {
        match self.0.iter_mut().find(|(known, ..)| *known == list) {
            Some((.., others)) => *others += 1,
            None => self.0.push((list, place.to_owned(), 0)),
        }
    }

    /// The elements of a list that has to be there, as objects; a text is read as an object that has it in `member`.
    pub fn elements<'t>(
        &mut self,
        object: &Object<'t>,
        list: &'static str,
        member: &str,
        place: &str,
    ) -> Option<Vec<Object<'t>>> {
        let elements = object.list(&normal(list));
        if elements.is_none() {
            self.add(list, place);
        }
        Some(elements?.into_iter().map(|element| Object::element(element, member)).collect())
    }

    /// The objects in a list, if it is there. An element that is no object is lost.
    pub fn objects<'t>(&mut self, object: &Object<'t>, list: &'static str, place: &str) -> Vec<Object<'t>> {
        let name = normal(list);
        let elements = object.list(&name);
        let count = elements.as_ref().map(Vec::len);
        let objects: Vec<Object> = elements.into_iter().flatten().filter_map(Object::parse).collect();
        if object.has(&name) && count != Some(objects.len()) {
            self.add(list, place);
        }
        objects
    }

    /// Whether all lists had the form of a list.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with them.
    pub fn into_problems(self) -> impl Iterator<Item = Problem> {
        self.0.into_iter().map(|(list, place, others)| {
            let and_others =
                if others == 0 { String::new() } else { format!(" (and of {} more)", counted(others, "row", "rows")) };
            bad_value(
                place,
                format!("its list {list}{and_others} is missing or null, or it or an element of it has another form"),
            )
        })
    }
}
