//! `artifact audit`: checks a run for leakage.

use crate::outcome::Outcome;
use crate::output;
use crate::resolve::no_run;
use anyhow::Context as _;
use artifact_core::schema::{
    ClaimResult, ClaimStatus, Count, LeakCertificate, LeakCertificateId, Leakage, LeakageKind, Verdict,
};
use artifact_core::{Digest, Error, ObjectStore as _, Phase, PhaseRecord, Workspace, canonical_json};
use clap::Args;
use data_loader::DataParts;
use leak_audit::Audit;
use metrics::Metric;
use serde_json::json;
use settings::Config;
use settings::cli::checked_name;
use settings::part::Catalog;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use views::{self, write_all};

/// Options of `artifact audit`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AuditArgs {
    /// The run's name
    run: String,
    /// Vouch for what the artifacts cannot prove: a kind of leakage and a statement, such as L2="prices are as
    /// published at the time"; the certificate records it
    #[arg(long, value_name = "KIND=TEXT", value_parser = attestation)]
    attest: Vec<(LeakageKind, String)>,
}

/// Audits a run, stores the certificate, and prints it. Where the workspace may only be read, the certificate is not
/// stored.
pub(crate) fn run(
    workspace: &Workspace,
    args: &AuditArgs,
    as_json: bool,
    parts: &DataParts,
    metrics: &Catalog<dyn Metric>,
) -> anyhow::Result<Outcome> {
    let run = workspace.run(checked_name(&args.run)?);
    if run.record()?.is_none() {
        return Err(no_run(workspace, &args.run)?.into());
    }
    // Locking creates the directory of a missing run, so look for the record first. Read it again under the
    // lock: a phase may have finished in between.
    let lock = match run.lock() {
        Err(error) if error.is_denied() => None,
        lock => Some(lock?),
    };
    let record = run.record()?.context("the run's record is gone")?;
    let store = workspace.store();
    let ledger = workspace.ledger().bytes()?;
    let attestations: BTreeMap<LeakageKind, String> = args.attest.iter().cloned().collect();
    let audit = Audit {
        store: &store,
        record: &record,
        ledger: &ledger,
        attestations: &attestations,
        parts,
        metrics,
    };
    let certificate = audit.run().with_context(|| format!("failed to audit run {}", args.run))?;
    let (bytes, id) = leak_audit::envelope(certificate.clone()).to_bytes()?;
    if lock.is_some() {
        store.put(&bytes)?;
        write_all(&views::leak_certificate(&store, &run, id)?)?;
        // Recorded last, so that the record never names a certificate that is not stored.
        let outputs = [("leak_certificate", id.digest())];
        let config = Config::of_record(&record)?.context("the run's record has no configuration")?;
        run.finish(&config, Phase::Audit, PhaseRecord::new(key(&certificate, &attestations)?, outputs))?;
    } else {
        tracing::warn!(
            "run {} may not be written, so its certificate is not stored; to store it, audit the run as a user who may \
             write {}",
            args.run,
            run.directory().display()
        );
    }

    if as_json {
        output::json(&json!({ "id": id, "stored": lock.is_some(), "certificate": certificate }))?;
    } else {
        output::text(&readable(&args.run, id, &certificate))?;
    }
    Ok(if certificate.violated().next().is_none() { Outcome::Sound } else { Outcome::Unsound })
}

/// The digest of everything that the certificate depends on.
fn key(certificate: &LeakCertificate, attestations: &BTreeMap<LeakageKind, String>) -> Result<Digest, Error> {
    let LeakCertificate { seal, study, best_configuration, model_bundle, .. } = certificate;
    let parts = ("audit", seal, study, best_configuration, model_bundle, attestations);
    Ok(Digest::of(&canonical_json(&parts)?))
}

fn attestation(text: &str) -> Result<(LeakageKind, String), String> {
    let names = || LeakageKind::ALL.map(LeakageKind::name).join(", ");
    let (name, words) =
        text.split_once('=').ok_or_else(|| format!("expected KIND=TEXT, KIND one of {}", names()))?;
    let kind = LeakageKind::ALL.into_iter().find(|kind| kind.name() == name);
    let kind =
        kind.ok_or_else(|| format!("{name:?} is not a kind of leakage; expected one of {}", names()))?;
    match words.trim() {
        "" => Err("the text is empty; say what you vouch for".to_owned()),
        words => Ok((kind, words.to_owned())),
    }
}

fn readable(run: &str, id: LeakCertificateId, certificate: &LeakCertificate) -> String {
    let violated = certificate.violated().count();
    let outcome = match violated {
        0 => "no leak was found".to_owned(),
        1 => "1 claim is violated".to_owned(),
        several => format!("{several} claims are violated"),
    };
    let verdicts = certificate.verdicts();
    let counted: Vec<String> = Verdict::ALL
        .iter()
        .filter_map(|verdict| Some((verdict.name(), *verdicts.get(verdict.name())?)))
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let mut text = format!(
        "audit of {run}: {outcome}; of 8 kinds of leakage {}\ncertificate {id}\n\n",
        counted.join(", ")
    );

    let mut rows = vec![["claim", "status", "checked"].map(String::from).to_vec()];
    rows.extend(certificate.claims.iter().map(claim_row));
    text += &output::table(&rows);
    let mut rows = vec![["kind", "verdict", "about", "why"].map(String::from).to_vec()];
    rows.extend(certificate.leakage.iter().map(kind_row));
    let _ = write!(text, "\n{}", output::table(&rows));
    for result in certificate.violated() {
        let _ = write!(text, "\n{} is violated: {}\n", result.claim.name(), result.claim.statement());
        for violation in &result.violations {
            let (subject, found) = (&violation.subject, &violation.found);
            let _ = writeln!(text, "  {subject}: {found}, expected {}", violation.expected);
        }
    }
    text
}

fn claim_row(result: &ClaimResult) -> Vec<String> {
    let checked = match result.status {
        ClaimStatus::Unchecked | ClaimStatus::NotApplicable => {
            let first = result.unchecked.first().map(|why| format!("{}: {}", why.subject, why.reason));
            let more = result.unchecked.len().saturating_sub(1);
            let more = if more == 0 { String::new() } else { format!(", and {more} more") };
            format!("{}{more}", first.unwrap_or_default())
        }
        ClaimStatus::Holds | ClaimStatus::Violated => {
            // The same counts, summed over all evidence.
            let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
            for Count { name, count } in result.evidence.iter().flat_map(|evidence| &evidence.counts) {
                let sum = sums.entry(name).or_default();
                *sum = sum.saturating_add(*count);
            }
            let places = result.evidence.len();
            let sums: Vec<String> =
                sums.iter().map(|(name, sum)| format!("{} {sum}", name.replace('_', " "))).collect();
            format!("{places} {}: {}", if places == 1 { "place" } else { "places" }, sums.join(", "))
        }
    };
    vec![result.claim.name().to_owned(), result.status.name().replace('_', " "), checked]
}

fn kind_row(leakage: &Leakage) -> Vec<String> {
    let why = match (&leakage.attestation, leakage.verdict) {
        (Some(words), Verdict::Attested) => format!("attested: {words}"),
        _ => leakage.reason.clone(),
    };
    vec![
        leakage.kind.name().to_owned(),
        leakage.verdict.name().to_owned(),
        leakage.kind.describe().to_owned(),
        why,
    ]
}
