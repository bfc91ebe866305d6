//! Which rows and values of two snapshots differ.

use super::change::{Change, LISTED, Topic};
use crate::output::chain;
use artifact_core::Moment;
use artifact_core::schema::Snapshot;
use artifact_core::{Error, ObjectStore};
use data_loader::{Panel, compare_panels, panel_of};
use serde_json::Value;

/// The differences between the bars; if a side cannot be read, that is the difference reported.
pub(super) fn changes(store: &dyn ObjectStore, left: &Snapshot, right: &Snapshot) -> Vec<Change> {
    let read = |snapshot: &Snapshot| -> Result<Panel, Error> { panel_of(store, snapshot, "snapshot") };
    match (read(left), read(right)) {
        (Ok(left), Ok(right)) => of_panels(&left, &right),
        (left, right) => {
            let state = |panel: Result<Panel, Error>| match panel {
                Ok(_) => "readable".to_owned(),
                Err(error) => chain(&error),
            };
            vec![Change::new(Topic::Bars, "values", state(left), state(right))]
        }
    }
}

fn of_panels(left: &Panel, right: &Panel) -> Vec<Change> {
    let difference = compare_panels(left, right);
    let mut changes = Vec::new();
    for (dates, from, to) in
        [(&difference.only_left, "there", "none"), (&difference.only_right, "none", "there")]
    {
        rows(dates, from, to, &mut changes);
    }
    let values = &difference.values;
    if values.is_empty() {
        return changes;
    }
    let mut dates: Vec<Moment> = values.iter().map(|value| value.date).collect();
    dates.dedup();
    let what = format!("values that differ, on {} dates", dates.len());
    changes.push(Change::new(Topic::Bars, what, Value::Null, values.len()));
    for value in values.iter().take(LISTED) {
        let what = format!("{} {} {}", value.date, value.ticker, value.column);
        changes.push(Change::number(Topic::Bars, what, value.left, value.right));
    }
    if values.len() > LISTED {
        changes.push(Change::more("values", values.len() - LISTED));
    }
    changes
}

/// Rows that one snapshot lacks: how many, and the first of them.
fn rows(dates: &[Moment], from: &str, to: &str, changes: &mut Vec<Change>) {
    for date in dates.iter().take(LISTED) {
        changes.push(Change::new(Topic::Bars, format!("row {date}"), from, to));
    }
    if dates.len() > LISTED {
        changes.push(Change::more(format!("rows ({from} -> {to})"), dates.len() - LISTED));
    }
}
