//! The linear model on the flattened window, fitted to convergence.

use super::per_output::{Fitted, Learned, Method, PerOutput, Rows};
use super::table::{columns, rows};
use crate::error::{FitError, PredictError, WeightsError};
use crate::learner::{Fitting, Job, Learner, Predictor};
use crate::model::{Output, Shape};
use crate::setting_error::SettingError;
use crate::weights::{Tensor, Weights, mismatch};
use artifact_core::Params;
use data_loader::Task;
use settings::part::{Declaration, Part};
use tabular::Table;
use tabular::linear::{Coefficients, MOST_COLUMNS, Objective, Problem};

/// `linear` 2: a linear map with an L2 penalty (softmax regression of classes, ridge regression of values, quantile
/// regression of quantiles), each epoch the exact optimum at the next penalty of a path.
///
/// The path has as many penalties as the schedule has epochs, from one that leaves nearly nothing but the class
/// frequencies down to one that hardly shrinks. So the epoch that validation prefers is the choice of the penalty, and
/// cross-validation chooses it as it chooses the number of epochs of any other model. It reads at most 4,096 numbers, the
/// newest.
#[derive(Debug, Clone, Copy)]
pub struct LinearLearner;

impl Part for LinearLearner {
    fn declaration(&self) -> Declaration {
        let doc = "Softmax regression on the flattened window, the exact optimum at each penalty of a path.";
        Declaration::new("linear", doc).version(2).parameter(rows())
    }
}

impl Learner for LinearLearner {
    fn start<'a>(&self, job: Job<'a, '_>) -> Result<Box<dyn Fitting + 'a>, FitError> {
        let columns = columns(job.params, Shape::of(job.train), MOST_COLUMNS)?;
        let penalties = job.schedule_epochs;
        let fit = PerOutput::start(job, columns, 0.0, |rows, _| LinearFit::new(rows, penalties))?;
        Ok(Box::new(fit))
    }

    fn restore(
        &self,
        params: &Params,
        shape: Shape,
        weights: &Weights,
    ) -> Result<Box<dyn Predictor>, PredictError> {
        let columns = columns(params, shape, MOST_COLUMNS)?;
        Ok(Box::new(Fitted::<Coefficients>::restore(weights, shape, columns)?))
    }

    fn uses_seed(&self, _params: &Params) -> bool {
        false
    }
}

/// The path of penalties, as far as it has been followed.
struct LinearFit<'a> {
    problem: Problem<'a>,
    penalties: Vec<f64>,
    present: Option<Coefficients>,
    kept: Option<Coefficients>,
    output: Output,
}

impl<'a> LinearFit<'a> {
    fn new(rows: Rows<'a, '_>, penalties: usize) -> Result<Self, FitError> {
        let Rows { table, targets, task, weights } = rows;
        let objective = match &task {
            Task::Classes => Objective::Logistic,
            Task::Value => Objective::Squared,
            Task::Quantiles(levels) => Objective::Quantiles(levels.clone()),
        };
        let problem = Problem::new(table, targets, Some(&weights), &objective).map_err(refused)?;
        let (penalties, output) = (problem.penalties(penalties), Output::of(&task));
        Ok(Self { penalties, problem, present: None, kept: None, output })
    }
}

impl Method for LinearFit<'_> {
    fn train_epoch(&mut self, epoch: usize) -> Result<f64, FitError> {
        let place = (epoch - 1).min(self.penalties.len() - 1);
        let fit = self.problem.fit(self.penalties[place], self.present.as_ref()).map_err(refused)?;
        self.present = Some(fit.coefficients);
        Ok(fit.loss)
    }

    fn validate(&mut self, table: &dyn Table) -> Result<Vec<f64>, FitError> {
        let predict = |coefficients: &Coefficients| coefficients.predict(table, self.output);
        Ok(self.present.as_ref().map(predict).unwrap_or_default())
    }

    fn keep(&mut self) {
        self.kept.clone_from(&self.present);
    }

    fn into_tensors(self) -> Vec<Tensor> {
        let Some(Coefficients { outputs, columns, weights, intercepts }) = self.kept.or(self.present) else {
            return Vec::new();
        };
        vec![
            Tensor { name: WEIGHT.into(), shape: vec![columns, outputs], values: weights },
            Tensor { name: BIAS.into(), shape: vec![outputs], values: intercepts },
        ]
    }
}

const WEIGHT: &str = "weight";
const BIAS: &str = "bias";

impl Learned for Coefficients {
    fn from_tensors(tensors: Vec<Tensor>, columns: usize, outputs: usize) -> Result<Self, WeightsError> {
        let mut found = Self { outputs, columns, weights: Vec::new(), intercepts: Vec::new() };
        let expected = [(WEIGHT, vec![columns, outputs]), (BIAS, vec![outputs])];
        for tensor in tensors {
            let own = expected.iter().find(|(name, _)| tensor.name == *name).map(|(_, shape)| shape);
            if own != Some(&tensor.shape) {
                return Err(mismatch(&tensor.name, Some(&tensor.shape), own));
            }
            match tensor.name.as_str() {
                WEIGHT => found.weights = tensor.values,
                _ => found.intercepts = tensor.values,
            }
        }
        let missing = [(WEIGHT, found.weights.is_empty()), (BIAS, found.intercepts.is_empty())];
        match missing.into_iter().zip(expected).find(|((_, missing), _)| *missing) {
            Some(((name, _), (_, shape))) => Err(mismatch(name, None, Some(&shape))),
            None => Ok(found),
        }
    }

    fn predict(&self, table: &dyn Table, output: Output) -> Vec<f64> {
        // Columns and lengths were checked when the coefficients were fitted or restored, and inputs are finite.
        let missing = || vec![f64::NAN; table.rows() * self.outputs];
        let scores = self.scores(table).unwrap_or_else(|_| missing());
        if output == Output::Classes { self.probabilities(scores) } else { scores }
    }
}

fn refused(error: tabular::linear::Error) -> FitError {
    SettingError {
        field: "linear".into(),
        found: error.to_string(),
        expected: "samples that a linear model can be fitted to".into(),
    }
    .into()
}
