//! A pack of a store behind a name that fits, as somebody can make who can write to the store. Either it is refused, or every document has the
//! SHA-256 that the pack lists for it.

#![no_main]

use dormant::archive::pack::Pack;
use dormant::util::hex;
use dormant::util::turn::Turn;
use sha2::{Digest, Sha256};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The checksum within is made to fit, or no change would get past it.
    let mut bytes = bytes.to_vec();
    if let Some(body) = bytes.len().checked_sub(40) {
        let sum = Sha256::digest(&bytes[..body]);
        bytes[body..body + 32].copy_from_slice(&sum);
    }
    let name = hex(&Sha256::digest(&bytes));
    if let Ok(pack) = Pack::new(&name, bytes) {
        let _ = pack.checked(&mut |_, listed, parts| {
            let document = parts.whole(&mut Turn::default())?;
            assert_eq!((document.len() as u64, hex(&Sha256::digest(&document))), (listed.length, listed.sha256.clone()));
            Ok(())
        });
    }
});
