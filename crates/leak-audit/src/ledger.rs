//! The test ledger: whether its chain is unbroken, and whether it records that the test rows were opened before they
//! were scored.

use crate::findings::Findings;
use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::{BestConfigurationId, Claim, Seal};
use artifact_core::{Digest, canonical_json};
use serde_json::{Map, Value};

/// The entries of the ledger with their digests, up to the first line that breaks the chain.
pub(crate) struct LedgerLines {
    entries: Vec<(Digest, Entry)>,
}

impl LedgerLines {
    /// Reads the text of a ledger and verifies its chain. Nothing after a broken line is trusted.
    pub(crate) fn read(text: &[u8], findings: &mut Findings) -> Self {
        let mut entries: Vec<(Digest, Entry)> = Vec::new();
        // Every line carries the digest of the line before it; the first one, the digest of the empty string.
        let mut previous = Digest::of(b"");
        for (place, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let subject = format!("line {}", place + 1);
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            match entry(line, previous, place as u64 + 1) {
                Ok(read) => {
                    previous = read.0;
                    entries.push(read);
                }
                Err(fault) => {
                    findings.check(
                        Claim::TestLedger,
                        &subject,
                        false,
                        fault,
                        "a line that continues the chain",
                    );
                    break;
                }
            }
        }
        Self { entries }
    }

    /// Whether the ledger records that the test rows behind a seal have been opened.
    pub(crate) fn has_opened(&self, seal: &Seal) -> bool {
        self.entries.iter().any(|(_, entry)| opens(entry, seal).is_some())
    }

    /// Checks that the figures of a final model, given by their digest, follow an opening for its own configuration; returns the number of
    /// openings up to then.
    pub(crate) fn check(
        &self,
        seal: &Seal,
        best: BestConfigurationId,
        figures: Option<Digest>,
        findings: &mut Findings,
    ) -> usize {
        let (claim, subject) = (Claim::TestLedger, "the final model");
        // One pass in ledger order, so that an opening counts only for figures recorded after it.
        let mut openings = Vec::new();
        let mut scored = None;
        for (digest, entry) in &self.entries {
            if let Some(tested) = opens(entry, seal) {
                openings.push((*digest, tested));
            }
            if let Event::Scored { unsealed, metrics, .. } = &entry.event {
                let opened =
                    openings.iter().position(|(digest, tested)| digest == unsealed && *tested == best);
                if let Some(place) = opened.filter(|_| Some(*metrics) == figures) {
                    scored = Some((place + 1, *digest));
                }
            }
        }
        let found =
            format!("{} openings of this test set, none of which led to these figures", openings.len());
        findings.check(
            claim,
            subject,
            scored.is_some(),
            found,
            "an opening for this configuration, then its figures",
        );
        let (openings, line) = scored.unwrap_or((openings.len(), Digest::of(b"")));
        let counts = [("lines", self.entries.len()), ("openings", openings)];
        findings.evidence_with(claim, subject, &counts, Some(line));
        openings
    }
}

/// The configuration under test, if the entry opens the test rows behind the seal.
fn opens(entry: &Entry, seal: &Seal) -> Option<BestConfigurationId> {
    match &entry.event {
        Event::Unsealed { best_configuration, .. }
            if entry.snapshot == seal.snapshot && entry.split_row == seal.split_row =>
        {
            Some(*best_configuration)
        }
        _ => None,
    }
}

/// Reads a line and its digest. Its `digest` must be that of its other members, and it must name the digest of the line
/// before it.
fn entry(line: &[u8], previous: Digest, index: u64) -> Result<(Digest, Entry), String> {
    let unreadable = |error| format!("no entry ({error})");
    let mut members: Map<String, Value> = serde_json::from_slice(line).map_err(unreadable)?;
    // Only canonical bytes are accepted: otherwise two different lines could have the same digest.
    if canonical_json(&members).ok().as_deref() != Some(line) {
        return Err("an entry that is not written canonically".to_owned());
    }
    let stated = members.remove("digest").unwrap_or_default();
    let digest = Digest::of(&canonical_json(&members).map_err(|error| error.to_string())?);
    if stated.as_str() != Some(&digest.to_string()) {
        return Err("an entry whose digest is not that of its other members".to_owned());
    }
    let entry: Entry = serde_json::from_value(Value::Object(members)).map_err(unreadable)?;
    if entry.previous != previous {
        return Err(format!("an entry after {}, not after the line before it", entry.previous.short()));
    }
    if entry.index != index {
        return Err(format!("entry number {}", entry.index));
    }
    Ok((digest, entry))
}
