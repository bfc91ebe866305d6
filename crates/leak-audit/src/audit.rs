//! One audit: from a run's record to its certificate.

use crate::context::Context;
use crate::data::{self, Frozen};
use crate::error::AuditError;
use crate::features;
use crate::findings::Findings;
use crate::ledger::LedgerLines;
use crate::objects::Objects;
use crate::run::Results;
use crate::shared_data::SharedData;
use crate::{final_model, kinds, selection, single_results};
use artifact_core::schema::{Claim, LeakCertificate, LeakageKind, SealId};
use artifact_core::{Digest, ObjectStore, Phase, RunRecord};
use data_loader::DataParts;
use metrics::Metric;
use settings::Config;
use settings::part::Catalog;
use std::collections::BTreeMap;

/// The inputs of an audit.
pub struct Audit<'a> {
    /// Where the run's objects are.
    pub store: &'a dyn ObjectStore,
    /// The run's record: which phases finished, and what they produced.
    pub record: &'a RunRecord,
    /// The bytes of the test ledger; empty if there is none.
    pub ledger: &'a [u8],
    /// What the user vouches for, by kind of leakage.
    pub attestations: &'a BTreeMap<LeakageKind, String>,
    /// The parts that the run was made with. The audit calls them, on full and on truncated rows, and compares the
    /// results with what is stored.
    pub parts: &'a DataParts,
    /// The metrics used to recompute objectives.
    pub metrics: &'a Catalog<dyn Metric>,
}

impl<'p> Audit<'p> {
    /// Checks every claim.
    ///
    /// A fault of the run is a violation in the certificate, never an error.
    ///
    /// # Errors
    ///
    /// [`AuditError`] if there is nothing to recompute from: no frozen bars, an imported run, unreadable settings or
    /// bars; and if the system does not let an object be read.
    pub fn run(&self) -> Result<LeakCertificate, AuditError> {
        let run = || self.record.run.clone();
        let seal = self.record.output(Phase::Data, "seal");
        if seal.is_none() && self.record.phases.contains_key(&Phase::Import) {
            return Err(AuditError::Imported { run: run() });
        }
        let (Some(seal_id), Some(config)) = (seal.map(SealId::new), Config::of_record(self.record)?) else {
            return Err(AuditError::NothingFrozen { run: run() });
        };
        let mut findings = Findings::default();
        let objects = Objects::new(self.store);
        let ledger = LedgerLines::read(self.ledger, &mut findings);
        let results = Results::read(&objects, self.record, &mut findings);
        let bars = |source| AuditError::Bars { run: run(), source: Box::new(source) };
        let context = self.context(&objects, &config, seal_id, &ledger, &mut findings);
        objects.readable()?;
        let context = context.map_err(bars)?;

        let given = context.seal.source.columns.clone();
        let openings = self.check(context, &results, &ledger, &objects, &mut findings);
        objects.readable()?;
        // Only now: the checks read objects too, such as the earlier state of the study that a choice was made from.
        objects.conclude(&mut findings);
        let claims = findings.results();
        let leakage = kinds::leakage(&claims, openings, &given, self.attestations);
        Ok(LeakCertificate {
            seal: seal_id,
            study: results.tuned.as_ref().map(|tuned| tuned.id),
            best_configuration: results.chosen.as_ref().map(|chosen| chosen.id),
            model_bundle: results.final_model.as_ref().map(|model| model.id),
            claims,
            leakage,
        })
    }

    /// Reads and checks the bars.
    fn context<'c>(
        &self,
        objects: &Objects<'_>,
        config: &'c Config,
        seal_id: SealId,
        ledger: &LedgerLines,
        findings: &mut Findings,
    ) -> Result<Context<'c>, artifact_core::Error>
    where
        Self: 'c,
    {
        let lost = |id: Digest| artifact_core::Error::NotFound { what: "readable object", id };
        let seal = objects.read(seal_id, findings).ok_or_else(|| lost(seal_id.digest()))?;
        let mut frozen = |id| data::read(objects, id, findings)?.ok_or_else(|| lost(id.digest()));
        let all: Frozen = frozen(seal.snapshot)?;
        let development: Frozen = frozen(seal.development)?;
        data::check_cut(&seal, &all, &development, findings);
        // Until the ledger records an opening, the audit must not see a test price either: it would be one more look
        // at the test set that nobody counted.
        let opened = ledger.has_opened(&seal);
        let context = Context {
            config,
            parts: self.parts,
            recipe: self.parts.recipe(config),
            metrics: self.metrics.clone(),
            seal_id,
            development: development.rows.bars(&development.snapshot),
            all_bars: opened.then(|| all.rows.bars(&all.snapshot)),
            all_rows: all.rows,
            seal,
            features: Vec::new(),
        };
        data::check_bars(&context, findings);
        Ok(context)
    }

    /// Checks everything else; returns how often the test set had been opened by the time it was scored.
    fn check(
        &self,
        mut context: Context<'_>,
        results: &Results,
        ledger: &LedgerLines,
        objects: &Objects<'_>,
        findings: &mut Findings,
    ) -> usize {
        // Before all other checks, which look up the values and column names of the features in the context.
        for features in results.features(context.recipe.as_ref().ok()) {
            let (bars, given) = (&context.development, &context.seal.source.columns);
            let known = features::check(bars, given, &features, self.parts, findings);
            context.features.extend(known);
        }
        if let Err(error) = &context.recipe {
            findings.unchecked(Claim::SettingsKept, "the configured parts", error);
        }
        let context = &context;
        let shared = SharedData::check(context, results, findings);
        single_results::check_folds(context, results, &shared, findings);
        single_results::check_trials(results, &shared, findings);
        single_results::check_starts(context, results, findings);
        if let Some(tuned) = &results.tuned {
            selection::check_study(context, tuned, findings);
        }
        let Some(chosen) = &results.chosen else {
            if results.final_model.is_some() {
                for claim in [Claim::FinalFit, Claim::TestLedger] {
                    findings.unchecked(claim, "the final model", "the chosen configuration cannot be read");
                }
            }
            return 0;
        };
        if results.tuned.is_none() {
            // The choice may be sound, as one from imported trials is, but no ranking of this run can confirm it.
            let reason = "its study does not belong to this run, so which trials were best cannot be checked";
            findings.unchecked(Claim::Selection, "the chosen configuration", reason);
        }
        selection::check_choice(context, results.tuned.as_ref(), chosen, objects, findings);
        for validated in results.validated() {
            selection::check_marks(results.tuned.as_ref(), validated, findings);
        }
        let Some(model) = &results.final_model else { return 0 };
        let (subject, bundle, best) = ("the final model", &model.bundle, &chosen.best);
        let reach = context.reach("the chosen configuration's split", &best.split, findings);
        final_model::check(context, subject, bundle, (chosen.id, best), reach, findings);
        if let Some(reach) = reach {
            final_model::check_test(context, subject, bundle, best, reach, findings);
        }
        let figures = objects.test_figures(model.id, findings);
        ledger.check(&context.seal, chosen.id, figures, findings)
    }
}
