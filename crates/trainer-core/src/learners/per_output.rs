//! Fits each ticker that a sample predicts on its own, by a method that learns classes or numbers of a table's rows.

use super::table::{Columns, SampleTable};
use crate::error::{FitError, PredictError, WeightsError};
use crate::evaluation::log_probability;
use crate::learner::{Fitting, Job, Predictor};
use crate::loss::{Loss, class_of};
use crate::model::{Output, Shape};
use crate::predictions::Predictions;
use crate::weights::{Tensor, Weights};
use artifact_core::schema::{CLASSES, EpochRecord};
use data_loader::{Labels, Sample, SequenceSet, Task};
use tabular::{Matrix, Table, Targets};

/// A fit in progress that learns classes or numbers of a table's rows.
pub(super) trait Method {
    /// Runs one epoch, counted from 1; returns the weighted mean loss of the training rows.
    fn train_epoch(&mut self, epoch: usize) -> Result<f64, FitError>;

    /// The probabilities `(rows, classes)`, or the numbers `(rows, width)`, of the validation table: the same table at every
    /// call.
    fn validate(&mut self, table: &dyn Table) -> Result<Vec<f64>, FitError>;

    /// Remembers the present state as the best so far.
    fn keep(&mut self);

    /// The tensors of the state that was kept last, or of the present one if none was.
    fn into_tensors(self) -> Vec<Tensor>;
}

/// What a [`Method`] has learned.
pub(super) trait Learned: Sized {
    /// Restores it from its tensors.
    fn from_tensors(tensors: Vec<Tensor>, columns: usize, outputs: usize) -> Result<Self, WeightsError>;

    /// The probabilities of a table's rows, `(rows, classes)`, or the numbers, `(rows, width)`.
    fn predict(&self, table: &dyn Table, output: Output) -> Vec<f64>;
}

/// The rows that a method is started on.
pub(super) struct Rows<'a, 'data> {
    pub(super) table: SampleTable<'a, 'data, data_loader::Development>,
    /// What is to be learned of each row: the classes that occur, counted from 0, or numbers.
    pub(super) targets: Targets,
    pub(super) task: Task,
    /// The weight of each row.
    pub(super) weights: Vec<f32>,
}

/// One ticker's part of a fit or of a model.
struct Part<M> {
    learns: Learns,
    /// `None` if there is nothing to learn: only one class occurs, which is then certain, or no number.
    method: Option<M>,
    /// The number of training rows.
    rows: usize,
}

/// What one part predicts.
enum Learns {
    /// The classes that occur in training with a weight above 0, ascending.
    Classes(Vec<usize>),
    /// This many numbers.
    Numbers(usize),
}

/// A fit of each output on its own.
pub(super) struct PerOutput<'a, 'data, M> {
    job: Job<'a, 'data>,
    columns: Columns,
    parts: Vec<Part<M>>,
    output: Output,
    /// What [`EpochRecord::learning_rate`] records.
    rate: f64,
}

/// One training row's label.
struct Labelled {
    class: usize,
    value: f32,
    weight: f32,
}

impl<'a, 'data, M: Method> PerOutput<'a, 'data, M> {
    /// Starts a method on the training samples of each output. `rate` goes into the learning curve.
    pub(super) fn start(
        job: Job<'a, 'data>,
        columns: Columns,
        rate: f64,
        method: impl Fn(Rows<'a, 'data>, usize) -> Result<M, FitError>,
    ) -> Result<Self, FitError> {
        let (train, task) = (job.train, job.train.task().clone());
        let output = Output::of(&task);
        let part = |place: usize| {
            let label = |sample: usize| {
                let Sample { position, ticker } = train.samples()[sample];
                let class = class_of(train.sample_labels(sample)[place])?;
                // A class that weighs nothing would be learned from nothing: frozen weights may know fewer classes than a
                // fold.
                let class_weight = job.loss.class_weight(class);
                let weight = (class_weight * f64::from(train.weight_of(position, ticker + place))) as f32;
                let value = train.values_of(position).map_or(f32::NAN, |values| values[ticker + place]);
                (class_weight > 0.0).then_some(Labelled { class, value, weight })
            };
            let (table, labels) = SampleTable::labelled(train, columns, label);
            let rows = labels.len();
            let (learns, targets) = match output {
                Output::Numbers(width) => {
                    let values: Vec<f32> = labels.iter().map(|label| label.value).collect();
                    (Learns::Numbers(width), (rows > 0).then(|| Targets::values(&values)))
                }
                Output::Classes => {
                    let occurs = |class: &usize| labels.iter().any(|label| label.class == *class);
                    let classes: Vec<usize> = (0..CLASSES).filter(occurs).collect();
                    let place =
                        |class: usize| classes.iter().position(|&known| known == class).unwrap_or(0) as u8;
                    let of: Vec<u8> = labels.iter().map(|label| place(label.class)).collect();
                    // Without any label every class is as likely as any other, which no table can show.
                    let several = classes.len() > 1;
                    let targets = several.then(|| Targets::classes(&of, classes.len()));
                    (Learns::Classes(classes), targets)
                }
            };
            let weights = labels.iter().map(|label| label.weight).collect();
            let start = |targets| method(Rows { table, targets, task: task.clone(), weights }, place);
            Ok(Part { learns, method: targets.map(start).transpose()?, rows })
        };
        let parts = (0..train.outputs()).map(part).collect::<Result<_, FitError>>()?;
        Ok(Self { job, columns, parts, output, rate })
    }
}

impl<M: Method> Fitting for PerOutput<'_, '_, M> {
    fn initial_weights(&self) -> Weights {
        Weights::default()
    }

    fn train_epoch(&mut self, epoch: usize) -> Result<EpochRecord, FitError> {
        let (mut total, mut rows) = (0.0, 0);
        for part in &mut self.parts {
            if let Some(method) = &mut part.method {
                total += method.train_epoch(epoch)? * part.rows as f64;
            }
            rows += part.rows;
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
        let (each, width) = (self.output.width(), self.parts.len() * self.output.width());
        let mut flat = vec![0.0; table.rows() * width];
        for (place, part) in self.parts.iter_mut().enumerate() {
            let known = match &mut part.method {
                Some(method) => method.validate(&table)?,
                None => Vec::new(),
            };
            scatter(&known, &part.learns, &mut flat, width, place * each);
        }
        let loss = weighted_loss(&flat, set, &self.job.loss);
        Ok((Predictions::of_samples(set, &flat), loss))
    }

    fn keep(&mut self) {
        self.parts.iter_mut().filter_map(|part| part.method.as_mut()).for_each(Method::keep);
    }

    fn into_weights(self: Box<Self>) -> Weights {
        let mut tensors = Vec::new();
        for (place, part) in self.parts.into_iter().enumerate() {
            if let Learns::Classes(classes) = part.learns {
                let values: Vec<f32> = classes.iter().map(|&class| class as f32).collect();
                let name = format!("outputs.{place}.{CLASSES_TENSOR}");
                tensors.push(Tensor { name, shape: vec![values.len()], values });
            }
            let own = part.method.map(Method::into_tensors).unwrap_or_default();
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
    parts: Vec<Part<L>>,
    output: Output,
}

impl<L: Learned> Fitted<L> {
    /// Restores a model of this shape from its weights.
    pub(super) fn restore(weights: &Weights, shape: Shape, columns: Columns) -> Result<Self, PredictError> {
        let mut left: Vec<Tensor> = weights.tensors.clone();
        let mut part = |place: usize| {
            let prefix = format!("outputs.{place}.");
            let (own, others) = left.drain(..).partition(|tensor: &Tensor| tensor.name.starts_with(&prefix));
            left = others;
            let mut own: Vec<Tensor> = own;
            for tensor in &mut own {
                tensor.check_length()?;
                tensor.name.drain(..prefix.len());
            }
            let (learns, outputs) = match shape.output {
                Output::Numbers(width) => (Learns::Numbers(width), if own.is_empty() { 0 } else { width }),
                Output::Classes => {
                    let classes = classes_of(&mut own, &prefix)?;
                    let several = if classes.len() > 1 { classes.len() } else { 0 };
                    (Learns::Classes(classes), several)
                }
            };
            let learned =
                (outputs > 0).then(|| L::from_tensors(own, columns.count(), outputs)).transpose()?;
            Ok(Part { learns, method: learned, rows: 0 })
        };
        let restored = (0..shape.tickers).map(&mut part).collect::<Result<_, WeightsError>>()?;
        match left.first() {
            None => Ok(Self { columns, parts: restored, output: shape.output }),
            Some(other) => Err(WeightsError::Layout {
                name: other.name.clone(),
                found: format!("{:?}", other.shape),
                expected: "none".into(),
            }
            .into()),
        }
    }
}

/// Takes the tensor of the classes that occur out of a part's tensors.
fn classes_of(own: &mut Vec<Tensor>, prefix: &str) -> Result<Vec<usize>, WeightsError> {
    let found = own.iter().position(|tensor| tensor.name == CLASSES_TENSOR);
    let stored = found.map(|found| own.swap_remove(found).values).unwrap_or_default();
    let known = |class: &f32| (0..CLASSES).find(|&code| code as f32 == *class);
    let codes: Vec<usize> = stored.iter().filter_map(known).collect();
    if codes.len() != stored.len() || !codes.is_sorted_by(|a, b| a < b) {
        return Err(WeightsError::Values {
            name: format!("{prefix}{CLASSES_TENSOR}"),
            reason: format!("{stored:?}, expected ascending class codes below {CLASSES}"),
        });
    }
    Ok(codes)
}

impl<L: Learned> Predictor for Fitted<L> {
    fn predict(&mut self, inputs: &[f32], batch: usize, predictions: &mut Vec<f32>) {
        let values = self.columns.flatten(inputs);
        let (each, width) = (self.output.width(), self.parts.len() * self.output.width());
        let start = predictions.len();
        predictions.resize(start + batch * width, 0.0);
        let Some(table) = Matrix::new(&values, self.columns.count()) else { return };
        for (place, part) in self.parts.iter().enumerate() {
            let predict = |learned: &L| learned.predict(&table, self.output);
            let known = part.method.as_ref().map(predict).unwrap_or_default();
            scatter(&known, &part.learns, &mut predictions[start..], width, place * each);
        }
    }
}

/// Writes what is known of each row, the probabilities of the classes that occur or numbers, to its place in rows of
/// `width`, from `first` on. A single class is certain; without any, all are equally likely. Without any number it is 0.
fn scatter(known: &[f64], learns: &Learns, out: &mut [f32], width: usize, first: usize) {
    for (row, out) in out.chunks_exact_mut(width).enumerate() {
        let own = |count: usize| known.get(row * count..(row + 1) * count).unwrap_or_default();
        match learns {
            Learns::Numbers(count) => {
                out[first..].iter_mut().zip(own(*count)).for_each(|(out, &value)| *out = value as f32);
            }
            Learns::Classes(classes) => {
                let out = &mut out[first..first + CLASSES];
                match classes[..] {
                    [] => out.fill(1.0 / CLASSES as f32),
                    [only] => out[only] = 1.0,
                    _ => {
                        classes.iter().zip(own(classes.len())).for_each(|(&class, &p)| out[class] = p as f32)
                    }
                }
            }
        }
    }
}

/// The mean loss of predictions: the negative log probability of the true classes, each sample weighted by its class; or
/// the loss of numbers.
fn weighted_loss(flat: &[f32], set: &SequenceSet<'_>, loss: &Loss) -> f64 {
    if !set.task().is_classes() {
        let mut labels = Labels::default();
        set.gather_labels(&(0..set.samples().len()).collect::<Vec<_>>(), &mut labels);
        return loss.sum(flat, labels.truth()).mean();
    }
    let (mut sum, mut total) = (0.0, 0.0);
    let width = set.outputs() * CLASSES;
    for (sample, probabilities) in flat.chunks_exact(width).enumerate() {
        let labels = set.sample_labels(sample);
        for (label, probabilities) in labels.iter().zip(probabilities.chunks_exact(CLASSES)) {
            let Some(class) = class_of(*label) else { continue };
            let weight = loss.class_weight(class);
            sum -= weight * log_probability(f64::from(probabilities[class]));
            total += weight;
        }
    }
    if total > 0.0 { sum / total } else { 0.0 }
}
