//! How a report folder of this program is known again: before one is replaced, and before one is read as if it held dumps.

/// The file that marks the folder.
pub const MANIFEST: &str = "manifest.json";

/// The value of its `tool` member.
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
