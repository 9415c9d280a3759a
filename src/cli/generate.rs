//! Completions and man pages, made from the arguments themselves so that they cannot lag behind.

use std::path::Path;

use anyhow::{Context, Result};
use clap_mangen::Man;
use dormant::render::output::{Target, check_outside_stores};

use super::args::{CompletionsArgs, ManArgs, command_line};

/// `completions`: the script of one shell to stdout.
pub fn completions(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line(), "dormant", &mut script);
    write(&Target::Stdout, false, &script)
}

/// `man`: dormant.1 to stdout, or every page into a folder.
pub fn man(args: &ManArgs) -> Result<()> {
    match &args.dir {
        None => write(&Target::Stdout, false, &page(&Man::new(command_line()))?),
        Some(dir) => pages(dir, args.force),
    }
}

fn pages(dir: &Path, force: bool) -> Result<()> {
    check_outside_stores(dir)?;
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
    let mut root = command_line();
    root.build();
    let commands = root.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let pages: Vec<(Target, Man)> = std::iter::once(root.clone())
        .chain(commands)
        .map(Man::new)
        .map(|man| (Target::File(dir.join(man.get_filename())), man))
        .collect();
    for (target, _) in &pages {
        target.check(force)?;
    }
    for (target, man) in &pages {
        write(target, force, &page(man)?)?;
    }
    Ok(())
}

fn page(man: &Man) -> Result<Vec<u8>> {
    let mut roff = Vec::new();
    man.render(&mut roff)?;
    Ok(roff)
}

fn write(target: &Target, force: bool, bytes: &[u8]) -> Result<()> {
    Ok(target.write(force, |out| Ok(out.write_all(bytes)?))?)
}
