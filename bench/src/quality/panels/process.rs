//! What the panels whose tickers know nothing of each other have in common.

use super::dates::weekdays;
use super::draws::Draws;
use super::law::Law;
use super::panel::{Panel, Ticker};

/// One ticker's process: it decides, row by row, what the next return depends on.
pub(crate) trait Process {
    /// Takes in the return of the row that just closed (0 in row 0, whose close has no predecessor), draws what else
    /// happened in that row, and says what follows.
    fn close(&mut self, change: f64, draws: &mut Draws) -> Step;
}

/// A row that just closed, and what follows.
pub(crate) struct Step {
    /// The logarithm of the row's volume.
    pub(crate) log_volume: f64,
    /// The logarithm of the row's open over the close before it, but for noise.
    pub(crate) gap: f64,
    /// The law of the next return, given everything that can be seen.
    pub(crate) law: Law,
    /// The part of `law` that the next return will come from, which cannot be seen.
    pub(crate) part: usize,
}

/// The logarithm of a usual volume: about half a million.
pub(crate) const LOG_VOLUME: f64 = 13.0;

/// A usual log volume: normal with a standard deviation of 0.3.
pub(crate) fn usual_log_volume(draws: &mut Draws) -> f64 {
    LOG_VOLUME + 0.3 * draws.normal()
}

/// A panel of independent tickers, each with a process and a random stream of its own. More rows or tickers leave the
/// earlier ones as they are.
pub(crate) fn independent<P: Process>(
    (tickers, rows): (usize, usize),
    (seed, name): (u64, &str),
    start: impl Fn(&mut Draws) -> P,
) -> Panel {
    let tickers = (0..tickers).map(|number| {
        let mut draws = Draws::new(seed, name, number);
        let mut process = start(&mut draws);
        let mut ticker = Ticker::new(number);
        let mut change = 0.0;
        for _ in 0..rows {
            let Step { log_volume, gap, law, part } = process.close(change, &mut draws);
            ticker.bars.push(change, gap, log_volume, &mut draws);
            ticker.truth.push(law.truth());
            change = law.means[part] + law.sd * draws.normal();
        }
        ticker
    });
    Panel { dates: weekdays(rows), tickers: tickers.collect() }
}
