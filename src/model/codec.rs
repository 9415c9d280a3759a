//! Numbers as bytes, and back: the form in which rows are packed.
//!
//! Whole numbers take seven bits of each byte, small ones one byte. Nothing here believes a length: a [`Reader`]
//! returns [`Damaged`] if the bytes end too soon, and allocates no more than they can hold.

pub use crate::util::damaged::Damaged;

/// Bytes being written.
#[derive(Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// A whole number.
    pub fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// A length or an index.
    pub fn count(&mut self, value: usize) {
        self.number(value as u64);
    }

    /// A number that may be negative.
    pub fn signed(&mut self, value: i64) {
        self.number(zigzag(value));
    }
}

/// Bytes being read.
#[derive(Debug)]
pub struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// Reads from the first of `bytes`.
    pub const fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether every byte has been read.
    pub const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// What has not been read yet.
    pub const fn rest(&self) -> &'b [u8] {
        self.rest
    }

    /// A whole number.
    #[inline]
    pub fn number(&mut self) -> Result<u64, Damaged> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Result<u64, Damaged> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte, rest @ ..] = self.rest else { return Err(Damaged) };
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Damaged)
    }

    /// The number of things that take at least one byte each; there cannot be more of them than bytes.
    pub fn count(&mut self) -> Result<usize, Damaged> {
        let count = usize::try_from(self.number()?).map_err(|_| Damaged)?;
        if count > self.rest.len() { Err(Damaged) } else { Ok(count) }
    }

    /// A number that may be negative.
    pub fn signed(&mut self) -> Result<i64, Damaged> {
        self.number().map(unzigzag)
    }
}

/// Turns numbers near 0, of either sign, into small numbers.
pub const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The inverse of [`zigzag`].
pub const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(numbers in prop::collection::vec(any::<u64>(), 0..20), signed in any::<i64>()) {
            let mut writer = Writer::default();
            for number in &numbers {
                writer.number(*number);
            }
            writer.signed(signed);
            let mut reader = Reader::new(&writer.0);
            for number in numbers {
                prop_assert_eq!(reader.number(), Ok(number));
            }
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn any_bytes_end_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&bytes);
            while !reader.is_at_end() {
                if reader.count().is_err() || reader.number().is_err() {
                    break;
                }
            }
        }
    }
}
