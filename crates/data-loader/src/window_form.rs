//! What becomes of a window's scaled features before a model reads them.

use crate::scalers::WithinWindow;
use crate::ticker_columns::TickerColumns;
use std::borrow::Cow;

/// How a window of scaled features becomes a model's input: scaled by its own values, and told of which ticker it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct WindowForm {
    pub(crate) within: Option<WithinWindow>,
    pub(crate) tickers: Option<TickerColumns>,
}

impl WindowForm {
    /// The columns that say which ticker a window is of.
    pub(crate) fn ticker_columns(&self) -> usize {
        self.tickers.as_ref().map_or(0, TickerColumns::count)
    }

    /// The input made of a window `raw` of a block, `(rows, features)`; borrowed if nothing is done to it.
    pub(crate) fn apply<'a>(&self, block: usize, raw: &'a [f32], features: usize) -> Cow<'a, [f32]> {
        let Some(tickers) = &self.tickers else { return self.scaled(raw, features) };
        let rows = raw.len().checked_div(features).unwrap_or(0);
        let mut input = vec![0.0; raw.len() + rows * tickers.count()];
        self.write(block, raw, features, &mut input);
        Cow::Owned(input)
    }

    /// As [`WindowForm::apply`], without the columns that say which ticker it is of.
    pub(crate) fn scaled<'a>(&self, raw: &'a [f32], features: usize) -> Cow<'a, [f32]> {
        let mut window = Cow::Borrowed(raw);
        if let Some(within) = &self.within {
            within.apply(window.to_mut(), features);
        }
        window
    }

    /// As [`WindowForm::apply`], into `input`, which has the size of what comes out.
    pub(crate) fn write(&self, block: usize, raw: &[f32], features: usize, input: &mut [f32]) {
        let (window, _) = input.split_at_mut(raw.len());
        window.copy_from_slice(raw);
        if let Some(within) = &self.within {
            within.apply(window, features);
        }
        if let Some(tickers) = &self.tickers {
            tickers.append(block, input, features);
        }
    }
}
