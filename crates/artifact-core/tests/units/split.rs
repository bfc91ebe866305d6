//! Splits that are sound, and those that are not.

use artifact_core::schema::{Purge, SplitPlan, SplitRule, label_overlap};
use artifact_core::{Digest, Id, IndexSet, Payload as _};

fn plan() -> SplitPlan {
    let date = |day: u32| format!("2020-01-{day:02}").parse().unwrap();
    SplitPlan {
        development_snapshot: Id::new(Digest::of(b"")),
        rule: SplitRule::Calendar,
        rows: 100,
        seq_length: 10,
        time_window: 5,
        train_test_split_ratio: 0.8,
        validation_ratio: 0.25,
        split_row: 80,
        split_date: date(2),
        validation_row: 60,
        validation_date: date(1),
        purge: Purge::Label,
        embargo: 0,
        // Decision rows 9..=54, 60..=74, 9..=74, 80..=94.
        train: IndexSet::from_range(0..46),
        validation: IndexSet::from_range(51..66),
        development: IndexSet::from_range(0..66),
        final_train: IndexSet::from_range(0..66),
        test: IndexSet::from_range(71..86),
    }
}

#[test]
fn a_sound_plan_is_accepted() {
    assert_eq!(plan().validate(), Ok(()));
}

#[test]
fn training_keeps_clear_of_every_evaluated_block() {
    let plan = SplitPlan { embargo: 2, ..plan() };
    let evaluated: IndexSet = (10..12).chain(30..33).chain(36..40).collect();
    let ranges = |set: IndexSet| set.ranges().collect::<Vec<_>>();
    assert_eq!(ranges(plan.off_limits(&evaluated)), [6..18, 26..46]);
    assert!(plan.off_limits(&IndexSet::default()).is_empty());
    let train = IndexSet::from_range(0..60);
    assert_eq!(label_overlap(&train, &evaluated, 5), 10 + 18);
    assert_eq!(label_overlap(&train, &evaluated, 1), evaluated.len());
    assert_eq!(label_overlap(&IndexSet::from_range(16..26), &evaluated, 5), 0);
}

#[test]
fn every_broken_plan_is_refused_by_field() {
    let check = |field: &str, breakage: fn(&mut SplitPlan)| {
        let mut broken = plan();
        breakage(&mut broken);
        assert_eq!(broken.validate().unwrap_err().field, field);
    };
    check("seq_length", |p| p.seq_length = 0);
    check("train_test_split_ratio", |p| p.train_test_split_ratio = 0.0);
    check("validation_ratio", |p| p.validation_ratio = 1.0);
    check("validation_date", |p| p.validation_date = p.split_date);
    check("split_row", |p| p.train_test_split_ratio = 0.7);
    check("validation_row", |p| p.validation_ratio = 0.3);
    check("train", |p| p.purge = Purge::Strict);
    check("final_train", |p| {
        (p.purge, p.train) = (Purge::Strict, IndexSet::from_range(0..37));
    });
    check("split_row", |p| p.rows = usize::MAX);
    check("rows", |p| p.rows = 14);
    check("rows", |p| p.seq_length = usize::MAX);
    check("train", |p| {
        p.rows = usize::MAX;
        p.train = IndexSet::from_range(0..usize::MAX - 20);
    });
    check("validation_row and split_row", |p| p.validation_row = 80);
    check("train", |p| p.train = IndexSet::default());
    check("test", |p| p.test = IndexSet::from_range(71..87));
    check("train", |p| p.train = IndexSet::from_range(0..52));
    check("train", |p| p.train = IndexSet::from_range(0..47));
    check("validation", |p| p.validation = IndexSet::from_range(50..66));
    check("test", |p| p.test = IndexSet::from_range(70..86));
    check("development", |p| p.development = IndexSet::from_range(0..67));
    check("development", |p| p.development = IndexSet::from_range(0..72));
    check("final_train", |p| p.final_train = IndexSet::from_range(0..67));
}
