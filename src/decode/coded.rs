//! Documents that a tool wrote as something else than text: in base64 (packed by gzip, zlib or zip before that, as in the events of
//! `CloudWatch` Logs), as an attachment of a mail, in hex, percent-encoded, as a list of byte numbers, or as a list of lines.

use std::io::{Cursor, Read};

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use flate2::read::{GzDecoder, ZlibDecoder};
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;
use zip::ZipArchive;

use super::bytes::MOST_TIMES;
use super::refuse;

/// A shorter text holds no answer.
const SHORTEST: usize = 24;

/// The text behind a whole document in base64 or hex, with or without quotes, in a list of byte numbers, or percent-encoded; the text of a
/// mail with what its parts in base64 hold.
pub fn whole(text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with('[') && text[1..].trim_start().starts_with(|c: char| c.is_ascii_digit()) {
        return from_bytes(&serde_json::from_str::<Vec<&RawValue>>(text).ok()?);
    }
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    from_percent(text).or_else(|| from_letters(text)).or_else(|| from_mail(text))
}

/// The text behind letters and digits: hex, or base64.
pub fn from_letters(text: &str) -> Option<String> {
    from_hex(text).or_else(|| from_base64(text))
}

/// The text behind `7b224a6f62…`, as databases print columns of bytes, also as `\x7b22…`.
fn from_hex(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = ["\\x", "0x", "0X"].iter().find_map(|start| text.strip_prefix(start)).unwrap_or(text);
    let is_hex = |b: u8| b.is_ascii_hexdigit() || b.is_ascii_whitespace();
    if digits.len() < 2 * SHORTEST || !digits.bytes().all(is_hex) {
        return None;
    }
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    let value = |digit: &u8| char::from(*digit).to_digit(16).unwrap_or_default();
    let bytes =
        digits.chunks_exact(2).map(|pair| u8::try_from(value(&pair[0]) * 16 + value(&pair[1])).unwrap_or_default());
    digits.len().is_multiple_of(2).then(|| document(bytes.collect())).flatten()
}

/// Whether a line is the header of a part of a mail that is in base64.
fn is_in_base64(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case("content-transfer-encoding") && value.trim().eq_ignore_ascii_case("base64")
    })
}

/// The text of a mail in which the parts in base64 that hold documents are replaced by what they hold; `None` if there are none.
fn from_mail(text: &str) -> Option<String> {
    if !text.contains("ransfer-") && !text.contains("RANSFER-") {
        return None;
    }
    let mut out = String::new();
    let mut found = false;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        if !is_in_base64(line) {
            continue;
        }
        // The other headers of the part, and the empty line after them.
        for line in lines.by_ref() {
            out.push_str(line);
            if line.trim().is_empty() {
                break;
            }
        }
        let mut part = String::new();
        while let Some(line) = lines.next_if(|line| !line.trim().is_empty() && !line.starts_with("--")) {
            part.push_str(line);
        }
        match from_base64(&part) {
            Some(text) => {
                found = true;
                out.push_str(&text);
                out.push('\n');
            }
            None => out.push_str(&part),
        }
    }
    found.then_some(out)
}

/// Words of `text` in base64 or hex that hold last-accessed data: an attachment without its headers, or the value of a secret in YAML.
pub fn holds_rows(text: &str) -> bool {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    let words = text.split(|c: char| !is_of_word(c)).filter(|word| word.len() >= SHORTEST_WORD);
    // `key=value`, and the padding after a value.
    let values = words.map(|word| word.trim_end_matches('=').rsplit('=').next().unwrap_or_default());
    let holds = |text: String| refuse::may_hold_rows(&text) || refuse::describes_entities(&text);
    if values.filter_map(from_letters).any(holds) {
        return true;
    }
    // Base64 in lines, as mail and PEM have it.
    let mut block = String::new();
    for line in text.lines().chain([""]).map(str::trim) {
        if !line.is_empty() && line.chars().all(is_of_word) {
            block.push_str(line);
        } else if block.len() >= SHORTEST_WORD && from_letters(&block).is_some_and(holds) {
            return true;
        } else {
            block.clear();
        }
    }
    false
}

/// A shorter word in a text is not decoded.
const SHORTEST_WORD: usize = 64;

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
    // A URL that holds its document: `data:application/json;base64,eyJ…`.
    let text = if text.starts_with("data:") { text.split_once(";base64,")?.1 } else { text };
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

/// The bytes without gzip, zlib or zip around them, the members of a zip one after another; `None` if they are damaged, or take more space
/// than the same bytes in an archive may.
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
        [b'P', b'K', 3, 4, ..] => {
            let mut archive = ZipArchive::new(Cursor::new(&bytes)).ok()?;
            let mut text = Vec::new();
            for at in 0..archive.len() {
                let (left, before) = (most.checked_sub(text.len() as u64)?, text.len());
                archive.by_index(at).ok()?.take(left + 1).read_to_end(&mut text).ok()?;
                // Beside documents an archive has files of its system: `.DS_Store`.
                if std::str::from_utf8(&text[before..]).is_err() {
                    text.truncate(before);
                }
                text.push(b'\n');
            }
            (text.len() as u64 <= most).then_some(text)
        }
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
    fn json_is_found_behind_hex_and_in_a_zip_and_in_a_mail() {
        let json = r#"{"JobStatus": "COMPLETED", "ü": 1}"#;
        let hex: String = crate::util::hex(json.as_bytes());
        for text in [&hex, &hex.to_uppercase(), &format!("\\x{hex}"), &format!("{}\n{}", &hex[..20], &hex[20..])] {
            assert_eq!(whole(text).as_deref(), Some(json), "{text}");
        }
        assert_eq!(whole(&hex[1..]), None, "half a byte");
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["a.json", "b.json"] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, json.as_bytes()).unwrap();
        }
        let zip = zip.finish().unwrap().into_inner();
        assert_eq!(from_base64(&STANDARD_NO_PAD.encode(&zip)).as_deref(), Some(&*format!("{json}\n{json}\n")));
        let packed = STANDARD_NO_PAD.encode(json);
        let part =
            format!("Content-Transfer-Encoding: BASE64\r\nX: y\r\n\r\n{}\r\n{}\r\n", &packed[..20], &packed[20..]);
        let mail = whole(&format!("Subject: a\r\n{part}--X--\r\n")).expect("a part");
        assert!(mail.starts_with("Subject: a\r\n") && mail.contains(json) && mail.ends_with("--X--"), "{mail}");
        assert_eq!(whole("Content-Transfer-Encoding: base64\n\nWorldWideWebWorldWideWeb\n"), None);
        let secret = "a".repeat(9);
        let rows = STANDARD_NO_PAD.encode(r#"{"Arn": "arn:aws:iam::111122223333:role/a", "ServicesLastAccessed": []}"#);
        assert!(holds_rows(&format!("data:\n  {secret}: {rows}\n  key={rows}")));
        assert!(!holds_rows(&format!("data:\n  {secret}: {packed}{packed}")));
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
