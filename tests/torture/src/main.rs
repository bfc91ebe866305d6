//! Attacks the program until the time is up, and prints what was found.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod run {
    use clap::Parser;
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use std::process::ExitCode;
    use std::time::{Duration, Instant};
    use torture::Arena;
    use torture::fault::{Kind, Phase, Try, round};
    use torture::program::Program;

    /// Attack the program with faults of every kind in every phase; exit with 1 if a promise did not hold
    #[derive(Debug, Parser)]
    #[command(name = "cargo xtask torture", bin_name = "cargo xtask torture")]
    struct Cli {
        /// How long to go on, in minutes; without it, until every kind has met every phase once
        #[arg(long)]
        minutes: Option<u64>,
        /// What all attacks are drawn from
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only faults of this kind
        #[arg(long)]
        kind: Option<Kind>,
        /// Only the attack with this number
        #[arg(long, value_name = "N")]
        only: Option<u64>,
    }

    pub(crate) fn main() -> anyhow::Result<ExitCode> {
        let cli = Cli::parse();
        let started = Instant::now();
        let binary = std::env::current_exe()?.with_file_name("holdfast");
        let bars = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/sample"));
        let arena = Arena::new(Program::new(binary, bars))?;
        let mut table: BTreeMap<(Kind, Phase), (u64, u64)> = BTreeMap::new();
        let numbers = match (cli.only, cli.minutes) {
            (Some(number), _) => number..number + 1,
            (None, Some(_)) => 0..u64::MAX,
            (None, None) => 0..round(cli.kind),
        };
        for number in numbers {
            if cli.minutes.is_some_and(|minutes| started.elapsed() >= Duration::from_secs(60 * minutes)) {
                break;
            }
            let attack = Try::new(cli.seed, number, cli.kind);
            let cell = table.entry((attack.kind, attack.phase)).or_default();
            let phase = attack.phase;
            cell.0 += 1;
            if let Some(find) = arena.attack(attack)? {
                cell.1 += 1;
                let kind = cli.kind.map_or_else(String::new, |kind| format!(" --kind {kind}"));
                println!("{phase}, {}\n  {}", find.fault, find.happened);
                println!("  cargo xtask torture --seed {}{kind} --only {number}", cli.seed);
            }
        }
        println!("\n{:<14} {:<10} {:>5} {:>5}", "kind", "phase", "tries", "finds");
        for ((kind, phase), (tries, finds)) in &table {
            println!("{kind:<14} {phase:<10} {tries:>5} {finds:>5}");
        }
        let finds: u64 = table.values().map(|cell| cell.1).sum();
        println!("{} tries, {finds} finds", table.values().map(|cell| cell.0).sum::<u64>());
        Ok(if finds == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn main() -> std::process::ExitCode {
    run::main().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        std::process::ExitCode::from(2)
    })
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() {
    println!("skipped: needs linux-gnu");
}
