//! Bytes to a data block of the page: deflated, then base64, in a script element that no browser runs.

use std::io::{self, Write};

use base64::prelude::BASE64_STANDARD;
use base64::write::EncoderWriter;
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// At the usual level, 6, the page is a twentieth smaller, and takes a thirteenth longer to write.
const COMPRESSION: u32 = 4;

/// Writes the block `id` (a word of ours) with what `fill` writes.
pub(super) fn block(
    id: &str,
    out: &mut dyn Write,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    write!(out, "<script type=\"application/octet-stream\" id=\"{id}\">")?;
    let mut text = EncoderWriter::new(&mut *out, &BASE64_STANDARD);
    let mut packed = ZlibEncoder::new(&mut text, Compression::new(COMPRESSION));
    fill(&mut packed)?;
    packed.finish()?;
    text.finish()?;
    drop(text);
    out.write_all(b"</script>\n")
}
