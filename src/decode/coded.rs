//! Documents that a tool wrote as something else than text: in base64 (packed by gzip, zlib or zip before that, as in the events of
//! `CloudWatch` Logs), as an attachment of a mail, in hex, percent-encoded, as a list of byte numbers, or as a list of lines.

use std::io::{Cursor, Read};

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use flate2::read::{GzDecoder, ZlibDecoder};
use memchr::memmem;
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;
use zip::ZipArchive;

use super::bytes::MOST_TIMES;
use super::policy_answers::is_credential_table;
use super::refuse::{self, Refused};
use crate::problem::Kind;

/// A shorter text holds no answer.
const SHORTEST: usize = 24;

/// What is behind a whole document.
pub struct Uncoded {
    /// The text.
    pub text: String,
    /// What is behind it and is not in the text.
    pub lost: Vec<LostText>,
}

/// Last-accessed data behind a text, from which nothing is taken.
pub struct LostText {
    /// Why not.
    pub refused: Refused,
    /// As much of it as can be read, to tell which entities it is about.
    pub text: String,
}

/// What is behind a whole document in base64 or hex, with or without quotes, in a list of byte numbers, or percent-encoded; the text of a
/// mail with what its parts in base64 hold.
pub fn whole(text: &str) -> Option<Uncoded> {
    let alone = |text| Some(Uncoded { text, lost: Vec::new() });
    let text = text.trim();
    if text.starts_with('[') && text[1..].trim_start().starts_with(|c: char| c.is_ascii_digit()) {
        return from_bytes(&serde_json::from_str::<Vec<&RawValue>>(text).ok()?).and_then(alone);
    }
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if let Some(text) = from_percent(text).or_else(|| from_letters(text)) {
        return alone(text);
    }
    from_mail(text).or_else(|| lost(text).map(|lost| Uncoded { text: String::new(), lost: vec![lost] }))
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
    digits.len().is_multiple_of(2).then(|| document(&bytes.collect::<Vec<_>>())).flatten()
}

/// Whether a line is the header of a part of a mail that is in base64.
fn is_in_base64(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case("content-transfer-encoding") && value.trim().eq_ignore_ascii_case("base64")
    })
}

/// The text of a mail in which the parts in base64 that hold documents are replaced by what they hold; `None` if there are none.
fn from_mail(text: &str) -> Option<Uncoded> {
    if !text.contains("ransfer-") && !text.contains("RANSFER-") {
        return None;
    }
    let (mut all_lost, mut damaged) = (Vec::new(), Vec::new());
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
            None => match lost(&part) {
                Some(lost) => all_lost.push(lost),
                None if is_packed(part.trim_start()) => {
                    let advice = "Unpack the attachment, and save what is in it as a file of its own.";
                    let refused = Refused { kind: Kind::WrongFormat, what: PACKED, advice };
                    all_lost.push(LostText { refused, text: String::new() });
                }
                // Of a part that is damaged at its beginning, nobody can tell what it held.
                None if !is_whole_base64(&part) => damaged.push(part),
                None => out.push_str(&part),
            },
        }
    }
    if found || !all_lost.is_empty() {
        all_lost.extend(damaged.into_iter().map(|_| LostText { refused: damaged_text(), text: String::new() }));
    }
    if found && is_cut_mail(text) {
        let what = "the mail in it ends before the last of its parts does; what is missing was not used";
        let refused = Refused { kind: Kind::CutOff, what, advice: "Save the mail again." };
        all_lost.push(LostText { refused, text: String::new() });
    }
    (found || !all_lost.is_empty()).then_some(Uncoded { text: out, lost: all_lost })
}

/// Whether a mail names a boundary between its parts, and the one after the last part is missing: `--X--`.
fn is_cut_mail(text: &str) -> bool {
    let boundaries = text.match_indices("boundary=").map(|(at, name)| {
        let value = text[at + name.len()..].lines().next().unwrap_or_default();
        match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap_or_default(),
            None => value.split([';', ' ', '\r']).next().unwrap_or_default(),
        }
    });
    let is_there = |boundary: &str| {
        text.lines()
            .any(|line| line.trim_end().strip_prefix("--").and_then(|line| line.strip_suffix("--")) == Some(boundary))
    };
    boundaries.filter(|boundary| !boundary.is_empty()).take(MOST_BOUNDARIES).any(|boundary| !is_there(boundary))
}

/// A mail has parts in parts, and no more of them than this.
const MOST_BOUNDARIES: usize = 16;

/// Words of `text` in base64 or hex that hold last-accessed data: an attachment without its headers, or the value of a secret in YAML.
pub fn holds_rows(text: &str) -> bool {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    let words = text.split(|c: char| !is_of_word(c)).filter(|word| word.len() >= SHORTEST_WORD);
    // `key=value`, and the padding after a value.
    let values = words.map(|word| word.trim_end_matches('=').rsplit('=').next().unwrap_or_default());
    let holds = |text: String| refuse::may_hold_rows(&text) || refuse::describes_entities(&text);
    // PostgreSQL writes bytes as `\\x7b22`, and a backslash is none of a word.
    let plain = |word: &str| from_letters(word).or_else(|| from_hex(word.strip_prefix('x')?));
    let is_found = |word: &str| plain(word).is_some_and(holds) || lost(word).is_some();
    if values.clone().any(is_found) {
        return true;
    }
    // Base64 in lines, as mail and PEM have it.
    let mut block = String::new();
    for line in text.lines().chain([""]).map(str::trim) {
        if !line.is_empty() && line.chars().all(is_of_word) {
            block.push_str(line);
        } else if block.len() >= SHORTEST_WORD && is_found(&block) {
            return true;
        } else {
            block.clear();
        }
    }
    false
}

/// What base64 is refused as if it is packed in a way that this program does not read.
pub const PACKED: &str =
    "a text in base64 in it is packed in a way that this program does not read; nothing of it was used";

/// How base64 begins behind which there is xz, zstd, lz4, 7-Zip, RAR or bzip2 in each of its nine sizes.
const PACKED_STARTS: [&str; 6] = ["/Td6W", "KLUv/", "BCJNG", "N3q8ryc", "UmFyIRoH", "QlpoOTFBWSZT"];

fn is_packed(base64: &str) -> bool {
    PACKED_STARTS.iter().any(|start| base64.starts_with(start))
}

/// Whether a word of `text` is base64 that is packed in a way that this program does not read. As with a file that is
/// packed so, nobody can tell what is in it.
pub fn holds_packed(text: &str) -> bool {
    let is_of_word = |c: char| c.is_ascii() && is_of_base64(c as u8);
    // Every text of another program is looked at.
    if !PACKED_STARTS.iter().any(|start| memmem::find(text.as_bytes(), start.as_bytes()).is_some()) {
        return false;
    }
    text.split(|c: char| !is_of_word(c)).any(|word| word.len() >= SHORTEST_WORD && is_packed(word))
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
    document(&percent_decode_str(&plain).collect::<Vec<_>>())
}

/// The text behind base64, if it is an object or a list, or rows in another form.
pub fn from_base64(text: &str) -> Option<String> {
    let text = text.trim();
    // A URL that holds its document: `data:application/json;base64,eyJ…`.
    let text = if text.starts_with("data:") { text.split_once(";base64,")?.1 } else { text };
    if text.len() < SHORTEST {
        return None;
    }
    if !text.bytes().all(|b| is_of_base64(b) || b.is_ascii_whitespace()) {
        return None;
    }
    document(&bytes_of_base64(text.bytes().filter(|b| !b.is_ascii_whitespace()).collect())?)
}

fn is_of_base64(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=')
}

fn bytes_of_base64(mut packed: Vec<u8>) -> Option<Vec<u8>> {
    for byte in &mut packed {
        // The alphabet of URLs.
        match byte {
            b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(packed).ok()
}

/// Whether nothing of a text in base64 is damaged or cut, whatever it holds.
fn is_whole_base64(text: &str) -> bool {
    let letters: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    letters.iter().all(|b| is_of_base64(*b)) && bytes_of_base64(letters).is_some_and(|bytes| unpacked(&bytes).is_some())
}

/// Last-accessed data behind a text in base64 that is damaged, cut, or a zip of several files; `None` if there is none.
pub fn lost(text: &str) -> Option<LostText> {
    let text = text.trim();
    let text = if text.starts_with("data:") { text.split_once(";base64,")?.1 } else { text };
    // JSON itself, and a text with such words in it, are looked at elsewhere.
    if text.contains(['{', '"', '<']) {
        return None;
    }
    let letters: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let strange = letters.iter().filter(|b| !is_of_base64(**b)).count();
    if letters.len() < SHORTEST_WORD || strange > letters.len() / MOST_STRANGE {
        return None;
    }
    // A letter that is not one of base64 is read as one: every letter is as many bits.
    let mut letters: Vec<u8> =
        letters.into_iter().map(|b| if is_of_base64(b) && b != b'=' { b } else { b'A' }).collect();
    letters.truncate(letters.len() / 4 * 4);
    lost_of(&bytes_of_base64(letters)?)
}

/// Of this many letters at most one is none of base64.
const MOST_STRANGE: usize = 16;

/// Last-accessed data in packed bytes that are damaged, or in a zip of several files.
fn lost_of(bytes: &[u8]) -> Option<LostText> {
    let (text, refused) = match members(bytes) {
        Some(members) if members.len() > 1 => (
            members.join("\n"),
            Refused {
                kind: Kind::WrongFormat,
                what: "a zip in base64 in it holds several files, and nothing tells which entity each is about; nothing of them was used",
                advice: "Save the zip itself, or each file in it as a file of its own.",
            },
        ),
        _ => (beginning(bytes), damaged_text()),
    };
    (refuse::may_hold_rows(&text) || refuse::describes_entities(&text)).then_some(LostText { refused, text })
}

fn damaged_text() -> Refused {
    Refused {
        kind: Kind::WrongFormat,
        what: "a text in base64 in it is damaged or cut; nothing of it was used",
        advice: "Save it again, or what the client prints, unchanged.",
    }
}

/// As much of the text as is there before packed bytes are damaged.
fn beginning(bytes: &[u8]) -> String {
    let most = MOST_TIMES * bytes.len() as u64;
    let mut out = Vec::new();
    // What was read before an error is what counts.
    let _ = match bytes {
        [0x1f, 0x8b, ..] => GzDecoder::new(bytes).take(most).read_to_end(&mut out),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => ZlibDecoder::new(bytes).take(most).read_to_end(&mut out),
        [b'P', b'K', 3, 4, ..] => {
            let mut rest = bytes;
            while let Ok(Some(mut member)) = zip::read::read_zipfile_from_stream(&mut rest) {
                let left = most.saturating_sub(out.len() as u64);
                if left == 0 || member.by_ref().take(left).read_to_end(&mut out).is_err() {
                    break;
                }
            }
            Ok(0)
        }
        _ => bytes.take(most).read_to_end(&mut out),
    };
    String::from_utf8_lossy(&out).into_owned()
}

/// The text behind a list of the numbers of its bytes, as `JSON.stringify` writes a buffer.
pub fn from_bytes(elements: &[&RawValue]) -> Option<String> {
    if elements.len() < SHORTEST || !elements[0].get().bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let bytes: Option<Vec<u8>> = elements.iter().map(|element| element.get().parse().ok()).collect();
    document(&bytes?)
}

/// The text behind a list of its lines, as Ansible writes `stdout_lines`.
pub fn from_lines(elements: &[&RawValue]) -> Option<String> {
    let lines = || elements.iter().map(|element| serde_json::from_str::<String>(element.get()).ok());
    let first = lines().next()??;
    let is_json = first.trim_start().starts_with(['{', '[']) && !is_whole(&first);
    if elements.len() < 2 || !(is_json || is_credential_table(&format!("{first}\n"))) {
        return None;
    }
    let lines: Option<Vec<String>> = lines().collect();
    lines.map(|lines| lines.join("\n"))
}

fn is_whole(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text.trim()).is_ok()
}

fn document(bytes: &[u8]) -> Option<String> {
    let text = match members(bytes) {
        Some(mut members) => members.pop().filter(|_| members.is_empty())?,
        None => String::from_utf8(unpacked(bytes)?).ok()?,
    };
    // A message queue puts what is in base64 into base64 once more.
    if is_document(&text) { Some(text) } else { from_base64(&text).filter(|inner| inner.len() < text.len()) }
}

fn is_document(text: &str) -> bool {
    let is_json = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).starts_with(['{', '[']);
    is_json || refuse::is_other_text_of_rows(text) || is_credential_table(text)
}

/// The bytes without gzip or zlib around them; `None` if they are damaged, or take more space than the same bytes in an archive may.
fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let most = MOST_TIMES * bytes.len() as u64;
    let all = |reader: &mut dyn Read| {
        let mut text = Vec::new();
        let length = reader.take(most + 1).read_to_end(&mut text).ok()? as u64;
        (length <= most).then_some(text)
    };
    match bytes {
        [0x1f, 0x8b, ..] => all(&mut GzDecoder::new(bytes)),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => all(&mut ZlibDecoder::new(bytes)),
        _ => Some(bytes.to_vec()),
    }
}

/// The documents in a zip; `None` if the bytes are none, or damaged. Beside documents a zip has files of its system: `.DS_Store`.
fn members(bytes: &[u8]) -> Option<Vec<String>> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let mut left = MOST_TIMES * bytes.len() as u64;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut found = Vec::new();
    for at in 0..archive.len() {
        let mut member = Vec::new();
        let length = archive.by_index(at).ok()?.take(left + 1).read_to_end(&mut member).ok()? as u64;
        left = left.checked_sub(length)?;
        found.extend(String::from_utf8(member).ok().filter(|text| is_document(text)));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD_NO_PAD;

    use super::*;

    fn whole_text(text: &str) -> Option<String> {
        whole(text).filter(|whole| whole.lost.is_empty()).map(|whole| whole.text)
    }

    fn zipped(files: &[(&str, &str)]) -> String {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
        }
        STANDARD_NO_PAD.encode(zip.finish().unwrap().into_inner())
    }

    #[test]
    fn what_is_damaged_and_what_holds_several_files_is_lost_and_told() {
        let json =
            r#"{"JobStatus": "COMPLETED", "ServicesLastAccessed": [{"ServiceNamespace": "s3"}], "more": "of it"}"#;
        let lost_text = |text: &str| lost(text).map(|lost| lost.refused.what);
        let zip = zipped(&[("a.json", json), ("b.json", json)]);
        assert_eq!(from_base64(&zip), None);
        assert!(lost_text(&zip).is_some_and(|what| what.contains("several files")));
        assert!(lost_text(&zipped(&[("a.json", "{}"), ("b.json", "{}")])).is_none(), "nothing of ours");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut gz, json.as_bytes()).unwrap();
        let packed = [json.as_bytes().to_vec(), gz.finish().unwrap()].map(|bytes| STANDARD_NO_PAD.encode(bytes));
        for packed in packed {
            let changed = format!("{}!{}", &packed[..packed.len() - 9], &packed[packed.len() - 8..]);
            assert_eq!((from_base64(&changed), lost_text(&changed).is_some()), (None, true), "{changed}");
            let mail = format!("Content-Transfer-Encoding: base64\n\n{changed}\n--X--");
            assert_eq!(whole(&mail).map(|whole| whole.lost.len()), Some(1));
            let whole_part = format!("Content-Transfer-Encoding: base64\n\n{}\n--X", STANDARD_NO_PAD.encode(json));
            let count = |mail: &str| whole(mail).map(|whole| whole.lost.len());
            assert_eq!(count(&format!("boundary=\"X\"\n{whole_part}--\n")), Some(0));
            assert_eq!(count(&format!("boundary=X\n{whole_part}\n")), Some(1), "it is cut");
            assert_eq!(count(&format!("{whole_part}\nContent-Transfer-Encoding: base64\n\n#?AAA\n")), Some(1));
        }
        let long = "The ServicesLastAccessed of a text for people is not in base64. ".repeat(9);
        assert!(lost_text(&long).is_none());
    }

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
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packed, json.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(from_base64(&STANDARD_NO_PAD.encode(&packed)).as_deref(), Some(json));
        assert_eq!(from_base64(&STANDARD_NO_PAD.encode(&packed[..packed.len() - 9])), None, "it is cut");
        let csv = "arn,service_namespace,last_authenticated\narn:aws:iam::111122223333:role/a,ec2,";
        assert_eq!(from_base64(&STANDARD_NO_PAD.encode(csv)).as_deref(), Some(csv));
    }

    #[test]
    fn json_is_found_behind_hex_and_in_a_zip_and_in_a_mail() {
        let json = r#"{"JobStatus": "COMPLETED", "ü": 1}"#;
        let hex: String = crate::util::hex(json.as_bytes());
        for text in [&hex, &hex.to_uppercase(), &format!("\\x{hex}"), &format!("{}\n{}", &hex[..20], &hex[20..])] {
            assert_eq!(whole_text(text).as_deref(), Some(json), "{text}");
        }
        assert_eq!(whole_text(&hex[1..]), None, "half a byte");
        assert_eq!(from_base64(&zipped(&[("a.json", json), ("._a.json", "Mac")])).as_deref(), Some(json));
        let packed = STANDARD_NO_PAD.encode(json);
        let part =
            format!("Content-Transfer-Encoding: BASE64\r\nX: y\r\n\r\n{}\r\n{}\r\n", &packed[..20], &packed[20..]);
        let mail = whole_text(&format!("Subject: a\r\n{part}--X--\r\n")).expect("a part");
        assert!(mail.starts_with("Subject: a\r\n") && mail.contains(json) && mail.ends_with("--X--"), "{mail}");
        assert_eq!(whole_text("Content-Transfer-Encoding: base64\n\nWorldWideWebWorldWideWeb\n"), None);
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
            assert_eq!(whole_text(text).as_deref(), Some(json), "{text}");
        }
        assert_eq!(whole_text("100%7B"), None);
    }
}
