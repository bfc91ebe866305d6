//! Damage to the files of a workspace.

use crate::fault::{Kind, Try};
use crate::state::files;
use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
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
    if attack.kind == Kind::Shortened {
        return shorten(workspace, attack);
    }
    let is_object = |path: &Path| path.components().any(|part| part.as_os_str() == "objects");
    // Locks are empty.
    let all: Vec<&PathBuf> = all
        .iter()
        .filter(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0))
        .filter(|path| attack.kind != Kind::Bomb || is_object(path))
        .collect();
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
        Kind::Bomb => {
            let (size, stated) = [(64 << 20, true), (64 << 20, false), (2 << 30, true)][attack.below(3)];
            detail = format!(", {size} zeros, {}", if stated { "as stated" } else { "not stated" });
            fs::write(path, bomb(size, stated)?)?;
        }
        Kind::Swapped => {
            let alike: Vec<&&PathBuf> = all
                .iter()
                .filter(|other| **other != path)
                .filter(|other| is_object(other) == is_object(path))
                .filter(|other| is_object(path) || other.extension() == path.extension())
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

/// Cuts whole lines from the end of a log; half of the time its head goes too.
fn shorten(workspace: &Path, attack: &mut Try) -> anyhow::Result<String> {
    let logs = ["test-access", "trials"].map(|name| workspace.join("ledger").join(name));
    let logs: Vec<&PathBuf> = logs.iter().filter(|log| log.with_extension("jsonl").exists()).collect();
    let head = logs[attack.below(logs.len())].with_extension("head");
    let log = head.with_extension("jsonl");
    let text = fs::read_to_string(&log)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let keep = attack.below(lines.len());
    fs::write(&log, lines[..keep].concat())?;
    let mut detail = format!("{} cut to {keep} of {} lines", log.display(), lines.len());
    if attack.below(2) == 1 {
        fs::remove_file(head)?;
        detail += ", without its head";
    }
    Ok(detail)
}

/// An object's file of a frame with a right mark, which decompresses to so many zeros.
fn bomb(size: u64, stated: bool) -> io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1)?;
    encoder.include_contentsize(stated)?;
    encoder.set_pledged_src_size(stated.then_some(size))?;
    io::copy(&mut io::repeat(0).take(size), &mut encoder)?;
    let mut frame = encoder.finish()?;
    let digest = Sha256::digest(&frame);
    frame.extend([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]);
    frame.extend(&digest[..4]);
    Ok(frame)
}
