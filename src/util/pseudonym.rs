//! Pseudonyms of texts: the same for the same text and key, and nobody without the key can find the text.

use std::fmt;

use sha2::{Digest, Sha256};

use super::hash::hex;

/// How many bytes a random key has.
const KEY_BYTES: usize = 32;

/// The length of a block of SHA-256.
const BLOCK_BYTES: usize = 64;

/// Letters and digits of which no two look alike, as in the ids that AWS makes.
const CAPITALS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The secret from which pseudonyms are made.
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey(Vec<u8>);

/// A key is never printed.
impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey")
    }
}

impl PseudonymKey {
    /// A key of these bytes, as many as there are.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// A key that nobody knows and that no other run has.
    ///
    /// # Errors
    /// If the operating system gives no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self::of(&bytes))
    }

    /// The HMAC-SHA256 of `text`, as RFC 2104 defines it. Two hashes are all of it, and a crate for them would change what Polars is compiled with.
    fn code(&self, text: &str) -> [u8; 32] {
        let mut block = [0_u8; BLOCK_BYTES];
        if self.0.len() > BLOCK_BYTES {
            block[..32].copy_from_slice(&Sha256::digest(&self.0));
        } else {
            block[..self.0.len()].copy_from_slice(&self.0);
        }
        let inner = Sha256::new_with_prefix(block.map(|byte| byte ^ 0x36)).chain_update(text.as_bytes()).finalize();
        Sha256::new_with_prefix(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
    }

    /// The code of `text` in hex, all 64 digits of it.
    #[must_use]
    pub fn hex(&self, text: &str) -> String {
        hex(&self.code(text))
    }

    /// A number of `length` decimal digits, of which the first is not 0.
    ///
    /// # Panics
    /// If `length` is 0 or more than 18.
    #[must_use]
    pub fn digits(&self, text: &str, length: u32) -> String {
        assert!((1..=18).contains(&length), "a number of {length} digits");
        let code = self.code(text);
        let number = u64::from_be_bytes(code[..8].try_into().expect("8 of 32 bytes"));
        let least = 10_u64.pow(length - 1);
        (least + number % (9 * least)).to_string()
    }

    /// A text of `length` capital letters and digits, at most 32.
    #[must_use]
    pub fn capitals(&self, text: &str, length: usize) -> String {
        self.code(text).iter().take(length).map(|byte| char::from(CAPITALS[usize::from(*byte) % 32])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_hmac_sha256() {
        // Test cases 2 and 6 of RFC 4231.
        let code = PseudonymKey::of(b"Jefe").hex("what do ya want for nothing?");
        assert_eq!(code, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let code = PseudonymKey::of(&[0xaa; 131]).hex("Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(code, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn a_pseudonym_has_its_shape_and_depends_on_text_and_key() {
        let (one, other) = (PseudonymKey::of(b"one"), PseudonymKey::random().expect("random bytes"));
        for text in ["", "111122223333", "prod-api"] {
            let digits = one.digits(text, 12);
            assert!(digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'));
            assert_eq!(one.capitals(text, 17).len(), 17);
            assert_eq!(one.digits(text, 12), digits);
            assert_ne!(one.hex(text), other.hex(text));
            assert_ne!(one.hex(text), one.hex("another text"));
        }
        assert!(!format!("{one:?}").contains("one"));
    }
}
