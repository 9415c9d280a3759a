//! Patterns for actions, exactly as IAM reads them.
//!
//! `*` is any run of characters, also none; `?` is exactly one character; nothing else is special. Service and action compare
//! without ASCII case. A pattern has exactly one colon, and no wildcard before it; only `*` alone has no colon.

/// A pattern as it is written, with what is needed to match it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPattern {
    /// As it is written, and then the same in lower case: an account has a hundred thousand patterns, and each text would take as much again
    /// around it.
    texts: Box<str>,
    /// The position of the colon between service and action; `None` for `*` and malformed patterns.
    colon: Option<usize>,
    kind: PatternKind,
}

/// How much a pattern names, the most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatternKind {
    /// `s3:GetObject`.
    Exact,
    /// `s3:Get*`: the only wildcard is one `*` at the end.
    Prefix,
    /// Wildcards in any other position.
    Wildcard,
    /// `s3:*`.
    Service,
    /// `*`.
    All,
    /// A pattern that IAM does not store: it has no colon, several colons, or a wildcard before the colon.
    Malformed,
}

impl ActionPattern {
    /// The pattern `written`, well-formed or not.
    #[must_use]
    pub fn new(written: &str) -> Self {
        let kind = kind(written);
        let colon = if kind == PatternKind::Malformed { None } else { written.find(':') };
        let mut texts = String::with_capacity(2 * written.len());
        texts.push_str(written);
        texts.push_str(written);
        texts[written.len()..].make_ascii_lowercase();
        Self { texts: texts.into(), colon, kind }
    }

    /// As it is written in the document.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.texts[..self.texts.len() / 2]
    }

    fn lower(&self) -> &str {
        &self.texts[self.texts.len() / 2..]
    }

    /// How much it names.
    #[must_use]
    pub const fn kind(&self) -> PatternKind {
        self.kind
    }

    /// Service and pattern of its actions, in lower case; `None` for `*` and malformed patterns.
    #[must_use]
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.colon.map(|colon| (&self.lower()[..colon], &self.lower()[colon + 1..]))
    }

    /// Whether it matches the action. A malformed pattern is compared with `service:action` as a whole.
    #[must_use]
    pub fn matches(&self, service: &str, action: &str) -> bool {
        match (self.kind, self.parts()) {
            (PatternKind::All, _) => true,
            (_, Some((prefix, pattern))) => prefix.eq_ignore_ascii_case(service) && glob(pattern, action),
            (_, None) => glob(self.lower(), &format!("{service}:{action}")),
        }
    }
}

fn kind(written: &str) -> PatternKind {
    if written == "*" {
        return PatternKind::All;
    }
    let wild = |text: &str| text.contains(['*', '?']);
    match written.split_once(':') {
        None => PatternKind::Malformed,
        Some((service, action)) if service.is_empty() || wild(service) || action.is_empty() || action.contains(':') => {
            PatternKind::Malformed
        }
        Some((_, "*")) => PatternKind::Service,
        Some((_, action)) if !wild(action) => PatternKind::Exact,
        Some((_, action)) if action.strip_suffix('*').is_some_and(|start| !wild(start)) => PatternKind::Prefix,
        Some(_) => PatternKind::Wildcard,
    }
}

/// Whether the lower-case `pattern` matches `text`, in any case. Only the last `*` is ever tried again: no pattern
/// takes more than pattern × text steps.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    glob_by(pattern, text, |byte| byte.to_ascii_lowercase())
}

/// The same with case on both sides.
pub(crate) fn glob_with_case(pattern: &str, text: &str) -> bool {
    glob_by(pattern, text, |byte| byte)
}

fn glob_by(pattern: &str, text: &str, fold: impl Fn(u8) -> u8) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    let mut star = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, from));
                at += 1;
                continue;
            }
            Some(b'?') => {
                at += 1;
                from += character(text, from);
                continue;
            }
            Some(byte) if *byte == fold(text[from]) => {
                at += 1;
                from += 1;
                continue;
            }
            _ => {}
        }
        let Some((after, start)) = star else { return false };
        let next = start + character(text, start);
        star = Some((after, next));
        (at, from) = (after, next);
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// Bytes of the character that begins at `from`.
fn character(text: &[u8], from: usize) -> usize {
    1 + text[from + 1..].iter().take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count()
}
