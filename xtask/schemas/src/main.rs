//! `cargo xtask schema`: the JSON Schemas of all artifacts and the list of their versions, generated from the types that
//! write them.

mod documents;
mod formats;

use anyhow::{Context as _, bail};
use artifact_core::files;
use clap::Parser;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use xtask::command::root;

/// Options of `cargo xtask schema`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask schema", bin_name = "cargo xtask schema")]
struct SchemaArgs {
    /// Only check that the files are up to date
    #[arg(long)]
    check: bool,
    /// Also write the shapes of versions that are not merged yet into docs/schema/versions.lock
    #[arg(long, conflicts_with = "check")]
    lock: bool,
}

fn main() -> anyhow::Result<()> {
    let args = SchemaArgs::parse();
    if args.check {
        return check();
    }
    write()?;
    if args.lock { formats::lock() } else { Ok(()) }
}

/// Checks that docs/schema contains exactly the schemas of the current types, and that no stored form has changed.
fn check() -> anyhow::Result<()> {
    let stale = stale(&directory(), &documents()?)?;
    if !stale.is_empty() {
        bail!("docs/schema is out of date ({}); run `cargo xtask schema`", stale.join(", "));
    }
    formats::check()
}

fn write() -> anyhow::Result<()> {
    let (directory, documents) = (directory(), documents()?);
    for name in stale(&directory, &documents)? {
        let path = directory.join(&name);
        match documents.get(&name) {
            Some(text) => files::write_atomically(&path, text)?,
            None => fs::remove_file(&path).with_context(|| format!("failed to remove {}", path.display()))?,
        }
    }
    Ok(())
}

fn directory() -> PathBuf {
    root().join("docs").join("schema")
}

/// The generated files, by name.
fn documents() -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut documents = BTreeMap::from([("VERSIONS.md".to_owned(), formats::versions_page()?.into_bytes())]);
    for (name, schema) in documents::all() {
        documents.insert(format!("{name}.schema.json"), files::pretty_json(&schema)?);
    }
    Ok(documents)
}

/// The files that are missing, differ, or describe no document.
fn stale(directory: &Path, documents: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<Vec<String>> {
    let mut stale = Vec::new();
    for (name, text) in documents {
        if fs::read(directory.join(name)).ok().as_ref() != Some(text) {
            stale.push(name.clone());
        }
    }
    if !directory.exists() {
        return Ok(stale);
    }
    for entry in fs::read_dir(directory).context("failed to read docs/schema")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !documents.contains_key(&name) && name != formats::LOCK_NAME {
            stale.push(name);
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::KINDS;

    #[test]
    fn every_kind_has_a_schema_and_the_files_are_up_to_date() {
        let documents = documents().unwrap();
        for name in KINDS.iter().chain(&["trial_results", "extended_training_results", "ledger_entry"]) {
            assert!(documents.contains_key(&format!("{name}.schema.json")), "{name}");
        }
        check().unwrap();
    }

    #[test]
    fn missing_changed_and_leftover_files_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let text = |text: &str| text.as_bytes().to_vec();
        let documents = BTreeMap::from([("a".into(), text("1")), ("b".into(), text("2"))]);
        fs::write(directory.path().join("b"), "3").unwrap();
        fs::write(directory.path().join("c"), "4").unwrap();
        assert_eq!(stale(directory.path(), &documents).unwrap(), ["a", "b", "c"]);
    }
}
