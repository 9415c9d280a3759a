//! Which AWS permissions nobody uses.

pub mod analyse;
pub mod catalogue;
pub mod decode;
pub mod discover;
pub mod frame;
pub mod marker;
pub mod model;
pub mod pipeline;
pub mod problem;
pub mod render;
pub mod report;
pub mod resolve;
