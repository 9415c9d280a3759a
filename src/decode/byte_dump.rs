//! Dumps of bytes, as `xxd`, `hexdump`, `od`, source code and debuggers print them, uuencode and base32.
//!
//! What the bytes spell is only looked at, so that last-accessed data in such a form is named and not skipped. Nothing is
//! read from it: a column may be missing, and a dump may leave out lines that repeat.

/// A shorter dump holds no answer.
const SHORTEST: usize = 48;

/// So much of a text shows whether it consists of numbers.
const SAMPLE: usize = 1 << 10;

/// More of a text is not looked at: an answer begins with the names of the API.
const MOST: usize = 1 << 20;

/// The texts that a dump of bytes in `text` may spell.
pub fn spelt(text: &str) -> Vec<String> {
    let text = &text[..text.floor_char_boundary(MOST)];
    let [straight, swapped] = lines_of_hex(text);
    let mut found = vec![straight, swapped, escapes(text), uuencoded(text)];
    // Every text of another program is looked at, and its beginning shows that it is none of these.
    let start = &text[..text.floor_char_boundary(SAMPLE)];
    if !numbers(start).is_empty() {
        found.push(numbers(text));
    }
    if !base32(start).is_empty() {
        found.push(base32(text));
    }
    let is_long = |bytes: &Vec<u8>| bytes.len() >= SHORTEST;
    found.into_iter().filter(is_long).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

fn hex_byte(pair: &str) -> Option<u8> {
    let is_hex = !pair.is_empty() && pair.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
}

/// The bytes in lines that begin with an offset: `00000000: 7b22 4a6f  {"Jo`, `00000000  7b 22 4a 6f  |{"Jo|`; and the
/// same with the bytes of each word swapped, as `hexdump` and `od -x` print them.
fn lines_of_hex(text: &str) -> [Vec<u8>; 2] {
    let mut found = [Vec::new(), Vec::new()];
    for line in text.lines() {
        // A line of text that is no dump ends here.
        if !line.trim_start().starts_with(|c: char| c.is_ascii_hexdigit()) {
            continue;
        }
        let Some((offset, rest)) = line.trim_start().split_once([' ', '\t']) else { continue };
        let is_xxd = offset.ends_with(':');
        let digits = offset.trim_end_matches(':');
        if digits.len() < 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            continue;
        }
        // The column of characters may hold words that look like bytes.
        let ends = if is_xxd { ["  ", "  "] } else { [" |", "  >"] };
        let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
        for word in rest[..end].split_whitespace() {
            let pairs: Option<Vec<u8>> =
                word.as_bytes().chunks(2).map(|pair| hex_byte(std::str::from_utf8(pair).ok()?)).collect();
            let Some(bytes) = pairs.filter(|_| matches!(word.len(), 2 | 4 | 8)) else { break };
            found[0].extend(&bytes);
            found[1].extend(bytes.iter().rev());
        }
    }
    found
}

/// The bytes of `0x7b, 0x22` and of `\x7b\x22`.
fn escapes(text: &str) -> Vec<u8> {
    let of = |start: &str| {
        if !text.contains(start) {
            return Vec::new();
        }
        let digits = |rest: &str| rest.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
        let bytes = text.match_indices(start).filter_map(|(at, _)| {
            let rest = &text[at + start.len()..];
            hex_byte(&rest[..digits(rest)])
        });
        bytes.collect::<Vec<u8>>()
    };
    let [arrays, texts] = [of("0x"), of("\\x")];
    if arrays.len() > texts.len() { arrays } else { texts }
}

/// The bytes of a text that consists of numbers of bytes, in hex (`7b:22`, `<Buffer 7b 22>`, `01111011`) or decimal (`[123 34]`).
fn numbers(text: &str) -> Vec<u8> {
    let words = || text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let all = words().count();
    let of = |byte: &dyn Fn(&str) -> Option<u8>| {
        let bytes: Vec<u8> = words().filter_map(byte).collect();
        // `Buffer`, `uint8`, and a word or two of another kind.
        if bytes.len() + bytes.len() / 8 + 1 < all { Vec::new() } else { bytes }
    };
    let hex = of(&|word| hex_byte(word).filter(|_| word.len() == 2));
    if hex.len() >= SHORTEST {
        return hex;
    }
    let bits = of(&|word| u8::from_str_radix(word, 2).ok().filter(|_| word.len() == 8));
    if bits.len() >= SHORTEST { bits } else { of(&|word| word.parse().ok()) }
}

/// The bytes between `begin 644 app.json` and `end`.
fn uuencoded(text: &str) -> Vec<u8> {
    let is_begin = |line: &&str| {
        let mode = line.strip_prefix("begin ").and_then(|rest| rest.split(' ').next());
        mode.is_some_and(|mode| mode.len() >= 3 && mode.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut lines = text.lines().skip_while(|line| !is_begin(line));
    let mut bytes = Vec::new();
    if lines.next().is_none() {
        return bytes;
    }
    let value = |letter: u8| letter.wrapping_sub(b' ') & 0x3f;
    for line in lines.take_while(|line| *line != "end") {
        let Some((&length, letters)) = line.as_bytes().split_first() else { break };
        let start = bytes.len();
        for four in letters.chunks(4) {
            bytes.extend(grouped(four.iter().map(|letter| value(*letter)), 6));
        }
        bytes.truncate(start + usize::from(value(length)));
    }
    bytes
}

/// The bytes of a text that consists of base32.
fn base32(text: &str) -> Vec<u8> {
    let letters: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').collect();
    let value = |letter: &u8| match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'2'..=b'7' => Some(letter - b'2' + 26),
        _ => None,
    };
    let values: Option<Vec<u8>> = letters.iter().map(value).collect();
    grouped(values.unwrap_or_default().into_iter(), 5)
}

/// Whole bytes of values that have `width` bits each.
fn grouped(values: impl Iterator<Item = u8>, width: u32) -> Vec<u8> {
    let (mut held, mut bits, mut bytes) = (0u32, 0, Vec::new());
    for value in values {
        held = held << width | u32::from(value);
        bits += width;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap_or_default());
            held &= (1 << bits) - 1;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"ServicesLastAccessed": [{"ServiceNamespace": "s3"}], "JobStatus": "COMPLETED"}"#;

    fn is_spelt(text: &str) -> bool {
        spelt(text).iter().any(|found| found.contains("\"ServicesLastAccessed\": [{\"ServiceNamespace\": \"s3\"}]"))
    }

    fn in_lines(line: impl Fn(usize, &[u8]) -> String) -> String {
        JSON.as_bytes().chunks(16).enumerate().map(|(at, bytes)| line(at * 16, bytes)).collect()
    }

    fn pairs(bytes: &[u8], between: &str) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(between)
    }

    #[test]
    fn dumps_of_bytes_are_seen_through() {
        let words = |bytes: &[u8]| bytes.chunks(2).map(|word| pairs(word, "")).collect::<Vec<_>>().join(" ");
        let swapped = |bytes: &[u8]| {
            let word = |word: &[u8]| word.iter().rev().copied().collect::<Vec<_>>();
            bytes.chunks(2).map(|two| pairs(&word(two), "")).collect::<Vec<_>>().join(" ")
        };
        for dump in [
            in_lines(|at, bytes| format!("{at:08x}: {}  {}\n", words(bytes), text_of(bytes))),
            in_lines(|at, bytes| format!("{at:08x}  {}  |{}|\n", pairs(bytes, " "), text_of(bytes))),
            in_lines(|at, bytes| format!("{at:07o} {}  >{}<\n", pairs(bytes, " "), text_of(bytes))),
            in_lines(|at, bytes| format!("{at:07x} {}\n", swapped(bytes))),
            format!("unsigned char web_json[] = {{\n  0x{}\n}};", pairs(JSON.as_bytes(), ", 0x")),
            format!("printf '\\x{}'", pairs(JSON.as_bytes(), "\\x")),
            pairs(JSON.as_bytes(), ":"),
            format!("<Buffer {}>", pairs(JSON.as_bytes(), " ")),
            format!("[{}]", JSON.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(" ")),
            JSON.bytes().map(|b| format!("{b:08b}")).collect::<Vec<_>>().join(" ") + " ",
        ] {
            assert!(is_spelt(&dump), "{dump}");
        }
    }

    #[test]
    fn other_letters_are_seen_through() {
        let bits = |bytes: &[u8], width: usize| {
            let all = bytes.iter().map(|b| format!("{b:08b}")).collect::<Vec<_>>().concat();
            all.as_bytes()
                .chunks(width)
                .map(|bits| usize::from_str_radix(&format!("{:0<width$}", text_of(bits)), 2).unwrap())
                .collect::<Vec<_>>()
        };
        let base32: String =
            bits(JSON.as_bytes(), 5).iter().map(|at| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[*at])).collect();
        assert!(is_spelt(&base32), "{base32}");
        let letter = |at: usize| char::from(b' ' + u8::try_from(at).unwrap());
        let line = |bytes: &[u8]| {
            let letters: String = bits(bytes, 6).into_iter().map(letter).collect();
            format!("{}{letters}\n", letter(bytes.len()))
        };
        let lines: String = JSON.as_bytes().chunks(45).map(line).collect();
        assert!(is_spelt(&format!("begin 644 web.json\n{lines}`\nend\n")), "{lines}");
    }

    fn text_of(bits: &[u8]) -> &str {
        std::str::from_utf8(bits).unwrap()
    }

    #[test]
    fn other_texts_spell_nothing() {
        let numbers = (0..200).map(|n| format!("{n}, {n}.5, text")).collect::<Vec<_>>().join("\n");
        for text in ["", "begin the ServicesLastAccessed", JSON, &numbers, &"deadbeef cafe ".repeat(40)] {
            assert!(!is_spelt(text), "{text}");
        }
    }
}
