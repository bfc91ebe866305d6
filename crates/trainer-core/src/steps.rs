//! How a model is fitted by gradient steps.

use crate::setting_error::SettingError;

/// The settings of gradient steps. Models that are fitted in another way ignore them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// The peak learning rate; finite, above 0. Usual values are 1e-5 to 5e-3.
    pub learning_rate: f64,
    /// The decoupled weight decay per unit of learning rate; finite, at least 0.
    pub weight_decay: f64,
    /// The samples per batch; at least 1. An epoch's last batch may be smaller.
    pub batch_size: usize,
    /// The batches per step of the optimizer; at least 1. A step follows the gradient of the mean loss over all its
    /// batches; an epoch's last step may have fewer.
    pub accumulation_steps: usize,
    /// The share of the schedule's steps that warm up, in `[0, 1]`.
    pub warmup_fraction: f64,
    /// The largest global norm of a gradient; above 0. Infinity turns clipping off.
    pub gradient_clip: f64,
    /// The most samples that an epoch draws, each at most once; 0 draws all of them.
    pub samples_per_epoch: usize,
}

impl Steps {
    /// Checks every range.
    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let rate = self.learning_rate;
        let positive = rate.is_finite() && rate > 0.0;
        SettingError::require(positive, "learning_rate", rate, "a finite number above 0")?;
        let decay = self.weight_decay;
        let usable = decay.is_finite() && decay >= 0.0;
        SettingError::require(usable, "weight_decay", decay, "a finite number of at least 0")?;
        for (field, size) in
            [("batch_size", self.batch_size), ("accumulation_steps", self.accumulation_steps)]
        {
            SettingError::require(size >= 1, field, size, "at least 1")?;
        }
        let warmup = self.warmup_fraction;
        SettingError::require((0.0..=1.0).contains(&warmup), "warmup_fraction", warmup, "a share in [0, 1]")?;
        let clip = self.gradient_clip;
        SettingError::require(clip > 0.0, "gradient_clip", clip, "a number above 0")
    }

    /// The samples that one epoch draws from a set of `samples`.
    pub(crate) fn drawn(&self, samples: usize) -> usize {
        if self.samples_per_epoch == 0 { samples } else { samples.min(self.samples_per_epoch) }
    }
}
