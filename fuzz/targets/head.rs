//! The head of a store: either it is refused, or what is written of it is read as the same head.

#![no_main]

use dormant::archive::head::Head;
use dormant::util::hex;
use sha2::{Digest, Sha256};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The first line with the checksum that fits it, or no change would get past it.
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let whole = [line, b"\n", hex(&Sha256::digest(line)).as_bytes(), b"\n"].concat();
    for bytes in [bytes, &whole] {
        if let Ok(head) = Head::decode(bytes) {
            assert_eq!(Head::decode(&head.encode()).expect("it was just written"), head);
            assert!(head.differences(&head.originals).iter().all(|difference| !difference.to_string().is_empty()));
        }
    }
});
