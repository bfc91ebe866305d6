//! Several models that differ by their seed only, as one model that predicts their mean.

use crate::checkpoint::FitState;
use crate::error::{CheckpointError, FitError, PredictError, WeightsError};
use crate::learner::{ChosenModel, Fitting, Job, Learner, Predictor};
use crate::model::{Layout, Shape};
use crate::predictions::Predictions;
use crate::setting_error::SettingError;
use crate::weights::{Tensor, Weights, mismatch};
use artifact_core::Params;
use artifact_core::schema::EpochRecord;
use settings::part::{Declaration, Part};
use std::sync::Arc;

/// The model as an ensemble of `seeds` members, which predicts the arithmetic mean of their probabilities.
///
/// Member `n`, from 0, is fitted with [`FitSeed::member(n)`](crate::FitSeed::member), so that the first one is the model
/// fitted on its own. All members advance epoch by epoch and are validated by their mean prediction: the best epoch,
/// early stopping, pruning and a common epoch of folds are those of the ensemble, while the losses it reports are the means
/// of its members' losses. Its tensors are those of member `n` under `member.n.`.
///
/// With one seed, and for a model that [uses none](Learner::uses_seed), this is the model itself.
pub fn with_seeds(model: &ChosenModel, seeds: usize) -> ChosenModel {
    if seeds <= 1 || !model.part.uses_seed(&model.params) {
        return model.clone();
    }
    ChosenModel { part: Arc::new(Ensemble { of: Arc::clone(&model.part), seeds }), ..model.clone() }
}

/// A model with several seeds.
struct Ensemble {
    of: Arc<dyn Learner>,
    seeds: usize,
}

impl Part for Ensemble {
    fn declaration(&self) -> Declaration {
        self.of.declaration()
    }
}

impl Learner for Ensemble {
    fn start<'a>(&self, job: Job<'a, '_>) -> Result<Box<dyn Fitting + 'a>, FitError> {
        let member = |number: usize| {
            let seed = job.seed.member(number as u64);
            self.of.start(Job { seed, ..job.clone() }).map_err(|error| of_member(number, error))
        };
        let members = (0..self.seeds).map(member).collect::<Result<Vec<_>, _>>()?;
        Ok(Box::new(EnsembleFit { layout: joined(&members), members }))
    }

    fn restore(
        &self,
        params: &Params,
        shape: Shape,
        weights: &Weights,
    ) -> Result<Box<dyn Predictor>, PredictError> {
        let members = split(weights, self.seeds)?;
        let restored = members.iter().map(|own| self.of.restore(params, shape, own));
        let members = restored.collect::<Result<_, _>>()?;
        Ok(Box::new(EnsemblePredictor { members, own: Vec::new(), mean: Mean::default() }))
    }

    fn uses_seed(&self, params: &Params) -> bool {
        self.of.uses_seed(params)
    }
}

/// A fit of all members.
struct EnsembleFit<'a> {
    members: Vec<Box<dyn Fitting + 'a>>,
    /// The members' layouts one after another; `None` if they have none.
    layout: Option<Layout>,
}

impl Fitting for EnsembleFit<'_> {
    fn initial_weights(&self) -> Weights {
        join(self.members.iter().map(|member| member.initial_weights()))
    }

    fn train_epoch(&mut self, epoch: usize) -> Result<EpochRecord, FitError> {
        let (mut losses, mut learning_rate) = (0.0, 0.0);
        // One after another: a member's own work already keeps the threads busy.
        for (number, member) in self.members.iter_mut().enumerate() {
            let record = member.train_epoch(epoch).map_err(|error| of_member(number, error))?;
            losses += record.train_loss;
            learning_rate = record.learning_rate;
        }
        Ok(EpochRecord {
            epoch: epoch as u64,
            learning_rate,
            train_loss: losses / self.members.len() as f64,
            validation_loss: None,
            objective: None,
        })
    }

    fn validate(&mut self, epoch: usize) -> Result<(Predictions, f64), FitError> {
        let (mut mean, mut losses, mut last) = (Mean::default(), 0.0, None);
        for (number, member) in self.members.iter_mut().enumerate() {
            let (predictions, loss) = member.validate(epoch).map_err(|error| of_member(number, error))?;
            mean.add(predictions.values.iter());
            losses += loss;
            last = Some(predictions);
        }
        let Some(mut predictions) = last else {
            let (found, expected) = ("0".to_owned(), "at least 1".to_owned());
            return Err(SettingError { field: "seeds".into(), found, expected }.into());
        };
        predictions.values.iter_mut().zip(mean.take()).for_each(|(value, mean)| *value = mean);
        Ok((predictions, losses / self.members.len() as f64))
    }

    fn keep(&mut self) {
        self.members.iter_mut().for_each(|member| member.keep());
    }

    fn into_weights(self: Box<Self>) -> Weights {
        join(self.members.into_iter().map(|member| member.into_weights()))
    }

    fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    fn state(&self) -> Option<FitState> {
        let states: Vec<FitState> =
            self.members.iter().map(|member| member.state()).collect::<Option<_>>()?;
        let part = |of: fn(&FitState) -> &Weights| join(states.iter().map(|state| of(state).clone()));
        let best: Option<Vec<Weights>> = states.iter().map(|state| state.best.clone()).collect();
        Some(FitState {
            parameters: part(|state| &state.parameters),
            moments: [part(|state| &state.moments[0]), part(|state| &state.moments[1])],
            powers: states.iter().flat_map(|state| state.powers.iter().copied()).collect(),
            best: best.map(|best| join(best.into_iter())),
        })
    }

    fn restore(&mut self, state: &FitState) -> Result<(), CheckpointError> {
        let count = self.members.len();
        if state.powers.len() != count {
            let reason = format!("it has {} members, expected {count}", state.powers.len());
            return Err(CheckpointError::Malformed { reason });
        }
        let part = |weights: &Weights| split(weights, count).map(Vec::into_iter);
        let [mean, square] = &state.moments;
        let (mut parameters, mut mean, mut square) = (part(&state.parameters)?, part(mean)?, part(square)?);
        let mut best = state.best.as_ref().map(part).transpose()?;
        for (member, &powers) in self.members.iter_mut().zip(&state.powers) {
            let mut next = || Some((parameters.next()?, [mean.next()?, square.next()?]));
            let Some((parameters, moments)) = next() else { break };
            let best = best.as_mut().and_then(Iterator::next);
            member.restore(&FitState { parameters, moments, powers: vec![powers], best })?;
        }
        Ok(())
    }
}

/// All members, fitted.
struct EnsemblePredictor {
    members: Vec<Box<dyn Predictor>>,
    /// The probabilities of one member.
    own: Vec<f32>,
    mean: Mean,
}

impl Predictor for EnsemblePredictor {
    fn predict(&mut self, inputs: &[f32], batch: usize, probabilities: &mut Vec<f32>) {
        for member in &mut self.members {
            self.own.clear();
            member.predict(inputs, batch, &mut self.own);
            self.mean.add(self.own.iter());
        }
        probabilities.extend(self.mean.take());
    }
}

/// The mean of the members' values, added in their order in double precision and rounded once.
#[derive(Default)]
struct Mean {
    sums: Vec<f64>,
    count: usize,
}

impl Mean {
    fn add<'a>(&mut self, values: impl Iterator<Item = &'a f32>) {
        let values = values.map(|&value| f64::from(value));
        if self.count == 0 {
            self.sums.extend(values);
        } else {
            self.sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        self.count += 1;
    }

    /// The means; the sums are then empty again.
    fn take(&mut self) -> impl Iterator<Item = f32> {
        let count = std::mem::take(&mut self.count).max(1) as f64;
        self.sums.drain(..).map(move |sum| (sum / count) as f32)
    }
}

/// What the names of a member's tensors begin with.
fn prefix(member: usize) -> String {
    format!("member.{member}.")
}

/// The tensors of all members, in their order.
fn join(members: impl Iterator<Item = Weights>) -> Weights {
    let own = |(number, weights): (usize, Weights)| {
        let prefix = prefix(number);
        let named = move |tensor: Tensor| Tensor { name: format!("{prefix}{}", tensor.name), ..tensor };
        weights.tensors.into_iter().map(named)
    };
    Weights { tensors: members.enumerate().flat_map(own).collect() }
}

/// The tensors of each of `count` members.
fn split(weights: &Weights, count: usize) -> Result<Vec<Weights>, WeightsError> {
    let mut members = vec![Weights::default(); count];
    for tensor in &weights.tensors {
        let place = |name: &str| {
            let (number, name) = name.strip_prefix("member.")?.split_once('.')?;
            Some((number.parse::<usize>().ok()?, name.to_owned()))
        };
        let found = place(&tensor.name).and_then(|(number, name)| Some((members.get_mut(number)?, name)));
        let Some((member, name)) = found else {
            return Err(mismatch(&tensor.name, Some(&tensor.shape), None));
        };
        member.tensors.push(Tensor { name, ..tensor.clone() });
    }
    // Checked here, since a model may read the absence of all tensors as one that has learned nothing.
    let none = members.iter().position(|member| member.tensors.is_empty());
    match none.filter(|_| !weights.tensors.is_empty()) {
        None => Ok(members),
        Some(number) => Err(WeightsError::Layout {
            name: prefix(number),
            found: "no tensors".to_owned(),
            expected: format!("those of {count} members"),
        }),
    }
}

/// The members' layouts one after another.
fn joined(members: &[Box<dyn Fitting + '_>]) -> Option<Layout> {
    let mut all = Layout::new();
    for (number, member) in members.iter().enumerate() {
        for tensor in member.layout()?.tensors() {
            let name = format!("{}{}", prefix(number), tensor.name);
            let add = if tensor.decay { Layout::weight } else { Layout::undecayed };
            add(&mut all, name, &tensor.shape, tensor.start);
        }
    }
    Some(all)
}

/// Says in which member a fit diverged.
fn of_member(number: usize, error: FitError) -> FitError {
    match error {
        FitError::NonFinite { quantity, value, origin, epoch, step } => {
            let origin = origin.within(&prefix(number));
            FitError::NonFinite { quantity, value, origin, epoch, step }
        }
        other => other,
    }
}
