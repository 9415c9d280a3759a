//! Documents that a tool wrote as something else than text: in base64, as a list of byte numbers, or as a list of lines.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use serde_json::value::RawValue;

/// A shorter text holds no answer.
const SHORTEST: usize = 24;

/// The text behind a whole document in base64, with or without quotes, or in a list of byte numbers.
pub fn whole(text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with('[') && text[1..].trim_start().starts_with(|c: char| c.is_ascii_digit()) {
        return from_bytes(&serde_json::from_str::<Vec<&RawValue>>(text).ok()?);
    }
    from_base64(text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text))
}

/// The text behind base64, if it is the beginning of an object or a list. JSON in base64 begins with one of few letters.
pub fn from_base64(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() < SHORTEST || !text.starts_with(['e', 'W', 'I', 'C', 'D']) {
        return None;
    }
    let is_of_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=');
    if !text.bytes().all(|b| is_of_base64(b) || b.is_ascii_whitespace()) {
        return None;
    }
    let mut packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    for byte in &mut packed {
        // The alphabet of URLs.
        match byte {
            b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, config).decode(packed).ok()?;
    document(bytes)
}

/// The text behind a list of the numbers of its bytes, as `JSON.stringify` writes a buffer.
pub fn from_bytes(elements: &[&RawValue]) -> Option<String> {
    if elements.len() < SHORTEST || !elements[0].get().bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let bytes: Option<Vec<u8>> = elements.iter().map(|element| element.get().parse().ok()).collect();
    document(bytes?)
}

/// The text behind a list of its lines, as Ansible writes `stdout_lines`.
pub fn from_lines(elements: &[&RawValue]) -> Option<String> {
    let lines = || elements.iter().map(|element| serde_json::from_str::<String>(element.get()).ok());
    let first = lines().next()??;
    if elements.len() < 2 || !first.trim_start().starts_with(['{', '[']) || is_whole(&first) {
        return None;
    }
    let lines: Option<Vec<String>> = lines().collect();
    lines.map(|lines| lines.join("\n"))
}

fn is_whole(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text.trim()).is_ok()
}

fn document(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).starts_with(['{', '[']).then_some(text)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD_NO_PAD;

    use super::*;

    #[test]
    fn json_is_found_behind_base64_and_nothing_else_is() {
        let json = r#"{"JobStatus": "COMPLETED", "ü": 1}"#;
        let packed = STANDARD_NO_PAD.encode(json);
        let wrapped = format!("{}\n{}", &packed[..20], &packed[20..]);
        for text in [&packed, &format!("{packed}="), &wrapped] {
            assert_eq!(from_base64(text).as_deref(), Some(json), "{text}");
        }
        for text in ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx", "everything that begins with it", "WorldWideWebWorldWideWeb"]
        {
            assert_eq!(from_base64(text), None, "{text}");
        }
    }
}
