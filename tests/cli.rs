//! The program as its users see it: every file in `tests/cmd` is a session, checked word by word.
//!
//! `TRYCMD=overwrite cargo test --release --test cli` writes down what the program says now; read the diff before you commit it.

#[test]
fn sessions() {
    // The wrapping of help depends on the width of the terminal, and colors on these variables.
    let cases = trycmd::TestCases::new();
    cases.env("COLUMNS", "100").env("NO_COLOR", "1");
    cases.case("tests/cmd/*.trycmd").case("tests/cmd/*.toml");
}
