//! The rules for single rows and for neighbouring closes.

use crate::sources::RawBar;
use artifact_core::schema::{COLUMNS, FaultKind};

/// The relative distance by which prices may miss `[low, high]`: adjusted prices are rounded one by one.
pub const RANGE_TOLERANCE: f64 = 1e-6;
/// The absolute log return of one bar above which it may be a spike: +49 % or -33 %.
pub const SPIKE_LOG_RETURN: f64 = 0.4;
/// How close to the level before the spike, relative to it, the next close must be for the spike to have reverted.
pub const SPIKE_REVERSION: f64 = 0.15;

/// What is wrong with a row. Rules that compare prices apply only where the prices themselves are sound.
pub(super) fn faults_of(bar: &RawBar) -> Vec<(FaultKind, String)> {
    let mut faults = Vec::new();
    for (name, value) in COLUMNS.into_iter().zip(bar.values()) {
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

/// Describes the middle one of three consecutive closes if it is a spike that reverts.
pub(super) fn reverting_spike([before, spike, after]: [f64; 3]) -> Option<String> {
    let jumps = libm::log(spike / before).abs() > SPIKE_LOG_RETURN;
    let reverts = (after / before - 1.0).abs() <= SPIKE_REVERSION;
    (jumps && reverts).then(|| format!("close goes {before}, {spike}, {after}: suspected data error"))
}
