//! Names of IAM as parts of paths.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a name keeps in a path. A name of dots alone is legal in IAM, and leads elsewhere in a path.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'=').remove(b'+');

/// A name as part of a path.
pub(super) fn in_path(name: &str) -> String {
    let encoded = utf8_percent_encode(name, IN_PATHS).to_string();
    if encoded.starts_with('.') || encoded.ends_with('.') { encoded.replace('.', "%2E") } else { encoded }
}

/// `account/type/name`: of the owner, or of a customer policy itself.
pub(super) fn folder_of(account: Option<&str>, kind: &str, name: &str) -> String {
    format!("{}/{kind}/{}", account.unwrap_or("unknown-account"), in_path(name))
}
