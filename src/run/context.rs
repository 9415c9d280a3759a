//! What every stage of a run gets.

use super::cache::DecodeCache;
use super::request::{Progress, Request};
use crate::catalogue::Catalogue;
use crate::decode::Limits;
use crate::model::Symbols;
use crate::resolve;

/// The request with everything that was made from it.
#[derive(Clone, Copy)]
pub struct RunContext<'r> {
    /// The request.
    pub request: &'r Request,
    /// The attribution: which entity a dump is about, when it was made.
    pub options: &'r resolve::Options,
    /// Public facts.
    pub catalogue: &'r Catalogue,
    /// The names of the run.
    pub symbols: &'r Symbols,
    /// Learns how far the run is.
    pub progress: &'r dyn Progress,
}

impl<'r> RunContext<'r> {
    /// The part that the decoder needs.
    pub fn decoding(&self) -> Decoding<'r> {
        Decoding { limits: &self.request.limits, symbols: self.symbols, cache: self.request.cache.as_ref() }
    }
}

/// What decoding needs.
#[derive(Debug, Clone, Copy)]
pub struct Decoding<'r> {
    /// Ceilings for hostile input.
    pub limits: &'r Limits,
    /// The names of the run.
    pub symbols: &'r Symbols,
    /// What the decoder made of packs in earlier runs.
    pub cache: Option<&'r DecodeCache>,
}
