//! `holdfast pipeline`: all phases in order, each in its own process.
//!
//! Every phase knows by itself whether its work is done; this command only starts them, shows their output and
//! summarises. Each process runs this same program, so every phase has the parts registered with it, and nothing else
//! needs to be installed. They are processes rather than calls so that a phase that tunes or cross-validates never has
//! test rows in its memory.

use crate::Registry;
use anyhow::Context as _;
use artifact_core::schema::{BestConfiguration, ModelBundle};
use artifact_core::{Phase, Run, Workspace, brief, load};
use clap::{Args, ValueEnum};
use figures::digits::counted;
use figures::{Situation, TestTable, Verdict, ability, paths_in_words, too_few_in_folds};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use settings::cli::{PresetArg, RunArgs, UsageError, finish, output};
use std::ffi::{OsStr, OsString};
use std::fmt::Arguments;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read, Write};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Options of `holdfast pipeline`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PipelineArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Freeze changed bars as a new snapshot, in a separate run next to the old one, and continue in that run
    #[arg(long)]
    accept_drift: bool,
    /// First phase to run; the phases before it must be done already
    #[arg(long, value_name = "PHASE", default_value = "data")]
    from: PhaseArg,
}

/// A phase of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum PhaseArg {
    /// Freeze the bars and seal the test rows
    Data,
    /// Tune hyperparameters
    Tuning,
    /// Cross-validate the best trials
    Extended,
    /// Fit and test the final model
    Final,
    /// Check the run for leaks
    Audit,
    /// Write the report
    Report,
}

/// A phase, its subcommand, and what it does in a few words.
const PHASES: [(PhaseArg, &str, &str); 6] = [
    (PhaseArg::Data, "freeze", "freeze the bars"),
    (PhaseArg::Tuning, "tune", "tune hyperparameters"),
    (PhaseArg::Extended, "validate", "cross-validate the best trials"),
    (PhaseArg::Final, "finalize", "fit and test the final model"),
    (PhaseArg::Audit, "audit", "check for leaks"),
    (PhaseArg::Report, "report", "write the report"),
];

/// Runs the phases; returns the exit code of the one that failed, if one did.
pub(crate) fn main(registry: &Registry, args: &PipelineArgs) -> ExitCode {
    let result = run(registry, args);
    // The phase's own exit code is passed on: it distinguishes bad usage, damage and failure.
    let phase = result.as_ref().err().and_then(|error| error.downcast_ref::<PhaseFailed>()?.code);
    let ours = finish(result);
    phase.and_then(|code| u8::try_from(code).ok()).map_or(ours, ExitCode::from)
}

fn run(registry: &Registry, args: &PipelineArgs) -> anyhow::Result<()> {
    let selection = args.run.select()?;
    // A mistake in the settings of a later phase must not cost the time of the earlier ones.
    registry.check(&selection.config).map_err(|error| error.at(selection.file.as_deref()))?;
    let program = std::env::current_exe().context("failed to find this program")?;
    if args.accept_drift && args.from != PhaseArg::Data {
        let reason =
            "--accept-drift needs the phase data; leave out --from, or name the separate run with --run";
        return Err(UsageError(reason.to_owned()).into());
    }
    let stored = storage_options(&args.run);
    let given = args.run.run.is_some().then(|| selection.run.name().to_owned());
    let (mut run, mut selected) = (selection.run, run_options(&args.run, given.as_deref()));
    let count = PHASES.len();
    let mut leak = None;
    for (number, (phase, command, what)) in PHASES.into_iter().enumerate() {
        if phase < args.from {
            continue;
        }
        let mut process = Command::new(&program);
        process.arg(command);
        match phase {
            // The audit takes everything else, settings included, from the run's own record.
            PhaseArg::Audit => process.args(&stored).arg("--").arg(run.name()),
            _ => process.args(&stored).args(&selected),
        };
        // Bars on standard input are read once, by the phase that freezes them.
        let reads = phase == PhaseArg::Data && args.run.bars.iter().any(|path| path.as_os_str() == "-");
        process.stdin(if reads { Stdio::inherit() } else { Stdio::null() });
        if phase == PhaseArg::Data {
            process.args(["--advise", "holdfast pipeline"]);
            process.args(if args.accept_drift { &["--accept-drift", "--json"][..] } else { &[] });
        }
        let shown = if phase == PhaseArg::Data && args.accept_drift { frozen_line } else { first_line };
        let number = number + 1;
        let ended = follow(&format!("[{number}/{count}] {what}"), process, shown);
        let ended = ended.with_context(|| format!("failed to run phase {number} of {count} ({what})"));
        let ended = ended.and_then(|(status, printed)| match status.success() {
            true => Ok(printed),
            false => {
                let first_line = shown(&printed);
                Err(PhaseFailed { number, what, first_line, code: status.code() }.into())
            }
        });
        match ended {
            // Continue to the report, which shows the leak too.
            Err(error) if phase == PhaseArg::Audit => leak = Some(error),
            Err(error) => return Err(error),
            Ok(printed) if phase == PhaseArg::Data && args.accept_drift => {
                let name = frozen_run(&printed).context("the phase did not say which run it froze")?;
                // The bars may now be in a run of their own, which no setting but its name selects.
                if name != run.name() {
                    selected = run_options(&args.run, Some(&name));
                    run = selection.workspace.run(&name);
                }
            }
            Ok(_) => {}
        }
    }
    summarise(&selection.workspace, &run)?;
    leak.map_or(Ok(()), Err)
}

/// The options that say where and how objects are stored; every phase gets the same ones.
fn storage_options(args: &RunArgs) -> Vec<OsString> {
    let mut options = vec![option("--workspace", &args.workspace)];
    options.extend(args.compression_level.map(|level| option("--compression-level", level.to_string())));
    options
}

/// What freezing printed as JSON.
fn frozen(printed: &str) -> Option<Value> {
    serde_json::from_str(printed).ok()
}

/// The run that holds the bars, according to what freezing printed as JSON.
fn frozen_run(printed: &str) -> Option<String> {
    Some(frozen(printed)?.get("run")?.as_str()?.to_owned())
}

/// What freezing printed as JSON, in one line; nothing for anything else.
fn frozen_line(printed: &str) -> String {
    let frozen = frozen(printed).unwrap_or_default();
    let text = |key: &str| frozen[key].as_str().map(str::to_owned);
    match (text("run"), text("split_date"), frozen["rows"].as_u64()) {
        (Some(run), Some(date), Some(rows)) => {
            format!("run {run}: {}; test rows sealed from {date}", counted(rows, "row"))
        }
        _ => String::new(),
    }
}

/// The first line of what a phase printed; its columns may be padded, as in the first row of a table.
fn first_line(printed: &str) -> String {
    let first = printed.lines().next().unwrap_or_default();
    first.split("  ").map(str::trim).filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The options that select the run, by its name where that is given, and its settings.
fn run_options(args: &RunArgs, run: Option<&str>) -> Vec<OsString> {
    let preset =
        |preset: PresetArg| preset.to_possible_value().map(|value| option("--preset", value.get_name()));
    let options = [
        args.config.as_ref().map(|path| option("--config", path)),
        args.preset.and_then(preset),
        args.seed.map(|seed| option("--seed", seed.to_string())),
        args.source.as_ref().map(|source| option("--source", source)),
        run.map(|run| option("--run", run)),
    ];
    options.into_iter().flatten().chain(args.bars.iter().map(|path| option("--bars", path))).collect()
}

/// An option and its value as one argument, so that a value may begin with `-`.
fn option(name: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut option = OsString::from(name);
    option.push("=");
    option.push(value);
    option
}

/// Runs a phase and shows its latest progress line; once it is done, what is to be shown of its output and the time it
/// took. Returns what it printed.
fn follow(
    title: &str,
    mut process: Command,
    shown: fn(&str) -> String,
) -> anyhow::Result<(ExitStatus, String)> {
    let started = Instant::now();
    let live = std::io::stderr().is_terminal();
    let spinner = if live { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {elapsed}  {wide_msg}") {
        spinner.set_style(style);
    }
    spinner.set_prefix(title.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));

    let mut child = process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("the phase has no standard output")?;
    // Both pipes are read at the same time: a phase that fills the one not being read would wait forever.
    let reading = move || lines(output).collect::<Vec<_>>().join("\n");
    let printed = match std::thread::Builder::new().spawn(reading) {
        Ok(reading) => reading,
        Err(error) => {
            // Nobody would read what it prints, and it would wait for that.
            drop(child.kill());
            drop(child.wait());
            return Err(error)
                .context("failed to start a thread; allow this user more processes (`ulimit -u`)");
        }
    };
    let messages = child.stderr.take().context("the phase has no standard error")?;
    for line in lines(messages) {
        // On a terminal only the newest progress line is kept; warnings and errors always are.
        match line.trim_start().strip_prefix("INFO ") {
            Some(progress) if live => spinner.set_message(progress.to_owned()),
            _ => spinner.suspend(|| note(format_args!("{line}"))),
        }
    }
    let status = child.wait()?;
    spinner.finish_and_clear();
    let printed = printed.join().unwrap_or_default();
    if status.success() {
        let line = shown(&printed);
        note(format_args!("{title}: {line} ({:.1} s)", started.elapsed().as_secs_f64()));
    }
    Ok((status, printed))
}

/// Writes a line to standard error. A failure is ignored: there is nobody left to tell, and a phase is still running.
fn note(line: Arguments<'_>) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// The lines of a pipe until it is closed. A path in a message need not be valid Unicode: such bytes are replaced, since
/// ending there would close the pipe of a phase that still writes.
fn lines(pipe: impl Read) -> impl Iterator<Item = String> {
    let lines = BufReader::new(pipe).split(b'\n').map_while(Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
}

/// A phase that ended with a nonzero exit code or was killed by a signal.
#[derive(Debug)]
struct PhaseFailed {
    /// Its number, from 1.
    number: usize,
    /// What it does.
    what: &'static str,
    /// The first line of its output; may be empty.
    first_line: String,
    /// Its exit code, unless it was killed by a signal.
    code: Option<i32>,
}

impl std::fmt::Display for PhaseFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { number, what, first_line, code } = self;
        write!(f, "phase {number} of {} ({what}) ", PHASES.len())?;
        match code {
            // The tuner's exit codes for a signal that it handled.
            Some(130 | 143) | None => {
                f.write_str("was stopped by a signal; run the same command again to resume")?;
            }
            Some(code) => write!(f, "exited with code {code}; see its message above")?,
        }
        match first_line.as_str() {
            "" => Ok(()),
            line => write!(f, "\n  it printed: {line}"),
        }
    }
}

impl std::error::Error for PhaseFailed {}

/// Prints the run's main results.
fn summarise(workspace: &Workspace, run: &Run) -> anyhow::Result<()> {
    let record = run.record()?.context("the run left no record")?;
    let recorded = |phase, name: &str| {
        record
            .output(phase, name)
            .with_context(|| format!("the run has no {name}; run the pipeline without --from"))
    };
    let store = workspace.store();
    let best: BestConfiguration =
        load(&store, artifact_core::Id::new(recorded(Phase::CrossValidation, "best_configuration")?))?;
    let bundle: ModelBundle = load(&store, artifact_core::Id::new(recorded(Phase::Final, "model_bundle")?))?;
    let openings = workspace.ledger().openings(best.snapshot, best.split.split_row)?;
    let verdict = Verdict::of(&Situation::of(&best, &bundle.test, openings, None));
    let mut out = output();
    print_summary(&mut out, run, (&best, &bundle), &verdict).context("failed to write to standard output")
}

fn print_summary(
    out: &mut impl Write,
    run: &Run,
    (best, bundle): (&BestConfiguration, &ModelBundle),
    verdict: &Verdict,
) -> std::io::Result<()> {
    let params = &best.params;
    writeln!(out, "\nrun                 {}", run.name())?;
    let seeds = match best.training.seeds {
        1 => String::new(),
        several => format!(", {several} seeds"),
    };
    writeln!(
        out,
        "best configuration  trial {}: {}{seeds}, {} in, {} ahead, {}",
        best.trial_number,
        best.model,
        counted(params.seq_length as u64, "bar"),
        counted(params.time_window as u64, "bar"),
        counted(bundle.epochs_trained, "epoch")
    )?;
    let values: Vec<String> = params
        .model
        .iter()
        .map(|(name, value)| format!("{} {}", name.replace('_', " "), brief(value)))
        .collect();
    for line in values.chunks(4) {
        writeln!(out, "                    {}", line.join(", "))?;
    }
    match too_few_in_folds(&best.cv_results) {
        Some(reason) => writeln!(out, "cross-validation    n/a: {reason}")?,
        None => print_cross_validation(out, best)?,
    }
    writeln!(out, "\n{}", TestTable::of(&bundle.test).to_text())?;
    for (number, line) in wrapped(&verdict.text(), 96).iter().enumerate() {
        writeln!(out, "{:<20}{line}", if number == 0 { "verdict" } else { "" })?;
    }
    writeln!(out, "\nmodel               {}", run.final_model().display())?;
    writeln!(out, "report              {}", run.report().display())?;
    Ok(())
}

fn print_cross_validation(out: &mut impl Write, best: &BestConfiguration) -> std::io::Result<()> {
    let cv = &best.cv_results.summary;
    writeln!(
        out,
        "cross-validation    {} {:.4}, accuracy {:.4}: means of {} folds, with standard deviations of {:.4} and {:.4}",
        best.objective.name,
        cv.avg_objective,
        cv.avg_accuracy,
        best.cv_results.folds.len(),
        cv.std_objective,
        cv.std_accuracy
    )?;
    if let Some(corrected) = best.corrected_objective {
        writeln!(
            out,
            "                    {corrected:.4} corrected for the choice among candidates and epochs"
        )?;
    }
    for sentence in [ability(best), paths_in_words(&best.cv_results)].into_iter().flatten() {
        for line in wrapped(&sentence, 100) {
            writeln!(out, "                    {line}")?;
        }
    }
    Ok(())
}

/// A text in lines of at most so many characters, where its words allow that.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            *line += if line.is_empty() { "" } else { " " };
            *line += word;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible ü", 4), ["incomprehensible", "ü"]);
    }

    #[test]
    fn every_phase_gets_the_options_that_were_given() {
        let args = RunArgs { compression_level: Some(7), seed: Some(3), ..RunArgs::default() };
        assert_eq!(storage_options(&args)[1], "--compression-level=7");
        assert_eq!(run_options(&args, None), ["--seed=3"]);
        assert_eq!(run_options(&args, Some("-mine")), ["--seed=3", "--run=-mine"]);
    }

    #[test]
    fn the_run_that_was_frozen_is_found_in_what_freezing_printed() {
        let printed = r#"{"run": "mine-01234567", "rows": 9, "split_date": "2020-01-02"}"#;
        assert_eq!(frozen_run(printed).as_deref(), Some("mine-01234567"));
        assert_eq!(frozen_line(printed), "run mine-01234567: 9 rows; test rows sealed from 2020-01-02");
        assert_eq!((frozen_run("no JSON"), frozen_line("no JSON")), (None, String::new()));
        assert_eq!(first_line("one  two \nthree"), "one two");
    }

    #[test]
    fn a_line_that_is_not_unicode_ends_nothing() {
        let found: Vec<String> = lines(&b"one\xff\r\ntwo\n"[..]).collect();
        assert_eq!(found, ["one\u{fffd}", "two"]);
    }
}
