//! From the bytes of one document to text: UTF-8 and UTF-16, with or without byte order marks, padded with NUL bytes;
//! Windows-1252 where nothing else fits. PowerShell's `>` writes UTF-16, and its `>>` may add a mark in the middle.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use memchr::memmem;

use crate::model::Source;
use crate::problem::{Kind, Problem};

/// The text of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The text without byte order marks and padding; borrowed if the bytes are plain UTF-8.
    pub text: Cow<'a, str>,
    /// What a reader should know about how it was read.
    pub note: Option<&'static str>,
}

/// Why bytes are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It has so many NUL or control bytes, or has them in such places, that it is not text in any encoding.
    #[error("is binary, not text")]
    Binary,
    /// UTF-32, which no client writes.
    #[error("is in UTF-32")]
    Utf32,
    /// Documents in UTF-8 and UTF-16 stand in it one after another, and one of them is broken.
    #[error("is in UTF-8 in one part and in UTF-16 in another, and one of them is broken")]
    Mixed,
    /// It is text, but broken at this byte, counted from 0.
    #[error("is broken at byte {offset}: it is in UTF-8 before, and not there")]
    Utf8 {
        /// The offset in the stored document.
        offset: usize,
    },
    /// It is text, but broken at this byte, counted from 0.
    #[error("is broken at byte {offset}: it is in UTF-16 before, and not there")]
    Utf16 {
        /// The offset in the stored document.
        offset: usize,
    },
}

impl TextError {
    /// The problem that this is for the document at `source`. Binary files lie in every folder and are not dumps.
    #[must_use]
    pub fn problem(self, source: &Source) -> Problem {
        let (kind, advice) = match self {
            Self::Binary => (Kind::Foreign, ""),
            Self::Utf32 => (Kind::WrongFormat, "Save it as UTF-8."),
            Self::Mixed | Self::Utf8 { .. } | Self::Utf16 { .. } => {
                (Kind::WrongFormat, "Save the answer again; nothing of it was used.")
            }
        };
        Problem::new(kind, source, self.to_string()).advise(advice)
    }
}

const WINDOWS_1252_NOTE: &str = "It is not in UTF-8 and was read as Windows-1252.";

/// How many bytes are looked at to tell text from binary, and UTF-16 by its NUL bytes.
const SAMPLE: usize = 4096;

/// The text of a document.
///
/// # Errors
/// If the bytes are not text, or not whole. No character is replaced by `�`: the text that is handed on is the text
/// that was stored.
pub fn text(bytes: &[u8]) -> Result<Text<'_>, TextError> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Err(TextError::Utf32),
        _ => {}
    }
    if let Some(text) = mixed(bytes) {
        return text;
    }
    match bytes {
        [0xff, 0xfe, rest @ ..] => return utf16(rest, 2, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, 2, u16::from_be_bytes),
        _ => {}
    }
    if memchr::memchr(0, bytes).is_none() {
        return utf8(bytes, 0);
    }
    let before = bytes.iter().take_while(|&&b| b == 0).count();
    let after = bytes[before..].iter().rev().take_while(|&&b| b == 0).count();
    let unpadded = &bytes[before..bytes.len() - after];
    if memchr::memchr(0, unpadded).is_none() {
        return utf8(unpadded, before);
    }
    // Padding of UTF-16 is cut in whole units; otherwise the last half of `}` would be cut with it.
    let before = before & !1;
    let after = after.saturating_sub((bytes.len() - before - after) % 2);
    let unpadded = &bytes[before..bytes.len() - after];
    match nul_pattern(unpadded) {
        Some(Endian::Little) => utf16(unpadded, before, u16::from_le_bytes),
        Some(Endian::Big) => utf16(unpadded, before, u16::from_be_bytes),
        None => Err(TextError::Binary),
    }
}

/// How a part of a document is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16(Endian),
}

/// How many bytes of ASCII in UTF-16 show that it is UTF-8 from there on: as UTF-16 they would be as many rare characters.
const ASCII_RUN: usize = 16;

/// Reads documents in different encodings, one after another: a program writes UTF-8, and PowerShell's `>>` appends
/// UTF-16, or the other way round. Read as one encoding, the rest would be a line of Chinese, and its answers would be
/// lost. `None` if the whole is in one encoding.
fn mixed(bytes: &[u8]) -> Option<Result<Text<'static>, TextError>> {
    memchr::memchr(0, bytes)?;
    let parts = parts(bytes)?;
    if parts.len() < 2 {
        return None;
    }
    // A program holds such parts too, but shorter ones.
    let wide: usize =
        parts.iter().filter(|(encoding, _)| *encoding != Encoding::Utf8).map(|(_, part)| part.len()).sum();
    if wide < ASCII_RUN {
        return None;
    }
    let mut whole = String::with_capacity(bytes.len());
    for (encoding, part) in parts {
        let read = match encoding {
            Encoding::Utf8 => utf8(part, 0),
            Encoding::Utf16(Endian::Little) => utf16(part, 0, u16::from_le_bytes),
            Encoding::Utf16(Endian::Big) => utf16(part, 0, u16::from_be_bytes),
        };
        let Ok(Text { text, .. }) = read else { return Some(Err(TextError::Mixed)) };
        whole.push_str(&text);
        whole.push('\n');
    }
    Some(Ok(Text { text: Cow::Owned(whole), note: None }))
}

/// The parts of a document by their encoding; a mark begins a part and is left out. `None` if one of them is no text:
/// the first of a program shows it, and its millions of parts need not be found.
fn parts(bytes: &[u8]) -> Option<Vec<(Encoding, &[u8])>> {
    let is_text = |encoding: Encoding, part: &[u8]| match encoding {
        Encoding::Utf8 => memchr::memchr(0, part).is_none() && !is_binary(part),
        Encoding::Utf16(_) => nul_pattern(part).is_some(),
    };
    let mut parts: Vec<(Encoding, &[u8])> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (encoding, mark) = match rest {
            [0xff, 0xfe, ..] => (Encoding::Utf16(Endian::Little), 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16(Endian::Big), 2),
            [first, 0, ..] if *first != 0 => (Encoding::Utf16(Endian::Little), 0),
            [0, second, ..] if *second != 0 => (Encoding::Utf16(Endian::Big), 0),
            _ => (Encoding::Utf8, 0),
        };
        let body = &rest[mark..];
        let end = match encoding {
            Encoding::Utf8 => end_of_utf8(body),
            Encoding::Utf16(endian) => end_of_utf16(body, endian),
        };
        // Padding belongs to the part before it.
        let end = if end == 0 { body.len().min(1) } else { end };
        let (part, after) = body.split_at(end);
        if !is_text(encoding, part) {
            return None;
        }
        parts.push((encoding, part));
        rest = after;
    }
    Some(parts)
}

/// Where UTF-16 begins in a document that begins in UTF-8: at a mark, or at the first character with a NUL byte.
fn end_of_utf8(bytes: &[u8]) -> usize {
    // NUL bytes after the last character are padding.
    let nul =
        memchr::memchr(0, bytes).filter(|at| bytes[*at..].iter().any(|byte| *byte != 0)).map(|at| at.saturating_sub(1));
    let end = nul.unwrap_or(bytes.len());
    // A mark may begin with the last byte before it.
    let before = &bytes[..bytes.len().min(end + 2)];
    let mark = before.windows(2).position(|pair| matches!(pair, [0xff, 0xfe] | [0xfe, 0xff]));
    mark.map_or(end, |mark| mark.min(end))
}

/// Where UTF-8 begins, or a mark stands, in a document that begins in UTF-16.
fn end_of_utf16(bytes: &[u8], endian: Endian) -> usize {
    let (pairs, _) = bytes.as_chunks::<2>();
    let is_ascii = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let other_mark = match endian {
        Endian::Little => [0xfe, 0xff],
        Endian::Big => [0xff, 0xfe],
    };
    let begins = |at: usize| {
        let rest = &bytes[at * 2..];
        let run = &rest[..rest.len().min(ASCII_RUN)];
        let is_utf8 = |run: &[u8]| run.len() >= 2 && run.iter().all(is_ascii);
        is_utf8(run)
            || rest.strip_prefix(b"\xef\xbb\xbf").is_some_and(|rest| is_utf8(&rest[..rest.len().min(ASCII_RUN)]))
    };
    (1..pairs.len()).find(|at| pairs[*at] == other_mark || begins(*at)).map_or(bytes.len(), |at| at * 2)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endian {
    Little,
    Big,
}

/// Finds UTF-16 without a mark. JSON is mostly ASCII, so one byte of nearly every pair is NUL, and the other hardly
/// ever.
fn nul_pattern(bytes: &[u8]) -> Option<Endian> {
    let (pairs, _) = bytes[..bytes.len().min(SAMPLE)].as_chunks::<2>();
    let nuls = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    match (nuls(0), nuls(1)) {
        (first, second) if second * 2 > pairs.len() && first * 10 < second => Some(Endian::Little),
        (first, second) if first * 2 > pairs.len() && second * 10 < first => Some(Endian::Big),
        _ => None,
    }
}

fn utf8(bytes: &[u8], offset: usize) -> Result<Text<'_>, TextError> {
    if is_binary(bytes) {
        return Err(TextError::Binary);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Text { text: without_marks(Cow::Borrowed(text)), note: None }),
        Err(error) => windows_1252(bytes).ok_or(TextError::Utf8 { offset: offset + error.valid_up_to() }),
    }
}

/// Reads the text of a Windows program that does not know Unicode. `None` if the bytes hold UTF-8 too (then they are
/// broken, not old), end within a character, or hold a byte that Windows-1252 leaves undefined.
fn windows_1252(bytes: &[u8]) -> Option<Text<'_>> {
    let has_utf8 = bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    let breaks_off = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    let undefined = bytes.iter().any(|b| matches!(b, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d));
    if has_utf8 || breaks_off || undefined {
        return None;
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Some(Text { text, note: Some(WINDOWS_1252_NOTE) })
}

fn utf16(bytes: &[u8], offset: usize, unit: fn([u8; 2]) -> u16) -> Result<Text<'static>, TextError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let pairs = &pairs[..pairs.iter().rposition(|pair| *pair != [0, 0]).map_or(0, |last| last + 1)];
    let broken = |at: usize| TextError::Utf16 { offset: offset + at };
    if rest.iter().any(|&b| b != 0) {
        return Err(broken(bytes.len() - 1));
    }
    let mut text = String::with_capacity(pairs.len());
    let mut at = 0;
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let c = c.map_err(|_| broken(at))?;
        at += c.len_utf16() * 2;
        text.push(c);
    }
    if is_binary(text.as_bytes()) || text.contains('\0') {
        return Err(TextError::Binary);
    }
    Ok(Text { text: without_marks(Cow::Owned(text)), note: None })
}

/// Whether more than one byte in ten is a byte that no text holds.
fn is_binary(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let is_strange = |b: &u8| (*b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)) || *b == 0x7f;
    sample.iter().filter(|b| is_strange(b)).count() * 10 > sample.len()
}

/// Takes out byte order marks where a document begins: at the start, and after a character that may end one. Anywhere
/// else the character belongs to a name.
fn without_marks(text: Cow<'_, str>) -> Cow<'_, str> {
    const MARK: &str = "\u{feff}";
    let begins_document = |at: usize| matches!(text.as_bytes()[..at].last(), None | Some(b'}' | b']' | b'\n' | b'\r'));
    let is_mark = |&at: &usize| begins_document(at);
    let marks: Vec<usize> = memmem::find_iter(text.as_bytes(), MARK).filter(is_mark).collect();
    match (marks.as_slice(), text) {
        ([], text) => text,
        ([0], Cow::Borrowed(text)) => Cow::Borrowed(&text[MARK.len()..]),
        (marks, text) => {
            let mut kept = String::with_capacity(text.len());
            let mut from = 0;
            for &mark in marks {
                kept.push_str(&text[from..mark]);
                from = mark + MARK.len();
            }
            kept.push_str(&text[from..]);
            Cow::Owned(kept)
        }
    }
}

#[cfg(test)]
mod tests;
