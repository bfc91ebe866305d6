//! Damage to the files of a workspace.

use crate::fault::{Kind, Try};
use crate::state::files;
use anyhow::Context as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Damages a file that the attack draws; says which and how, for the report. An empty directory stays as it is.
///
/// # Errors
///
/// If the file cannot be changed.
pub(crate) fn damage(workspace: &Path, attack: &mut Try) -> anyhow::Result<String> {
    let all = files(workspace)?;
    if attack.kind == Kind::TornLine {
        let logs = ["test-access.jsonl", "trials.jsonl"].map(|name| workspace.join("ledger").join(name));
        let logs: Vec<&PathBuf> = logs.iter().filter(|log| log.exists()).collect();
        let log = logs[attack.below(logs.len())];
        OpenOptions::new().append(true).open(log)?.write_all(br#"{"at":"2026-12-0"#)?;
        return Ok(format!("half a line after {}", log.display()));
    }
    // Locks are empty.
    let all: Vec<&PathBuf> =
        all.iter().filter(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0)).collect();
    let path = all[attack.below(all.len())];
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
        Kind::Swapped => {
            let folder = |path: &Path| path.components().any(|part| part.as_os_str() == "objects");
            let alike: Vec<&&PathBuf> = all
                .iter()
                .filter(|other| **other != path)
                .filter(|other| folder(other) == folder(path))
                .filter(|other| folder(path) || other.extension() == path.extension())
                .collect();
            if alike.is_empty() {
                return Ok(format!("nothing to put in place of {}", path.display()));
            }
            let other = alike[attack.below(alike.len())];
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
