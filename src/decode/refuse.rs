//! What cannot be read, by name, with the way to save it right: text that is no JSON, but that somebody meant to be a dump.

use crate::problem::Kind;

/// What a text was recognised as, and what to do about it.
pub struct Refused {
    /// The kind of problem.
    pub kind: Kind,
    /// What it is.
    pub what: &'static str,
    /// How to save it right.
    pub advice: &'static str,
}

const SAVE_JSON: &str = "Save it again with `--output json`.";

/// Whether a text speaks of last-accessed data at all; what does not is another program's file.
pub fn mentions_dump(text: &str) -> bool {
    let words =
        ["ServicesLastAccessed", "SERVICESLASTACCESSED", "ServiceLastAccessed", "LastAuthenticated", "JobStatus"];
    let other_spellings = ["ServiceNamespace", "service_namespace", "serviceNamespace"];
    words.iter().chain(&other_spellings).any(|word| text.contains(word))
}

/// Whether a text holds last-accessed data, in whatever shape: words that stand in nothing else that lies about.
pub fn holds_accesses(text: &str) -> bool {
    [
        "LastAuthenticated",
        "lastAuthenticated",
        "last_authenticated",
        "ServicesLastAccessed",
        "TrackedActionsLastAccessed",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Recognises a text that mentions last-accessed data, or the error of a client; `None` where it is somebody else's file.
pub fn recognise(text: &str) -> Option<Refused> {
    let start = text.trim_start();
    let has = |needle: &str| text.contains(needle);
    let wrong = |what, advice| Some(Refused { kind: Kind::WrongFormat, what, advice });
    if has("An error occurred (") || has("Unable to locate credentials") || has("ExpiredToken") {
        let advice =
            "Run `aws iam generate-service-last-accessed-details` again and fetch the answer as the same caller.";
        return Some(Refused {
            kind: Kind::ClientError,
            what: "this is the error message of a client, not an answer",
            advice,
        });
    }
    if !mentions_dump(text) {
        return None;
    }
    if has("SERVICESLASTACCESSED\t") {
        return wrong("this is the CLI's text output, which has no member names", SAVE_JSON);
    }
    if start.starts_with("---") && has("|") && has("+--") || start.starts_with("----------") {
        return wrong("this is the CLI's table output, made for the eye", SAVE_JSON);
    }
    if start.starts_with('<') {
        return wrong("this is XML, the answer as it travels", "Save what a client prints: `aws iam … --output json`.");
    }
    if start.starts_with("{'") || start.starts_with("[{'") || has("datetime.datetime(") {
        return wrong(
            "this is Python's print of a dict, not JSON",
            "Save it with `json.dump(answer, file, default=str)` instead of print().",
        );
    }
    if start.starts_with("&{") || start.starts_with("{Job") || has("(*types.") || has("ResultMetadata:{") {
        return wrong("this is Go's %+v print of a struct, not JSON", "Save it with `json.Marshal(answer)`.");
    }
    if has("JobStatus: '") || has("[Object]") || has("[Array]") {
        return wrong("this is what console.log prints, not JSON", "Save it with `JSON.stringify(answer)`.");
    }
    if has("@{ServiceName=") || has("System.Object[]") {
        return wrong("PowerShell cut the nested rows off", "Save it again with `ConvertTo-Json -Depth 10`.");
    }
    if text.lines().any(|line| line.trim() == "..." || line.trim() == "…") {
        return wrong("this is an example with `...` in it, not an answer", "Save what the client prints, unchanged.");
    }
    if text.lines().any(|line| line.starts_with("JobStatus:") || line.starts_with("ServicesLastAccessed:")) {
        return wrong("this is YAML", SAVE_JSON);
    }
    None
}
