//! Generates a plain file of bars in memory and prints how fast it is read.
//!
//! `cargo run --release -p bar-files --example read_speed -- 256` reads 256 MB, three times. `RAYON_NUM_THREADS=1` shows
//! the speed of one core; a second argument `quoted` quotes every cell, which only the general reader takes.

use std::fmt::Write as _;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let megabytes: usize = std::env::args().nth(1).map_or(Ok(64), |text| text.parse())?;
    let quoted = std::env::args().nth(2).as_deref() == Some("quoted");
    let text = file(megabytes * 1_000_000, if quoted { "\"" } else { "" });
    let reading = bar_files::Reading { ticker: Some("A".to_owned()), ..bar_files::Reading::default() };
    for _ in 0..3 {
        let start = Instant::now();
        let file = bar_files::read(text.as_bytes(), "generated.csv", &reading)?;
        let seconds = start.elapsed().as_secs_f64();
        let rows: usize = file.tickers.iter().map(|rows| rows.bars.len()).sum();
        println!("{rows} rows, {:.0} MB/s", text.len() as f64 / 1e6 / seconds);
    }
    Ok(())
}

/// A file of about `size` bytes, each cell between `quote`s.
fn file(size: usize, quote: &str) -> String {
    let mut text = "date,open,high,low,close,volume\n".to_owned();
    let mut state = 1_u64;
    let mut row = 0_u32;
    while text.len() < size {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let date = format!("{:04}-{:02}-{:02}", 1970 + row / 336 % 60, row / 28 % 12 + 1, row % 28 + 1);
        let _ = write!(text, "{quote}{date}{quote}");
        for _ in 0..4 {
            let _ = write!(text, ",{quote}{}.{:02}{quote}", 100 + next() % 400, next() % 100);
        }
        let _ = writeln!(text, ",{quote}{}{quote}", next() % 100_000_000);
        row += 1;
    }
    text
}
