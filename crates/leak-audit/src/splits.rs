//! Claims about one split: its boundaries, its sets, and what its sequences read.

use crate::context::Context;
use crate::findings::Findings;
use crate::rows::Reach;
use crate::separation::Evaluated;
use artifact_core::IndexSet;
use artifact_core::schema::{Claim, SplitPlan, SplitRule};

/// Checks a split; returns its geometry if its sequences are within bounds.
pub(crate) fn check(
    context: &Context<'_>,
    subject: &str,
    plan: &SplitPlan,
    findings: &mut Findings,
) -> Option<Reach> {
    let seal = &context.seal;
    let same_rows = plan.development_snapshot == seal.development;
    let found = format!("snapshot {}", plan.development_snapshot.short());
    findings.check(Claim::DevelopmentRows, subject, same_rows, found, seal.development.short());
    findings.evidence(Claim::DevelopmentRows, subject, &[("rows", seal.split_row)]);
    settings(context, subject, plan, findings);
    boundaries(context, subject, plan, findings);
    let reach = context.reach(subject, plan, findings)?;
    sets(subject, plan, reach, findings);
    for (name, train, evaluated) in [
        ("train and validation", &plan.train, &plan.validation),
        ("final_train and test", &plan.final_train, &plan.test),
    ] {
        let subject = format!("{subject}, {name}");
        Evaluated::new(plan, reach, evaluated).check(&subject, train, findings);
    }
    for (name, set) in [
        ("train", &plan.train),
        ("validation", &plan.validation),
        ("development", &plan.development),
        ("final_train", &plan.final_train),
    ] {
        reads_development_only(context, &format!("{subject}, {name}"), set, reach, findings);
    }
    let (claim, subject) = (Claim::LookBack, format!("{subject}, test"));
    let within = plan.test.iter().all(|sequence| reach.inputs(sequence).end <= context.all_rows.len());
    findings.check(claim, &subject, within, "an input row after the last row", "existing rows");
    findings.evidence(claim, &subject, &[("sequences", plan.test.len())]);
    Some(reach)
}

/// Checks that a split was made with the run's settings.
fn settings(context: &Context<'_>, subject: &str, plan: &SplitPlan, findings: &mut Findings) {
    let (claim, wanted) = (Claim::SettingsKept, &context.config.split);
    findings.equal(claim, subject, "embargo", plan.embargo, wanted.embargo);
    let purge = plan.purge == wanted.purge;
    findings.check(claim, subject, purge, format!("purge {:?}", plan.purge), format!("{:?}", wanted.purge));
    for (name, found, expected) in [
        ("train_test_split_ratio", plan.train_test_split_ratio, wanted.train_test_split_ratio),
        ("validation_ratio", plan.validation_ratio, wanted.validation_ratio),
    ] {
        findings.equal(claim, subject, name, found, expected);
    }
    findings.evidence(claim, subject, &[("settings", 4)]);
}

/// Checks `split_row = floor(rows * train_test_split_ratio)`, `validation_row = floor(split_row * (1 -
/// validation_ratio))`, and their dates.
fn boundaries(context: &Context<'_>, subject: &str, plan: &SplitPlan, findings: &mut Findings) {
    let (claim, seal) = (Claim::SplitBoundaries, &context.seal);
    let calendar = plan.rule == SplitRule::Calendar;
    let expected = "calendar: any other rule moves the boundary with the sequences' geometry";
    findings.check(claim, subject, calendar, format!("rule {:?}", plan.rule), expected);
    let split_row = (plan.rows as f64 * plan.train_test_split_ratio).floor() as usize;
    let validation_row = (plan.split_row as f64 * (1.0 - plan.validation_ratio)).floor() as usize;
    findings.equal(claim, subject, "rows", plan.rows, seal.rows);
    // The formula shows that the plan agrees with itself, the seal that its boundary is this run's.
    findings.equal(claim, subject, "split_row", plan.split_row, split_row);
    findings.equal(claim, subject, "split_row", plan.split_row, seal.split_row);
    findings.equal(claim, subject, "validation_row", plan.validation_row, validation_row);
    for (name, found, row) in [
        ("split_date", plan.split_date, plan.split_row),
        ("validation_date", plan.validation_date, plan.validation_row),
    ] {
        let date = context.all_rows.date(row);
        let expected = format!("the date {date:?} of row {row}");
        findings.check(claim, subject, date == Some(found), format!("{name} {found}"), expected);
    }
    let counts = [("split_row", plan.split_row), ("validation_row", plan.validation_row)];
    findings.evidence(claim, subject, &counts);
}

/// Checks that every set holds exactly the sequences that qualify for it, found by looking at each sequence's rows.
fn sets(subject: &str, plan: &SplitPlan, reach: Reach, findings: &mut Findings) {
    let all: Vec<usize> = reach.sequences(plan.rows).collect();
    let labels_before = |sequence: usize, row: usize| reach.label(sequence).all(|label| label < row);
    let select =
        |keep: &dyn Fn(usize) -> bool| -> IndexSet { all.iter().copied().filter(|&s| keep(s)).collect() };

    let development = select(&|s| labels_before(s, plan.split_row));
    let validation =
        select(&|s| labels_before(s, plan.split_row) && reach.decision(s) >= plan.validation_row);
    // By decision row: a test sequence may read development rows as inputs, which were known when it decided.
    let test = select(&|s| reach.decision(s) >= plan.split_row);
    let beside_validation = Evaluated::new(plan, reach, &validation);
    let train = select(&|s| labels_before(s, plan.validation_row) && beside_validation.allows(s));
    let beside_test = Evaluated::new(plan, reach, &test);
    let final_train = select(&|s| labels_before(s, plan.split_row) && beside_test.allows(s));
    for (name, found, expected) in [
        ("train", &plan.train, &train),
        ("validation", &plan.validation, &validation),
        ("development", &plan.development, &development),
        ("final_train", &plan.final_train, &final_train),
        ("test", &plan.test, &test),
    ] {
        equal_sets(Claim::SequenceSets, subject, name, found, expected, findings);
    }
    let counts = [
        ("train", train.len()),
        ("validation", validation.len()),
        ("development", development.len()),
        ("final_train", final_train.len()),
        ("test", test.len()),
    ];
    findings.evidence(Claim::SequenceSets, subject, &counts);
}

/// Records a violation, naming extra and missing sequences, unless two sets are equal.
pub(crate) fn equal_sets(
    claim: Claim,
    subject: &str,
    name: &str,
    found: &IndexSet,
    expected: &IndexSet,
    findings: &mut Findings,
) {
    let without = |a: &IndexSet, b: &IndexSet| -> IndexSet { a.iter().filter(|&s| !b.contains(s)).collect() };
    let (extra, missing) = (without(found, expected), without(expected, found));
    let text = format!("{name} with {extra} too many and {missing} missing");
    findings.check(claim, subject, found == expected, text, format!("{expected}"));
}

/// Checks that no row of these sequences, input or label, is a test row.
pub(crate) fn reads_development_only(
    context: &Context<'_>,
    subject: &str,
    set: &IndexSet,
    reach: Reach,
    findings: &mut Findings,
) {
    let split_row = context.seal.split_row;
    let reading = set.iter().filter(|&s| reach.all(s).any(|row| row >= split_row)).count();
    let found = format!("{reading} sequences that read rows from {split_row} on");
    findings.check(Claim::TestUntouched, subject, reading == 0, found, "none");
    let last = set.iter().map(|s| reach.all(s).end - 1).max().unwrap_or(0);
    findings.evidence(Claim::TestUntouched, subject, &[("sequences", set.len()), ("last_row_read", last)]);

    let late = |s: &usize| reach.inputs(*s).any(|row| row > reach.decision(*s) || row >= split_row);
    let late = set.iter().filter(late).count();
    let found = format!("{late} sequences with inputs after their decision row or among the test rows");
    findings.check(Claim::LookBack, subject, late == 0, found, "none");
    findings.evidence(Claim::LookBack, subject, &[("sequences", set.len())]);
}
