//! `demo`, as typed.

use std::path::PathBuf;

use clap::Args;

use crate::cli::values;

/// What `--help` shows last.
pub const EXAMPLES: &str = "\
Examples:
  dormant demo
  dormant demo samples
  dormant report samples -o audit";

/// `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// The folder to write, which must be new or empty
    #[arg(value_name = "DIR", default_value = "dormant-demo", value_parser = values::place())]
    pub dir: PathBuf,
}
