//! The error of a reader for bytes that are not as they were written.

/// Bytes are not what this program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its content is not what this program writes")]
pub struct Damaged;
