//! Rows of one subset passed off as rows of another.

use data_loader::{Development, Panel, Subset, SequenceSet, Test, Whole};

fn panel(test: Panel<Test>) -> Panel<Development> {
    test
}

fn own_panel(whole: Panel<Whole>) -> Panel<Development> {
    Panel::new(whole.tickers.clone(), whole.dates.clone(), whole.values().to_owned()).unwrap()
}

fn sequences<'a>(test: SequenceSet<'a, Test>) -> SequenceSet<'a> {
    SequenceSet { ..test }
}

fn values(development: &mut Panel<Development>, test: &Panel<Test>) {
    development.values = test.values().to_owned();
}

/// A user's own subset, with its own rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mine;

impl Subset for Mine {}

fn main() {}
