//! Recognizes the format of stored bytes by the first ones.

/// How the bytes of a file or member are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// It is not packed.
    Plain,
    /// One gzip stream, or several one after another.
    Gzip,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// A format that this program only knows by name.
    Foreign(&'static str),
}

/// Formats that are recognized so that the user can be told, and the bytes that they begin with.
const FOREIGN: [(&str, &[u8]); 7] = [
    ("bzip2", b"BZh"),
    ("xz", b"\xfd7zXZ\0"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    ("lz4", b"\x04\x22\x4d\x18"),
    ("7-Zip", b"7z\xbc\xaf\x27\x1c"),
    ("RAR", b"Rar!\x1a\x07"),
    // Its usual properties, and the end of the size of its dictionary.
    ("LZMA", b"\x5d\0\0"),
];

/// Length of a tar header, and of every other block of a tar archive.
pub(super) const TAR_BLOCK: usize = 512;

impl Packing {
    /// Looks at the bytes; `name` decides only about tar archives that are older than the magic number, because their
    /// bytes have no mark.
    pub(super) fn of(bytes: &[u8], name: &str) -> Self {
        match bytes {
            [0x1f, 0x8b, 8, ..] => return Self::Gzip,
            // The first member, the end of an empty archive, or the mark of a split one.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => return Self::Zip,
            _ => {}
        }
        if is_tar(bytes, name) {
            return Self::Tar;
        }
        FOREIGN.iter().find(|(_, magic)| bytes.starts_with(magic)).map_or(Self::Plain, |(name, _)| Self::Foreign(name))
    }
}

fn is_tar(bytes: &[u8], name: &str) -> bool {
    let Some(header) = bytes.first_chunk::<TAR_BLOCK>() else { return false };
    &header[257..262] == b"ustar" || (is_tar_name(name) && has_tar_checksum(header))
}

/// Whether a file of this name is a tar archive after its gzip layer is removed.
fn is_tar_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".tar", ".tar.gz", ".tgz"].iter().any(|end| name.ends_with(end))
}

/// Whether the sum of the header's bytes is the checksum that it states; the checksum's own bytes count as blanks.
fn has_tar_checksum(header: &[u8; TAR_BLOCK]) -> bool {
    let sum: u32 =
        header.iter().enumerate().map(|(at, &b)| u32::from(if (148..156).contains(&at) { b' ' } else { b })).sum();
    let digits = header[148..156].iter().skip_while(|b| **b == b' ').take_while(|b| (b'0'..=b'7').contains(*b));
    let mut stated = None;
    for digit in digits {
        stated = Some(stated.unwrap_or(0) * 8 + u32::from(digit - b'0'));
    }
    stated == Some(sum)
}
