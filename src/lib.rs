//! Which AWS permissions nobody uses: from saved IAM last-accessed dumps to audits, offline.
//!
//! Data moves one way. [`discover`] finds the files below the given paths; [`decode`] turns their bytes into answers;
//! [`resolve`] decides which entity each answer is about, joins pages, and decides what the result proves; [`frame`]
//! makes tables from that; [`analyse`] computes reports from the tables, batch by batch; [`render`] writes them.
//! [`run::run`] does all of it. The types that the stages share are in [`model`], [`problem`], [`report`] and
//! [`catalogue`].
//!
//! The library does not print, does not read a clock, and opens no connection. A bad file is a [`problem::Problem`]
//! next to the result, not an error.
//!
//! ```
//! use dormant::analyse::{Params, ReportSpec};
//! use dormant::run::{Request, Silent, run};
//! use dormant::render::{Format, RenderOptions, render};
//!
//! let request = Request::new(vec!["sample-data/two-accounts".into()], Params::default(), vec![ReportSpec::Summary]);
//! let outcome = run(&request, &Silent)?;
//! let mut csv = Vec::new();
//! render(&outcome.reports[0], Format::Csv, &RenderOptions::default(), &mut csv)?;
//! assert!(String::from_utf8(csv)?.contains("\n111122223333,2,"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod analyse;
pub mod model;
pub mod problem;
pub mod recommend;
pub mod render;
pub mod report;
pub mod run;

// The program and its tests are separate crates, so the language requires these modules to be public. They are not part
// of the interface: what a user of the library needs is above, and examples/read_dumps.rs shows it.
#[doc(hidden)]
pub mod archive;
#[doc(hidden)]
pub mod catalogue;
#[doc(hidden)]
pub mod decisions;
#[doc(hidden)]
pub mod decode;
#[doc(hidden)]
pub mod discover;
#[doc(hidden)]
pub mod frame;
#[doc(hidden)]
pub mod resolve;
#[doc(hidden)]
pub mod util;
