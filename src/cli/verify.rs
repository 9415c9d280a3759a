//! `verify`: whether an audit is as it was written, and whether its inputs are as they were then.

use std::fs;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use dormant::archive::Store;
use dormant::problem::counted;
use dormant::util::marker::{Audit, Closely};

use super::args::VerifyAuditArgs;
use super::messages::{self, Messages};

/// Holds the folder, and the inputs that are at hand, against `manifest.json`.
///
/// # Errors
/// Where anything differs, each told before.
pub fn verify(args: &VerifyAuditArgs, messages: Messages) -> Result<()> {
    let folder = args.dir.as_path();
    let shown = folder.display();
    let Some(audit) = Audit::at(folder) else {
        if Store::at(folder).is_ok_and(|store| store.is_some()) {
            bail!("{shown} is a store. Run `dormant store verify {shown}`.");
        }
        bail!("{shown} is not an audit: it has no manifest.json that `dormant report` wrote");
    };
    let mut differences = of_files(&audit, folder)?;
    let roots = if args.inputs.is_empty() { audit.roots() } else { &args.inputs };
    if roots.len() != audit.roots().len() {
        bail!(
            "the inputs of {shown} lie in {}: give --inputs once for each, in the order of `input_roots` in manifest.json",
            counted(audit.roots().len(), "folder", "folders")
        );
    }
    let inputs: Vec<Option<bool>> = audit.inputs().iter().map(|input| input.is_as_then(roots)).collect();
    // An audit can be checked where its inputs are not. Where some of them are, or somebody says where they are, each has to be there.
    let is_here = !args.inputs.is_empty() || inputs.iter().any(Option::is_some);
    for (input, same) in audit.inputs().iter().zip(&inputs) {
        let path = roots.get(input.root).map_or_else(|| input.path.clone(), |root| root.join(&input.path));
        match same {
            Some(false) => differences.push(format!("the input `{}` was changed", path.display())),
            None if path == Path::new("./-") => {
                messages.note("the input `-` came through stdin: it is not a file that can be compared");
            }
            None if is_here => differences.push(format!("the input `{}` is missing", path.display())),
            Some(true) | None => {}
        }
    }
    for difference in &differences {
        messages::error(&anyhow!("{difference}"));
    }
    if !differences.is_empty() {
        bail!("{shown} is not as it was written: {}", counted(differences.len(), "difference", "differences"));
    }
    let (files, inputs) = (counted(audit.files().count(), "file", "files"), counted(inputs.len(), "input", "inputs"));
    let are = if audit.files().count() == 1 { "is as it was" } else { "are as they were" };
    messages.note(if is_here {
        let read = if audit.inputs().len() == 1 { "it was" } else { "they were" };
        format!("{files} {are} written, and {inputs} as {read} read")
    } else {
        format!("{files} {are} written; none of {inputs} is here to be compared (--inputs names the folder)")
    });
    Ok(())
}

/// What is missing, was changed, or has come in since.
fn of_files(audit: &Audit, folder: &Path) -> Result<Vec<String>> {
    let is_missing = |path: &&Path| fs::symlink_metadata(folder.join(path)).is_err();
    let missing = audit.files().filter(is_missing).map(|path| format!("`{}` is missing", path.display()));
    let mut differences: Vec<String> = missing.collect();
    for path in audit.strangers(folder, Closely::Content)? {
        let what = if audit.files().any(|file| file == path) { "was changed" } else { "is not of this audit" };
        differences.push(format!("`{}` {what}", path.display()));
    }
    Ok(differences)
}
