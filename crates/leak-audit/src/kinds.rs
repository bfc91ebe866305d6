//! The eight kinds of leakage, and the claims that rule each of them out.

use artifact_core::schema::{Claim, ClaimResult, ClaimStatus, GivenColumn, Leakage, LeakageKind, Verdict};
use std::collections::BTreeMap;

/// The claims that a verdict on a kind depends on. Every kind depends on [`Claim::ObjectsIntact`]: objects that are not
/// what their digests say prove nothing.
fn claims(kind: LeakageKind) -> Vec<Claim> {
    let own: &[Claim] = match kind {
        LeakageKind::NoTestSet => &[
            Claim::SnapshotFingerprint,
            Claim::DevelopmentRows,
            Claim::SplitBoundaries,
            Claim::SequenceSets,
            Claim::TestUntouched,
            Claim::Selection,
            Claim::FinalFit,
            Claim::TestLedger,
        ],
        LeakageKind::Preprocessing => &[
            Claim::DevelopmentRows,
            Claim::NoBackwardFill,
            Claim::SettingsKept,
            Claim::ScalerRefit,
            Claim::ClassWeightsRefit,
            Claim::RegeneratedMarks,
        ],
        LeakageKind::FeatureSelection => {
            &[Claim::DevelopmentRows, Claim::TickersAndOrder, Claim::SettingsKept, Claim::Selection]
        }
        LeakageKind::Duplicates => {
            &[Claim::SnapshotFingerprint, Claim::DistinctTickers, Claim::SequenceSets, Claim::FoldPartition]
        }
        LeakageKind::IllegitimateFeatures => &[Claim::FeaturesCausal, Claim::LookBack],
        LeakageKind::Temporal => &[
            Claim::NoBackwardFill,
            Claim::SplitBoundaries,
            Claim::SequenceSets,
            Claim::LookBack,
            Claim::TestUntouched,
            Claim::LabelSeparation,
            Claim::Embargo,
            Claim::FeaturesCausal,
        ],
        LeakageKind::Dependence => &[
            Claim::LabelSeparation,
            Claim::Embargo,
            Claim::StrictSeparation,
            Claim::FoldPartition,
            Claim::FoldTraining,
            Claim::EvaluatedLabels,
            Claim::FreshWeights,
        ],
        LeakageKind::SamplingBias => &[Claim::DistinctTickers, Claim::TickersAndOrder],
    };
    [&[Claim::ObjectsIntact], own].concat()
}

/// What no artifact can prove about a kind, however sound the run is.
fn out_of_sight(kind: LeakageKind, openings: usize, given: &[GivenColumn]) -> Option<String> {
    match kind {
        LeakageKind::IllegitimateFeatures => {
            let bars = "features are computed from earlier rows only, but whether the bars were published like this at \
                        the time (adjustments, corrections) is not in the artifacts";
            Some(users_word(given).map_or_else(|| bars.to_owned(), |word| format!("{bars}; {word}")))
        }
        LeakageKind::Temporal => users_word(given),
        LeakageKind::SamplingBias => Some(
            "whether the tickers and the period represent the model's intended use (survivorship, regime) is not in \
             the artifacts"
                .to_owned(),
        ),
        LeakageKind::NoTestSet if openings > 1 => Some(format!(
            "the test set had been opened {openings} times when these figures were made; whether an earlier result led \
             to a later choice is not in the artifacts"
        )),
        _ => None,
    }
}

/// What only the user knows about columns of one's own.
fn users_word(given: &[GivenColumn]) -> Option<String> {
    let columns: Vec<String> = given.iter().map(GivenColumn::describe).collect();
    let (noun, are, their) = match columns.len() {
        0 => return None,
        1 => ("column", "is", "its"),
        _ => ("columns", "are", "their"),
    };
    let columns = columns.join(", ");
    Some(format!("the {noun} {columns} {are} given: when {their} values were known is the user's word"))
}

/// What the user vouches for by giving columns: that their values were known at the rows that hold them.
fn by_giving(kind: LeakageKind, given: &[GivenColumn]) -> Option<String> {
    let columns: Vec<String> = given.iter().map(GivenColumn::describe).collect();
    let vouched = kind == LeakageKind::Temporal && !columns.is_empty();
    vouched.then(|| format!("the settings say when values were known: {}", columns.join(", ")))
}

/// The verdict on every kind.
pub(crate) fn leakage(
    results: &[ClaimResult],
    openings: usize,
    given: &[GivenColumn],
    attestations: &BTreeMap<LeakageKind, String>,
) -> Vec<Leakage> {
    let verdict = |&kind: &LeakageKind| {
        let claims = claims(kind);
        let attestation = attestations.get(&kind).cloned().or_else(|| by_giving(kind, given));
        let with = |status: ClaimStatus| -> Vec<&str> {
            let relevant = results.iter().filter(|result| claims.contains(&result.claim));
            relevant.filter(|result| result.status == status).map(|result| result.claim.name()).collect()
        };
        let (violated, unchecked) = (with(ClaimStatus::Violated), with(ClaimStatus::Unchecked));
        let unchecked =
            (!unchecked.is_empty()).then(|| format!("not checked everywhere: {}", unchecked.join(", ")));
        let unchecked = unchecked
            .or_else(|| with(ClaimStatus::Holds).is_empty().then(|| "nothing could be checked".to_owned()));
        let by_user = attestations.contains_key(&kind);
        // Giving columns vouches for them alone, not for what else could not be checked.
        let attestation = attestation.filter(|_| by_user || unchecked.is_none());
        let without_proof = match (out_of_sight(kind, openings, given), unchecked) {
            (Some(unseen), Some(unchecked)) if kind == LeakageKind::Temporal => {
                Some(format!("{unchecked}; {unseen}"))
            }
            (unseen, unchecked) => unseen.or(unchecked),
        };
        // An attestation fills in for missing proof, but never overrides a violation.
        let (verdict, reason) = match (violated.is_empty(), without_proof) {
            (false, _) => (Verdict::Violated, format!("violated: {}", violated.join(", "))),
            (true, Some(reason)) if attestation.is_some() => (Verdict::Attested, reason),
            (true, Some(reason)) => (Verdict::Unknown, reason),
            (true, None) => {
                let reason = match with(ClaimStatus::Holds).len() {
                    1 => "1 claim was checked on every row, and holds".to_owned(),
                    held => format!("{held} claims were checked on every row, and hold"),
                };
                (Verdict::Proven, reason)
            }
        };
        Leakage { kind, verdict, claims, reason, attestation }
    };
    LeakageKind::ALL.iter().map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every claim with this status.
    fn results(status: ClaimStatus) -> Vec<ClaimResult> {
        let result = |&claim: &Claim| ClaimResult {
            claim,
            status,
            evidence: Vec::new(),
            violations: Vec::new(),
            unchecked: Vec::new(),
        };
        Claim::ALL.iter().map(result).collect()
    }

    #[test]
    fn columns_of_ones_own_are_attested_by_giving_them_and_never_proven() {
        let vix = GivenColumn { name: "vix".into(), column: None, file: None, delay: 1, max_forward_fill: 5 };
        let nothing = BTreeMap::new();
        let find = |status, given: &[GivenColumn], said: &BTreeMap<LeakageKind, String>, kind| {
            let all = leakage(&results(status), 1, given, said);
            all.into_iter().find(|leakage| leakage.kind == kind).unwrap()
        };
        let temporal = |status, given: &[GivenColumn]| find(status, given, &nothing, LeakageKind::Temporal);
        assert_eq!(temporal(ClaimStatus::Holds, &[]).verdict, Verdict::Proven);
        let given = [vix];
        let found = temporal(ClaimStatus::Holds, &given);
        assert_eq!(found.verdict, Verdict::Attested);
        let told = "the column vix (delay 1 row, filled forward over at most 5 rows) is given: when its values were \
                    known is the user's word";
        assert_eq!(found.reason, told);
        // Giving a column vouches for nothing else that is missing.
        let unchecked = temporal(ClaimStatus::Unchecked, &given);
        assert_eq!((unchecked.verdict, unchecked.attestation), (Verdict::Unknown, None));
        assert!(unchecked.reason.contains("not checked everywhere") && unchecked.reason.ends_with(told));
        assert_eq!(temporal(ClaimStatus::Violated, &given).verdict, Verdict::Violated);
        let said = BTreeMap::from([(LeakageKind::Temporal, "from the vendor's archive".to_owned())]);
        let found = find(ClaimStatus::Holds, &given, &said, LeakageKind::Temporal);
        assert_eq!(found.attestation.as_deref(), Some("from the vendor's archive"));
        // L2 needs the user's word for the bars too, and is the only other kind that columns bear on.
        let legitimate = find(ClaimStatus::Holds, &given, &nothing, LeakageKind::IllegitimateFeatures);
        assert_eq!(legitimate.verdict, Verdict::Unknown);
        assert!(legitimate.reason.ends_with(told));
        let before = leakage(&results(ClaimStatus::Holds), 1, &[], &nothing);
        let after = leakage(&results(ClaimStatus::Holds), 1, &given, &nothing);
        let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
        assert_eq!(changed, 2);
    }
}
