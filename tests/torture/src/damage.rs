//! Damage to the files of a workspace.

use crate::bomb::{Stated, bomb};
use crate::fault::{Kind, Try};
use crate::state::files;
use anyhow::Context as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What was damaged.
#[derive(Debug)]
pub(crate) struct Damage {
    /// Which file and how, for the report.
    pub(crate) said: String,
    /// Whether the file is a source of truth: nothing else in the workspace tells what it held.
    pub(crate) source: bool,
    /// A directory in a file's place: it may hold anything, so the program asks for it to be moved away.
    pub(crate) in_the_way: Option<PathBuf>,
}

/// Damages a file that the attack draws. An empty directory stays as it is.
///
/// # Errors
///
/// If the file cannot be changed.
pub(crate) fn damage(workspace: &Path, attack: &mut Try) -> anyhow::Result<Damage> {
    if matches!(attack.kind, Kind::TornLine | Kind::Shortened) {
        return Ok(Damage { said: damage_logs(workspace, attack)?, source: true, in_the_way: None });
    }
    let path = draw(workspace, attack)?;
    let source = is_source(workspace, &path);
    let said = damage_file(workspace, attack, &path)?;
    Ok(Damage { said, source, in_the_way: (attack.kind == Kind::Directory).then_some(path) })
}

/// A file that is not empty, as locks are; for a bomb, an object.
///
/// # Errors
///
/// If the workspace cannot be read.
pub(crate) fn draw(workspace: &Path, attack: &mut Try) -> anyhow::Result<PathBuf> {
    let mut all = files(workspace)?;
    all.retain(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0));
    all.retain(|path| attack.kind != Kind::Bomb || is_object(path));
    Ok(all.swap_remove(attack.below(all.len())))
}

/// Whether a file lies in the store.
fn is_object(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "objects")
}

/// The logs with their heads, a run's record and a study's database come from nothing else.
fn is_source(workspace: &Path, path: &Path) -> bool {
    path.starts_with(workspace.join("ledger"))
        || path.ends_with("run.json")
        || path.extension().is_some_and(|extension| extension == "db")
}

/// Appends half a line to a log or to both, or removes the last lines of one.
fn damage_logs(workspace: &Path, attack: &mut Try) -> anyhow::Result<String> {
    let logs = ["test-access.jsonl", "trials.jsonl"].map(|name| workspace.join("ledger").join(name));
    let mut logs: Vec<PathBuf> = logs.into_iter().filter(|log| log.exists()).collect();
    if attack.kind == Kind::TornLine {
        let drawn = attack.below(logs.len() + 1);
        if drawn < logs.len() {
            logs = vec![logs.swap_remove(drawn)];
        }
        for log in &logs {
            OpenOptions::new().append(true).open(log)?.write_all(br#"{"at":"2026-12-0"#)?;
        }
        return Ok(format!("half a line after {}", shown(&logs)));
    }
    let log = &logs[attack.below(logs.len())];
    let text = fs::read_to_string(log)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let kept = attack.below(lines.len());
    fs::write(log, lines[..kept].concat())?;
    let with_head = attack.below(2) == 1;
    if with_head {
        fs::remove_file(log.with_extension("head"))?;
    }
    let head = if with_head { ", and no head" } else { "" };
    Ok(format!("{kept} of {} lines of {}{head}", lines.len(), log.display()))
}

fn shown(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}

/// Damages one file; says how.
fn damage_file(workspace: &Path, attack: &mut Try, path: &Path) -> anyhow::Result<String> {
    let mut bytes = fs::read(path)?;
    let at = attack.below(bytes.len());
    let mut detail = String::new();
    match attack.kind {
        Kind::Flipped => {
            let bit = attack.below(8);
            bytes[at] ^= 1 << bit;
            detail = format!(", bit {bit} of byte {at}");
            fs::write(path, bytes)?;
        }
        Kind::Cut => {
            detail = format!(", to {at} bytes");
            fs::write(path, &bytes[..at])?;
        }
        Kind::Emptied => fs::write(path, "")?,
        Kind::Bomb => {
            let stated = Stated::ALL[attack.below(Stated::ALL.len())];
            detail = format!(", stated: {stated:?}");
            fs::write(path, bomb(stated))?;
        }
        Kind::Swapped => {
            let alike: Vec<PathBuf> = files(workspace)?
                .into_iter()
                .filter(|other| other != path && fs::metadata(other).is_ok_and(|file| file.len() > 0))
                .filter(|other| is_object(other) == is_object(path))
                .filter(|other| is_object(path) || other.extension() == path.extension())
                .collect();
            if alike.is_empty() {
                return Ok(format!("nothing to put in place of {}", path.display()));
            }
            let other = &alike[attack.below(alike.len())];
            detail = format!(" with {}", other.display());
            fs::copy(other, path)?;
        }
        _ => {
            fs::remove_file(path)?;
            match attack.kind {
                Kind::Directory => fs::create_dir(path)?,
                Kind::Dangling => std::os::unix::fs::symlink("nothing-here", path)?,
                Kind::Fifo => {
                    let made = Command::new("mkfifo").arg(path).status().context("failed to start mkfifo")?;
                    anyhow::ensure!(made.success(), "mkfifo failed for {}", path.display());
                }
                _ => {}
            }
        }
    }
    Ok(format!("{} {}{detail}", attack.kind, path.display()))
}
