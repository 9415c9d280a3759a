//! A report as one HTML file that opens from disk and asks nobody for anything.
//!
//! Comes in: a finished report. Goes out: a frame of HTML, the data, and a script that shows it. The data is packed ([`columns`],
//! [`strings`], [`pack`]) so that half a million rows travel in a few megabytes; as base64 it holds no character that means
//! something in HTML, so no name, whoever chose it, can leave its place. The script and the style are built from `web/` and
//! committed in `assets/`, so that building this program needs no Node.

mod columns;
mod pack;
mod payload;
mod strings;

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::{RenderOptions, words};
use crate::report::Report;
use crate::util::sanitize::harmless;
use pack::block;
use payload::Payload;
use strings::Strings;

/// The built script; `web/build.mjs` sees to it that it cannot end its own element.
const SCRIPT: &str = include_str!("assets/app.js");
/// The built style.
const STYLE: &str = include_str!("assets/app.css");

/// The most rows of a section that the page carries. With more the file would be no joy to open: the page then keeps the section's
/// totals and names the CSV.
const MOST_ROWS: usize = 1_000_000;

/// Writes the whole page.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    write_head(report, out)?;
    let mut strings = Strings::default();
    let payload = Payload::write_sections(report, options, &mut strings, out)?;
    block("strings", out, |packed| Ok(serde_json::to_writer(packed, &strings)?))?;
    block("report", out, |packed| Ok(serde_json::to_writer(packed, &payload)?))?;
    write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

fn write_head(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let title = escaped(&report.title);
    // Nothing is loaded, sent, framed or posted; only this very script and this very style run.
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(SCRIPT),
        source_hash(STYLE)
    );
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"dormant {version}\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <div id=\"app\"><main class=\"opening\"><h1>{title}</h1><p>inputs: {inputs}</p><p id=\"opening\">Opening the report …</p>\n\
         <noscript><p>This page shows its tables with a script that it carries in itself, and scripts are off in this browser. \
         The same report is in the Markdown and CSV files.</p></noscript></main></div>\n",
        version = env!("CARGO_PKG_VERSION"),
        inputs = words::inputs(&report.inputs),
    )
}

/// How a Content-Security-Policy names a text that may run.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// `text` as the content of an element.
fn escaped(text: &str) -> String {
    harmless(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
