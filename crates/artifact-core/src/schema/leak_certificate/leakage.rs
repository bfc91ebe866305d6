//! The eight kinds of leakage, and an audit's verdict on each.

use super::{Claim, ClaimStatus};
use crate::error::{Invalid, ensure};
use serde::{Deserialize, Serialize};

/// The kinds of leakage by Kapoor and Narayanan, *Leakage and the reproducibility crisis in machine-learning-based
/// science*, Patterns 4 (2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum LeakageKind {
    /// There is no test set.
    #[serde(rename = "L1.1")]
    NoTestSet,
    /// Training and test data were prepared together.
    #[serde(rename = "L1.2")]
    Preprocessing,
    /// Features were selected on training and test data together.
    #[serde(rename = "L1.3")]
    FeatureSelection,
    /// Training and test data share samples.
    #[serde(rename = "L1.4")]
    Duplicates,
    /// Features are not legitimate: they would not be known when a prediction is made.
    #[serde(rename = "L2")]
    IllegitimateFeatures,
    /// The test set does not lie after the training data.
    #[serde(rename = "L3.1")]
    Temporal,
    /// Training and test samples depend on each other.
    #[serde(rename = "L3.2")]
    Dependence,
    /// The test set is not drawn from the distribution of interest.
    #[serde(rename = "L3.3")]
    SamplingBias,
}

/// An audit's verdict on a kind of leakage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The claims that rule it out were checked, and hold.
    Proven,
    /// What cannot be seen in the artifacts is vouched for by the user.
    Attested,
    /// Neither.
    Unknown,
    /// A claim that would rule it out does not hold.
    Violated,
}

/// One kind of leakage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Leakage {
    /// The kind.
    pub kind: LeakageKind,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The claims that bear on it.
    pub claims: Vec<Claim>,
    /// Why the verdict is what it is.
    pub reason: String,
    /// What the user vouches for, in the user's words.
    pub attestation: Option<String>,
}

impl LeakageKind {
    /// All kinds, in order.
    pub const ALL: [LeakageKind; 8] = [
        LeakageKind::NoTestSet,
        LeakageKind::Preprocessing,
        LeakageKind::FeatureSelection,
        LeakageKind::Duplicates,
        LeakageKind::IllegitimateFeatures,
        LeakageKind::Temporal,
        LeakageKind::Dependence,
        LeakageKind::SamplingBias,
    ];

    /// The written name, as in the publication.
    pub fn name(self) -> &'static str {
        match self {
            LeakageKind::NoTestSet => "L1.1",
            LeakageKind::Preprocessing => "L1.2",
            LeakageKind::FeatureSelection => "L1.3",
            LeakageKind::Duplicates => "L1.4",
            LeakageKind::IllegitimateFeatures => "L2",
            LeakageKind::Temporal => "L3.1",
            LeakageKind::Dependence => "L3.2",
            LeakageKind::SamplingBias => "L3.3",
        }
    }

    /// The kind in words.
    pub fn describe(self) -> &'static str {
        match self {
            LeakageKind::NoTestSet => "no test set",
            LeakageKind::Preprocessing => "preprocessing on training and test",
            LeakageKind::FeatureSelection => "feature selection on training and test",
            LeakageKind::Duplicates => "duplicates in training and test",
            LeakageKind::IllegitimateFeatures => "features that are not legitimate",
            LeakageKind::Temporal => "temporal leakage",
            LeakageKind::Dependence => "dependent training and test samples",
            LeakageKind::SamplingBias => "sampling bias in the test distribution",
        }
    }
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Verdict; 4] = [Verdict::Proven, Verdict::Attested, Verdict::Unknown, Verdict::Violated];

    /// The written name.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Proven => "proven",
            Verdict::Attested => "attested",
            Verdict::Unknown => "unknown",
            Verdict::Violated => "violated",
        }
    }
}

impl Leakage {
    /// Checks that the verdict is one that claims of these statuses allow.
    pub(super) fn validate(&self, statuses: &[ClaimStatus]) -> Result<(), Invalid> {
        let any = |status| statuses.contains(&status);
        let violated = any(ClaimStatus::Violated);
        let proven = any(ClaimStatus::Holds) && !any(ClaimStatus::Unchecked) && !violated;
        let (allowed, expected) = match self.verdict {
            Verdict::Violated => (violated, "another verdict, since no claim is violated"),
            _ if violated => (false, "violated, as one of its claims is"),
            Verdict::Proven => (proven, "another verdict, since not all claims are checked"),
            Verdict::Attested => (self.attestation.is_some(), "another verdict, since nothing is attested"),
            Verdict::Unknown => (self.attestation.is_none(), "attested, as there is an attestation"),
        };
        ensure(allowed, "verdict", self.verdict.name(), expected)?;
        ensure(!self.reason.is_empty(), "reason", "empty", "a reason")
    }
}
