//! See `dumps` in tests/entrances.

#![no_main]

#[allow(dead_code, reason = "one entrance of four")]
#[path = "../../tests/entrances/mod.rs"]
mod entrances;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entrances::dumps(bytes));
