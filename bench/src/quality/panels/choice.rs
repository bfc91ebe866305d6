//! Which panel is asked for.

use super::kind::Kind;
use super::panel::Panel;
use super::real;
use anyhow::Context as _;
use data_loader::{CsvOptions, SyntheticSpec, sources};
use std::path::{Path, PathBuf};

/// A panel by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Choice {
    /// One whose truth is known.
    Kind(Kind),
    /// The source `synthetic`, with its signal.
    Planted,
    /// The newest five years of the embedded sample.
    Sample,
    /// A folder of CSV files.
    Bars,
}

/// The rows of the panels that are not generated here, unless told otherwise: five years.
const FIVE_YEARS: usize = 1259;

impl Choice {
    /// The panel of a name.
    ///
    /// # Errors
    ///
    /// If no panel has that name; the message lists the names.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        match name {
            "planted" => Ok(Self::Planted),
            "sample" => Ok(Self::Sample),
            "bars" => Ok(Self::Bars),
            name => {
                Kind::named(name).map(Self::Kind).map_err(|error| format!("{error}, planted, sample, bars"))
            }
        }
    }

    /// The panel, with at most so many tickers and rows. `seed` matters to generated ones, `folder` to `bars`.
    ///
    /// # Errors
    ///
    /// If bars cannot be read or used, or there is no folder for `bars`.
    pub(crate) fn load(
        self,
        (tickers, rows): (Option<usize>, Option<usize>),
        seed: u64,
        folder: Option<&Path>,
    ) -> anyhow::Result<Panel> {
        let of_real = |raw| real::panel(raw, rows.unwrap_or(FIVE_YEARS), tickers.unwrap_or(usize::MAX));
        match self {
            Self::Kind(kind) => {
                let (own_tickers, own_rows) = kind.size();
                Ok(kind.generate((tickers.unwrap_or(own_tickers), rows.unwrap_or(own_rows)), seed))
            }
            Self::Planted => {
                let defaults = SyntheticSpec::default();
                let spec = SyntheticSpec {
                    tickers: tickers.unwrap_or(defaults.tickers),
                    rows: rows.unwrap_or(defaults.rows),
                    ..defaults
                };
                let rows = spec.rows;
                real::panel(sources::synthetic::synthetic(&spec, seed), rows, usize::MAX)
            }
            Self::Sample => of_real(sources::sample::sample(CsvOptions::default())?),
            Self::Bars => {
                let folder = folder.context("the panel `bars` needs --bars FOLDER")?;
                of_real(sources::csv::read_files(&files(folder)?, CsvOptions::default())?)
            }
        }
    }
}

/// The CSV files of a folder, by name.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read {}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
