//! The live display: bars on a terminal, plain lines otherwise.

use super::interrupt::show_time;
use crate::study::StudyObserver;
use crate::trial_runner::Request;
use artifact_core::schema::Trial;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trainer_core::{CheckpointError, EpochRecord};

/// How often the clocks of the display are updated.
const TICK: Duration = Duration::from_millis(500);

/// Shows the progress of a study: the trials done, the best so far, the time left, and a line per running trial.
pub(super) struct Progress {
    /// The objective's name.
    metric: String,
    live: Option<Live>,
    state: Mutex<State>,
}

struct Live {
    bars: MultiProgress,
    total: ProgressBar,
}

struct State {
    started: Instant,
    done_before: u64,
    done: u64,
    total: u64,
    running: BTreeMap<u64, Line>,
}

/// A running trial.
struct Line {
    bar: ProgressBar,
    best: Option<f64>,
}

impl Progress {
    /// A display on standard error.
    pub(super) fn new(metric: &str) -> Self {
        let live = std::io::stderr().is_terminal().then(|| {
            let bars = MultiProgress::new();
            let total = bars.add(ProgressBar::no_length());
            total.set_style(style("{bar:30} {pos}/{len} trials, {elapsed} so far{msg}"));
            total.enable_steady_tick(TICK);
            Live { bars, total }
        });
        let state =
            State { started: Instant::now(), done_before: 0, done: 0, total: 0, running: BTreeMap::new() };
        Self { metric: metric.to_owned(), live, state: Mutex::new(state) }
    }

    /// Removes the display.
    pub(super) fn finish(&self) {
        if let Some(live) = &self.live {
            live.total.finish_and_clear();
            let _ = live.bars.clear();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs a line, above the bars if there are any. They show much the same, so it is then a debug message.
    fn say(&self, line: &str) {
        match &self.live {
            Some(live) => live.bars.suspend(|| tracing::debug!("{line}")),
            None => tracing::info!("{line}"),
        }
    }

    fn warn(&self, line: &str) {
        match &self.live {
            Some(live) => live.bars.suspend(|| tracing::warn!("{line}")),
            None => tracing::warn!("{line}"),
        }
    }

    fn end(&self, number: u64) {
        if let (Some(line), Some(live)) = (self.state().running.remove(&number), &self.live) {
            live.bars.remove(&line.bar);
        }
    }
}

impl State {
    /// The time that the remaining trials will take at the current pace; unknown before the first new trial.
    fn left(&self) -> Option<Duration> {
        let new = self.done.checked_sub(self.done_before).filter(|new| *new > 0)?;
        let missing = self.total.saturating_sub(self.done);
        Some(self.started.elapsed().mul_f64(missing as f64 / new as f64))
    }
}

impl StudyObserver for Progress {
    fn opened(&self, done: u64, total: u64) {
        let mut state = self.state();
        *state = State { started: Instant::now(), done_before: done, done, total, running: BTreeMap::new() };
        drop(state);
        if let Some(live) = &self.live {
            live.total.set_length(total);
            live.total.set_position(done.min(total));
        }
        if done > 0 && done < total {
            self.say(&format!("{done} of {total} trials done"));
        }
    }

    fn started(&self, request: &Request) {
        let bar = match &self.live {
            Some(live) => live.bars.add(ProgressBar::new(request.epochs)),
            None => ProgressBar::hidden(),
        };
        bar.set_style(style("  {prefix}  epoch {pos}/{len}{msg}"));
        let Request { number, stage, model, params, .. } = request;
        bar.set_prefix(format!("trial {number} ({stage}, {model})"));
        bar.tick();
        self.state().running.insert(*number, Line { bar, best: None });
        tracing::debug!("trial {number} ({stage}, {model}) starts: {params:?}");
    }

    fn resumed(&self, number: u64, from: Result<u64, &CheckpointError>) {
        match from {
            Ok(epoch) => self.say(&format!("trial {number} resumes after epoch {epoch}")),
            Err(error) => self.warn(&format!("trial {number} starts over: {error}")),
        }
    }

    fn epoch(&self, number: u64, record: &EpochRecord) {
        let mut state = self.state();
        let Some(line) = state.running.get_mut(&number) else { return };
        line.bar.set_position(record.epoch);
        if let Some(objective) = record.objective {
            let best = line.best.map_or(objective, |best| best.max(objective));
            line.best = Some(best);
            line.bar.set_message(format!(", {} {objective:.4}, its best {best:.4}", self.metric));
            tracing::debug!("trial {number}, epoch {}: {} {objective:.4}", record.epoch, self.metric);
        }
    }

    fn interrupted(&self, number: u64) {
        self.end(number);
        self.say(&format!("trial {number} interrupted; it will run again when the study resumes"));
    }

    fn finished(&self, trial: &Trial, done: u64, best: Option<(u64, f64)>) {
        self.end(trial.number);
        let mut state = self.state();
        state.done = done;
        let left = state.left().filter(|left| !left.is_zero());
        let total = state.total;
        drop(state);
        let left = left.map(|left| format!(", {} left", show_time(left))).unwrap_or_default();
        let best = best.map(|(number, value)| format!(", best {value:.4} (trial {number})"));
        let best = best.unwrap_or_default();
        if let Some(live) = &self.live {
            live.total.set_position(done.min(total));
            live.total.set_message(format!("{left}{best}"));
        }
        match (&trial.metrics, &trial.error) {
            (Some(metrics), _) => self.say(&format!(
                "trial {} ({}, {}): {} {:.4} after {} epochs{}; {done} of {total} done{best}{left}",
                trial.number,
                trial.stage,
                trial.model.name,
                metrics.objective,
                metrics.objective_value,
                metrics.epochs_trained,
                if trial.pruning.is_some() { ", pruned" } else { "" }
            )),
            (None, error) => {
                let error = error.as_deref().unwrap_or("no error was recorded");
                self.warn(&format!("trial {} failed: {error}", trial.number));
            }
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
