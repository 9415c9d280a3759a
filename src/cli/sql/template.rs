//! Placeholders: `{name}` or `{name(argument)}`, where the argument may hold further ones.
//!
//! A brace that no letter follows is itself, so that a statement may hold literals in braces. What is filled in is not looked
//! at again: a brace in it may be a user's.

/// `text` with every placeholder replaced by what `fill` gives for its name and its argument (empty where there is none).
///
/// # Panics
/// On a placeholder that `fill` does not know or that does not end: a statement of ours is wrong, and a test expands each.
pub fn expand(text: &str, fill: &dyn Fn(&str, &str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if !rest.starts_with(|c: char| c.is_ascii_lowercase()) {
            out.push('{');
            continue;
        }
        let end = end(rest).unwrap_or_else(|| panic!("a placeholder does not end: {rest}"));
        let (name, argument) = split(&rest[..end]);
        let argument = expand(argument, fill);
        out.push_str(&fill(name, &argument).unwrap_or_else(|| panic!("there is no placeholder {name}({argument})")));
        rest = &rest[end + 1..];
    }
    out + rest
}

/// Where the brace stands that closes the placeholder whose inside begins `text`.
fn end(text: &str) -> Option<usize> {
    let mut open = 1;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        (open == 0).then_some(at)
    })
}

/// Name and argument.
fn split(inner: &str) -> (&str, &str) {
    let with_argument = inner.strip_suffix(')').and_then(|inner| inner.split_once('('));
    with_argument.unwrap_or((inner, ""))
}

#[cfg(test)]
mod tests {
    use super::expand;

    fn filled(text: &str) -> String {
        expand(text, &|name, argument| match name {
            "twice" => Some(format!("{argument}{argument}")),
            "brace" => Some("{twice(x)}".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn arguments_hold_placeholders_and_parentheses() {
        assert_eq!(filled("a {twice(f(1) {twice(b)})} c"), "a f(1) bbf(1) bb c");
        assert_eq!(filled("{'key': 1}"), "{'key': 1}");
    }

    #[test]
    fn what_is_filled_in_is_not_looked_at_again() {
        assert_eq!(filled("{brace}"), "{twice(x)}");
        assert_eq!(filled("{twice({brace})}"), "{twice(x)}{twice(x)}");
    }

    #[test]
    #[should_panic(expected = "no placeholder other")]
    fn an_unknown_placeholder_is_a_bug() {
        filled("{other}");
    }
}
