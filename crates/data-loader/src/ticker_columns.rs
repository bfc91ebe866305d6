//! Columns that say which ticker a window is of.

use std::sync::Arc;

/// One column per ticker of a study, 1 in every row of a window of that ticker and 0 in all others: behind a linear map, a
/// learned vector per ticker that is added to its rows.
///
/// The order of the columns is that of the study's tickers, whatever the order of those whose windows are read. A ticker
/// that the study did not have is 0 in all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickerColumns {
    count: usize,
    /// The column of each ticker whose windows are read.
    places: Arc<[Option<usize>]>,
}

impl TickerColumns {
    /// The columns of `study`'s tickers, for windows of `tickers`: block `n` of the features is that of `tickers[n]`.
    pub fn new(study: &[String], tickers: &[String]) -> Self {
        let place = |ticker: &String| study.iter().position(|known| known == ticker);
        Self { count: study.len(), places: tickers.iter().map(place).collect() }
    }

    /// The number of columns.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Which column is 1 for a block's ticker; `None` if the study did not have it.
    pub fn place(&self, block: usize) -> Option<usize> {
        self.places.get(block).copied().flatten()
    }

    /// Writes the columns of a block's ticker to `out`, which holds as many numbers.
    ///
    /// # Panics
    ///
    /// If `out` is shorter.
    pub fn write(&self, block: usize, out: &mut [f32]) {
        out.fill(0.0);
        if let Some(place) = self.place(block) {
            out[place] = 1.0;
        }
    }

    /// Spreads the rows of `features` columns that fill the beginning of `window`, and appends the columns to each.
    pub(crate) fn append(&self, block: usize, window: &mut [f32], features: usize) {
        let width = features + self.count;
        // From the last row on, since each moves to where later ones were.
        for row in (0..window.len() / width).rev() {
            window.copy_within(row * features..(row + 1) * features, row * width);
            self.write(block, &mut window[row * width + features..(row + 1) * width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn every_row_gets_the_columns_of_its_ticker() {
        let columns = TickerColumns::new(&names(&["A", "B"]), &names(&["B", "X"]));
        let mut window = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0, 9.0, 9.0, 9.0];
        columns.append(0, &mut window, 3);
        assert_eq!(window, [1.0, 2.0, 3.0, 0.0, 1.0, 4.0, 5.0, 6.0, 0.0, 1.0]);
        let mut window = [1.0, 2.0, 9.0, 9.0, 9.0, 9.0];
        columns.append(1, &mut window, 1);
        assert_eq!(window, [1.0, 0.0, 0.0, 2.0, 0.0, 0.0], "the study did not have X");
    }

    proptest! {
        #[test]
        fn a_ticker_has_the_same_columns_wherever_it_stands(
            (study, read) in (1usize..9).prop_flat_map(|count| {
                let study = (0..count).map(|n| format!("T{n}")).collect::<Vec<_>>();
                let all = (0..count + 3).map(|n| format!("T{n}")).collect::<Vec<_>>();
                (Just(study).prop_shuffle(), Just(all).prop_shuffle())
            }),
            rows in 1usize..4, features in 1usize..4,
        ) {
            let columns = TickerColumns::new(&study, &read);
            for (block, ticker) in read.iter().enumerate() {
                let width = features + columns.count();
                let mut window = vec![7.0; rows * width];
                columns.append(block, &mut window, features);
                for row in window.chunks_exact(width) {
                    let (own, added) = row.split_at(features);
                    prop_assert!(own.iter().all(|&value| value == 7.0));
                    let expected = study.iter().map(|known| f32::from(u8::from(known == ticker)));
                    prop_assert!(added.iter().copied().eq(expected));
                }
            }
        }
    }
}
