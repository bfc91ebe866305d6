//! A figure on every resample.

use super::figure::{RowFigure, Valued};
use statistics::{Estimate, Resamples};

/// A figure on all rows, and on every resample of them.
pub(super) struct Resampled {
    whole: Option<Valued>,
    resampled: Vec<Option<Valued>>,
}

impl Resampled {
    pub(super) fn of(figure: &dyn RowFigure, resamples: &Resamples) -> Self {
        let all: Vec<usize> = (0..figure.rows()).collect();
        let resampled = resamples.iter().map(|picks| figure.on(picks)).collect();
        Self { whole: figure.on(&all), resampled }
    }

    /// The figure, or its difference from another one, with its standard error.
    pub(super) fn estimate(&self, less: Option<&Self>, block: f64) -> Option<Estimate> {
        estimate(self.whole.as_ref(), less.map(|less| less.whole.as_ref()), block)
    }

    /// The same on every resample.
    pub(super) fn estimates<'a>(
        &'a self,
        less: Option<&'a Self>,
        block: f64,
    ) -> impl Iterator<Item = Option<Estimate>> + 'a {
        self.resampled.iter().enumerate().map(move |(place, own)| {
            estimate(own.as_ref(), less.map(|less| less.resampled[place].as_ref()), block)
        })
    }
}

fn estimate(own: Option<&Valued>, less: Option<Option<&Valued>>, block: f64) -> Option<Estimate> {
    let own = own?;
    let Some(less) = less else { return Estimate::of(own.value, &own.influence, block).ok() };
    let less = less?;
    let difference = own.influence.iter().zip(&less.influence).map(|(own, less)| own - less);
    Estimate::of(own.value - less.value, &difference.collect::<Vec<_>>(), block).ok()
}
