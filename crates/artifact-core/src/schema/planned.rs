//! Comparisons with a split and its preprocessing, shared by several kinds.

use super::{Evaluation, Hyperparameters, Preprocessing, PreprocessingId, SplitPlan, SplitPlanId};
use crate::error::{Invalid, ensure};
use crate::parents::{Contradiction, Parents, agree, same};
use std::rc::Rc;

/// A split with the preprocessing that was fitted on it.
pub(crate) struct Planned {
    pub(crate) split: Rc<SplitPlan>,
    pub(crate) preprocessing: Rc<Preprocessing>,
}

impl Parents<'_> {
    /// Loads a split and its preprocessing, which must belong together and to these parameters.
    pub(crate) fn planned(
        &self,
        split_id: SplitPlanId,
        preprocessing_id: PreprocessingId,
        params: &Hyperparameters,
    ) -> Result<Planned, Contradiction> {
        let (split, preprocessing) = (self.get(split_id)?, self.get(preprocessing_id)?);
        geometry(params, &split, "the split")?;
        same("preprocessing", preprocessing.split, split_id, "the artifact that names both")?;
        Ok(Planned { split, preprocessing })
    }
}

impl Planned {
    /// Checks that no more samples were scored than `sequences` sequences of all tickers hold.
    pub(crate) fn holds(
        &self,
        evaluation: &Evaluation,
        sequences: usize,
        field: &str,
    ) -> Result<(), Invalid> {
        let most = (sequences as u64).saturating_mul(self.preprocessing.tickers.len() as u64);
        let expected = format!("at most {most}: {sequences} sequences of every ticker");
        ensure(evaluation.samples <= most, &format!("{field}.samples"), evaluation.samples, expected)
    }
}

/// Checks that the parameters have the split's geometry.
pub(crate) fn geometry(params: &Hyperparameters, split: &SplitPlan, of: &str) -> Result<(), Invalid> {
    agree("params.seq_length", params.seq_length, split.seq_length, of)?;
    agree("params.time_window", params.time_window, split.time_window, of)
}
