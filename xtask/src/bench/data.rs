//! `bench data`: batches of windows per second.

use super::runner::{Runner, options};
use super::table::{figure, print, ratio};

pub(super) fn run(bench: &Runner) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for (name, tickers, seq_length) in
        [("4 tickers", 4, 30), ("50 tickers", 50, 60), ("505 tickers", 505, 60)]
    {
        let size = options([
            ("rows", 2500),
            ("features", 4 * tickers),
            ("tickers", tickers),
            ("seq-length", seq_length),
            ("batch", 64),
        ]);
        let own = bench.measure_own(&[vec!["windows".to_owned()], size.clone()].concat(), 1)?;
        let ours = own.number("batches_per_second");
        let (bytes, copy) = (own.number("bytes"), own.number("copy_bytes_per_second"));
        let mut add = |what: &str, rate: f64, against: String| {
            rows.push(vec![
                format!("{name} {what}"),
                figure(rate),
                against,
                figure(rate * bytes / 1e9),
                format!("{:.0} %", 100.0 * rate * bytes / copy),
            ]);
        };
        add("gather", ours, String::new());
        for (what, mode) in [("NumPy indexing", "numpy"), ("PyTorch DataLoader", "loader")] {
            let mode = ["--mode".to_owned(), mode.to_owned()];
            if let Some(figures) = bench.measure_peer("windows.py", &[size.as_slice(), &mode].concat()) {
                let rate = figures.number("batches_per_second");
                add(what, rate, ratio(ours, rate));
            }
        }
    }
    print(&["one thread", "batches/s", "our speedup", "GB/s", "of memcpy"], &rows);
    println!("Batches of 64 windows of 4 features per ticker, at random positions in 2500 rows.");
    Ok(())
}
