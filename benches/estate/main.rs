//! Writes an estate of any size, the same for the same arguments.
//!
//!     cargo run --release --example estate -- OUT [--accounts 10] [--entities 100] [--dates 2] [--level action|service] [--style cli|compact]
//!
//! Files are `OUT/<date>/<account>/<type>s/<name>.json`, as a nightly job of aws-cli v2 leaves them.

mod estate;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use estate::{Estate, Level, Style};
use rayon::prelude::*;

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)).and_then(|(out, estate, style)| write(&out, &estate, style)) {
        Ok(said) => {
            // Whoever reads the numbers is a script; a closed pipe is its own affair.
            let _ = writeln!(std::io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "estate: {why}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<(PathBuf, Estate, Style), String> {
    let mut out = None;
    let mut estate = Estate::default();
    let mut style = Style::Cli;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} wants a value"));
        let count = |text: String| text.parse::<usize>().map_err(|e| format!("{text}: {e}"));
        match argument.as_str() {
            "--accounts" => estate.accounts = count(value()?)?,
            "--entities" => estate.entities = count(value()?)?,
            "--dates" => estate.dates = count(value()?)?,
            "--level" => {
                estate.level = match value()?.as_str() {
                    "action" => Level::Action,
                    "service" => Level::Service,
                    other => return Err(format!("--level {other}: action or service")),
                }
            }
            "--style" => {
                style = match value()?.as_str() {
                    "cli" => Style::Cli,
                    "compact" => Style::Compact,
                    other => return Err(format!("--style {other}: cli or compact")),
                }
            }
            other if other.starts_with('-') => return Err(format!("there is no option {other}")),
            folder => out = Some(PathBuf::from(folder)),
        }
    }
    Ok((out.ok_or("give the folder to write")?, estate, style))
}

fn write(out: &Path, estate: &Estate, style: Style) -> Result<String, String> {
    let cannot = |path: &Path| {
        let path = path.display().to_string();
        move |e: std::io::Error| format!("{path}: {e}")
    };
    let written = (0..estate.dumps()).into_par_iter().map_init(Vec::new, |text, number| {
        let dump = estate.dump(number);
        text.clear();
        let actions = dump.print(style, text);
        let path = out.join(&dump.path);
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder).map_err(cannot(folder))?;
        fs::write(&path, &*text).map_err(cannot(&path))?;
        Ok::<_, String>((text.len() as u64, actions as u64))
    });
    let (bytes, actions) = written
        .try_reduce(|| (0, 0), |(bytes, actions), (more_bytes, more)| Ok((bytes + more_bytes, actions + more)))?;
    Ok(format!("{} dumps, {bytes} bytes, {actions} action rows", estate.dumps()))
}
