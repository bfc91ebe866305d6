//! The pipeline's own target, called on truncated bars: the label of row `d` may read the rows `d` to `d + W` and no
//! others.

use crate::bars::Bars;
use crate::context::Context;
use crate::findings::Findings;
use crate::labels::{Labels, reimplemented};
use artifact_core::schema::{Claim, LabelSpec};
use data_loader::{DataParts, TickerBars};

/// The most decision rows per ticker around which the bars are cut off; more would cost time and add little certainty.
const MOST_CUTS: usize = 200;

/// Checks the target of a preprocessing and returns its labels; `None` if they can be neither recomputed nor obtained
/// by calling the target.
pub(crate) fn labels(
    context: &Context<'_>,
    subject: &str,
    spec: &LabelSpec,
    findings: &mut Findings,
) -> Option<Labels> {
    let (bars, parts) = (&context.development, context.parts);
    try_target(bars, subject, spec, parts, findings);
    let labels = Labels::of(bars, spec, context.seal.split_row, parts);
    if labels.is_none() {
        let reason = format!("the labels of its target {} cannot be computed", spec.rule);
        for claim in [Claim::ClassWeightsRefit, Claim::EvaluatedLabels] {
            findings.unchecked(claim, subject, &reason);
        }
    }
    labels
}

/// Calls a target. On all bars it must give the recomputed labels; with all rows before `d` and after `d + W` cut off,
/// it must give the same label for row `d` as on all bars.
fn try_target(bars: &Bars, subject: &str, spec: &LabelSpec, parts: &DataParts, findings: &mut Findings) {
    let claims = [Claim::LabelSeparation, Claim::EvaluatedLabels];
    let target = match parts.targets.find(&spec.rule) {
        Ok(target) => target,
        Err(error) => {
            let reason = format!("its target {} cannot be called: {error}", spec.rule);
            return claims.into_iter().for_each(|claim| findings.unchecked(claim, subject, &reason));
        }
    };
    let Some(called) = Labels::called(bars, spec, parts) else {
        let found = format!("a different number of labels from {}", spec.rule);
        findings.check(Claim::EvaluatedLabels, subject, false, found, "one label per row");
        return;
    };
    let label = reimplemented(&spec.rule);
    if let Some(label) = label {
        let difference = called.difference(&Labels::recomputed(bars, spec, label));
        let (row, ticker) = difference.unwrap_or_default();
        let found = format!("a different label from {} in row {row}, ticker {ticker}", spec.rule);
        findings.check(
            Claim::EvaluatedLabels,
            subject,
            difference.is_none(),
            found,
            "what its formula gives",
        );
    }

    let (window, mut cuts, mut first) = (spec.time_window, 0, None);
    let decisions = bars.rows().saturating_sub(window);
    let step = decisions.div_ceil(MOST_CUTS).max(1);
    for ticker in 0..bars.tickers.len() {
        let columns = bars.columns(ticker);
        let Some(all) = TickerBars::new(columns.each_ref().map(Vec::as_slice)) else { continue };
        for row in (0..decisions).step_by(step) {
            // Cut off on both sides: purge and embargo assume that a label reads no row outside this window.
            let cut_off = all.slice(row..row + window + 1);
            let labels = target.part.labels(&cut_off, window, &target.params);
            let label = labels.first().copied().flatten().map(|class| class.code() as usize);
            cuts += 1;
            if label != called.class(row, ticker) {
                first.get_or_insert((row, ticker));
            }
        }
    }
    let (row, ticker) = first.unwrap_or_default();
    let found = format!(
        "a different label from {} in row {row}, ticker {ticker}, when the rows before it and after row {} are cut off",
        spec.rule,
        row.saturating_add(window)
    );
    findings.check(Claim::LabelSeparation, subject, first.is_none(), found, "the same label");
    let how = if label.is_some() { "reimplemented and called" } else { "only called" };
    let subject = format!("{subject}, target {}, {how} around rows sampled evenly", spec.rule);
    let counts = [("cuts", cuts), ("decision_rows", decisions * bars.tickers.len())];
    findings.evidence(Claim::LabelSeparation, &subject, &counts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::ClaimStatus;
    use artifact_core::{Component, Params};
    use data_loader::{Class, Target};
    use settings::part::{Declaration, Parameter, Part};
    use std::sync::Arc;

    /// Up if the close rises from `d - before` to `d + W + after`: free of lookahead only if both are 0.
    struct Rise;

    impl Part for Rise {
        fn declaration(&self) -> Declaration {
            let rows = |name| Parameter::int(name, "Rows that it reads beyond its window.", 0, 9).default(0);
            Declaration::new("rise", "Whether the close rises.")
                .parameter(rows("before"))
                .parameter(rows("after"))
        }
    }

    impl Target for Rise {
        fn labels(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Class>> {
            let rows = |name| params.size(name).unwrap_or(0);
            let (close, before, after) = (bars.close(), rows("before"), rows("after"));
            let last = close.len().saturating_sub(1);
            let label = |row: usize| {
                let rises = close[(row + horizon + after).min(last)] > close[row.saturating_sub(before)];
                (row + horizon <= last).then_some(if rises { Class::Up } else { Class::Down })
            };
            (0..close.len()).map(label).collect()
        }
    }

    /// Checks a target on a close that goes up and down.
    fn tried(rule: Component) -> (ClaimStatus, String) {
        let closes: Vec<f64> = (0..90).map(|row| 10.0 + f64::from(row * 7 % 11)).collect();
        let mut parts = DataParts::builtin();
        parts.targets.add(Arc::new(Rise));
        let spec = LabelSpec { rule, time_window: 3, permutation_seed: None };
        let mut findings = Findings::default();
        try_target(&Bars::of_closes(&closes), "p", &spec, &parts, &mut findings);
        let results = findings.results();
        let result = results.iter().find(|result| result.claim == Claim::LabelSeparation).unwrap();
        let violated = result.violations.iter().map(|violation| violation.found.clone());
        let unchecked = result.unchecked.iter().map(|unchecked| unchecked.reason.clone());
        let evidence = result.evidence.iter().map(|evidence| evidence.subject.clone());
        (result.status, violated.chain(unchecked).chain(evidence).collect::<Vec<_>>().join("; "))
    }

    #[track_caller]
    fn check(rule: Component, status: ClaimStatus, part: &str) {
        let (found, text) = tried(rule);
        assert!(found == status && text.contains(part), "{found:?}: {text}");
    }

    #[test]
    fn a_target_that_reads_beyond_its_window_is_caught() {
        let rise = || Component::new("rise", 1);
        check(rise(), ClaimStatus::Holds, "only called");
        check(rise().with("after", 1), ClaimStatus::Violated, "when the rows before it and after");
        check(rise().with("before", 1), ClaimStatus::Violated, "when the rows before it and after");
        for name in ["first_touch", "excursion", "horizon"] {
            check(Component::new(name, 1), ClaimStatus::Holds, "reimplemented and called");
        }
        let unknown = Component::new("elsewhere", 1);
        check(unknown, ClaimStatus::Unchecked, "\"elsewhere\" is not a known target");
        check(Component::new("horizon", 2), ClaimStatus::Unchecked, "horizon version 2");
    }
}
