//! The file: a workbook without the rows of its tables, and these.
//!
//! Comes in: the package as `rust_xlsxwriter` writes it, in which the rows of each sheet are one empty cell, and the rows of each. Goes out: the
//! same package with the rows in their places. Rows are spelled and compressed in pieces, by all threads, while those before are written: a stream
//! of deflate may be joined from pieces that were compressed by themselves. Everything else is copied as it is.

use std::io::{self, Cursor, Read, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};
use rust_xlsxwriter::XlsxError;
use zip::ZipArchive;

use super::rows::{BodyRows, RowsOfSheet};
use crate::render::{Out, RenderError};
use crate::util::threads::pipe;

/// At the usual level packing takes twice as long, for a file that is a sixth smaller.
pub(super) const COMPRESSION: u8 = 2;

/// What readers take for the permissions of a file: those that `rust_xlsxwriter` sets.
const PERMISSIONS: u32 = 0o600;

/// Writes the package `bare` with `rows` in their places.
pub(super) fn write(bare: Vec<u8>, rows: &[RowsOfSheet], out: &mut Out) -> Result<(), RenderError> {
    let refused = |error| RenderError::Workbook(XlsxError::ZipError(error));
    let mut bare = ZipArchive::new(Cursor::new(bare)).map_err(refused)?;
    let mut whole = ZipArchiveWriter::new(out);
    for at in 0..bare.len() {
        let mut part = bare.by_index_raw(at).map_err(refused)?;
        let (name, size, crc) = (part.name().map_err(refused)?.into_owned(), part.size(), part.crc32());
        let entry = whole.new_file(name.as_str()).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, _) = entry.unix_permissions(PERMISSIONS).start().map_err(failed)?;
        let of_sheet = rows.iter().find(|(number, _)| name == format!("xl/worksheets/sheet{number}.xml"));
        let described = if let Some((_, rows)) = of_sheet {
            drop(part);
            let mut xml = String::new();
            bare.by_index(at).map_err(refused)?.read_to_string(&mut xml)?;
            let frame = Frame::of(&xml, rows).ok_or_else(unknown)?;
            frame.write(rows, &mut entry)?
        } else {
            io::copy(&mut part, &mut entry)?;
            DataDescriptorOutput::new(crc, size)
        };
        entry.finish(described).map_err(failed)?;
    }
    whole.finish().map_err(failed)?;
    Ok(())
}

fn failed(error: rawzip::Error) -> RenderError {
    let said = error.to_string();
    RenderError::Io(match error.into_kind() {
        rawzip::ErrorKind::IO(error) => error,
        _ => io::Error::other(said),
    })
}

fn unknown() -> RenderError {
    RenderError::Workbook(XlsxError::ParameterError("a sheet without a header".to_owned()))
}

const END_OF_ROW: &str = "</row>";

/// A sheet around its rows.
struct Frame<'x> {
    before: &'x str,
    after: &'x str,
    /// The numbers of the formats of its columns.
    styles: Vec<u32>,
}

impl<'x> Frame<'x> {
    /// The XML of a sheet in which less stands in the place of `rows`.
    fn of(xml: &'x str, rows: &BodyRows) -> Option<Self> {
        let header = xml.rfind(&format!("<row r=\"{}\"", rows.first))?;
        let (before, _) = xml.split_at(header + xml[header..].find(END_OF_ROW)? + END_OF_ROW.len());
        let (_, after) = xml.split_at(xml.rfind("</sheetData>")?);
        let (_, columns) = before.split_once("<cols>")?;
        let (columns, _) = columns.split_once("</cols>")?;
        let mut styles = vec![0; rows.page.grid.columns().len()];
        // The column behind those that are folded away has an element too.
        for column in columns.split("<col ").skip(1) {
            let (from, to) = (number(column, "min")? as usize, number(column, "max")? as usize);
            let of_column = styles.iter_mut().take(to).skip(from - 1);
            of_column.for_each(|style| *style = number(column, "style").unwrap_or_default());
        }
        Some(Self { before, after, styles })
    }

    fn write(&self, rows: &BodyRows, entry: &mut (impl Write + Send)) -> io::Result<DataDescriptorOutput> {
        let (mut crc, mut length) = (Crc::new(), 0);
        let mut take = |piece: io::Result<Piece>| {
            let piece = piece?;
            crc.combine(&piece.crc);
            length += piece.length;
            entry.write_all(&piece.deflated)
        };
        take(Piece::of(self.before.as_bytes(), false))?;
        pipe(&rows.pieces(), |some| Piece::of(&rows.spell(some.clone(), &self.styles), false), &mut take)?;
        take(Piece::of(self.after.as_bytes(), true))?;
        Ok(DataDescriptorOutput::new(crc.sum(), length))
    }
}

/// The number that is the value of an attribute of the first element of `xml`.
fn number(xml: &str, attribute: &str) -> Option<u32> {
    let (element, _) = xml.split_once('>')?;
    let (_, value) = element.split_once(&format!("{attribute}=\""))?;
    value.split_once('"')?.0.parse().ok()
}

/// Some bytes as a part of a stream of deflate.
struct Piece {
    deflated: Vec<u8>,
    crc: Crc,
    length: u64,
}

impl Piece {
    /// `bytes`, with the end of the stream where they are the `last` ones.
    fn of(bytes: &[u8], last: bool) -> io::Result<Self> {
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut encoder =
            DeflateEncoder::new(Vec::with_capacity(bytes.len() / 8), Compression::new(COMPRESSION.into()));
        encoder.write_all(bytes)?;
        // An empty block ends the piece at a whole byte.
        let deflated =
            if last { encoder.finish()? } else { encoder.flush().map(|()| std::mem::take(encoder.get_mut()))? };
        Ok(Self { deflated, crc, length: bytes.len() as u64 })
    }
}
