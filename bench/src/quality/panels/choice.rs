//! Which panel is asked for.

use super::kind::Kind;
use super::panel::Panel;
use super::real;
use data_loader::{SyntheticSpec, sources};

/// A panel by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Choice {
    /// One whose truth is known.
    Kind(Kind),
    /// The source `synthetic`, with its signal.
    Planted,
    /// The newest five years of the embedded sample.
    Sample,
}

/// The rows of the sample, unless told otherwise: five years.
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
            name => Kind::named(name).map(Self::Kind).map_err(|error| format!("{error}, planted, sample")),
        }
    }

    /// The panel, with at most so many tickers and rows. `seed` matters to generated ones.
    ///
    /// # Errors
    ///
    /// If bars cannot be read or used.
    pub(crate) fn load(
        self,
        (tickers, rows): (Option<usize>, Option<usize>),
        seed: u64,
    ) -> anyhow::Result<Panel> {
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
            Self::Sample => {
                let raw = sources::sample::sample()?;
                real::panel(raw, rows.unwrap_or(FIVE_YEARS), tickers.unwrap_or(usize::MAX))
            }
        }
    }
}
