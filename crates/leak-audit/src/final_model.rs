//! Claims about the final model.

use crate::context::Context;
use crate::findings::Findings;
use crate::fits;
use crate::labels::Labels;
use crate::rows::Reach;
use crate::splits::{equal_sets, reads_development_only};
use artifact_core::schema::{BestConfiguration, BestConfigurationId, Claim, ModelBundle, TestMetrics};

/// Checks that the final fit used exactly the sequences that the split allows, for the number of epochs that
/// cross-validation chose.
pub(crate) fn check(
    context: &Context<'_>,
    subject: &str,
    bundle: &ModelBundle,
    (best_id, best): (BestConfigurationId, &BestConfiguration),
    reach: Option<Reach>,
    findings: &mut Findings,
) {
    let claim = Claim::FinalFit;
    let found = format!("best configuration {}", bundle.best_configuration.short());
    let own = bundle.best_configuration == best_id;
    findings.check(claim, subject, own, found, format!("the run's {}", best_id.short()));
    findings.equal(claim, subject, "epochs", bundle.epochs_trained, best.epochs_to_train);
    findings.equal(claim, subject, "epochs on record:", bundle.history.len() as u64, bundle.epochs_trained);
    // By now no held-out set is left but the test set, so any evaluated figure would come from it.
    let watched =
        bundle.history.iter().any(|epoch| epoch.objective.is_some() || epoch.validation_loss.is_some());
    findings.check(claim, subject, !watched, "figures of an evaluated set during the fit", "none");
    equal_sets(claim, subject, "train", &bundle.train, &best.split.final_train, findings);
    if let Some(reach) = reach
        && context.fits(claim, subject, "train", &bundle.train, reach, findings)
    {
        reads_development_only(context, subject, &bundle.train, reach, findings);
    }
    let counts = [("sequences", bundle.train.len()), ("epochs", bundle.history.len())];
    findings.evidence(claim, subject, &counts);
}

/// Checks that the test figures were computed on the true classes of the test sequences. Test rows are read only if the
/// ledger says that they have been opened.
pub(crate) fn check_test(
    context: &Context<'_>,
    subject: &str,
    bundle: &ModelBundle,
    best: &BestConfiguration,
    reach: Reach,
    findings: &mut Findings,
) {
    let claim = Claim::EvaluatedLabels;
    // Unchecked rather than violated: figures without an opening already violate `TestLedger`.
    let Some(bars) = &context.all_bars else {
        let reason = "the ledger holds no opening of the test rows, so they are not read";
        return findings.unchecked(claim, subject, reason);
    };
    let spec = &best.preprocessing.labels;
    let Some(labels) = Labels::of(bars, spec, context.seal.split_row, context.parts) else {
        return findings.unchecked(claim, subject, format!("its target {} is not known here", spec.rule));
    };
    let test = &bundle.test;
    for (name, evaluation) in test.all() {
        let subject = format!("{subject}, test of {name}");
        fits::evaluated(&subject, evaluation, &best.split.test, reach, &labels, findings);
    }
    // Ties go to the lowest class code: `max_by_key` keeps the last maximum, hence the reversed order.
    let counts = best.preprocessing.class_weights.counts;
    let most = (0..counts.len()).rev().max_by_key(|&class| counts[class]).unwrap_or(0);
    let Some(majority) = test.baseline(TestMetrics::MAJORITY) else {
        findings.check(claim, subject, false, "no majority baseline", "one to compare the model with");
        return;
    };
    // Where numbers are predicted it predicts 0, whose sign is that of Hold; earlier versions took the most frequent sign.
    let zero = majority.numbers.is_some() && majority.confusion.iter().all(|row| row[1..] == [0; 2]);
    let most = if zero { 0 } else { most };
    let others = (0..counts.len()).filter(|&class| class != most);
    let elsewhere: u64 =
        others.map(|class| majority.confusion.iter().map(|row| row[class]).sum::<u64>()).sum();
    let found = format!("{elsewhere} predictions of the majority baseline that are of another class");
    findings.check(claim, subject, elsewhere == 0, found, format!("always class {most}, as in training"));
}
