//! The readers of a store: what somebody who can write to it may have made.

#[path = "../../src/archive/head.rs"]
pub mod head;
#[path = "../../src/archive/pack.rs"]
pub mod pack;
#[path = "../../src/archive/shard.rs"]
pub mod shard;
