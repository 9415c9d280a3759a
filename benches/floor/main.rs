//! The floor under every reader: opens the files of an estate, reads each into a buffer that is used again, and counts one byte.
//!
//!     cargo run --release --example floor -- ESTATE [THREADS]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let estate = arguments.first().ok_or_else(|| io::Error::other("give the folder of an estate"))?;
    let threads = arguments.get(1).map_or(Ok(0), |n| n.parse()).map_err(io::Error::other)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
    let mut files = Vec::new();
    walk(Path::new(estate), &mut files)?;
    let count = |scratch: &mut Vec<u8>, path: &PathBuf| {
        scratch.clear();
        File::open(path)?.read_to_end(scratch)?;
        io::Result::Ok((scratch.len(), memchr::memchr_iter(b'{', scratch).count()))
    };
    let counted = pool.install(|| {
        let each = files.par_iter().map_init(Vec::new, count);
        each.try_reduce(|| (0, 0), |(bytes, braces), (more_bytes, more)| Ok((bytes + more_bytes, braces + more)))
    })?;
    writeln!(io::stdout(), "{} files, {} bytes, {} braces", files.len(), counted.0, counted.1)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { walk(&entry.path(), files)? } else { files.push(entry.path()) }
    }
    Ok(())
}
