//! `--shard I/N`: the part of the input that a machine takes.

use std::fmt;
use std::str::FromStr;

use flate2::Crc;

use crate::model::Source;

/// Part `number` of `of` parts, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// From 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// Whether a file is in this part: by its path below the named folder, so that the answer is the same on every
    /// machine.
    #[must_use]
    pub fn holds(self, source: &Source) -> bool {
        let mut crc = Crc::new();
        crc.update(source.logical_path().as_bytes());
        crc.sum() % self.of == self.number - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if 1 <= number && number <= of => Ok(Self { number, of }),
            _ => Err(format!("`{text}` is not a shard: give I/N, such as 3/8 for the third of eight")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}
