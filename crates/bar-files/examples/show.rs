//! Prints how files are read: their form, and the rows of each ticker.
//!
//! `cargo run -p bar-files --example show -- data/*.csv`

use bar_files::{Reading, expand, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<std::path::PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    for path in expand(&paths)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let ticker = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        match read(&std::fs::read(&path)?, &name, &Reading { ticker, ..Reading::default() }) {
            Err(error) => println!("{error}"),
            Ok(file) => {
                println!("{name}: {}", file.form);
                for rows in &file.tickers {
                    let (first, last) = (rows.bars.first(), rows.bars.last());
                    println!("  {}: {} rows, {first:?} to {last:?}", rows.ticker, rows.bars.len());
                }
            }
        }
    }
    Ok(())
}
