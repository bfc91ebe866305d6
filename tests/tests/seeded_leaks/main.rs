//! Seeded leaks: real runs, each broken by one small change, and each caught by its claim.
//!
//! The broken runs are written as a faulty but honest pipeline would have written them: with consistent digests
//! throughout. Sound runs of several configurations must pass the same audit.

mod bases;
mod foreign;
mod made_run;
mod mutations;
mod pipeline;

use artifact_core::Phase;
use artifact_core::schema::{Claim, ClaimStatus, LeakCertificate, LeakageKind, Verdict};
use bases::{Base, bars, made};
use std::collections::{BTreeMap, BTreeSet};

fn violated(certificate: &LeakCertificate) -> BTreeSet<&'static str> {
    certificate.violated().map(|result| result.claim.name()).collect()
}

fn names(claims: &[Claim]) -> BTreeSet<&'static str> {
    claims.iter().map(|claim| claim.name()).collect()
}

/// The run must be sound: nothing is violated, and everything that can be proven is.
#[track_caller]
fn check_sound(certificate: &LeakCertificate) {
    for result in &certificate.claims {
        assert_eq!(result.violations, [], "{}", result.claim.name());
        assert_ne!(result.status, ClaimStatus::Unchecked, "{}: {:?}", result.claim.name(), result.unchecked);
    }
    leak_audit::envelope(certificate.clone()).to_bytes().unwrap();
    for leakage in &certificate.leakage {
        let expected = match leakage.kind {
            LeakageKind::IllegitimateFeatures | LeakageKind::SamplingBias => Verdict::Unknown,
            _ => Verdict::Proven,
        };
        assert_eq!(leakage.verdict, expected, "{}: {}", leakage.kind.name(), leakage.reason);
    }
}

#[test]
fn every_seeded_leak_is_caught_by_its_claims_and_no_others() {
    let mut wrong = Vec::new();
    for mutation in mutations::all() {
        let mut run = mutation.base.run().clone();
        (mutation.apply)(&mut run);
        let certificate = run.written().audit();
        leak_audit::envelope(certificate.clone()).to_bytes().unwrap();
        let (found, expected) = (violated(&certificate), names(mutation.violates));
        if found != expected {
            let listed = certificate.violated().flat_map(|result| {
                let first = result.violations.first();
                first.map(|v| {
                    format!(
                        "    {}: {}: {}, expected {}",
                        result.claim.name(),
                        v.subject,
                        v.found,
                        v.expected
                    )
                })
            });
            let listed: Vec<String> = listed.collect();
            wrong.push(format!("{}: {found:?}, expected {expected:?}\n{}", mutation.name, listed.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// docs/leak-audit.md has one row per mutation, with exactly the claims that find it.
#[test]
fn the_documented_table_is_the_corpus() {
    let mut corpus = BTreeMap::from([
        // These two are seeded into the files that a run is made from.
        ("duplicated_ticker", names(&[Claim::DistinctTickers])),
        ("backward_filled_history", names(&[Claim::NoBackwardFill])),
    ]);
    for mutation in mutations::all() {
        let known = corpus.insert(mutation.name, names(mutation.violates));
        assert_eq!(known, None, "two mutations are called {}", mutation.name);
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/leak-audit.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("## Seeded leaks").unwrap();
    let mut documented = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        // The odd parts are those between backquotes: the mutation, then its claims.
        let mut code = row.split('`').skip(1).step_by(2);
        documented.insert(code.next().unwrap(), code.collect::<BTreeSet<_>>());
    }
    assert_eq!(documented, corpus);
}

#[test]
fn writing_an_unchanged_run_changes_nothing() {
    for base in [Base::Frozen, Base::Refitting] {
        let written = base.run().written();
        assert!(written.names.iter().all(|(old, new)| old == new));
        assert_eq!(written.record, base.run().record);
        assert_eq!(written.ledger, base.run().original_ledger);
    }
}

#[test]
fn the_runs_that_mutations_start_from_are_sound() {
    for base in [Base::Frozen, Base::Refitting] {
        check_sound(&base.run().written().audit());
    }
}

#[test]
fn sound_runs_of_other_configurations_pass() {
    for (top, sections, extended) in [
        (
            "seed = 7\n",
            "[labels]\nrule = \"excursion\"\n[scaler]\nper = \"ticker\"\n",
            "refit_preprocessing = true\n",
        ),
        (
            "",
            "[split]\npurge = \"strict\"\nembargo = 4\nvalidation_ratio = 0.3\n",
            "method = \"walk_forward\"\n",
        ),
        ("", "[labels]\npermute = true\n[features]\nset = \"close\"\n", ""),
        ("", "[training]\nmodel = \"linear\"\nobjective = \"negative_log_loss\"\n", ""),
        ("", "[training]\nmodel = \"gru\"\n", ""),
        (
            "",
            "[features]\nticker_embedding = true\n[training]\nmodel = \"gru\"\n",
            "refit_preprocessing = true\n",
        ),
        ("", "[training]\nmodel = \"lstm\"\n", ""),
        ("", "[training]\nmodel = \"tcn\"\n", ""),
        ("", "[training]\nmodel = \"gru\"\nscope = \"joint\"\n", ""),
        (
            "",
            "[labels]\nrule = { name = \"forward_return\", form = \"excess\" }\n[training]\nmodel = \"gru\"\n\
             objective = \"ic\"\nseeds = 2\n",
            "refit_preprocessing = true\n",
        ),
        (
            "",
            "[labels]\nrule = { name = \"quantiles\", form = \"volatility\", volatility_rows = 5 }\npermute = true\n\
             [training]\nmodel = \"linear\"\nscope = \"joint\"\n",
            "method = \"walk_forward\"\n",
        ),
        (
            "",
            "[labels]\nrule = { name = \"barrier\", volatility_multiple = 0.5, touch = \"high_low\" }\n[training]\n\
             model = \"gbdt\"\nuniqueness = true\ntime_decay = -0.2\n",
            "",
        ),
        (
            "",
            "[training]\nmodel = \"gbdt\"\n[features]\nset = [\"trend\", \"rank(close) - 0.5\", \"rsi(14)\"]\n",
            "",
        ),
    ] {
        check_sound(&made(top, sections, extended, &bars()).written().audit());
    }
}

#[test]
fn a_written_feature_that_is_not_its_expression_is_caught() {
    let mut run = made("", "[features]\nset = \"trend\"\n", "", &bars());
    mutations::delay_trend(&mut run);
    let expected = names(&[Claim::FeaturesCausal, Claim::ScalerRefit]);
    assert_eq!(violated(&run.written().audit()), expected);
}

#[test]
fn a_ticker_that_is_listed_in_the_test_rows_is_no_backward_fill() {
    let mut late = bars();
    // Its first bars are among the last rows of the others.
    let lines: Vec<&str> = late[1].1.lines().collect();
    late[1].1 = lines
        .iter()
        .enumerate()
        .filter(|(place, _)| *place == 0 || *place > 340)
        .fold(String::new(), |text, (_, line)| text + line + "\n");
    check_sound(&made("", "", "", &late).written().audit());
}

#[test]
fn a_price_that_stands_still_is_no_leak() {
    // Pegged throughout, pegged at two levels, and two tickers pegged alike.
    for (steps, tickers) in [(1, 1), (2, 1), (1, 2)] {
        let mut pegged = bars();
        let rows = pegged[1].1.lines().count();
        let peg = |(place, line): (usize, &str)| match line.split_once(',').filter(|_| place > 0) {
            Some((date, _)) => {
                let price = 1.0 + (place * steps / rows) as f64 / 4.0;
                format!("{date},{price},{price},{price},{price},1000\n")
            }
            None => format!("{line}\n"),
        };
        let text: String = pegged[1].1.lines().enumerate().map(peg).collect();
        for ticker in &mut pegged[1..=tickers] {
            ticker.1.clone_from(&text);
        }
        check_sound(&made("", "", "", &pegged).written().audit());
    }
}

#[test]
fn a_duplicated_ticker_and_a_backward_filled_history_are_caught_in_real_runs() {
    let mut twice = bars();
    twice[2].1 = twice[0].1.clone();
    let certificate = made("", "", "", &twice).written().audit();
    assert_eq!(violated(&certificate), names(&[Claim::DistinctTickers]));

    let mut filled = bars();
    let lines: Vec<&str> = filled[1].1.lines().collect();
    let (_, bar) = lines[40].split_once(',').unwrap();
    let fill = |(place, line): (usize, &&str)| match (1..40).contains(&place) {
        true => format!("{},{bar}\n", line.split_once(',').unwrap().0),
        false => format!("{line}\n"),
    };
    let text: String = lines.iter().enumerate().map(fill).collect();
    filled[1].1 = text;
    let certificate = made("", "", "", &filled).written().audit();
    assert_eq!(violated(&certificate), names(&[Claim::NoBackwardFill]));

    // Copies of a bar among the test rows, which a look at the development rows alone takes for a pegged price.
    let mut from_test = bars();
    let lines: Vec<&str> = from_test[1].1.lines().collect();
    let last = lines.len() - 20;
    let (_, bar) = lines[last].split_once(',').unwrap();
    let fill = |(place, line): (usize, &&str)| match (1..last).contains(&place) {
        true => format!("{},{bar}\n", line.split_once(',').unwrap().0),
        false => format!("{line}\n"),
    };
    let text: String = lines.iter().enumerate().map(fill).collect();
    from_test[1].1 = text;
    let certificate = made("", "", "", &from_test).written().audit();
    assert!(violated(&certificate).is_superset(&names(&[Claim::NoBackwardFill])));
}

#[test]
fn a_run_in_progress_is_audited_as_far_as_it_has_got() {
    let mut run = Base::Frozen.run().clone();
    for (phase, violations) in [(Phase::Final, 0), (Phase::CrossValidation, 0), (Phase::Tuning, 0)] {
        run.record.phases.remove(&phase);
        let certificate = run.written().audit();
        assert_eq!(certificate.violated().count(), violations, "without {phase:?}");
    }
    let certificate = run.written().audit();
    let of = |claim: Claim| certificate.claims.iter().find(|result| result.claim == claim).unwrap().status;
    assert_eq!(of(Claim::SnapshotFingerprint), ClaimStatus::Holds);
    assert_eq!(of(Claim::ScalerRefit), ClaimStatus::NotApplicable);
    let verdict = |kind: LeakageKind| certificate.leakage.iter().find(|l| l.kind == kind).unwrap().verdict;
    assert_eq!(verdict(LeakageKind::SamplingBias), Verdict::Unknown);
}

#[test]
fn what_cannot_be_checked_is_unknown_until_it_is_attested_and_a_violation_stays_one() {
    let vouched: BTreeMap<LeakageKind, String> =
        LeakageKind::ALL.iter().map(|&kind| (kind, "I looked at it".to_owned())).collect();
    let certificate = Base::Frozen.run().written().audit_with(&vouched);
    let verdicts = certificate.verdicts();
    assert_eq!((verdicts["proven"], verdicts["attested"], verdicts["unknown"]), (6, 2, 0));

    // A lost split is no violation, but proves nothing about its trial.
    let mut lost = made("", "", "", &bars());
    let chosen = lost.get(lost.cv()).split;
    let splits = (0..).map(|number| lost.get(lost.trial(number)).split.unwrap());
    let split = splits.into_iter().find(|&split| split != chosen).unwrap();
    lost.lose(split.digest());
    let certificate = lost.written().audit();
    assert_eq!(violated(&certificate), BTreeSet::new());
    assert!(certificate.leakage.iter().all(|leakage| leakage.verdict == Verdict::Unknown));

    let mut leaking = Base::Frozen.run().clone();
    leaking.ledger.clear();
    let certificate = leaking.written().audit_with(&vouched);
    assert_eq!(certificate.leakage[0].verdict, Verdict::Violated);
}
