//! What the rooms need of `util`: no compression, which would be instrumented too.

#[path = "../../src/util/damaged.rs"]
pub mod damaged;
#[path = "../../src/util/hash.rs"]
pub mod hash;
#[path = "../../src/util/marker.rs"]
pub mod marker;
#[path = "../../src/util/numbers.rs"]
pub mod numbers;
#[path = "../../src/util/open_quote.rs"]
pub mod open_quote;
#[path = "../../src/util/owned/mod.rs"]
pub mod owned;
#[path = "../../src/util/sanitize.rs"]
pub mod sanitize;
#[path = "../../src/util/shown.rs"]
pub mod shown;
#[path = "../../src/util/turn.rs"]
pub mod turn;

pub use hash::hex;
