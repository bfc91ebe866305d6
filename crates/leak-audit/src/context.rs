//! What all checks of an audit share.

use crate::bars::{Bars, RowBytes};
use crate::features::KnownFeatures;
use crate::findings::Findings;
use crate::rows::Reach;
use artifact_core::schema::{Claim, Seal, SealId, SplitPlan};
use artifact_core::{Component, IndexSet};
use data_loader::{DataParts, Recipe};
use metrics::Metric;
use settings::part::Catalog;
use settings::{Config, ConfigError};

/// The run's settings and bars, with the features computed once per list of features.
pub(crate) struct Context<'a> {
    /// All registered metrics.
    pub(crate) metrics: Catalog<dyn Metric>,
    pub(crate) config: &'a Config,
    /// All registered parts.
    pub(crate) parts: &'a DataParts,
    /// The parts that the settings name, or why one of them cannot be found.
    pub(crate) recipe: Result<Recipe, ConfigError>,
    pub(crate) seal_id: SealId,
    pub(crate) seal: Seal,
    /// The rows before the test rows.
    pub(crate) development: Bars,
    /// All rows as bytes, test rows included: only their hashes and dates are used, never their prices.
    pub(crate) all_rows: RowBytes,
    /// All bars, test rows included; `None` unless the ledger says that the test rows have been opened.
    pub(crate) all_bars: Option<Bars>,
    /// The features of the development rows, one entry per list of features.
    pub(crate) features: Vec<KnownFeatures>,
}

impl Context<'_> {
    /// The values of a list of features on the development rows, if they could be computed.
    pub(crate) fn features(&self, features: &[Component]) -> Option<&KnownFeatures> {
        self.features.iter().find(|known| known.of == features)
    }

    /// How many feature columns the run's settings give each ticker, if the configured features could be computed.
    pub(crate) fn configured_columns(&self) -> Option<usize> {
        let recipe = self.recipe.as_ref().ok()?;
        let features: Vec<Component> = recipe.features.iter().map(|one| one.component.clone()).collect();
        Some(self.features(&features)?.columns.len())
    }

    /// The row geometry of a split's sequences; `None`, and a violation, if a length or a set is out of bounds.
    pub(crate) fn reach(&self, subject: &str, plan: &SplitPlan, findings: &mut Findings) -> Option<Reach> {
        let (claim, rows) = (Claim::SequenceSets, self.all_rows.len());
        let reach = Reach { seq_length: plan.seq_length, time_window: plan.time_window };
        let sizes = [plan.seq_length, plan.time_window];
        // A size of 0 would make the decision row precede the inputs, and a huge one would overflow the row arithmetic.
        let sane = sizes.iter().all(|&size| size > 0 && size <= rows) && plan.rows <= rows;
        let found =
            format!("seq_length {}, time_window {}, rows {}", plan.seq_length, plan.time_window, plan.rows);
        if !findings.check(claim, subject, sane, found, format!("lengths from 1 up to the {rows} rows")) {
            return None;
        }
        let sets = [
            ("train", &plan.train),
            ("validation", &plan.validation),
            ("development", &plan.development),
            ("final_train", &plan.final_train),
            ("test", &plan.test),
        ];
        let mut usable = true;
        for (name, set) in sets {
            usable &= self.fits(claim, subject, name, set, reach, findings);
        }
        usable.then_some(reach)
    }

    /// Whether every sequence of a set, label included, lies within the existing rows.
    pub(crate) fn fits(
        &self,
        claim: Claim,
        subject: &str,
        name: &str,
        set: &IndexSet,
        reach: Reach,
        findings: &mut Findings,
    ) -> bool {
        let rows = self.all_rows.len();
        // Sets come from untrusted artifacts. Checking `last` alone first keeps the sum in `all` from overflowing.
        let last = set.last().unwrap_or(0);
        let fits = last < rows && reach.all(last).end <= rows;
        let found = format!("sequence {last} in {name}");
        findings.check(claim, subject, fits, found, format!("sequences of which every row is below {rows}"))
    }
}
