# What a contributor runs; `just` lists it. CI runs .ci/run, which is these and more.

# the committed audit of sample-data/, made once more in audit/
sample:
    cargo run --release -- report sample-data/estate -o audit --force

# all tests, installing first what they need
test:
    tests/run

# formatting and lints, as CI holds them
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# the expected audit of sample-data/, after a change that is meant
bless: sample
    rm -rf tests/expected/estate && mkdir -p tests/expected/estate
    cp audit/*.csv audit/report.md tests/expected/estate/
    TRYCMD=overwrite cargo test --release --test cli --test docs
    tools/record target/release/dormant

# the estate of 2,000 dumps against DuckDB, jq and Polars in Python; writes benches/runs/<date>.md
bench-peers:
    benches/peers/run

# the packages of this system in dist/, and each installed and tried as an ordinary user; without just, run the two scripts
dist:
    tools/dist
    tools/try-packages

# the notices of linked crates, after a change of Cargo.lock
notices:
    tools/notices
