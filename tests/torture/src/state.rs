//! What a workspace holds, and what must come out the same after every attack.

use anyhow::Context as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The regular files below a directory, sorted.
///
/// # Errors
///
/// If a directory cannot be read.
pub(crate) fn files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("failed to read {}", root.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else if entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The content of every file.
///
/// # Errors
///
/// If one cannot be read.
pub(crate) fn contents(root: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    files(root)?.into_iter().map(|path| Ok((path.clone(), fs::read(path)?))).collect()
}

/// Copies a directory with its regular files.
///
/// # Errors
///
/// If it cannot be read, or the copy not be written.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(file, target)?;
    }
    Ok(())
}

/// What every undisturbed run with the same settings has in common, with the first difference shown when compared.
#[derive(Debug, PartialEq)]
pub(crate) struct Figures(BTreeMap<String, String>);

impl Figures {
    /// Reads the finished run of a workspace: its objects, its results, and how often its test rows were opened.
    ///
    /// # Errors
    ///
    /// If there is not exactly one run, or a file is missing.
    pub(crate) fn read(workspace: &Path) -> anyhow::Result<Self> {
        let mut runs = fs::read_dir(workspace.join("runs"))?;
        let run = runs.next().context("there is no run")??.path();
        anyhow::ensure!(runs.next().is_none(), "there is more than one run in {}", workspace.display());
        let text = |path: &str| {
            let path = run.join(path);
            fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))
        };
        let mut figures = BTreeMap::new();
        for file in ["hyperparameter_tuning_results/trial_results.json", "final_model/metrics.json"] {
            figures.insert(file.to_owned(), text(file)?);
        }
        let record: Value = serde_json::from_str(&text("run.json")?)?;
        // The certificate and the page name dates of the ledger.
        outputs(&record, "", &mut figures);
        let ledger = fs::read_to_string(workspace.join("ledger/test-access.jsonl"))?;
        let openings = ledger.matches(r#""kind":"unsealed""#).count();
        figures.insert("openings of the test rows".to_owned(), openings.to_string());
        Ok(Self(figures))
    }

    /// What differs from the expected figures.
    pub(crate) fn difference(&self, expected: &Self) -> Option<String> {
        let names = expected.0.keys().chain(self.0.keys());
        let differs = names.into_iter().find(|name| self.0.get(*name) != expected.0.get(*name))?;
        let [found, expected] =
            [self, expected].map(|figures| figures.0.get(differs).map_or("nothing", String::as_str));
        let at = found.chars().zip(expected.chars()).take_while(|(one, other)| one == other).count();
        let shown = |text: &str| text.chars().skip(at.saturating_sub(30)).take(80).collect::<String>();
        Some(format!("{differs}: {:?} instead of {:?}", shown(found), shown(expected)))
    }
}

/// The objects of every run but those that name dates, by run and place.
///
/// # Errors
///
/// If a record cannot be read.
pub(crate) fn objects_of_runs(workspace: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(workspace.join("runs")).context("there are no runs")? {
        let entry = entry?;
        let path = entry.path().join("run.json");
        let text = fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
        outputs(&serde_json::from_str(&text)?, &entry.file_name().to_string_lossy(), &mut found);
    }
    Ok(found)
}

/// Every object that the record names.
fn outputs(value: &Value, path: &str, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter().filter(|(name, _)| *name != "leak_certificate") {
                outputs(field, &format!("{path}/{name}"), into);
            }
        }
        Value::String(text) if path.contains("outputs") && !path.contains("/page") && text.len() == 64 => {
            into.insert(path.to_owned(), text.clone());
        }
        _ => {}
    }
}
