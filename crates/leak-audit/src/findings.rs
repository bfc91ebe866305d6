//! Findings, claim by claim.

use artifact_core::Digest;
use artifact_core::schema::{Claim, ClaimResult, ClaimStatus, Count, Evidence, Unchecked, Violation};
use std::collections::BTreeMap;
use std::fmt::Display;

/// At most this many violations are listed per claim; the rest are only counted.
const LISTED: usize = 20;

/// Collects evidence and violations. Checks that run in parallel each fill their own, and these are merged in a fixed
/// order, so that the certificate does not depend on scheduling.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    claims: BTreeMap<Claim, Found>,
}

#[derive(Debug, Default)]
struct Found {
    evidence: Vec<Evidence>,
    violations: Vec<Violation>,
    unchecked: Vec<Unchecked>,
    not_applicable: Vec<Unchecked>,
}

impl Findings {
    /// Records that something was checked, with counts.
    pub(crate) fn evidence(&mut self, claim: Claim, subject: &str, counts: &[(&str, usize)]) {
        self.evidence_with(claim, subject, counts, None);
    }

    /// Records that something was checked, with counts and the digest of what was recomputed.
    pub(crate) fn evidence_with(
        &mut self,
        claim: Claim,
        subject: &str,
        counts: &[(&str, usize)],
        digest: Option<Digest>,
    ) {
        let count = |&(name, count): &(&str, usize)| Count { name: name.to_owned(), count: count as u64 };
        let counts = counts.iter().map(count).collect();
        self.of(claim).evidence.push(Evidence { subject: subject.to_owned(), counts, digest });
    }

    /// Records a violation unless `holds`; returns `holds`.
    pub(crate) fn check(
        &mut self,
        claim: Claim,
        subject: &str,
        holds: bool,
        found: impl Display,
        expected: impl Display,
    ) -> bool {
        if !holds {
            let (found, expected) = (found.to_string(), expected.to_string());
            let subject = subject.to_owned();
            self.of(claim).violations.push(Violation { subject, found, expected });
        }
        holds
    }

    /// Records a violation unless two values are equal; returns whether they are.
    pub(crate) fn equal<T: PartialEq + Display>(
        &mut self,
        claim: Claim,
        subject: &str,
        what: &str,
        found: T,
        expected: T,
    ) -> bool {
        let holds = found == expected;
        self.check(claim, subject, holds, format_args!("{what} {found}"), expected)
    }

    /// Records that something could not be checked.
    pub(crate) fn unchecked(&mut self, claim: Claim, subject: &str, reason: impl Display) {
        let (subject, reason) = (subject.to_owned(), reason.to_string());
        self.of(claim).unchecked.push(Unchecked { subject, reason });
    }

    /// Records that a claim does not apply to a subject.
    pub(crate) fn not_applicable(&mut self, claim: Claim, subject: &str, reason: impl Display) {
        let (subject, reason) = (subject.to_owned(), reason.to_string());
        self.of(claim).not_applicable.push(Unchecked { subject, reason });
    }

    /// Appends the findings of another check.
    pub(crate) fn merge(&mut self, other: Findings) {
        for (claim, found) in other.claims {
            let own = self.of(claim);
            own.evidence.extend(found.evidence);
            own.violations.extend(found.violations);
            own.unchecked.extend(found.unchecked);
            own.not_applicable.extend(found.not_applicable);
        }
    }

    /// One result for every claim, in order.
    pub(crate) fn results(mut self) -> Vec<ClaimResult> {
        Claim::ALL
            .iter()
            .map(|&claim| result(claim, self.claims.remove(&claim).unwrap_or_default()))
            .collect()
    }

    fn of(&mut self, claim: Claim) -> &mut Found {
        self.claims.entry(claim).or_default()
    }
}

fn result(claim: Claim, found: Found) -> ClaimResult {
    let Found { evidence, mut violations, mut unchecked, not_applicable } = found;
    if violations.len() > LISTED {
        let more = violations.len() - LISTED;
        violations.truncate(LISTED);
        violations.push(Violation {
            subject: "others".to_owned(),
            found: format!("{more} more violations"),
            expected: "none".to_owned(),
        });
    }
    // The order is the safe one: a single violation or gap outweighs any amount of evidence.
    let status = if !violations.is_empty() {
        ClaimStatus::Violated
    } else if !unchecked.is_empty() {
        ClaimStatus::Unchecked
    } else if !evidence.is_empty() {
        ClaimStatus::Holds
    } else {
        ClaimStatus::NotApplicable
    };
    if status == ClaimStatus::NotApplicable {
        unchecked = not_applicable;
        if unchecked.is_empty() {
            let reason = "the run has produced nothing to check yet".to_owned();
            unchecked.push(Unchecked { subject: "the run".to_owned(), reason });
        }
    }
    ClaimResult { claim, status, evidence, violations, unchecked }
}
