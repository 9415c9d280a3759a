//! A position in the bytes of a JSON value, and the few moves over it that an answer needs.
//!
//! Every move either passes exactly what JSON allows there or is [`Unusual`]; nothing recurses. A text is returned as
//! the bytes that are in the document, up to the next quote: [`verbatim`] checks whether they are the text itself.

use memchr::memchr;
use serde::de::IgnoredAny;

use super::Unusual;

/// See the module.
pub(super) struct Cursor<'j> {
    json: &'j [u8],
    at: usize,
}

const EIGHT_BLANKS: [u8; 8] = [b' '; 8];

impl<'j> Cursor<'j> {
    pub fn new(json: &'j [u8]) -> Self {
        Self { json, at: 0 }
    }

    /// The bytes ahead.
    pub fn rest(&self) -> &'j [u8] {
        &self.json[self.at..]
    }

    /// The bytes that have been passed since `position`.
    pub fn since(&self, position: usize) -> &'j [u8] {
        &self.json[position..self.at]
    }

    pub const fn position(&self) -> usize {
        self.at
    }

    /// Passes bytes that the caller has looked at in [`Cursor::rest`].
    pub const fn advance(&mut self, length: usize) {
        self.at += length;
    }

    /// Passes white space. Clients indent by up to twenty blanks, so blanks are looked at eight at a time.
    #[inline]
    pub fn space(&mut self) {
        while let Some(byte) = self.json.get(self.at) {
            match byte {
                b' ' => {
                    while self.json[self.at..].first_chunk() == Some(&EIGHT_BLANKS) {
                        self.at += 8;
                    }
                    while self.json.get(self.at) == Some(&b' ') {
                        self.at += 1;
                    }
                }
                b'\n' | b'\r' | b'\t' => self.at += 1,
                _ => return,
            }
        }
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, Unusual> {
        let byte = *self.json.get(self.at).ok_or(Unusual)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn expect(&mut self, wanted: u8) -> Result<(), Unusual> {
        if self.byte()? == wanted { Ok(()) } else { Err(Unusual) }
    }

    /// Enters an object; returns whether it has a member.
    pub fn object(&mut self) -> Result<bool, Unusual> {
        self.expect(b'{')?;
        self.is_filled(b'}')
    }

    /// Enters a list; returns whether it has an element.
    pub fn list(&mut self) -> Result<bool, Unusual> {
        self.expect(b'[')?;
        self.is_filled(b']')
    }

    fn is_filled(&mut self, close: u8) -> Result<bool, Unusual> {
        self.space();
        let is_closed = *self.json.get(self.at).ok_or(Unusual)? == close;
        self.at += usize::from(is_closed);
        Ok(!is_closed)
    }

    /// Moves on after a member or an element; returns whether another one follows, and not `close`.
    #[inline]
    pub fn next(&mut self, close: u8) -> Result<bool, Unusual> {
        self.space();
        match self.byte()? {
            b',' => {
                self.space();
                Ok(true)
            }
            byte if byte == close => Ok(false),
            _ => Err(Unusual),
        }
    }

    /// Passes a member's name and colon. The name is returned unchanged: no name that a caller looks for has an escape.
    #[inline]
    pub fn key(&mut self) -> Result<&'j [u8], Unusual> {
        let key = self.string()?;
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(key)
    }

    /// Passes a text up to the next quote, which is its end if the text is [`verbatim`].
    #[inline]
    pub fn string(&mut self) -> Result<&'j [u8], Unusual> {
        self.expect(b'"')?;
        let rest = self.rest();
        let length = memchr(b'"', rest).ok_or(Unusual)?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// Passes `null`, if that is next.
    #[inline]
    pub fn is_null(&mut self) -> bool {
        let is_null = self.json.get(self.at) == Some(&b'n') && self.rest().starts_with(b"null");
        self.at += if is_null { 4 } else { 0 };
        is_null
    }

    pub fn null(&mut self) -> Result<(), Unusual> {
        if self.is_null() { Ok(()) } else { Err(Unusual) }
    }

    pub fn truth(&mut self) -> Result<Option<bool>, Unusual> {
        for (word, truth) in [(&b"false"[..], Some(false)), (b"true", Some(true)), (b"null", None)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(truth);
            }
        }
        Err(Unusual)
    }

    /// A whole number as JSON may write it, or `null`.
    pub fn count(&mut self) -> Result<Option<u32>, Unusual> {
        if self.is_null() {
            return Ok(None);
        }
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = &self.rest()[..digits];
        // No count of entities has more digits, and only zero begins with a zero.
        if !(1..=9).contains(&digits) || (digits > 1 && number[0] == b'0') {
            return Err(Unusual);
        }
        self.at += digits;
        Ok(Some(number.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))))
    }

    /// Passes any value.
    pub fn skip(&mut self) -> Result<(), Unusual> {
        let mut values = serde_json::Deserializer::from_slice(self.rest()).into_iter::<IgnoredAny>();
        values.next().and_then(Result::ok).ok_or(Unusual)?;
        let passed = &self.rest()[..values.byte_offset()];
        // Serde does not check the bytes that it ignores; the tolerant path handles a file in another encoding.
        std::str::from_utf8(passed).map_err(|_| Unusual)?;
        self.at += passed.len();
        Ok(())
    }

    /// Fails if anything follows but white space.
    pub fn end(&mut self) -> Result<(), Unusual> {
        self.space();
        if self.at == self.json.len() { Ok(()) } else { Err(Unusual) }
    }
}

/// The text between the quotes, if its bytes are the text: UTF-8 without an escape, and without the control characters
/// that JSON forbids.
#[inline]
pub(super) fn verbatim(string: &[u8]) -> Result<&str, Unusual> {
    if string.iter().any(|&byte| byte < b' ' || byte == b'\\') {
        return Err(Unusual);
    }
    std::str::from_utf8(string).map_err(|_| Unusual)
}
