//! How folders of this program are known again: a report folder before it is replaced, and both kinds before they are read as if
//! they held dumps.

/// The file that marks a report folder.
pub const MANIFEST: &str = "manifest.json";

/// The file that marks a store.
pub const STORE: &str = "store.json";

/// The value of their `tool` member.
pub const TOOL: &str = "dormant";

/// Whether `manifest`, the bytes of such a file, was written by this program.
#[must_use]
pub fn is_ours(manifest: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Manifest {
        tool: String,
    }
    serde_json::from_slice(manifest).is_ok_and(|manifest: Manifest| manifest.tool == TOOL)
}
