//! Files of bars: writing some to measure with, and how fast they are read.

use crate::rounds::median;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use data_loader::{FileOptions, sources::files::read_files};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, Subcommand)]
pub(crate) enum BarsArgs {
    /// Write files of random walks, the same for the same sizes
    Write(WriteArgs),
    /// Read files into bars: bytes, digests and rows
    Read(ReadArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WriteArgs {
    /// The folder
    #[arg(long)]
    folder: PathBuf,
    #[arg(long)]
    tickers: usize,
    /// Rows of each ticker
    #[arg(long)]
    rows: usize,
    /// Bars of one minute instead of one day
    #[arg(long)]
    minutes: bool,
    /// One long file with a ticker column, ordered by date, instead of a file for each ticker
    #[arg(long)]
    long: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    paths: Vec<PathBuf>,
    /// Read this often; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

pub(crate) fn measure(args: &BarsArgs) -> anyhow::Result<Value> {
    match args {
        BarsArgs::Write(args) => write(args),
        BarsArgs::Read(args) => read(args),
    }
}

fn read(args: &ReadArgs) -> anyhow::Result<Value> {
    let (mut rows, mut seconds) = (0, Vec::new());
    for _ in 0..args.rounds {
        let start = Instant::now();
        let read = read_files(&args.paths, &FileOptions::default())?;
        seconds.push(start.elapsed().as_secs_f64());
        rows = read.bars.iter().map(|bars| bars.bars.len()).sum();
    }
    Ok(json!({ "rows": rows, "seconds": median(seconds) }))
}

fn write(args: &WriteArgs) -> anyhow::Result<Value> {
    let failed = || format!("failed to write to {}", args.folder.display());
    std::fs::create_dir_all(&args.folder).with_context(failed)?;
    let mut walks: Vec<Walk> = (0..args.tickers).map(Walk::of).collect();
    let stamps = if args.minutes { minutes(args.rows) } else { days(args.rows) };
    let header = "date,open,high,low,close,volume";
    let create =
        |name: &str| File::create(args.folder.join(name)).map(|file| BufWriter::with_capacity(1 << 20, file));
    let mut written = || -> std::io::Result<()> {
        if args.long {
            let mut file = create("bars.csv")?;
            writeln!(file, "ticker,{header}")?;
            for stamp in &stamps {
                for walk in &mut walks {
                    write!(file, "{},", walk.ticker)?;
                    walk.row(stamp, &mut file)?;
                }
            }
            return file.flush();
        }
        for walk in &mut walks {
            let mut file = create(&format!("{}.csv", walk.ticker))?;
            writeln!(file, "{header}")?;
            for stamp in &stamps {
                walk.row(stamp, &mut file)?;
            }
            file.flush()?;
        }
        Ok(())
    };
    written().with_context(failed)?;
    Ok(json!({ "rows": args.tickers * args.rows }))
}

/// Prices in cents that walk at random, with a volume.
struct Walk {
    ticker: String,
    cents: i64,
    generator: ChaCha8Rng,
}

impl Walk {
    fn of(number: usize) -> Self {
        let mut seed = [5; 32];
        seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
        let generator = ChaCha8Rng::from_seed(seed);
        Self { ticker: format!("T{number:05}"), cents: 10_000, generator }
    }

    /// A number below `limit`.
    fn below(&mut self, limit: u32) -> i64 {
        i64::from(self.generator.next_u32() % limit)
    }

    fn row(&mut self, stamp: &str, out: &mut impl std::io::Write) -> std::io::Result<()> {
        let open = self.cents;
        // At most two per cent either way, and never near nothing.
        let step = u32::try_from(open / 50).unwrap_or(u32::MAX).max(1);
        let close = (open + self.below(2 * step + 1) - i64::from(step)).max(1000);
        let high = open.max(close) + self.below(step);
        let low = open.min(close) - self.below(step / 2 + 1);
        let volume = 1_000_000 + self.below(9_000_000);
        self.cents = close;
        write!(out, "{stamp}")?;
        for cents in [open, high, low, close] {
            write!(out, ",{}.{:02}", cents / 100, cents % 100)?;
        }
        writeln!(out, ",{volume}")
    }
}

/// Weekdays, from 1980 on.
fn days(rows: usize) -> Vec<String> {
    let first = chrono::NaiveDate::from_ymd_opt(1980, 1, 1).unwrap_or_default();
    let is_weekday = |day: &chrono::NaiveDate| chrono::Datelike::weekday(day).number_from_monday() < 6;
    first.iter_days().filter(is_weekday).take(rows).map(|day| day.to_string()).collect()
}

/// Minutes of sessions of 390, from 2000 on.
fn minutes(rows: usize) -> Vec<String> {
    let of_day = |day: String| {
        (0..390).map(move |minute| format!("{day} {:02}:{:02}:00", (570 + minute) / 60, (570 + minute) % 60))
    };
    days(5300 + rows / 390).into_iter().skip(5200).flat_map(of_day).take(rows).collect()
}
