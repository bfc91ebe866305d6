//! What the built-in targets share: two barriers around the close of the decision row, and the closes after it.

use super::target::Class;
use artifact_core::Params;
use settings::part::Parameter;

/// The parameter that gives the built-in targets their threshold.
pub(crate) const THRESHOLD: &str = "threshold";

/// Declares the parameter that says how far away the barriers are.
pub(super) fn threshold(name: &'static str) -> Parameter {
    let doc = "The barriers' distance as a fraction of the decision row's close, above 0 and below 1.";
    // A range includes its bounds, so these are the smallest normal number and the largest one below 1.
    Parameter::float(name, doc).range(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0).default(0.02)
}

/// The barriers above and below a close.
pub(super) fn barriers(now: f64, params: &Params) -> (f64, f64) {
    let threshold = params.float(THRESHOLD).unwrap_or(f64::NAN);
    (now * (1.0 + threshold), now * (1.0 - threshold))
}

/// Labels each row by its own close and the `horizon` closes after it; `None` where they do not all exist.
pub(super) fn by_row(
    close: &[f64],
    horizon: usize,
    label: impl Fn(f64, &[f64]) -> Option<Class>,
) -> Vec<Option<Class>> {
    let future = |row: usize| close.get(row + 1..row.checked_add(horizon)?.checked_add(1)?);
    close.iter().enumerate().map(|(row, &now)| label(now, future(row)?)).collect()
}

/// Whether all closes are prices: finite and above 0.
pub(super) fn known(now: f64, future: &[f64]) -> bool {
    is_price(now) && future.iter().all(|&close| is_price(close))
}

pub(super) fn is_price(close: f64) -> bool {
    close.is_finite() && close > 0.0
}

pub(crate) fn simple_return(now: f64, then: f64) -> Option<f64> {
    (is_price(now) && is_price(then)).then(|| then / now - 1.0)
}
