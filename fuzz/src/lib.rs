//! The rooms of dormant that other people's bytes go through, compiled from its own sources without the tables behind them.

#![allow(dead_code, reason = "what only the tables use is not used here")]

pub mod archive;
#[path = "../../src/catalogue/mod.rs"]
pub mod catalogue;
#[path = "../../src/decode/mod.rs"]
pub mod decode;
#[path = "../../src/discover.rs"]
pub mod discover;
#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/problem.rs"]
pub mod problem;
#[path = "../../src/resolve/mod.rs"]
pub mod resolve;

pub mod util;
