//! See `names` in tests/entrances.

#![no_main]

#[allow(dead_code, reason = "one entrance of four")]
#[path = "../../tests/entrances/mod.rs"]
mod entrances;

libfuzzer_sys::fuzz_target!(|text: &str| entrances::names(text));
