//! First moments and ranges of columns.

/// Weighted sums and the range of each column over the rows of positive weight.
pub(super) struct Moments {
    pub(super) sums: Vec<f64>,
    pub(super) lowest: Vec<f32>,
    pub(super) highest: Vec<f32>,
}

impl Moments {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            sums: vec![0.0; columns],
            lowest: vec![f32::INFINITY; columns],
            highest: vec![f32::NEG_INFINITY; columns],
        }
    }

    pub(super) fn add_row(&mut self, row: &[f32], share: f64) {
        if share > 0.0 {
            self.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += share * f64::from(*value));
            self.widen(row, row);
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += other);
        self.widen(&other.lowest, &other.highest);
    }

    fn widen(&mut self, lowest: &[f32], highest: &[f32]) {
        self.lowest.iter_mut().zip(lowest).for_each(|(low, value)| *low = low.min(*value));
        self.highest.iter_mut().zip(highest).for_each(|(high, value)| *high = high.max(*value));
    }
}
