//! `dormant import-decisions`: what people wrote into a workbook comes back, whatever they and their spreadsheet programs did to it.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Ran, dormant, dump_of, put, run};
use rust_xlsxwriter::{Format, Workbook};

const ROLE: &str = "arn:aws:iam::012345678901:role/ci/deploy";
/// A head as a report has it, with what a person fills in in the middle.
const HEAD: [&str; 10] =
    ["Entity", "Account", "Service", "Decision", "Owner", "Due", "Ticket", "Comment", "ARN", "Dump of"];

type Row<'r> = [&'r str; 10];

const fn row<'r>(service: &'r str, decision: &'r str, owner: &'r str, due: &'r str, comment: &'r str) -> Row<'r> {
    ["role/deploy", "012345678901", service, decision, owner, due, "", comment, ROLE, "2026-07-06T06:00:18Z"]
}

/// A workbook with sheets of these names and rows, below a title.
fn workbook(path: &Path, sheets: &[(&str, &[Row])]) {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).expect("a name");
        sheet.write(0, 0, "Unused services").expect("a title");
        for (at, head) in (0..).zip(HEAD) {
            sheet.write(2, at, head).expect("a head");
        }
        for (down, row) in (3..).zip(*rows) {
            for (at, cell) in (0..).zip(row) {
                match cell.strip_prefix('=') {
                    Some(formula) => sheet.write_formula(down, at, formula).expect("a formula"),
                    None => sheet.write_string(down, at, *cell).expect("a cell"),
                };
            }
        }
    }
    book.save(path).expect("saved");
}

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn import(&self, arguments: &[&str]) -> Ran {
        dormant(self.0.path(), [&["import-decisions", "-o", "decisions.toml"], arguments].concat())
    }

    /// What is imported of one sheet of unused services with these rows.
    fn imported(&self, rows: &[Row]) -> Ran {
        workbook(&self.path("report.xlsx"), &[("Unused services", rows)]);
        self.import(&["report.xlsx"])
    }

    fn decisions(&self) -> String {
        fs::read_to_string(self.path("decisions.toml")).unwrap_or_default()
    }
}

const KEEP: Row = row("kms", " Keep ", "sec@example.com", "2027-01-31", "restore test, once a year");
const REMOVE: Row = row("ec2", "REMOVE", "me", "2026-09-01", "");

/// [`REMOVE`] with other texts in some of its columns.
fn remove_with(changes: &[(usize, &'static str)]) -> Row<'static> {
    let mut row = REMOVE;
    for (column, text) in changes {
        row[*column] = text;
    }
    row
}

#[test]
fn rows_become_exact_entries() {
    let desk = Desk::new();
    let ran = desk.imported(&[KEEP, row("s3", "", "", "", ""), REMOVE, row("sqs", "", "me", "", "who uses this?")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let wanted = format!(
        "[[decision]]\nentity = \"{ROLE}\"\nservice = \"ec2\"\ndecision = \"remove\"\nowner = \"me\"\ndecided = 2026-07-06\ndue = 2026-09-01\n\n\
         [[decision]]\nentity = \"{ROLE}\"\nservice = \"kms\"\ndecision = \"keep\"\nreason = \"restore test, once a year\"\n\
         owner = \"sec@example.com\"\ndecided = 2026-07-06\nexpires = 2027-01-31\n\n\
         [[decision]]\nentity = \"{ROLE}\"\nservice = \"sqs\"\ndecision = \"ask\"\nreason = \"who uses this?\"\nowner = \"me\"\ndecided = 2026-07-06\n"
    );
    assert_eq!(desk.decisions(), wanted);
    // Once more, and from the other end: the same file.
    let again = desk.imported(&[REMOVE, KEEP]);
    assert!(again.code == 0 && again.stderr.contains("0 new and 0 changed"), "{again:?}");
    assert_eq!(desk.decisions(), wanted);
    let other = Desk::new();
    other.imported(&[row("sqs", "", "me", "", "who uses this?"), REMOVE, KEEP]);
    assert_eq!(other.decisions(), wanted);
}

#[test]
fn what_is_in_the_file_stays_with_its_comments() {
    let desk = Desk::new();
    let before = format!(
        "# Ours.\n\n[[decision]] # the old box\nentity = \"role/old/*\"\nservice = \"s3\"\ndecision   = \"keep\"   # for now\nreason = \"r\"\nowner = \"o\"\npermanent = true\n\n\
         # About ec2.\n[[decision]]\nentity = \"{ROLE}\"\nservice = \"ec2\" # compute\ndecision = \"ask\" # until Friday\nowner = \"me\"\n"
    );
    put(desk.path("decisions.toml"), &before);
    let ran = desk.imported(&[REMOVE]);
    assert!(ran.code == 0 && ran.stderr.contains("0 new and 1 changed"), "{ran:?}");
    let after = desk.decisions();
    let (same, changed) = after.split_once("# About ec2.").expect("the comment stays");
    assert_eq!(same, before.split_once("# About ec2.").expect("it was there").0);
    assert!(changed.contains("service = \"ec2\" # compute"), "{changed}");
    assert!(changed.contains("decision = \"remove\" # until Friday"), "{changed}");
    assert!(changed.contains("due = 2026-09-01"), "{changed}");
}

#[test]
fn a_row_that_a_report_filled_in_from_a_glob_is_no_news() {
    let desk = Desk::new();
    let glob = "[[decision]]\nentity = \"role/ci/*\"\nservice = \"ec2\"\ndecision = \"remove\"\nowner = \"me\"\ndecided = 2026-06-01\ndue = 2026-09-01\n";
    put(desk.path("decisions.toml"), glob);
    desk.imported(&[REMOVE]);
    assert_eq!(desk.decisions(), glob);
    desk.imported(&[row("ec2", "remove", "somebody else", "2026-09-01", "")]);
    assert!(desk.decisions().starts_with(glob) && desk.decisions().contains(ROLE), "{}", desk.decisions());
}

#[test]
fn a_keep_without_a_day_expires_after_a_year_and_without_a_reason_is_a_problem() {
    let desk = Desk::new();
    desk.imported(&[row("kms", "keep", "me", "", "yearly")]);
    assert!(desk.decisions().contains("expires = 2027-07-06"), "{}", desk.decisions());
    let desk = Desk::new();
    workbook(&desk.path("report.xlsx"), &[("Unused services", &[row("kms", "keep", "", "", "yearly")])]);
    let ran = desk.import(&["report.xlsx", "--owner", "ops", "--expires-after", "30d", "--decided", "2026-08-01"]);
    assert!(ran.code == 0 && desk.decisions().contains("owner = \"ops\"\ndecided = 2026-08-01\nexpires = 2026-08-31"));
    let desk = Desk::new();
    let ran = desk.imported(&[row("kms", "keep", "me", "", ""), row("s3", "remove", "", "", ""), REMOVE]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr.contains("report.xlsx (Unused services!D4): a decision to keep needs a reason"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("report.xlsx (Unused services!D5): the decision has no owner"), "{}", ran.stderr);
    assert_eq!(desk.decisions().matches("[[decision]]").count(), 1);
}

#[test]
fn what_is_not_understood_is_named_by_its_cell() {
    for (bad, wanted) in [
        (
            row("ec2", "entfernen", "me", "", ""),
            "(Unused services!D4): \"entfernen\" is not a decision: write keep, remove or ask",
        ),
        (
            row("", "remove", "me", "", ""),
            "(Unused services!C4): is empty: which permission the row is about is unknown",
        ),
        (row("*", "remove", "me", "", ""), "(Unused services!C4): \"*\" has a wildcard: a row is about one permission"),
        (row("ec2", "remove", "me", "soon", ""), "(Unused services!F4): \"soon\" is not a day such as 2026-07-06"),
        (remove_with(&[(8, "arn:aws:s3:::bucket")]), "(Unused services!I4): \"arn:aws:s3:::bucket\""),
        (remove_with(&[(1, "999999999999")]), "(Unused services!B4): \"999999999999\" is not the account of the ARN"),
        (remove_with(&[(0, "role/other")]), "(Unused services!A4): \"role/other\" is not what the ARN says"),
        (remove_with(&[(0, "user/deploy")]), "(Unused services!A4): \"user/deploy\" is not what the ARN says"),
        (
            remove_with(&[(0, "role/*"), (8, "arn:aws:iam::012345678901:role/*")]),
            "(Unused services!I4): \"arn:aws:iam::012345678901:role/*\" has a wildcard",
        ),
        (
            row("ec2", "keep", "me", "2026-07-05", "yearly"),
            "(Unused services!D4): the decision to keep would end on 2026-07-05, before the day on which it was made",
        ),
    ] {
        let desk = Desk::new();
        let ran = desk.imported(&[bad]);
        assert!(ran.code == 3 && ran.stderr.contains(wanted), "{wanted}\n{ran:?}");
        assert_eq!(desk.decisions(), "");
    }
}

#[test]
fn an_entry_is_no_broader_than_its_row() {
    // The ARN of a policy that AWS manages is the same in every account.
    let desk = Desk::new();
    let mut managed = REMOVE;
    (managed[0], managed[8]) = ("policy/AdministratorAccess", "arn:aws:iam::aws:policy/AdministratorAccess");
    let ran = desk.imported(&[managed]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(desk.decisions().contains("account = \"012345678901\""), "{}", desk.decisions());
    // A label that a file gave is no pattern.
    let mut label = REMOVE;
    (label[0], label[8]) = ("role/ap*", "");
    let ran = desk.imported(&[label]);
    assert!(ran.code == 3 && ran.stderr.contains("\"ap*\" has a wildcard: a row is about one entity"), "{ran:?}");
    assert!(!desk.decisions().contains("ap*"), "{}", desk.decisions());
}

#[test]
fn a_formula_is_refused_and_nothing_is_written() {
    for formula in ["=HYPERLINK(\"http://example.com\",\"x\")", "=1+1"] {
        let desk = Desk::new();
        let ran = desk.imported(&[REMOVE, row("kms", "keep", "me", "", formula)]);
        assert!(ran.code == 1 && ran.stderr.contains("Unused services!H5 holds a formula"), "{ran:?}");
        assert_eq!(desk.decisions(), "");
    }
}

#[test]
fn accounts_that_a_spreadsheet_made_numbers_are_repaired_by_the_arn_only() {
    let desk = Desk::new();
    let sheet = |arn: &str| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.set_name("Unused services").expect("a name");
        let head = [
            "account_id",
            "entity_type",
            "entity_name",
            "entity_arn",
            "service_namespace",
            "decision",
            "owner",
            "due",
            "as_of",
        ];
        for (at, name) in (0..).zip(head) {
            sheet.write(0, at, name).expect("a head");
        }
        sheet.write(1, 0, 12_345_678_901.0).expect("a number");
        for (at, cell) in (1..).zip(["role", "deploy", arn, "ec2", "remove", "me"]) {
            sheet.write(1, at, cell).expect("a cell");
        }
        let date = Format::new().set_num_format("yyyy-mm-dd");
        for (at, serial) in [(7, 46_266.0), (8, 46_209.5)] {
            sheet.write_with_format(1, at, serial, &date).expect("a date");
        }
        book.save(desk.path("report.xlsx")).expect("saved");
        desk.import(&["report.xlsx"])
    };
    let lost = sheet("");
    assert!(lost.code == 3 && lost.stderr.contains("a spreadsheet has taken zeros away"), "{lost:?}");
    assert_eq!(sheet(ROLE).code, 0);
    assert!(desk.decisions().contains("decided = 2026-07-06\ndue = 2026-09-01"), "{}", desk.decisions());
}

#[test]
fn sheets_go_on_and_others_are_not_read() {
    let desk = Desk::new();
    let other = row("sns", "remove", "me", "", "");
    workbook(
        &desk.path("report.xlsx"),
        &[("Kept by decision", &[other]), ("Unused services", &[KEEP]), ("Unused services (2)", &[REMOVE])],
    );
    let ran = desk.import(&["report.xlsx"]);
    assert!(ran.code == 3 && ran.stderr.contains("(Kept by decision): somebody has decided on this sheet"), "{ran:?}");
    assert_eq!(desk.decisions().matches("[[decision]]").count(), 2);
    assert!(!desk.decisions().contains("sns"));
    // A sheet of another name is named as soon as somebody has decided on it, and so is one of a report without its head.
    let undecided = row("s3", "", "me", "", "");
    for (name, rows, code) in [
        ("Actions", &[REMOVE][..], 3),
        ("Copy of Unused actions", &[row("s3", "", "me", "", "why?")], 3),
        ("Copy of Unused actions", &[undecided], 0),
    ] {
        workbook(&desk.path("copy.xlsx"), &[("Unused services", &[KEEP]), (name, rows)]);
        let ran = desk.import(&["copy.xlsx"]);
        assert_eq!(
            (ran.code, ran.stderr.contains(&format!("({name}): somebody has decided"))),
            (code, code == 3),
            "{ran:?}"
        );
    }
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Unused services").expect("a name").write(0, 0, "remove").expect("a cell");
    book.save(desk.path("head.xlsx")).expect("saved");
    let ran = desk.import(&["head.xlsx"]);
    assert!(ran.code == 3 && ran.stderr.contains("(Unused services): this sheet has no column Decision"), "{ran:?}");
    workbook(&desk.path("none.xlsx"), &[("Summary", &[KEEP])]);
    assert!(desk.import(&["none.xlsx"]).stderr.contains("no sheet has a column Decision"));
    put(desk.path("broken.xlsx"), b"PK\x03\x04 nothing");
    assert_eq!(desk.import(&["broken.xlsx"]).code, 1);
    put(desk.path("text.csv"), b"a,b\n1,2\n");
    assert!(desk.import(&["text.csv"]).stderr.contains("there is no column Decision"));
    put(desk.path("keys.csv"), b"Service,Decision,Owner\nec2,remove,me\n");
    assert!(desk.import(&["keys.csv"]).stderr.contains("the column ARN (entity_arn) is missing"));
}

/// A workbook of a real report, with the same columns on every sheet that has decisions.
fn of_kept(path: &Path, sheets: &[(&str, &[[&str; 11]])]) {
    let head = [
        "Entity",
        "Account",
        "Service or action",
        "Decision",
        "Owner",
        "Due",
        "Comment",
        "ARN",
        "Service",
        "Action",
        "Dump of",
    ];
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).expect("a name");
        for (down, row) in (0..).zip([&head].into_iter().chain(*rows)) {
            for (at, cell) in (0..).zip(row) {
                sheet.write_string(down, at, *cell).expect("a cell");
            }
        }
    }
    book.save(path).expect("saved");
}

const fn kept<'r>(subject: &'r str, decision: &'r str, service: &'r str, action: &'r str) -> [&'r str; 11] {
    [
        "role/deploy",
        "012345678901",
        subject,
        decision,
        "me",
        "2027-01-31",
        "yearly",
        ROLE,
        service,
        action,
        "2026-07-06",
    ]
}

#[test]
fn what_is_kept_is_decided_again_on_its_sheet() {
    let desk = Desk::new();
    let rows = [kept("kms", "keep", "kms", ""), kept("ec2:RunInstances", "keep", "ec2", "RunInstances")];
    of_kept(&desk.path("report.xlsx"), &[("Kept", &rows)]);
    let ran = desk.import(&["report.xlsx"]);
    assert!(ran.code == 0 && ran.stderr.contains("2 new"), "{ran:?}");
    assert!(desk.decisions().contains("service = \"ec2\"\naction = \"RunInstances\"\ndecision = \"keep\""));
    of_kept(&desk.path("report.xlsx"), &[("Kept", &[kept("kms", "remove", "kms", ""), rows[1]])]);
    let ran = desk.import(&["report.xlsx"]);
    assert!(ran.code == 0 && ran.stderr.contains("0 new and 1 changed"), "{ran:?}");
    assert!(desk.decisions().contains("service = \"kms\"\ndecision = \"remove\""), "{}", desk.decisions());
}

#[test]
fn an_action_that_was_deleted_on_the_sheet_kept_is_not_its_service() {
    let desk = Desk::new();
    of_kept(&desk.path("report.xlsx"), &[("Kept", &[kept("ec2:RunInstances", "remove", "ec2", "")])]);
    let ran = desk.import(&["report.xlsx"]);
    let wanted = "(Kept!C2): \"ec2:RunInstances\" is not what the columns Service and Action say";
    assert!(ran.code == 3 && ran.stderr.contains(wanted), "{ran:?}");
    assert_eq!(desk.decisions(), "");
}

#[test]
fn an_audit_nobody_touched_changes_nothing_also_with_an_expired_decision() {
    let desk = Desk::new();
    let dump = dump_of(ROLE, "2026-07-06", &[("s3", Some("2026-07-05T08:00:00Z"), &[]), ("sqs", None, &[])]);
    put(desk.path("dumps/deploy.json"), dump.to_string());
    let entry = "[[decision]]\naccount = \"012345678901\"\nentity = \"role/deploy\"\nservice = \"s3\"\ndecision = \"keep\"\n\
                 reason = \"r\"\nowner = \"o\"\ndecided = 2026-01-05\nexpires = 2026-07-01\n";
    put(desk.path("decisions.toml"), entry);
    let report = dormant(desk.0.path(), ["report", "dumps", "-o", "audit", "-v", "--decisions", "decisions.toml"]);
    assert!(report.stderr.contains("expired on 2026-07-01, and hides nothing any more"), "{report:?}");
    let ran = desk.import(&["audit/report.xlsx"]);
    assert_eq!((ran.code, desk.decisions().as_str()), (0, entry), "{ran:?}");
}

#[test]
fn a_row_that_only_the_sheet_decisions_has_is_named() {
    let desk = Desk::new();
    let [old, new] = ["keep", "remove"].map(|decision| [kept("kms", decision, "kms", "")]);
    of_kept(&desk.path("report.xlsx"), &[("Kept", &old), ("Decisions", &old)]);
    assert_eq!(desk.import(&["report.xlsx"]).code, 0);
    let before = desk.decisions();
    // Changed on the sheet that is imported: the record still shows what was.
    of_kept(&desk.path("changed.xlsx"), &[("Kept", &new), ("Decisions", &old)]);
    let other = Desk::new();
    put(other.path("decisions.toml"), &before);
    fs::copy(desk.path("changed.xlsx"), other.path("changed.xlsx")).expect("a copy");
    assert_eq!(other.import(&["changed.xlsx"]).code, 0);
    of_kept(&desk.path("report.xlsx"), &[("Kept", &old), ("Decisions", &new)]);
    let ran = desk.import(&["report.xlsx"]);
    assert!(ran.code == 3 && ran.stderr.contains("(Decisions!D2): the row says what no other sheet says"), "{ran:?}");
    assert_eq!(desk.decisions(), before);
    of_kept(&desk.path("alone.xlsx"), &[("Decisions", &old)]);
    assert!(desk.import(&["alone.xlsx"]).stderr.contains("no sheet has a column Decision"));
}

#[test]
fn a_sheet_saved_as_csv_says_the_same() {
    let workbook = Desk::new();
    workbook.imported(&[KEEP, REMOVE]);
    for separator in [",", ";", "\t"] {
        let desk = Desk::new();
        let quoted = |row: &Row| row.map(|cell| format!("\"{cell}\"")).join(separator);
        let text = ["\u{feff}Unused services", "", &quoted(&HEAD), &quoted(&REMOVE), &quoted(&KEEP), ""].join("\r\n");
        put(desk.path("sheet.csv"), text);
        let ran = desk.import(&["sheet.csv"]);
        assert_eq!((ran.code, desk.decisions()), (0, workbook.decisions()), "{separator:?}: {}", ran.stderr);
    }
    // The CSV of an audit, to which somebody added the columns.
    let desk = Desk::new();
    let head = "account_id,entity_type,entity_name,entity_arn,service_namespace,as_of,Decision,Owner,Comment\n";
    let rows = format!(
        "012345678901,role,deploy,{ROLE},ec2,2026-07-06T06:00:18Z,remove,me,'=SUM(1)\n012345678901,role,label,,s3,2026-07-06T06:00:18Z,ask,me,\n"
    );
    put(desk.path("unused.csv"), format!("{head}{rows}"));
    assert_eq!(desk.import(&["unused.csv"]).code, 0);
    assert!(desk.decisions().contains("reason = \"=SUM(1)\""), "{}", desk.decisions());
    assert!(desk.decisions().contains("account = \"012345678901\"\nentity = \"role/label\"\nservice = \"s3\""));
}

#[test]
fn a_table_of_actions_without_its_actions_is_no_table_of_services() {
    for head in [
        "Entity,Account,Service,Access level,Decision,Owner,Due,Comment,ARN,Dump of",
        "entity_name,account_id,service_namespace,access_level,decision,owner,due,comment,entity_arn,as_of",
    ] {
        let desk = Desk::new();
        let name = if head.starts_with("Entity") { "role/deploy" } else { "deploy" };
        put(desk.path("a.csv"), format!("{head}\n{name},012345678901,s3,Write,remove,me,,,{ROLE},2026-07-06\n"));
        let ran = desk.import(&["a.csv"]);
        assert!(ran.code == 1 && ran.stderr.contains("the column Action (action_name) is missing"), "{ran:?}");
        assert_eq!(desk.decisions(), "");
    }
}

#[test]
fn what_a_row_says_of_its_entity_is_what_its_arn_says() {
    let head = "account_id,entity_type,entity_name,entity_arn,service_namespace,decision,owner,as_of";
    for (kind, name, arn, code) in [
        ("role", "deploy", ROLE, 0),
        ("role", "other", ROLE, 3),
        ("user", "deploy", ROLE, 3),
        // A spreadsheet takes the zeros from the front of a name, too, and makes a date of another.
        ("user", "7", "arn:aws:iam::012345678901:user/007", 0),
        ("user", "2026-05-01", "arn:aws:iam::012345678901:user/1-5", 0),
        ("user", "8", "arn:aws:iam::012345678901:user/007", 3),
    ] {
        let desk = Desk::new();
        put(desk.path("a.csv"), format!("{head}\n012345678901,{kind},{name},{arn},s3,remove,me,2026-07-06\n"));
        let ran = desk.import(&["a.csv"]);
        assert_eq!(ran.code, code, "{kind} {name} {arn}: {ran:?}");
        assert_eq!(desk.decisions().is_empty(), code != 0);
    }
}

#[test]
fn the_name_of_a_service_is_the_one_that_its_row_says() {
    let head = "entity_arn,service_namespace,service_name,decision,owner,as_of";
    for (service, name, code) in [
        ("sqs", "Amazon SQS", 0),
        ("sqs", "sqs", 0),
        ("sqs", "", 0),
        // No catalogue has it: AWS may have given the service another name.
        ("sqs", "Queues of Tomorrow", 0),
        ("newsvc", "newsvc", 0),
        ("sqs", "Amazon DynamoDB", 3),
        ("sqs", "dynamodb", 3),
        ("newsvc", "Amazon DynamoDB", 3),
    ] {
        let desk = Desk::new();
        put(desk.path("a.csv"), format!("{head}\n{ROLE},{service},{name},remove,me,2026-07-06\n"));
        let ran = desk.import(&["a.csv"]);
        assert_eq!(ran.code, code, "{service} {name}: {ran:?}");
        assert_eq!(desk.decisions().is_empty(), code != 0);
    }
}

#[test]
fn files_that_disagree_are_both_shown_and_one_can_go_first() {
    let desk = Desk::new();
    workbook(&desk.path("a.xlsx"), &[("Unused services", &[KEEP, REMOVE])]);
    workbook(&desk.path("b.xlsx"), &[("Unused services", &[row("ec2", "ask", "you", "", "really?"), KEEP])]);
    let ran = desk.import(&["a.xlsx", "b.xlsx"]);
    assert_eq!((ran.code, desk.decisions().as_str()), (1, ""));
    let wanted = "Unused services!D5 of a.xlsx says remove, me, 2026-09-01, and Unused services!D4 of b.xlsx says ask, you, really?";
    assert!(ran.stderr.contains(wanted) && !ran.stderr.contains("\\n"), "{}", ran.stderr);
    assert_eq!(desk.import(&["a.xlsx", "b.xlsx", "--prefer", "b.xlsx"]).code, 0);
    assert!(desk.decisions().contains("decision = \"ask\"") && !desk.decisions().contains("decision = \"remove\""));
    assert_eq!(desk.import(&["a.xlsx", "--prefer", "c.xlsx"]).code, 1);
    assert_eq!(desk.import(&["decisions.toml"]).code, 1);
    put(
        desk.path("twice.csv"),
        format!("entity_arn,service_namespace,decision,Decision,owner\n{ROLE},ec2,keep,remove,me\n"),
    );
    assert!(desk.import(&["twice.csv"]).stderr.contains("there are two columns Decision"));
}

/// The estate's own workbook, decided in by openpyxl and saved again by another program, three times around.
#[test]
#[ignore = "needs python3 with openpyxl, and LibreOffice: tests/run"]
fn three_rounds_through_openpyxl_and_libreoffice_lose_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_BIN_EXE_dormant")).ancestors().nth(2).expect("a target folder");
    let installed = target.join("venv/bin/python3");
    let python = if installed.exists() { installed } else { PathBuf::from("python3") };
    let desk = Desk::new();
    let estate = root.join("sample-data/estate");
    let (mut before, mut rounds) = (String::new(), Vec::new());
    for round in 0..3 {
        let mut report = vec!["report", estate.to_str().expect("UTF-8"), "-o", "audit", "--force", "--formats", "xlsx"];
        if round > 0 {
            report.extend(["--decisions", "decisions.toml"]);
        }
        assert_eq!(dormant(desk.0.path(), report).code, 0);
        fs::remove_file(desk.path("report.xlsx")).ok();
        let decide = root.join("tests/workbook/decide.py");
        let decided = run(Command::new(&python)
            .arg(decide)
            .args([desk.path("audit/report.xlsx"), desk.path("decided.xlsx")])
            .arg(round.to_string()));
        assert_eq!(decided.code, 0, "{decided:?}");
        let profile = format!("-env:UserInstallation=file://{}", desk.path("profile").display());
        let saved = run(Command::new("soffice")
            .args([profile.as_str(), "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"])
            .arg("--outdir")
            .arg(desk.path("saved"))
            .arg(desk.path("decided.xlsx")));
        assert_eq!(saved.code, 0, "{saved:?}");
        let ran = desk.import(&["saved/decided.xlsx"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let after = desk.decisions();
        assert!(round == 0 || after.starts_with(before.trim_end()), "round {round} lost something");
        before = after;
        rounds.push(before.matches("[[decision]]").count());
    }
    // As many rows as the script decided about in each round.
    assert_eq!(rounds, [12, 24, 36]);
}

#[test]
fn a_service_and_its_action_are_two_entries_and_the_action_wins() {
    let desk = Desk::new();
    let dump =
        program::dump_of(ROLE, "2026-07-06", &[("ec2", None, &[("RunInstances", None), ("StopInstances", None)])]);
    put(desk.path("dumps/role.json"), dump.to_string());
    put(
        desk.path("services.csv"),
        format!(
            "Entity,Account,Service,Decision,Owner,Comment,ARN,Dump of\nrole/deploy,012345678901,ec2,keep,me,spare,{ROLE},2026-07-06\n"
        ),
    );
    put(
        desk.path("actions.csv"),
        format!(
            "Entity,Account,Service,Action,Decision,Owner,ARN,Dump of\nrole/deploy,012345678901,ec2,RunInstances,remove,me,{ROLE},2026-07-06\n"
        ),
    );
    let ran = desk.import(&["services.csv", "actions.csv"]);
    assert!(ran.code == 0 && ran.stderr.contains("2 new"), "{ran:?}");
    let words = ["unused", "dumps", "--decisions", "decisions.toml", "--level", "action", "--format", "csv"];
    let columns = ["--columns", "service_namespace,action_name,decision"];
    let listed = dormant(desk.0.path(), words.into_iter().chain(columns)).stdout;
    assert_eq!(listed.lines().skip(1).collect::<Vec<_>>(), ["ec2,RunInstances,remove"], "{listed}");
}

#[test]
fn an_opendocument_spreadsheet_is_to_be_saved_as_a_workbook() {
    let desk = Desk::new();
    let mut archive = zip::ZipWriter::new(fs::File::create(desk.path("filled.ods")).expect("a file"));
    for name in ["mimetype", "content.xml"] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
    }
    archive.finish().expect("written");
    let ran = desk.import(&["filled.ods"]);
    assert!(ran.code != 0 && ran.stderr.contains("OpenDocument spreadsheet (.ods). Save it as .xlsx"), "{ran:?}");
}
