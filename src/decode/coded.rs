//! Documents that a tool wrote as something else than text: in base64 (packed by gzip or zlib before that, as in the events of `CloudWatch`
//! Logs), percent-encoded, as a list of byte numbers, or as a list of lines.

use std::io::Read;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use flate2::read::{GzDecoder, ZlibDecoder};
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::bytes::MOST_TIMES;
use super::refuse;

/// A shorter text holds no answer.
const SHORTEST: usize = 24;

/// The text behind a whole document in base64, with or without quotes, in a list of byte numbers, or percent-encoded.
pub fn whole(text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with('[') && text[1..].trim_start().starts_with(|c: char| c.is_ascii_digit()) {
        return from_bytes(&serde_json::from_str::<Vec<&RawValue>>(text).ok()?);
    }
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    from_percent(text).or_else(|| from_base64(text))
}

/// The text behind `%7B%22JobStatus…`, alone or as the only field of a form (`answer=%7B…`), in which `+` is a blank.
fn from_percent(text: &str) -> Option<String> {
    let is_value = |text: &str| ["%7B", "%7b", "%5B", "%5b"].iter().any(|start| text.starts_with(start));
    let field = text.split_once('=').map(|(_, value)| value).filter(|value| is_value(value));
    let plain = match field {
        Some(value) => value.replace('+', " "),
        None if is_value(text) => text.to_owned(),
        None => return None,
    };
    document(percent_decode_str(&plain).collect())
}

/// The text behind base64, if it is an object or a list, or rows in another form.
pub fn from_base64(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() < SHORTEST {
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
    let text = String::from_utf8(unpacked(bytes)?).ok()?;
    let is_json = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).starts_with(['{', '[']);
    (is_json || refuse::is_other_text_of_rows(&text)).then_some(text)
}

/// The bytes without gzip or zlib around them; `None` if they are damaged, or take more space than the same bytes in an archive may.
fn unpacked(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let most = MOST_TIMES * bytes.len() as u64;
    let all = |reader: &mut dyn Read| {
        let mut text = Vec::new();
        let length = reader.take(most + 1).read_to_end(&mut text).ok()? as u64;
        (length <= most).then_some(text)
    };
    match bytes[..] {
        [0x1f, 0x8b, ..] => all(&mut GzDecoder::new(&bytes[..])),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => all(&mut ZlibDecoder::new(&bytes[..])),
        _ => Some(bytes),
    }
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
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut zipped, json.as_bytes()).unwrap();
        let zipped = zipped.finish().unwrap();
        assert_eq!(from_base64(&STANDARD_NO_PAD.encode(&zipped)).as_deref(), Some(json));
        assert_eq!(from_base64(&STANDARD_NO_PAD.encode(&zipped[..zipped.len() - 9])), None, "it is cut");
        let csv = "arn,service_namespace,last_authenticated\narn:aws:iam::111122223333:role/a,ec2,";
        assert_eq!(from_base64(&STANDARD_NO_PAD.encode(csv)).as_deref(), Some(csv));
    }

    #[test]
    fn json_is_found_behind_percent_signs() {
        let json = r#"{"JobStatus": "COMPLETED", "a": "+"}"#;
        let plain = "%7B%22JobStatus%22%3A%20%22COMPLETED%22%2C%20%22a%22%3A%20%22%2B%22%7D";
        for text in [plain, &format!("answer={}", plain.replace("%20", "+"))] {
            assert_eq!(whole(text).as_deref(), Some(json), "{text}");
        }
        assert_eq!(whole("100%7B"), None);
    }
}
