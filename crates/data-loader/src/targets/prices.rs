//! What counts as a price.

/// Whether all closes are prices: finite and above 0.
pub(super) fn known(now: f64, future: &[f64]) -> bool {
    is_price(now) && future.iter().all(|&close| is_price(close))
}

/// Whether it is finite and above 0.
pub(super) fn is_price(price: f64) -> bool {
    price.is_finite() && price > 0.0
}

/// The return from one price to another; `None` if either is not a price.
pub(super) fn simple_return(now: f64, then: f64) -> Option<f64> {
    (is_price(now) && is_price(then)).then(|| then / now - 1.0)
}
