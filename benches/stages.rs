//! The stages one by one, on dumps like those of the big estate: `cargo bench`.

#[path = "estate/estate.rs"]
#[allow(dead_code, reason = "the generator's command line uses the rest")]
mod estate;

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use dormant::analyse::{By, History, Names, Params, Publishing, ReportSpec, Sort, published};
use dormant::catalogue::Catalogue;
use dormant::decode::{self, Limits, Memory};
use dormant::frame::build::Dictionary;
use dormant::model::{Dump, Level, Source, Symbols};
use dormant::resolve;
use dormant::run::{self, Request, Silent};
use estate::{Estate, Style};

fn main() {
    divan::main();
}

const ESTATE: Estate = Estate { accounts: 2, entities: 50, dates: 2, level: estate::Level::Action };

fn printed(style: Style) -> Vec<(String, Vec<u8>)> {
    let print = |number| {
        let dump = ESTATE.dump(number);
        let mut text = Vec::new();
        dump.print(style, &mut text);
        (dump.path, text)
    };
    (0..ESTATE.dumps()).map(print).collect()
}

/// Decoding every dump with one cache of names, as one worker does.
#[divan::bench(args = [Style::Cli, Style::Compact])]
fn decode(bencher: Bencher, style: Style) {
    let dumps = printed(style);
    let bytes: usize = dumps.iter().map(|(_, text)| text.len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let symbols = Symbols::default();
        decoded(&dumps, &symbols)
    });
}

fn decoded(dumps: &[(String, Vec<u8>)], symbols: &Symbols) -> Vec<decode::Decoded> {
    let mut memory = Memory::new(symbols);
    let limits = Limits::default();
    dumps.iter().map(|(path, text)| decode::decode(&Source::file(path), text, false, &limits, &mut memory)).collect()
}

struct Read {
    symbols: Symbols,
    dumps: Vec<Dump>,
}

static READ: LazyLock<Read> = LazyLock::new(|| {
    let symbols = Symbols::default();
    let answers = decoded(&printed(Style::Cli), &symbols).into_iter().flat_map(|d| d.answers).collect();
    let options = resolve::Options::default();
    let dumps = resolve::resolve(answers, &[], &symbols, Catalogue::builtin(), &options).dumps;
    Read { symbols, dumps }
});

/// The tables as the Parquet files hold them.
#[divan::bench(args = [Level::Service, Level::Action])]
fn frame(bencher: Bencher, level: Level) {
    let dictionary = Dictionary::new(&READ.symbols).expect("few names");
    let dumps: Vec<&Dump> = READ.dumps.iter().collect();
    let names = Names::new(&READ.symbols, Catalogue::builtin(), READ.dumps.iter());
    let publishing = Publishing { catalogue: Catalogue::builtin(), dictionary: &dictionary, names: &names };
    bencher.bench(|| {
        let histories = History::all(&dumps, &[], Catalogue::builtin());
        published(&publishing, &histories, level, 1, |_| Some(0)).map(|tables| tables[0].frame.height())
    });
}

const SPECS: [ReportSpec; 12] = [
    ReportSpec::Check,
    ReportSpec::Summary,
    ReportSpec::Services,
    ReportSpec::Unused { level: Level::Service, all_actions: false, sort: Sort::Entity },
    ReportSpec::Unused { level: Level::Action, all_actions: false, sort: Sort::Entity },
    ReportSpec::Staleness { by: By::Entity, level: Level::Action, long: false },
    ReportSpec::Compare { level: Level::Service, long: true },
    ReportSpec::Pairs { level: Level::Service },
    ReportSpec::Roles,
    ReportSpec::Diff { level: Level::Action, all: false },
    ReportSpec::Trend,
    ReportSpec::List { level: Level::Action },
];

/// A whole run for one report, files and all; `Check` is what reading and resolving cost alone.
#[divan::bench(args = SPECS)]
fn report(bencher: Bencher, spec: &ReportSpec) {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("estate");
        for (path, text) in printed(Style::Cli) {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("below a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        folder
    });
    let request = Request::new(vec![FOLDER.clone()], Params::default(), vec![spec.clone()]);
    bencher.bench(|| run::run(&request, &Silent));
}
