//! Evaluates a named set over a folder of CSV files, one per ticker (`date,open,high,low,close,volume`), and says how
//! long it took: `panel FOLDER SET [OUTPUT]`. The output file holds little-endian doubles, `[ticker][feature][row]`.
//!
//! The rows are the dates of all files together; `vwap` is `(high + low + close) / 3`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use expressions::{Columns, Evaluator, Expression, FeatureSet};

const NAMES: [&str; 6] = ["open", "high", "low", "close", "volume", "vwap"];

struct Panel {
    rows: usize,
    tickers: Vec<[Vec<f64>; 6]>,
}

impl Columns for Panel {
    fn rows(&self) -> usize {
        self.rows
    }

    fn tickers(&self) -> usize {
        self.tickers.len()
    }

    fn names(&self) -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn column(&self, ticker: usize, name: &str) -> Option<&[f64]> {
        let place = NAMES.iter().position(|known| *known == name)?;
        Some(&self.tickers.get(ticker)?[place])
    }
}

fn read(folder: &Path) -> Result<Panel, Box<dyn Error>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let mut dates = BTreeSet::new();
    let mut files = Vec::new();
    for path in paths {
        let mut bars = BTreeMap::new();
        for line in std::fs::read_to_string(path)?.lines().skip(1) {
            let mut fields = line.split(',');
            let date = fields.next().unwrap_or_default().to_owned();
            dates.insert(date.clone());
            bars.insert(date, fields.map(|field| field.parse().unwrap_or(f64::NAN)).collect::<Vec<f64>>());
        }
        files.push(bars);
    }
    let ticker = |bars: &BTreeMap<String, Vec<f64>>| {
        let column = |place: usize| {
            let cell = |date| bars.get(date).and_then(|bar| bar.get(place)).copied().unwrap_or(f64::NAN);
            dates.iter().map(cell).collect::<Vec<f64>>()
        };
        let [open, high, low, close, volume] = [0, 1, 2, 3, 4].map(column);
        let vwap = (0..close.len()).map(|row| (high[row] + low[row] + close[row]) / 3.0).collect();
        [open, high, low, close, volume, vwap]
    };
    Ok(Panel { rows: dates.len(), tickers: files.iter().map(ticker).collect() })
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [folder, set] = [1, 2].map(|place| arguments.get(place).cloned().unwrap_or_default());
    let set = FeatureSet::named(&set).ok_or("usage: panel FOLDER SET [OUTPUT]")?;
    let panel = read(Path::new(&folder))?;
    let expressions: Vec<Expression> = set.features().into_iter().map(|feature| feature.expression).collect();

    let start = Instant::now();
    let evaluator = Evaluator::new(&expressions);
    let values = evaluator.evaluate(&panel)?;
    println!(
        "{} tickers x {} rows x {} features: {:.3} s",
        values.tickers(),
        values.rows(),
        values.expressions(),
        start.elapsed().as_secs_f64()
    );

    if let Some(output) = arguments.get(3) {
        let mut file = std::io::BufWriter::new(std::fs::File::create(output)?);
        for value in values.into_cells() {
            file.write_all(&value.to_le_bytes())?;
        }
    }
    Ok(())
}
