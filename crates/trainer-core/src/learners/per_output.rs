//! Fits each ticker that a sample predicts on its own, by a method that learns the classes of a table's rows.

use super::table::{Columns, SampleTable};
use crate::error::{FitError, PredictError, WeightsError};
use crate::evaluation::log_probability;
use crate::learner::{Fitting, Job, Predictor};
use crate::loss::class_of;
use crate::predictions::Predictions;
use crate::weights::{Tensor, Weights};
use artifact_core::schema::{CLASSES, EpochRecord};
use data_loader::SequenceSet;
use tabular::{Matrix, Table};

/// A fit in progress that learns the classes of a table's rows.
pub(super) trait Method {
    /// Runs one epoch, counted from 1; returns the weighted mean loss of the training rows.
    fn train_epoch(&mut self, epoch: usize) -> Result<f64, FitError>;

    /// The probabilities, `(rows, classes)`, of the validation table: the same table at every call.
    fn validate(&mut self, table: &dyn Table) -> Result<Vec<f64>, FitError>;

    /// Remembers the present state as the best so far.
    fn keep(&mut self);

    /// The tensors of the state that was kept last, or of the present one if none was.
    fn into_tensors(self) -> Vec<Tensor>;
}

/// What a [`Method`] has learned.
pub(super) trait Learned: Sized {
    /// Restores it from its tensors.
    fn from_tensors(tensors: Vec<Tensor>, columns: usize, classes: usize) -> Result<Self, WeightsError>;

    /// The probabilities of a table's rows, `(rows, classes)`.
    fn predict(&self, table: &dyn Table) -> Vec<f64>;
}

/// The rows that a method is started on.
pub(super) struct Rows<'a, 'data> {
    pub(super) table: SampleTable<'a, 'data, data_loader::Development>,
    /// The class of each row, from 0; classes that do not occur are left out.
    pub(super) of: Vec<u8>,
    /// The number of classes; at least 2.
    pub(super) classes: usize,
    /// The weight of each row.
    pub(super) weights: Vec<f32>,
}

/// One ticker's part of a fit or of a model.
struct Output<M> {
    /// The classes that occur in training with a weight above 0, ascending.
    classes: Vec<usize>,
    /// `None` if only one class occurs, which is then certain.
    method: Option<M>,
    /// The number of training rows.
    rows: usize,
}

/// A fit of each output on its own.
pub(super) struct PerOutput<'a, 'data, M> {
    job: Job<'a, 'data>,
    columns: Columns,
    outputs: Vec<Output<M>>,
    /// What [`EpochRecord::learning_rate`] records.
    rate: f64,
}

impl<'a, 'data, M: Method> PerOutput<'a, 'data, M> {
    /// Starts a method on the training samples of each output. `rate` goes into the learning curve.
    pub(super) fn start(
        job: Job<'a, 'data>,
        columns: Columns,
        rate: f64,
        method: impl Fn(Rows<'a, 'data>, usize) -> Result<M, FitError>,
    ) -> Result<Self, FitError> {
        let weight = job.loss.class_weights();
        let output = |output: usize| {
            // A class that weighs nothing would be learned from nothing: frozen weights may know fewer classes than a fold.
            let (table, labels) =
                SampleTable::labelled(job.train, columns, output, |class| weight[class] > 0.0);
            let classes: Vec<usize> = (0..CLASSES).filter(|class| labels.contains(class)).collect();
            let rows = labels.len();
            // Without any label every class is as likely as any other, which no table can show.
            let place = |class: usize| classes.iter().position(|&known| known == class).unwrap_or(0) as u8;
            let started = match classes.len() {
                0 | 1 => None,
                count => Some(method(
                    Rows {
                        table,
                        of: labels.iter().map(|&class| place(class)).collect(),
                        classes: count,
                        weights: labels.iter().map(|&class| weight[class] as f32).collect(),
                    },
                    output,
                )?),
            };
            Ok(Output { classes, method: started, rows })
        };
        let outputs = (0..job.train.outputs()).map(output).collect::<Result<_, FitError>>()?;
        Ok(Self { job, columns, outputs, rate })
    }
}

impl<M: Method> Fitting for PerOutput<'_, '_, M> {
    fn initial_weights(&self) -> Weights {
        Weights::default()
    }

    fn train_epoch(&mut self, epoch: usize) -> Result<EpochRecord, FitError> {
        let (mut total, mut rows) = (0.0, 0);
        for output in &mut self.outputs {
            if let Some(method) = &mut output.method {
                total += method.train_epoch(epoch)? * output.rows as f64;
            }
            rows += output.rows;
        }
        Ok(EpochRecord {
            epoch: epoch as u64,
            learning_rate: self.rate,
            train_loss: total / rows.max(1) as f64,
            validation_loss: None,
            objective: None,
        })
    }

    fn validate(&mut self, _epoch: usize) -> Result<(Predictions, f64), FitError> {
        // The caller asks only where there is such a set.
        let set = self.job.validation.unwrap_or(self.job.train);
        let table = SampleTable::all(set, self.columns);
        let width = self.outputs.len() * CLASSES;
        let mut flat = vec![0.0; table.rows() * width];
        for (place, output) in self.outputs.iter_mut().enumerate() {
            let known = match &mut output.method {
                Some(method) => method.validate(&table)?,
                None => Vec::new(),
            };
            scatter(&known, &output.classes, &mut flat, width, place * CLASSES);
        }
        let loss = weighted_loss(&flat, set, self.job.loss.class_weights());
        Ok((Predictions::of_samples(set, &flat), loss))
    }

    fn keep(&mut self) {
        self.outputs.iter_mut().filter_map(|output| output.method.as_mut()).for_each(Method::keep);
    }

    fn into_weights(self: Box<Self>) -> Weights {
        let mut tensors = Vec::new();
        for (place, output) in self.outputs.into_iter().enumerate() {
            let classes: Vec<f32> = output.classes.iter().map(|&class| class as f32).collect();
            tensors.push(Tensor {
                name: format!("outputs.{place}.{CLASSES_TENSOR}"),
                shape: vec![classes.len()],
                values: classes,
            });
            let own = output.method.map(Method::into_tensors).unwrap_or_default();
            tensors.extend(
                own.into_iter()
                    .map(|tensor| Tensor { name: format!("outputs.{place}.{}", tensor.name), ..tensor }),
            );
        }
        Weights { tensors }
    }
}

const CLASSES_TENSOR: &str = "classes";

/// A fitted model whose outputs were fitted on their own.
pub(super) struct Fitted<L> {
    columns: Columns,
    outputs: Vec<Output<L>>,
}

impl<L: Learned> Fitted<L> {
    /// Restores a model of `outputs` outputs from its weights.
    pub(super) fn restore(weights: &Weights, outputs: usize, columns: Columns) -> Result<Self, PredictError> {
        let mut left: Vec<Tensor> = weights.tensors.clone();
        let mut output = |place: usize| {
            let prefix = format!("outputs.{place}.");
            let (own, others) = left.drain(..).partition(|tensor: &Tensor| tensor.name.starts_with(&prefix));
            left = others;
            let mut own: Vec<Tensor> = own;
            for tensor in &mut own {
                tensor.check_length()?;
                tensor.name.drain(..prefix.len());
            }
            let classes = own.iter().position(|tensor| tensor.name == CLASSES_TENSOR);
            let classes = classes.map(|found| own.swap_remove(found).values).unwrap_or_default();
            let known = |class: &f32| (0..CLASSES).find(|&code| code as f32 == *class);
            let codes: Vec<usize> = classes.iter().filter_map(known).collect();
            if codes.len() != classes.len() || !codes.is_sorted_by(|a, b| a < b) {
                return Err(WeightsError::Values {
                    name: format!("{prefix}{CLASSES_TENSOR}"),
                    reason: format!("{classes:?}, expected ascending class codes below {CLASSES}"),
                });
            }
            let several = codes.len() > 1;
            let method = several.then(|| L::from_tensors(own, columns.count, codes.len())).transpose()?;
            Ok(Output { classes: codes, method, rows: 0 })
        };
        let restored = (0..outputs).map(&mut output).collect::<Result<_, WeightsError>>()?;
        match left.first() {
            None => Ok(Self { columns, outputs: restored }),
            Some(other) => Err(WeightsError::Layout {
                name: other.name.clone(),
                found: format!("{:?}", other.shape),
                expected: "none".into(),
            }
            .into()),
        }
    }
}

impl<L: Learned> Predictor for Fitted<L> {
    fn predict(&mut self, inputs: &[f32], batch: usize, probabilities: &mut Vec<f32>) {
        let window = self.columns.skipped + self.columns.count;
        let newest = inputs.chunks_exact(window).take(batch).flat_map(|input| &input[self.columns.skipped..]);
        let values: Vec<f32> = newest.copied().collect();
        let width = self.outputs.len() * CLASSES;
        let start = probabilities.len();
        probabilities.resize(start + batch * width, 0.0);
        let Some(table) = Matrix::new(&values, self.columns.count) else { return };
        for (place, output) in self.outputs.iter().enumerate() {
            let known = output.method.as_ref().map(|learned| learned.predict(&table)).unwrap_or_default();
            scatter(&known, &output.classes, &mut probabilities[start..], width, place * CLASSES);
        }
    }
}

/// Writes the probabilities of the classes that occur, `(rows, classes)`, to their places in rows of `width`, from
/// `first` on. A single class is certain; without any, all are equally likely.
fn scatter(known: &[f64], classes: &[usize], out: &mut [f32], width: usize, first: usize) {
    for (row, out) in out.chunks_exact_mut(width).enumerate() {
        let out = &mut out[first..first + CLASSES];
        match classes {
            [] => out.fill(1.0 / CLASSES as f32),
            [only] => out[*only] = 1.0,
            several => {
                let known = &known[row * several.len()..(row + 1) * several.len()];
                several.iter().zip(known).for_each(|(&class, &p)| out[class] = p as f32);
            }
        }
    }
}

/// The mean negative log probability of the true classes, each sample weighted by its class.
fn weighted_loss(flat: &[f32], set: &SequenceSet<'_>, weights: [f64; CLASSES]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    let width = set.outputs() * CLASSES;
    for (sample, probabilities) in flat.chunks_exact(width).enumerate() {
        let labels = set.sample_labels(sample);
        for (label, probabilities) in labels.iter().zip(probabilities.chunks_exact(CLASSES)) {
            let Some(class) = class_of(*label) else { continue };
            sum -= weights[class] * log_probability(f64::from(probabilities[class]));
            total += weights[class];
        }
    }
    if total > 0.0 { sum / total } else { 0.0 }
}
