//! The secret from which `--redact` makes pseudonyms.

use std::fs::File;
use std::io::Read;

use anyhow::{Context, Result, bail};
use dormant::util::pseudonym::PseudonymKey;

use super::args::RedactArgs;

/// A shorter secret could be found by trying.
const LEAST_BYTES: usize = 16;
/// More than this is not a secret, and is not read.
const MOST_BYTES: usize = 1 << 16;

/// The key of a run; none where names are shown.
///
/// # Errors
/// Where the file cannot be read or does not hold a secret, or the system gives no random bytes.
pub fn key(args: &RedactArgs) -> Result<Option<PseudonymKey>> {
    let key = match &args.redact_key {
        _ if !args.redact => return Ok(None),
        None => PseudonymKey::random().context("the system gives no random bytes for --redact")?,
        Some(path) => {
            let mut bytes = Vec::new();
            let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            let most = MOST_BYTES as u64 + 1;
            file.take(most).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
            // An editor ends the last line, and a shell may not.
            let secret = bytes.trim_ascii_end();
            if !(LEAST_BYTES..=MOST_BYTES).contains(&secret.len()) {
                bail!(
                    "{} holds {} bytes: a secret for --redact-key has {LEAST_BYTES} at least and {MOST_BYTES} at most. \
                     `openssl rand -hex 32` makes one.",
                    path.display(),
                    secret.len()
                );
            }
            PseudonymKey::of(secret)
        }
    };
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn of(content: &[u8]) -> Result<Option<PseudonymKey>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        fs::write(&path, content).expect("a file");
        key(&RedactArgs { redact: true, redact_key: Some(path) })
    }

    #[test]
    fn a_file_is_a_secret_without_its_last_line_end() {
        let secret = of(b"0123456789abcdef\n").expect("a secret");
        assert_eq!(secret, Some(PseudonymKey::of(b"0123456789abcdef")));
        assert!(of(b"0123456789abcde\n").is_err() && of(&vec![b'a'; MOST_BYTES + 1]).is_err());
        let random = RedactArgs { redact: true, redact_key: None };
        assert_ne!(key(&random).expect("a key"), key(&random).expect("another key"));
        assert_eq!(key(&RedactArgs::default()).expect("no key"), None);
    }
}
