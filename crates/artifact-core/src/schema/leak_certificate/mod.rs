//! The leak certificate: what an independent check of a run found, claim by claim.

mod claim;
mod leakage;

pub use claim::{Claim, ClaimStatus};
pub use leakage::{Leakage, LeakageKind, Verdict};

use super::{BestConfigurationId, ModelBundleId, SealId, StudyId};
use crate::envelope::Payload;
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The id of a [`LeakCertificate`].
pub type LeakCertificateId = Id<LeakCertificate>;

/// The result of an audit: every claim with its evidence, and what follows for each kind of leakage.
///
/// It contains no time stamp: auditing the same run again gives the same certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeakCertificate {
    /// The sealed data.
    pub seal: SealId,
    /// The study; absent where the run had none yet.
    pub study: Option<StudyId>,
    /// The chosen configuration; absent where the run had none yet.
    pub best_configuration: Option<BestConfigurationId>,
    /// The final model; absent where the run had none yet.
    pub model_bundle: Option<ModelBundleId>,
    /// Every claim once, in the order of [`Claim::ALL`].
    pub claims: Vec<ClaimResult>,
    /// Every kind of leakage once, in the order of [`LeakageKind::ALL`].
    pub leakage: Vec<Leakage>,
}

/// What was found about one claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimResult {
    /// The claim.
    pub claim: Claim,
    /// Whether it holds.
    pub status: ClaimStatus,
    /// What was examined, and what was counted.
    pub evidence: Vec<Evidence>,
    /// Where it does not hold.
    pub violations: Vec<Violation>,
    /// What could not be checked, or need not be, and why.
    pub unchecked: Vec<Unchecked>,
}

/// What was examined for a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// What was examined, such as `trial 3` or `cross-validation 0123456789ab, fold 2`.
    pub subject: String,
    /// What was counted: rows, sequences, comparisons.
    pub counts: Vec<Count>,
    /// The digest of what was recomputed, where there is one.
    pub digest: Option<Digest>,
}

/// A number with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Count {
    /// What was counted.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// Where a claim does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Violation {
    /// What was examined.
    pub subject: String,
    /// What was found.
    pub found: String,
    /// What the claim says.
    pub expected: String,
}

/// What could not be checked, or need not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unchecked {
    /// What was left out.
    pub subject: String,
    /// Why.
    pub reason: String,
}

impl LeakCertificate {
    /// The claims that do not hold.
    pub fn violated(&self) -> impl Iterator<Item = &ClaimResult> {
        self.claims.iter().filter(|result| result.status == ClaimStatus::Violated)
    }

    /// How many kinds of leakage have each verdict of [`Verdict::ALL`], by its written name.
    pub fn verdicts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts: BTreeMap<_, _> = Verdict::ALL.iter().map(|verdict| (verdict.name(), 0)).collect();
        for leakage in &self.leakage {
            *counts.entry(leakage.verdict.name()).or_default() += 1;
        }
        counts
    }

    fn status(&self, claim: Claim) -> Option<ClaimStatus> {
        self.claims.iter().find(|result| result.claim == claim).map(|result| result.status)
    }
}

impl Payload for LeakCertificate {
    const KIND: &'static str = "leak_certificate";

    fn parents(&self) -> Vec<Digest> {
        let mut parents = vec![self.seal.digest()];
        parents.extend(self.study.map(|id| id.digest()));
        parents.extend(self.best_configuration.map(|id| id.digest()));
        parents.extend(self.model_bundle.map(|id| id.digest()));
        parents
    }

    fn validate(&self) -> Result<(), Invalid> {
        let claims: Vec<Claim> = self.claims.iter().map(|result| result.claim).collect();
        let names = |claims: &[Claim]| claims.iter().map(|claim| claim.name()).collect::<Vec<_>>().join(", ");
        ensure(claims == Claim::ALL, "claims", names(&claims), names(Claim::ALL))?;
        for (place, result) in self.claims.iter().enumerate() {
            result.validate().map_err(|invalid| invalid.within(&format!("claims[{place}]")))?;
        }
        let kinds: Vec<LeakageKind> = self.leakage.iter().map(|leakage| leakage.kind).collect();
        let names =
            |kinds: &[LeakageKind]| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
        ensure(kinds == LeakageKind::ALL, "leakage", names(&kinds), names(&LeakageKind::ALL))?;
        for (place, leakage) in self.leakage.iter().enumerate() {
            let statuses: Vec<_> = leakage.claims.iter().filter_map(|&claim| self.status(claim)).collect();
            leakage.validate(&statuses).map_err(|invalid| invalid.within(&format!("leakage[{place}]")))?;
        }
        Ok(())
    }
}

impl ClaimResult {
    fn validate(&self) -> Result<(), Invalid> {
        let fits = match self.status {
            ClaimStatus::Violated => !self.violations.is_empty(),
            ClaimStatus::Unchecked => self.violations.is_empty() && !self.unchecked.is_empty(),
            ClaimStatus::Holds => {
                self.violations.is_empty() && self.unchecked.is_empty() && !self.evidence.is_empty()
            }
            ClaimStatus::NotApplicable => {
                self.violations.is_empty() && self.evidence.is_empty() && !self.unchecked.is_empty()
            }
        };
        let (evidence, violations, unchecked) =
            (self.evidence.len(), self.violations.len(), self.unchecked.len());
        let listed = format!(
            "{evidence} pieces of evidence, {violations} violations and {unchecked} unchecked subjects"
        );
        ensure(fits, "status", self.status.name(), format!("the one that fits {listed}"))
    }
}
