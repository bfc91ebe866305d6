//! The panels by name.

use super::cross_section::cross_section;
use super::interaction::interaction;
use super::momentum::{STRENGTHS, momentum};
use super::order::order;
use super::panel::Panel;
use super::regime::regime;

/// A kind of panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// The mean of the last ten returns predicts the next one, with this coefficient.
    Momentum(u32, f64),
    /// The ticker's rank among all tickers predicts its next return.
    CrossSection,
    /// The product of two signs predicts the next return.
    Interaction,
    /// A jump and the last large one before it predict the next return.
    Order,
    /// A hidden state decides whether the last return carries on or turns.
    Regime,
}

impl Kind {
    /// Every kind; momentum in five strengths.
    pub(crate) fn all() -> Vec<Self> {
        let momentum = STRENGTHS.map(|(hundredths, a)| Self::Momentum(hundredths, a));
        [&momentum[..], &[Self::CrossSection, Self::Interaction, Self::Order, Self::Regime]].concat()
    }

    /// The name: `momentum-02`, `cross-section` and so on.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Momentum(hundredths, _) => format!("momentum-{hundredths:02}"),
            Self::CrossSection => "cross-section".to_owned(),
            Self::Interaction => "interaction".to_owned(),
            Self::Order => "order".to_owned(),
            Self::Regime => "regime".to_owned(),
        }
    }

    /// The kind of a name.
    ///
    /// # Errors
    ///
    /// If no kind has that name; the message lists the names.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        Self::all().into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::all().into_iter().map(Self::name).collect();
            format!("there is no panel {name:?}; choose one of {}", names.join(", "))
        })
    }

    /// The default number of tickers and rows: 6 x 2,400, and 30 x 1,200 where tickers are compared with each other.
    pub(crate) fn size(self) -> (usize, usize) {
        if self == Self::CrossSection { (30, 1200) } else { (6, 2400) }
    }

    /// The highest MCC of a classifier that treats Up and Down alike, to about 0.01: the expected MCC of the Bayes
    /// classifier with the best weight of Hold, by Monte Carlo over 60,000 rows.
    pub(crate) fn bayes_mcc(self) -> f64 {
        match self {
            Self::Momentum(hundredths, _) => f64::from(hundredths) / 100.0,
            Self::CrossSection => 0.240,
            Self::Interaction => 0.511,
            Self::Order => 0.511,
            Self::Regime => 0.259,
        }
    }

    /// Generates a panel of so many tickers and rows. The same arguments give the same bits, and the first rows do not
    /// depend on the number of rows.
    pub(crate) fn generate(self, size: (usize, usize), seed: u64) -> Panel {
        match self {
            Self::Momentum(_, a) => momentum(size, seed, a),
            Self::CrossSection => cross_section(size, seed),
            Self::Interaction => interaction(size, seed),
            Self::Order => order(size, seed),
            Self::Regime => regime(size, seed),
        }
    }
}
