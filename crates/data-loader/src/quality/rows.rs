//! The rules for single rows and for neighbouring closes.

use super::fault::of_row;
use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{COLUMNS, Fault, FaultAction, FaultKind};

/// The relative distance by which prices may miss `[low, high]`: adjusted prices are rounded one by one.
pub const RANGE_TOLERANCE: f64 = 1e-6;

/// Removes a ticker's faulty rows and returns their faults. Without a volume in any row, a row needs none.
pub(super) fn drop_faulty(raw: &mut RawBars) -> Vec<Fault> {
    let needs_volume = !raw.is_without_volume();
    let mut faults = Vec::new();
    let mut sound = Vec::with_capacity(raw.bars.len());
    for (row, bar) in raw.bars.iter().enumerate() {
        let found = faults_of(bar, needs_volume);
        if found.is_empty() {
            sound.push(row);
        }
        let dropped = |(kind, detail)| of_row(raw, bar, kind, detail, FaultAction::RowDropped);
        faults.extend(found.into_iter().map(dropped));
    }
    if sound.len() < raw.bars.len() {
        raw.take_rows(&sound);
    }
    faults
}

/// What is wrong with a row. Rules that compare prices apply only where the prices themselves are sound.
fn faults_of(bar: &RawBar, needs_volume: bool) -> Vec<(FaultKind, String)> {
    let mut faults = Vec::new();
    for (name, value) in COLUMNS.into_iter().zip(bar.values()) {
        if name == "volume" && !needs_volume {
            continue;
        }
        if value.is_nan() {
            faults.push((FaultKind::MissingCell, format!("{name} is missing")));
        } else if value.is_infinite() {
            faults.push((FaultKind::MissingCell, format!("{name} is {value}")));
        } else if name == "volume" && value < 0.0 {
            faults.push((FaultKind::NegativeVolume, format!("volume is {value}")));
        } else if name != "volume" && value <= 0.0 {
            faults.push((FaultKind::NonPositivePrice, format!("{name} is {value}")));
        }
    }
    if faults.is_empty() {
        faults.extend(range_faults(bar));
    }
    faults
}

/// Faults in how a row's prices relate to each other.
fn range_faults(bar: &RawBar) -> Vec<(FaultKind, String)> {
    let (low, high) = (bar.low * (1.0 - RANGE_TOLERANCE), bar.high * (1.0 + RANGE_TOLERANCE));
    if high < low {
        let detail = format!("high {} is below low {}", bar.high, bar.low);
        return vec![(FaultKind::HighBelowLow, detail)];
    }
    [("open", bar.open), ("close", bar.close)]
        .into_iter()
        .filter(|(_, price)| !(low..=high).contains(price))
        .map(|(name, price)| {
            let detail = format!("{name} {price} is outside low {} to high {}", bar.low, bar.high);
            (FaultKind::OutsideRange, detail)
        })
        .collect()
}
