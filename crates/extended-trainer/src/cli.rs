//! The command line of the extended trainer.

use crate::candidate::Candidate;
use crate::racing::FoldPruner;
use crate::select::{BASELINES, Extended, ExtendedTrainer, phase_key};
use anyhow::Context as _;
use artifact_core::schema::IMPORTED_STUDY;
use artifact_core::schema::{AnyStudyId, BestConfigurationId, FrozenPlanId, Role, Seal, SealId, Study};
use artifact_core::{Phase, PhaseRecord, RunRecord, load, unless_lost};
use clap::{Args, Parser, Subcommand};
use data_loader::{DataParts, Dataset, Fold};
use figures::{ability, paths_in_words, too_few_in_folds};
use settings::cli::{LogArgs, RunArgs, Selection, UsageError, document_output, output};
use settings::part::Catalog;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use trainer_core::ModelParts;

/// What `--help` ends with.
const EXAMPLES: &str = "\
Examples:
  holdfast validate --config mine.toml
  holdfast validate --config mine.toml --require-artifacts    stop if a split or scaler is missing";

/// Phase 2: cross-validate the best trials and choose one.
#[derive(Debug, Parser)]
#[command(name = "extended-trainer", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How verbose standard error is.
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Cross-validate, choose, and freeze the plan of the final phase
    Run(RunCommand),
}

#[derive(Debug, Args)]
struct RunCommand {
    #[command(flatten)]
    run: RunArgs,
    /// Stop if a trial's split or scaler is missing, instead of recomputing it
    #[arg(long)]
    require_artifacts: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Cli {
    /// Runs the command, with the given parts to choose from.
    ///
    /// # Errors
    ///
    /// Any error that makes the program exit with a code other than 0.
    pub fn run(
        self,
        data: &DataParts,
        models: &ModelParts,
        pruners: &Catalog<dyn FoldPruner>,
    ) -> anyhow::Result<()> {
        let Command::Run(command) = self.command;
        let Selection { workspace, run, mut config, file } = command.run.select()?;
        let recipe = data.recipe(&config).map_err(|error| error.at(file.as_deref()))?;
        let splitter = &recipe.splitter;
        let pruner = command.run.choose("extended.pruner", pruners, &config.extended.pruner)?;
        config.extended.require_artifacts |= command.require_artifacts;
        let trainings = models.trainings(&config.training).map_err(|error| error.at(file.as_deref()))?;
        let record = run.record()?;
        let output = |phase, name, remedy: &str| {
            record.as_ref().and_then(|record| record.output(phase, name)).ok_or_else(|| {
                UsageError(format!("run {} has no {name} yet; run `{remedy}` first", run.name()))
            })
        };
        let seal_id = SealId::new(output(Phase::Data, "seal", "holdfast freeze")?);
        let study = match record.as_ref().and_then(imported_study) {
            Some(imported) => imported,
            None => AnyStudyId::new(output(Phase::Tuning, "study", "holdfast tune")?),
        };
        let _lock = run.lock()?;
        let store = workspace.store();
        let trainings = match record.as_ref().and_then(imported_study) {
            Some(_) => trainings,
            None => {
                let study: Study = load(&store, study.native())?;
                models.following(trainings, &study.objective)?
            }
        };
        let seal: Seal = load(&store, seal_id)?;
        let dataset = Dataset::development(&store, &seal, &recipe)?;
        let charged = trainings.iter().try_for_each(|training| training.check_panel(dataset.panel()));
        charged.map_err(|error| error.at(file.as_deref()))?;
        let trainer = ExtendedTrainer {
            run: &run,
            store: &store,
            config: &config,
            parts: models,
            trainings: &trainings,
            pruner: &pruner,
            seal_id,
            seal: &seal,
            dataset: &dataset,
            study,
        };

        // Compared by key: with a new study or other folds, the phase is still to be done.
        let key = phase_key(&config, &splitter.component, study)?;
        let done = record.as_ref().and_then(|record| record.done(Phase::CrossValidation, key));
        let known = done.and_then(|done| done.outputs.get("best_configuration").copied());
        let made =
            known.map(|id| unless_lost("cross-validation", trainer.reload(BestConfigurationId::new(id))));
        let known = made.transpose()?.flatten();
        let nothing_done = known.is_some();
        let extended = match known {
            Some(extended) => {
                // Only if missing: a view that differs from the store is left for `artifact fsck` to report.
                if !run.extended_results().exists() || !run.best_configuration().exists() {
                    trainer.write_views(extended.best_id)?;
                }
                extended
            }
            None => {
                let fits = splitter.part.fold_count(&splitter.params).unwrap_or(usize::MAX);
                let total = fits.saturating_mul(config.extended.top_n + BASELINES.len());
                let finished = AtomicUsize::new(0);
                let report = |candidate: &Candidate<'_>, fold: &Fold| {
                    let finished = finished.fetch_add(1, Ordering::Relaxed) + 1;
                    let what = match candidate.role {
                        Role::Candidate => format!("trial {}", candidate.located.number),
                        Role::Baseline => format!("{} baseline", candidate.model.component.name),
                    };
                    tracing::info!(
                        "fold {} of {what} done ({finished} of at most {total} fits)",
                        fold.number
                    );
                };
                trainer
                    .run(&report)
                    .with_context(|| format!("failed to cross-validate run {}", run.name()))?
            }
        };
        // The plan holds settings that are not in this phase's key, so it can change even if the phase has nothing to
        // do.
        let plan = trainer.freeze_plan(extended.best_id, &extended.best)?;
        let outputs = [("best_configuration", extended.best_id.digest()), ("frozen_plan", plan.digest())];
        // Recorded last: a process that dies before this repeats the phase, which stores the same objects again.
        let finished = PhaseRecord::new(key, outputs);
        if done != Some(&finished) {
            run.finish(&config, Phase::CrossValidation, finished)?;
        }
        print(&extended, plan, trainings.len() > 1, nothing_done, command.json)
    }
}

/// The imported study of a run without a study of its own.
// Its own study comes first: it was tuned on the frozen bars, which an imported one was not.
fn imported_study(record: &RunRecord) -> Option<AnyStudyId> {
    let imported = record.output(Phase::Import, IMPORTED_STUDY);
    imported.filter(|_| record.output(Phase::Tuning, "study").is_none()).map(AnyStudyId::new)
}

fn print(
    extended: &Extended,
    plan: FrozenPlanId,
    several: bool,
    nothing_done: bool,
    json: bool,
) -> anyhow::Result<()> {
    let mut out = output();
    let overlap: usize = extended.results.iter().map(|(_, cv)| cv.label_overlap()).sum();
    if json {
        let value = serde_json::json!({
            "best_configuration": extended.best_id,
            "frozen_plan": plan,
            "trial_number": extended.best.trial_number,
            "model": extended.best.model,
            "params": extended.best.params,
            "epochs_to_train": extended.best.epochs_to_train,
            "objective": extended.best.objective,
            "summary": extended.best.cv_results.summary,
            "corrected_objective": extended.best.corrected_objective,
            "superior_ability": extended.best.superior_ability,
            "backtest_paths": extended.best.cv_results.paths,
            "too_few_rows": too_few_in_folds(&extended.best.cv_results),
            "method": extended.best.cv_results.method,
            "folds": extended.best.cv_results.folds.len(),
            "paths": extended.best.cv_results.paths(),
            "label_overlap": overlap,
            "nothing_to_do": nothing_done,
        });
        writeln!(document_output(), "{value:#}")?;
        return Ok(());
    }
    let news = if nothing_done { "nothing to do: " } else { "" };
    let best = &extended.best;
    writeln!(out, "best configuration {}: {news}trial {}", extended.best_id.short(), best.trial_number)?;
    writeln!(out, "frozen plan {} for the final phase", plan.short())?;
    writeln!(out, "{:<18} {:>20} {:>20} {:>8}", "configuration", best.objective.name, "accuracy", "epochs")?;
    for (_, cv) in &extended.results {
        let name = match cv.role {
            Role::Candidate if several => format!("trial {} ({})", cv.trial_number, cv.model.name),
            Role::Candidate => format!("trial {}", cv.trial_number),
            Role::Baseline => format!("{} baseline", cv.model.name),
        };
        let summary = &cv.summary;
        writeln!(
            out,
            "{name:<18} {:>20} {:>20} {:>8}",
            format!("{:.4} ({:.4})", summary.avg_objective, summary.std_objective),
            format!("{:.4} ({:.4})", summary.avg_accuracy, summary.std_accuracy),
            cv.epochs_to_train
        )?;
    }
    let folds = best.cv_results.folds.len();
    writeln!(
        out,
        "means over {folds} folds (standard deviations from fold to fold, which are no errors of the means); {overlap} training \
         labels read rows of evaluated labels"
    )?;
    if let Some(corrected) = best.corrected_objective {
        writeln!(
            out,
            "corrected for the choice among candidates and epochs: {} {corrected:.4}",
            best.objective.name
        )?;
    }
    for sentence in [ability(best), paths_in_words(&best.cv_results)].into_iter().flatten() {
        writeln!(out, "{sentence}")?;
    }
    if let Some(reason) = too_few_in_folds(&best.cv_results) {
        writeln!(out, "these figures say nothing: {reason}")?;
    }
    Ok(())
}
