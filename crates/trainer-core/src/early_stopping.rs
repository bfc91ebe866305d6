//! When to stop, and which epoch to keep.

/// Watches an objective that is maximised, epoch by epoch.
#[derive(Debug, Clone)]
pub(crate) struct EarlyStopping {
    patience: Option<usize>,
    best: Option<(usize, f64)>,
}

/// What follows from an epoch's objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether the epoch is strictly better than every one before.
    pub(crate) improved: bool,
    /// Whether the patience is exhausted.
    pub(crate) stop: bool,
}

impl EarlyStopping {
    /// Stops after `patience` epochs without improvement; `None` never stops.
    pub(crate) fn new(patience: Option<usize>) -> Self {
        Self { patience, best: None }
    }

    /// Records the objective of `epoch`, counted from 1; epochs come in order.
    pub(crate) fn observe(&mut self, epoch: usize, objective: f64) -> Verdict {
        // A tie is no improvement: of equal epochs the first is kept, which took the least training.
        let improved = self.best.is_none_or(|(_, best)| objective > best);
        if improved {
            self.best = Some((epoch, objective));
        }
        let since = self.best.map_or(0, |(best, _)| epoch - best);
        Verdict { improved, stop: self.patience.is_some_and(|patience| since >= patience) }
    }

    /// The best epoch so far.
    pub(crate) fn best_epoch(&self) -> Option<usize> {
        self.best.map(|(epoch, _)| epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped_at(patience: Option<usize>, objectives: &[f64]) -> (Option<usize>, Option<usize>) {
        let mut watch = EarlyStopping::new(patience);
        let stop = (1..).zip(objectives).find(|&(epoch, &objective)| watch.observe(epoch, objective).stop);
        (stop.map(|(epoch, _)| epoch), watch.best_epoch())
    }

    #[test]
    fn only_strict_improvement_counts() {
        assert_eq!(stopped_at(Some(2), &[0.1, 0.2, 0.2, 0.2, 0.9]), (Some(4), Some(2)));
        assert_eq!(stopped_at(Some(2), &[0.1, 0.2, 0.2, 0.3, 0.3]), (None, Some(4)));
        assert_eq!(stopped_at(None, &[0.5, 0.1, 0.1, 0.1, 0.1]), (None, Some(1)));
    }
}
