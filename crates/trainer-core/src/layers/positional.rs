//! Sinusoidal position encoding.

use crate::kernels::real::Real;

/// The position table, `(seq_length, width)`: row `p` has `sin(p / 10000^(2i/width))` in column `2i` and the cosine of
/// the same angle in column `2i + 1` (Vaswani et al., "Attention is all you need", 2017, section 3.5).
pub(crate) fn sinusoidal<R: Real>(seq_length: usize, width: usize) -> Vec<R> {
    let value = |position: usize, column: usize| {
        let pair = (column / 2 * 2) as f64 / width as f64;
        let angle = position as f64 * libm::exp(-pair * libm::log(10_000.0));
        R::from_f64(if column.is_multiple_of(2) { libm::sin(angle) } else { libm::cos(angle) })
    };
    (0..seq_length).flat_map(|position| (0..width).map(move |column| value(position, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_sines_and_cosines() {
        let table = sinusoidal::<f64>(3, 5);
        assert_eq!(table[..5], [0.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(table[10], 2.0f64.sin());
        assert_eq!(table[11], 2.0f64.cos());
        assert!((table[12] - (2.0 / 10_000.0f64.powf(0.4)).sin()).abs() < 1e-12);
    }
}
