//! What the rooms need of `util`: no compression, which would be instrumented too.

#[path = "../../src/util/damaged.rs"]
pub mod damaged;
#[path = "../../src/util/hex.rs"]
mod hex;
#[path = "../../src/util/marker.rs"]
pub mod marker;
#[path = "../../src/util/owned.rs"]
pub mod owned;
#[path = "../../src/util/sanitize.rs"]
pub mod sanitize;

pub use hex::hex;
