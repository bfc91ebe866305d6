//! The pipeline's own target, called on truncated bars: the label of row `d` may read the rows `d - L` to `d + W`, with
//! `L` the rows that it declares to look back on, and no others.

use crate::bars::Bars;
use crate::context::Context;
use crate::findings::Findings;
use crate::label_rules::reimplemented;
use crate::labels::{Called, Labels};
use artifact_core::schema::{Claim, LabelSpec};
use data_loader::DataParts;

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

/// Calls a target. On all bars it must give the recomputed labels; with all rows before `d - L` and after `d + W` cut
/// off, it must give the same label for row `d` as on all bars.
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
    let (on_parts, lookback) = (Called::new(bars), target.part.lookback(&target.params));
    for row in (0..decisions).step_by(step) {
        // Cut off on both sides: purge and embargo assume that a label reads no row outside this window.
        let start = row.saturating_sub(lookback);
        let labels = on_parts.labels(&target, window, start..row + window + 1);
        for ticker in 0..bars.tickers.len() {
            cuts += 1;
            if labels.as_ref().and_then(|labels| labels.answer(row - start, ticker))
                != called.answer(row, ticker)
            {
                first.get_or_insert((row, ticker));
            }
        }
    }
    let (row, ticker) = first.unwrap_or_default();
    let found = format!(
        "a different label from {} in row {row}, ticker {ticker}, when the rows before row {} and after row {} are cut off",
        spec.rule,
        row.saturating_sub(lookback),
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
    use data_loader::{Class, Outcome, Target, TickerBars};
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
        fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
            let rows = |name| params.size(name).unwrap_or(0);
            let (close, before, after) = (bars.close(), rows("before"), rows("after"));
            let last = close.len().saturating_sub(1);
            let label = |row: usize| {
                let rises = close[(row + horizon + after).min(last)] > close[row.saturating_sub(before)];
                (row + horizon <= last).then_some(if rises { Class::Up } else { Class::Down }.into())
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
        check(rise().with("after", 1), ClaimStatus::Violated, "when the rows before row");
        check(rise().with("before", 1), ClaimStatus::Violated, "when the rows before row");
        for name in ["first_touch", "excursion", "horizon", "barrier", "forward_return", "quantiles"] {
            check(Component::new(name, 1), ClaimStatus::Holds, "reimplemented and called");
        }
        let barrier =
            Component::new("barrier", 1).with("volatility_rows", 4).with("volatility_multiple", 0.7);
        let number = Component::new("forward_return", 1).with("volatility_rows", 3);
        for rule in [
            barrier.clone(),
            barrier.with("touch", "high_low").with("entry", "close"),
            number.clone().with("form", "excess").with("entry", "next_close"),
            number.clone().with("form", "zscore"),
            number.with("form", "volatility"),
            Component::new("excursion", 1).with("entry", "next_open"),
            Component::new("horizon", 1).with("entry", "next_close"),
        ] {
            check(rule, ClaimStatus::Holds, "reimplemented and called");
        }
        let unknown = Component::new("elsewhere", 1);
        check(unknown, ClaimStatus::Unchecked, "\"elsewhere\" is not a known target");
        check(Component::new("horizon", 2), ClaimStatus::Unchecked, "horizon version 2");
    }
}
