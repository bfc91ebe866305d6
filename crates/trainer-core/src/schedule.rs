//! The learning rate over the steps of a fit.

/// Linear warm-up, then cosine decay to 0 (Loshchilov and Hutter, "SGDR", 2017, without restarts).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    peak: f64,
    warmup: usize,
    total: usize,
}

impl Schedule {
    /// Makes a schedule of `total` steps that reaches `peak` after a warm-up of `ceil(warmup_fraction * total)` steps.
    ///
    /// `warmup_fraction` is clamped to `[0, 1]`.
    pub fn new(peak: f64, warmup_fraction: f64, total: usize) -> Self {
        let warmup = (warmup_fraction.clamp(0.0, 1.0) * total as f64).ceil() as usize;
        Self { peak, warmup: warmup.min(total), total }
    }

    /// The learning rate of step `step`, counted from 0. It is positive in all `total` steps, including the first and
    /// the last, and 0 after them.
    pub fn learning_rate(&self, step: usize) -> f64 {
        if step < self.warmup {
            // `step + 1`, since a first step at rate 0 would be wasted.
            return self.peak * (step + 1) as f64 / self.warmup as f64;
        }
        if step >= self.total {
            return 0.0;
        }
        let progress = (step - self.warmup) as f64 / (self.total - self.warmup) as f64;
        self.peak * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn warms_up_then_follows_the_cosine() {
        let schedule = Schedule::new(2.0, 0.2, 10);
        let rates: Vec<f64> = (0..11).map(|step| schedule.learning_rate(step)).collect();
        assert_eq!(rates[..3], [1.0, 2.0, 2.0]);
        assert!((rates[6] - 1.0).abs() < 1e-12, "half-way down: {rates:?}");
        assert!(rates[9] > 0.0 && rates[9] < 0.1);
        assert_eq!(rates[10], 0.0);
    }

    proptest! {
        #[test]
        fn rises_to_the_peak_and_then_falls(fraction in 0.0f64..=1.0, total in 1usize..200) {
            let schedule = Schedule::new(1.0, fraction, total);
            let rates: Vec<f64> = (0..total).map(|step| schedule.learning_rate(step)).collect();
            let top = rates.iter().position(|&rate| rate == 1.0).expect("the peak is reached");
            prop_assert!(rates.iter().all(|&rate| rate > 0.0 && rate <= 1.0));
            prop_assert!(rates[..=top].windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(rates[top..].windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }
}
