//! Damages real dumps as often as it is told (100,000 times), and holds the program to its word: no panic, no document that takes
//! longer than 5 seconds, never more than 1 GiB of memory.
//!
//! Twice over: each damaged document by itself through [`entrances::dumps`], and, where the path of a `dormant` binary is given, all
//! of them in folders of a thousand through `dormant report`, which must account for every file.
//!
//! `cargo run --release --bin mutations [COUNT [DORMANT]]`

#[allow(dead_code, reason = "one entrance of four")]
#[path = "../../tests/entrances/mod.rs"]
mod entrances;
#[path = "../../tests/mutations/mod.rs"]
mod mutations;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(5);
const MOST_KIB: u64 = 1 << 20;
const FOLDER: u64 = 1000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().map_or(100_000, |count| count.parse().expect("a number of mutations"));
    let program = arguments.next().map(|program| fs::canonicalize(program).expect("the path of a dormant binary"));
    let originals = mutations::originals(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    println!("{} documents to damage, {count} times", originals.len());

    let begun = Instant::now();
    let at = AtomicU64::new(0);
    let slowest = thread::scope(|scope| {
        let worker = scope.spawn(|| one_by_one(&originals, count, &at));
        watch(&at, || worker.is_finished());
        worker.join().expect("no mutation panics")
    });
    let peak = peak_kib("self").expect("Linux tells the peak of memory");
    println!("one by one: {:.1?}, slowest {slowest:.1?}, peak {} MiB", begun.elapsed(), peak / 1024);
    if peak > MOST_KIB {
        println!("more than 1 GiB of memory");
        return ExitCode::FAILURE;
    }
    match program.map(|program| in_folders(&originals, count, &program)) {
        Some(Err(what)) => {
            println!("{what}");
            ExitCode::FAILURE
        }
        Some(Ok(())) | None => ExitCode::SUCCESS,
    }
}

/// Gives the longest that any took.
fn one_by_one(originals: &[Vec<u8>], count: u64, at: &AtomicU64) -> Duration {
    let mut slowest = Duration::ZERO;
    for number in 0..count {
        at.store(number, Ordering::Relaxed);
        let document = mutations::damaged(originals, number);
        let begun = Instant::now();
        entrances::dumps(&document);
        slowest = slowest.max(begun.elapsed());
    }
    slowest
}

/// Ends the process where one mutation takes too long: a thread cannot be stopped.
fn watch(at: &AtomicU64, is_finished: impl Fn() -> bool) {
    let (mut number, mut since) = (u64::MAX, Instant::now());
    while !is_finished() {
        thread::sleep(Duration::from_millis(50));
        let now = at.load(Ordering::Relaxed);
        if now != number {
            (number, since) = (now, Instant::now());
        } else if since.elapsed() > LONGEST {
            println!("mutation {number} takes longer than {LONGEST:?}");
            std::process::exit(1);
        }
    }
}

/// The most memory that a process has held.
fn peak_kib(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok())
}

/// `dormant report` on folders of damaged dumps.
fn in_folders(originals: &[Vec<u8>], count: u64, program: &Path) -> Result<(), String> {
    let home = std::env::temp_dir().join(format!("dormant-mutations-{}", std::process::id()));
    let (mut slowest, mut peak) = (Duration::ZERO, 0);
    for first in (0..count).step_by(FOLDER as usize) {
        let last = (first + FOLDER).min(count);
        let dumps = home.join("dumps");
        fs::create_dir_all(&dumps).map_err(|e| e.to_string())?;
        for number in first..last {
            fs::write(dumps.join(format!("{number}.json")), mutations::damaged(originals, number))
                .map_err(|e| e.to_string())?;
        }
        let (took, kib) = report(&home, program).map_err(|what| format!("mutations {first} to {last}: {what}"))?;
        (slowest, peak) = (slowest.max(took), peak.max(kib));
        fs::remove_dir_all(&home).map_err(|e| e.to_string())?;
    }
    println!("in folders of {FOLDER}: slowest {slowest:.1?}, peak {} MiB", peak / 1024);
    if peak > MOST_KIB { Err("more than 1 GiB of memory".to_owned()) } else { Ok(()) }
}

/// One run: how long it took, and its peak of memory. The counts in the manifest must add up.
fn report(home: &Path, program: &Path) -> Result<(Duration, u64), String> {
    let begun = Instant::now();
    let mut child = Command::new(program)
        .args(["report", "dumps", "-o", "audit", "--quiet"])
        .current_dir(home)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_kib(&child.id().to_string()).unwrap_or(0));
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            break status;
        }
        if begun.elapsed() > 12 * LONGEST {
            child.kill().map_err(|e| e.to_string())?;
            return Err("the report hangs".to_owned());
        }
        thread::sleep(Duration::from_millis(10));
    };
    if status.code() != Some(3) {
        return Err(format!("ended with {status}, not with 3 for inputs that were not read"));
    }
    let manifest = fs::read(home.join("audit/manifest.json")).map_err(|e| e.to_string())?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).map_err(|e| e.to_string())?;
    let counts = ["found", "read", "skipped", "failed"].map(|name| manifest["inputs"][name].as_u64());
    let [Some(found), Some(read), Some(skipped), Some(failed)] = counts else {
        return Err(format!("no counts in the manifest: {counts:?}"));
    };
    if read + skipped + failed == found && found >= FOLDER {
        Ok((begun.elapsed(), peak))
    } else {
        Err(format!("found {found}, read {read}, skipped {skipped}, failed {failed}"))
    }
}
