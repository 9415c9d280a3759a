//! The library without the program: reads the paths given, prints a verdict for each entity and service, and names what was not read.
//!
//!     cargo run --release --example read_dumps -- sample-data/estate

use std::error::Error;
use std::io::{Write, stderr, stdout};

use dormant::analyse::{Params, ReportSpec, Sort};
use dormant::model::Level;
use dormant::render::{Format, RenderOptions, render};
use dormant::run::{Request, Silent, run};

fn main() -> Result<(), Box<dyn Error>> {
    let paths = std::env::args_os().skip(1).map(Into::into).collect();
    // A permission has to be watched for half a year before it is called unused.
    let params = Params { stale_after: 180, ..Params::default() };
    let unused = ReportSpec::Unused { level: Level::Service, all_actions: false, sort: Sort::Entity };
    let outcome = run(&Request::new(paths, params, vec![unused]), &Silent)?;
    for report in &outcome.reports {
        render(report, Format::Jsonl, &RenderOptions::default(), &mut stdout())?;
    }
    // Problems are data beside the result: a report without them would look complete when it is not.
    for problem in &outcome.problems {
        writeln!(stderr(), "{:?}: {problem}", problem.severity())?;
    }
    Ok(())
}
