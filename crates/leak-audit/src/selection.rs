//! Claims about selection: the study, the candidates, and the configuration chosen from them.

use crate::context::Context;
use crate::findings::Findings;
use crate::objects::Objects;
use crate::run::{Chosen, Tuned, Validated};
use artifact_core::Component;
use artifact_core::schema::{
    Calibrator, Claim, CrossValidation, DecisionRule, FoldResult, Role, Study, Trial, TrialState,
};
use metrics::{AcrossTasks, Ranking, Scored, is_comparable};
use std::collections::BTreeSet;

/// The tolerance between two means of the same numbers, whose order of summation is not fixed.
const ROUNDING: f64 = 1e-9;

/// The most label windows that are listed.
const MOST_WINDOWS: usize = 1000;

/// Checks that the study belongs to the run, and that its best trial is the best one.
pub(crate) fn check_study(context: &Context<'_>, tuned: &Tuned, findings: &mut Findings) {
    let (claim, study) = (Claim::Selection, &tuned.study);
    let subject = format!("study {}", tuned.id.short());
    findings.equal(claim, &subject, "seal", study.seal, context.seal_id);
    let mut best: Option<(u64, f64)> = None;
    for (place, trial) in tuned.trials.iter().enumerate() {
        let Some((_, trial)) = trial else { continue };
        let subject = format!("trial {place}");
        findings.equal(claim, &subject, "number", trial.number, place as u64);
        findings.equal(claim, &subject, "study key", trial.study_key, study.study_key);
        findings.equal(claim, &subject, "seed", trial.seed, context.config.seed);
        let models = &context.config.training.model;
        let known = models.iter().any(|model| model.name == trial.model.name);
        let expected = "a model that the settings list";
        findings.check(claim, &subject, known, format_args!("a {}", trial.model), expected);
        if let Some(metrics) = &trial.metrics {
            findings.equal(claim, &subject, "objective", &metrics.objective, &study.objective);
            match context.metrics.find(&metrics.objective) {
                Ok(metric) => {
                    let value = metric.part.value(&metrics.validation, &metric.params);
                    let found = format!("an objective of {}", metrics.objective_value);
                    let expected = format!("{value}, by its evaluation on validation");
                    findings.check(claim, &subject, close(metrics.objective_value, value), found, expected);
                }
                Err(unknown) => findings.unchecked(claim, &subject, unknown),
            }
            let complete = trial.state == TrialState::Complete;
            if complete && best.is_none_or(|(_, highest)| metrics.objective_value > highest) {
                best = Some((trial.number, metrics.objective_value));
            }
        }
    }
    // An unreadable trial could be the best one; `ObjectsIntact` reports it, and no best trial can be recomputed.
    if tuned.trials.iter().all(Option::is_some) {
        let best = best.map(|(number, _)| number);
        let found = format!("best trial {:?}", study.best_trial);
        findings.check(claim, &subject, study.best_trial == best, found, format!("{best:?}"));
    }
    findings.evidence(claim, &subject, &[("trials", tuned.trials.len())]);
}

/// Checks that the chosen configuration is the best candidate, and that every candidate is among the study's best
/// trials.
pub(crate) fn check_choice(
    context: &Context<'_>,
    tuned: Option<&Tuned>,
    chosen: &Chosen,
    objects: &Objects<'_>,
    findings: &mut Findings,
) {
    let (claim, best) = (Claim::Selection, &chosen.best);
    let subject = format!("best configuration {}", chosen.id.short());
    findings.equal(claim, &subject, "seal", best.seal, context.seal_id);
    findings.equal(claim, &subject, "snapshot", best.snapshot, context.seal.snapshot);
    findings.equal(claim, &subject, "seed", best.seed, context.config.seed);
    let known = tuned.map(|tuned| (tuned, trials_of_choice(&subject, tuned, chosen, objects, findings)));
    let mut highest = f64::NEG_INFINITY;
    for validated in chosen.candidates.iter().flatten() {
        candidate(context, known, validated, findings);
        // From the folds, not from the stored summary, which could hide that another candidate was better.
        highest = highest.max(mean_objective(context, &validated.cv));
    }
    let reached = mean_objective(context, &best.cv_results);
    let found = format!("a mean objective of {reached}");
    findings.check(claim, &subject, reached >= highest - ROUNDING, found, format!("{highest}, the highest"));
    copies(&subject, chosen, findings);
    let counts = [("candidates", chosen.candidates.len()), ("folds", best.cv_results.folds.len())];
    findings.evidence(claim, &subject, &counts);
}

/// Checks that the study is the run's own or an earlier state of it; returns the number of trials to choose from.
fn trials_of_choice(
    subject: &str,
    tuned: &Tuned,
    chosen: &Chosen,
    objects: &Objects<'_>,
    findings: &mut Findings,
) -> usize {
    let (claim, best) = (Claim::Selection, &chosen.best);
    // A study can be extended after the choice. What was chosen from its earlier state stays valid as long as its
    // trials are a prefix of the run's; ranks then count only those earlier trials.
    let continued = |earlier: &Study| {
        earlier.study_key == tuned.study.study_key && tuned.study.trials.starts_with(&earlier.trials)
    };
    let of_run = best.study == tuned.id.into();
    let study = if of_run { None } else { objects.read(best.study.native(), findings) };
    let own = of_run || study.as_ref().is_some_and(continued);
    let found = format!("study {}", best.study.short());
    findings.check(claim, subject, own, found, format!("the run's study {}", tuned.id.short()));
    let place = usize::try_from(best.trial_number).ok().and_then(|place| tuned.study.trials.get(place));
    let found = format!("trial {} as number {}", best.trial.short(), best.trial_number);
    let expected = "the trial of this number in the run's study";
    findings.check(claim, subject, place == Some(&best.trial.native()), found, expected);
    study.map_or(tuned.trials.len(), |earlier| earlier.trials.len().min(tuned.trials.len()))
}

/// Checks a candidate. `known` holds the study and how many of its trials existed when the choice was made.
fn candidate(
    context: &Context<'_>,
    known: Option<(&Tuned, usize)>,
    validated: &Validated,
    findings: &mut Findings,
) {
    let (claim, subject, cv) = (Claim::Selection, &validated.subject, &validated.cv);
    objectives(context, validated, findings);
    let Some((tuned, trials)) = known else { return };
    let number = usize::try_from(cv.trial_number).unwrap_or(usize::MAX);
    let own = tuned.study.trials.get(number) == Some(&cv.trial.native());
    let found = format!("trial {} as number {number}", cv.trial.short());
    if !findings.check(claim, subject, own, found, "the trial of this number in the run's study") {
        return;
    }
    // The baseline only borrows the trial's data; its model and parameters are its own, and it is never chosen.
    if let (Role::Candidate, Some((_, trial))) = (cv.role, &tuned.trials[number]) {
        let same = cv.params == trial.params && cv.model == trial.model;
        findings.check(claim, subject, same, "other parameters", "the trial's own");
        let (top, trials) = (context.config.extended.top_n, &tuned.trials[..trials]);
        // Of a metric that is not registered it is not known whether its values can be compared between tasks.
        let comparable = match context.metrics.find(&cv.objective) {
            Ok(_) => vec![is_comparable(&context.metrics, &tuned.study.objective)],
            Err(_) => vec![true, false],
        };
        let rank = rank_in_model(trials, comparable[0], number);
        let found = format!("a trial of rank {rank} among those of its model and task");
        let expected = format!("one of the best {top} by validation, the best of each model first");
        let own = comparable.iter().any(|&comparable| eligible(trials, comparable, top).contains(&number));
        findings.check(claim, subject, own, found, expected);
    }
}

/// Checks that the objective is the configured one, and that its values follow from the folds' evaluations.
fn objectives(context: &Context<'_>, validated: &Validated, findings: &mut Findings) {
    let (claim, subject, cv) = (Claim::Selection, &validated.subject, &validated.cv);
    let configured = &context.config.training.objective;
    let (metric, own, skill) = match (context.metrics.find(&cv.objective), context.metrics.choose(configured))
    {
        (Ok(metric), Ok(configured)) => {
            let skill = match configured.part.across_tasks() {
                AcrossTasks::ComparableAs(name) if searches_windows(context) => Some(name),
                _ => None,
            };
            (metric, configured.component, skill)
        }
        (Err(unknown), _) | (_, Err(unknown)) => return findings.unchecked(claim, subject, unknown),
    };
    let balances: &[f64] = match context.config.training.decision {
        DecisionRule::MostProbable => &[0.0],
        DecisionRule::Tuned => &[0.0, 0.25, 0.5, 0.75, 1.0],
    };
    let found = format!("a decision balance of {}", cv.decision_balance);
    let expected = format!("one of {balances:?}, by training.decision");
    findings.check(claim, subject, balances.contains(&cv.decision_balance), found, expected);
    // From 1/4 to 4, eight to a doubling; older results have none.
    let of_classes = cv.folds.iter().all(|fold| fold.evaluation.numbers.is_none());
    let asked = of_classes && context.config.training.calibration == Calibrator::Temperature;
    let known =
        |temperature: f64| (-16..=16).any(|step| close(temperature, 2.0_f64.powf(f64::from(step) / 8.0)));
    let fits = cv.temperature.map_or(!asked, |own| asked && known(own));
    let found = cv.temperature.map_or("no temperature".to_owned(), |own| format!("a temperature of {own}"));
    findings.check(claim, subject, fits, found, "one of 33 from 1/4 to 4, or none, by training.calibration");
    // An earlier version of the configured metric is what it meant when the results were made.
    let configured = Component { version: cv.objective.version, ..own.clone() };
    // Where the search space varies the task, a metric may be replaced by the one of skill that it names.
    let replaced = skill.is_some_and(|name| cv.objective.name == name);
    let objective = format!("objective {}", cv.objective);
    findings.check(claim, subject, cv.objective == configured || replaced, objective, own);
    let mean = mean_objective(context, cv);
    let found = format!("a mean objective of {}", cv.summary.avg_objective);
    let expected = format!("{mean}, by its folds' evaluations");
    findings.check(claim, subject, close(cv.summary.avg_objective, mean), found, expected);
    for fold in &cv.folds {
        let value = metric.part.value(&fold.evaluation, &metric.params);
        let recorded = recorded(cv, fold).unwrap_or(f64::NAN);
        let found = format!("an objective of {recorded} on fold {}", fold.fold);
        let expected = format!("{value}, by the fold's evaluation");
        findings.check(claim, subject, close(recorded, value), found, expected);
    }
}

/// The objective recorded for a fold at the chosen epoch.
fn recorded(cv: &CrossValidation, fold: &FoldResult) -> Option<f64> {
    let place = usize::try_from(cv.epochs_to_train).ok()?.checked_sub(1)?;
    fold.history.get(place)?.objective
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= ROUNDING * expected.abs().max(1.0)
}

type Trials<'t> = &'t [Option<(artifact_core::schema::TrialId, Trial)>];

/// Whether the study's label window is searched.
fn searches_windows(context: &Context<'_>) -> bool {
    // Windows that are too many to list are several.
    context.config.windows(MOST_WINDOWS).is_none_or(|[windows, _]| windows.len() > 1)
}

/// The numbers of the complete trials that can be compared with their models, best validation objective first; on ties, the
/// earlier first. `comparable` says whether values of different tasks can be.
fn ranked(trials: Trials<'_>, comparable: bool) -> Vec<(usize, &str)> {
    let score = |(place, trial): (usize, &'_ Option<(_, Trial)>)| {
        let (_, trial) = trial.as_ref().filter(|(_, trial)| trial.state == TrialState::Complete)?;
        let score = trial.metrics.as_ref()?.objective_value;
        Some(Scored { time_window: trial.params.time_window, score, trial: place })
    };
    let ranking = Ranking::of(trials.iter().enumerate().filter_map(score), comparable);
    let model = |place: usize| trials[place].as_ref().map_or("", |(_, trial)| trial.model.name.as_str());
    ranking.ranked.into_iter().map(|place| (place, model(place))).collect()
}

/// The numbers of the trials that may be candidates: `most` of them, the best of each model before all others.
fn eligible(trials: Trials<'_>, comparable: bool, most: usize) -> BTreeSet<usize> {
    let mut models = BTreeSet::new();
    let (first, others): (Vec<_>, Vec<_>) =
        ranked(trials, comparable).into_iter().partition(|(_, model)| models.insert(*model));
    first.into_iter().chain(others).take(most).map(|(number, _)| number).collect()
}

/// The rank of a trial among the complete ones of its model, from 1; "none" if the trial is not ranked.
fn rank_in_model(trials: Trials<'_>, comparable: bool, number: usize) -> String {
    let ranked = ranked(trials, comparable);
    let own = ranked.iter().find(|(place, _)| *place == number).map(|(_, model)| *model);
    let mut of_model = ranked.iter().filter(|(_, model)| Some(*model) == own);
    of_model.position(|(place, _)| *place == number).map_or("none".to_owned(), |rank| (rank + 1).to_string())
}

/// The mean objective, recomputed from the folds' evaluations, or taken from their curves if the metric is not
/// registered.
fn mean_objective(context: &Context<'_>, cv: &CrossValidation) -> f64 {
    let metric = context.metrics.find(&cv.objective).ok();
    let value = |fold: &FoldResult| match &metric {
        Some(metric) => metric.part.value(&fold.evaluation, &metric.params),
        None => recorded(cv, fold).unwrap_or(f64::NAN),
    };
    cv.folds.iter().map(value).sum::<f64>() / cv.folds.len().max(1) as f64
}

/// Checks that what the document copies from other objects equals the originals.
fn copies(subject: &str, chosen: &Chosen, findings: &mut Findings) {
    let (claim, best) = (Claim::Selection, &chosen.best);
    let cv = &best.cv_results;
    let first = chosen.candidates.first().and_then(Option::as_ref);
    let own =
        best.candidates.first() == Some(&best.cross_validation) && first.is_none_or(|first| first.cv == *cv);
    findings.check(
        claim,
        subject,
        own,
        "results of another cross-validation",
        "those of the first candidate",
    );
    for (name, holds) in [
        ("parameters", best.params == cv.params),
        ("model", best.model == cv.model),
        ("number of epochs", best.epochs_to_train == cv.epochs_to_train),
        ("schedule", best.schedule_epochs == cv.epochs_trained),
        ("trial", best.trial == cv.trial),
        ("split", chosen.split.as_ref().is_none_or(|split| *split == best.split)),
        ("preprocessing", chosen.preprocessing.as_ref().is_none_or(|own| *own == best.preprocessing)),
    ] {
        findings.check(claim, subject, holds, format_args!("another {name}"), "the cross-validation's");
    }
    let distinct: BTreeSet<_> = best.candidates.iter().map(|id| id.digest()).collect();
    let once = distinct.len() == best.candidates.len();
    findings.check(claim, subject, once, "a candidate that is listed twice", "each once");
}

/// Checks that a cross-validation uses its trial's own split and preprocessing, or marks them as regenerated.
pub(crate) fn check_marks(tuned: Option<&Tuned>, validated: &Validated, findings: &mut Findings) {
    let (claim, subject, cv) = (Claim::RegeneratedMarks, &validated.subject, &validated.cv);
    let number = usize::try_from(cv.trial_number).unwrap_or(usize::MAX);
    let trial = tuned.and_then(|tuned| tuned.trials.get(number)?.as_ref());
    let Some((_, trial)) = trial else {
        return findings.unchecked(claim, subject, "its trial is not there");
    };
    let own = trial.split == Some(cv.split) && trial.preprocessing == Some(cv.preprocessing);
    let found = "a split or preprocessing other than its trial's, without a mark";
    findings.check(
        claim,
        subject,
        own || cv.regenerated,
        found,
        "the trial's own, or the mark `regenerated`",
    );
    if cv.regenerated {
        let reason = "its split and preprocessing were regenerated, so it is not proven that tuning used the same ones";
        findings.unchecked(claim, subject, reason);
    } else {
        findings.evidence(claim, subject, &[("artifacts", 2)]);
    }
}
