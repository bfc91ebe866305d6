//! Exact sums of derivatives.
//!
//! The derivatives of a round are rounded to whole multiples of a power of two, as fine as lets their sum over all rows
//! fit into 64 bits. Sums of whole numbers are exact: they have the same bits in any order, a histogram may be
//! subtracted from another without loss, and a row that occurs twice adds the same as one of twice the weight. The
//! number of rows shares a word with the second derivatives, so that rows are counted at no cost.

use std::ops::{AddAssign, Sub, SubAssign};

/// The largest number of rows whose sums fit.
pub(crate) const MOST_ROWS: usize = (1 << 31) - 1;

/// The sums over some rows: of the first derivatives, and of the second ones with the number of rows in the low bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) gradient: i64,
    pub(crate) packed: u64,
}

impl AddAssign for Sum {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        self.gradient = self.gradient.wrapping_add(other.gradient);
        self.packed = self.packed.wrapping_add(other.packed);
    }
}

impl SubAssign for Sum {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        self.gradient = self.gradient.wrapping_sub(other.gradient);
        self.packed = self.packed.wrapping_sub(other.packed);
    }
}

impl Sub for Sum {
    type Output = Self;

    #[inline(always)]
    fn sub(mut self, other: Self) -> Self {
        self -= other;
        self
    }
}

/// The units of a [`Sum`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    count_bits: u32,
    gradient: f64,
    hessian: f64,
}

impl Scale {
    /// The finest units for so many rows, at most [`MOST_ROWS`], given the sum of their absolute first derivatives and
    /// that of their second ones.
    pub(crate) fn new(rows: usize, gradients: f64, hessians: f64) -> Self {
        let count_bits = rows.ilog2() + 1;
        // The rounding of each row adds at most half a unit, which the bit that is left free takes up.
        Self { count_bits, gradient: units(gradients, 61), hessian: units(hessians, 63 - count_bits as i32) }
    }

    /// Rounds the derivatives of one row.
    pub(crate) fn sum(&self, [gradient, hessian]: [f64; 2]) -> Sum {
        let gradient = gradient * self.gradient;
        let gradient = (gradient + 0.5f64.copysign(gradient)) as i64;
        let hessian = (hessian * self.hessian + 0.5) as u64;
        Sum { gradient, packed: (hessian << self.count_bits) + 1 }
    }

    /// The number of rows in a sum.
    #[inline(always)]
    pub(crate) fn count(&self, sum: Sum) -> u64 {
        sum.packed & ((1 << self.count_bits) - 1)
    }

    /// The sum of second derivatives, in units. Exact below 2^53 units.
    #[inline(always)]
    pub(crate) fn hessian_units(&self, sum: Sum) -> f64 {
        (sum.packed >> self.count_bits) as i64 as f64
    }

    /// A sum of second derivatives, converted to units.
    pub(crate) fn to_hessian_units(self, hessian: f64) -> f64 {
        hessian * self.hessian
    }

    /// The sum of first derivatives.
    pub(crate) fn gradient(&self, sum: Sum) -> f64 {
        sum.gradient as f64 / self.gradient
    }

    /// The sum of second derivatives.
    pub(crate) fn hessian(&self, sum: Sum) -> f64 {
        self.hessian_units(sum) / self.hessian
    }

    /// A gain, which is a square of first derivatives over second ones, converted from units.
    pub(crate) fn gain(&self, units: f64) -> f64 {
        units / self.gradient / self.gradient * self.hessian
    }
}

/// The largest power of two by which a total may be multiplied and remain below 2^`bits`.
fn units(total: f64, bits: i32) -> f64 {
    // The exponent of a normal number; 0 and subnormal numbers count as the smallest one.
    let exponent = ((total.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let power = (bits - 1 - exponent).clamp(-1000, 1000);
    f64::from_bits(((power + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_are_as_fine_as_fits() {
        for (total, bits) in [(1.0, 61), (1.999, 61), (3e38, 40), (1e-200, 33), (0.0, 62), (5e-324, 62)] {
            let scaled = total * units(total, bits);
            assert!(scaled < 2f64.powi(bits), "{total}");
            assert!(total < 1e-250 || scaled >= 2f64.powi(bits - 1), "{total}");
        }
    }

    proptest! {
        #[test]
        fn sums_are_close_and_countable(
            rows in prop::collection::vec((-1e3f64..1e3, 0.0f64..5.0), 1..200),
            power in -60i32..60,
        ) {
            let factor = 2f64.powi(power);
            let rows: Vec<[f64; 2]> = rows.iter().map(|&(g, h)| [g * factor, h * factor]).collect();
            let gradients = rows.iter().map(|row| row[0].abs()).sum();
            let hessians = rows.iter().map(|row| row[1]).sum();
            let scale = Scale::new(rows.len(), gradients, hessians);
            let mut sum = Sum::default();
            rows.iter().for_each(|&row| sum += scale.sum(row));
            let exact: f64 = rows.iter().map(|row| row[0]).sum();
            prop_assert_eq!(scale.count(sum), rows.len() as u64);
            prop_assert!((scale.gradient(sum) - exact).abs() <= 1e-12 * gradients);
            prop_assert!((scale.hessian(sum) - hessians).abs() <= 1e-12 * hessians);
        }
    }

    #[test]
    fn the_largest_sums_fit() {
        // The most rows there can be, each rounded up by half a unit.
        let scale = Scale::new(MOST_ROWS, 1.0, 1.0);
        let count = MOST_ROWS as u128;
        let hessian = (1u128 << (63 - scale.count_bits)) + count / 2;
        assert!((hessian << scale.count_bits) + count < 1 << 64);
        assert!((1u128 << 61) + count / 2 < 1 << 63);
    }
}
