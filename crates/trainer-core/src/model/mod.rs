//! The models, and the trait by which a user's own model can be fitted.

mod declared;
mod gru;
mod linear;
mod parameters;
mod transformer;

pub use declared::{BATCH_SIZE, LEARNING_RATE, WEIGHT_DECAY, batch_size, learning_rate, weight_decay};
pub(crate) use declared::{number_of, size_of};
pub use gru::{GruConfig, GruModel};
pub use linear::Linear;
pub use parameters::{Layout, Slot, Start, TensorSpec};
pub use transformer::{Transformer, TransformerConfig};

use crate::config_error::ConfigError;
use crate::kernels::mask::Mode;
use crate::kernels::real::Real;
use crate::parts::ChosenModel;
use artifact_core::Params;
use artifact_core::schema::CLASSES;
use data_loader::SequenceSet;
use rand_chacha::ChaCha8Rng;
use settings::part::{Catalog, Part};
use std::sync::Arc;

/// What goes into a model and what comes out: `(batch, seq_length, features)` to `(batch, tickers, CLASSES)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The rows of one window.
    pub seq_length: usize,
    /// The features of one row, of all tickers side by side.
    pub features: usize,
    /// The tickers predicted.
    pub tickers: usize,
}

impl Shape {
    /// The shape of the sequences of `set`.
    pub fn of<P: data_loader::Part>(set: &SequenceSet<'_, P>) -> Self {
        Self {
            seq_length: set.windows.seq_length,
            features: set.feature_count(),
            tickers: set.ticker_count(),
        }
    }

    /// The number of values in one window.
    pub fn window(self) -> usize {
        self.seq_length * self.features
    }

    /// The number of logits for one window.
    pub fn logits(self) -> usize {
        self.tickers * CLASSES
    }

    fn check(self) -> Result<(), ConfigError> {
        let sizes = [("seq_length", self.seq_length), ("features", self.features), ("tickers", self.tickers)];
        sizes
            .into_iter()
            .try_for_each(|(field, size)| ConfigError::require(size >= 1, field, size, "at least 1"))
    }
}

/// A model that can be chosen by name: it declares its parameters, and makes the model for given ones.
///
/// The declaration has all hyperparameters of the model and of its fit, each with the domain in which a study looks for
/// it by default: [`learning_rate`], [`weight_decay`] and [`batch_size`], which the fit reads, and whatever `build`
/// reads. A study that has begun keeps to the domains it began with: another default domain is another version.
pub trait Architecture: Part {
    /// Makes the model for `shape`, without room for any batch yet. `params` has every parameter that has a default.
    ///
    /// # Errors
    ///
    /// When the model cannot have these parameters or this shape.
    fn build(&self, params: &Params, shape: Shape) -> Result<Box<dyn Model>, ConfigError>;
}

/// The models of this crate.
pub(crate) fn builtin() -> Catalog<dyn Architecture> {
    let mut models: Catalog<dyn Architecture> = Catalog::new("model");
    models.add(Arc::new(transformer::Declared));
    models.add(Arc::new(gru::Declared));
    models.add(Arc::new(linear::Declared));
    models
}

/// Makes a chosen model for `shape`.
pub(crate) fn build(model: &ChosenModel, shape: Shape) -> Result<Box<dyn Model>, ConfigError> {
    model.part.build(&model.params, shape)
}

/// A differentiable function from windows to logits.
///
/// Its parameters live in one flat vector outside it, whose order is the [`Layout`]. The model owns its workspace: what
/// a backward pass needs of the forward pass before it. A pass is single-threaded and gives the same bits each time; what
/// it says of one sequence does not depend on the others in the batch.
///
/// A model of your own is fitted by [`crate::fit_model`]. It runs in `f32`; being generic, as the models here are, pays
/// off for gradient checks in `f64`.
pub trait Model<R: Real = f32> {
    /// What goes in and comes out.
    fn shape(&self) -> Shape;

    /// The named tensors in the flat parameter vector.
    fn layout(&self) -> &Layout;

    /// Sets the initial parameters. The default gives every tensor of the layout its [`Start`].
    fn initialise(&self, parameters: &mut [R], generator: &mut ChaCha8Rng) {
        self.layout().initialise(parameters, generator);
    }

    /// Makes room for batches of up to `batch` windows; called before the first forward pass.
    fn reserve(&mut self, batch: usize);

    /// Computes the logits `(batch, tickers, CLASSES)` of `inputs`, `(batch, seq_length, features)`.
    ///
    /// `batch` is at least 1 and at most what was reserved.
    fn forward(&mut self, parameters: &[R], inputs: &[R], batch: usize, mode: Mode) -> &[R];

    /// Adds the loss gradient of the parameters to `gradient`, given that of the logits.
    ///
    /// It follows a forward pass with the same parameters and inputs, and may consume what that pass saved: it runs at
    /// most once after each.
    fn backward(&mut self, parameters: &[R], inputs: &[R], logit_gradient: &[R], gradient: &mut [R]);

    /// Another model of the same kind and sizes, with a workspace of its own.
    ///
    /// With twins, a fit works on the slices of a batch side by side; with `None`, the default, one after another, to
    /// the same bits.
    fn twin(&self) -> Option<Box<dyn Model<R> + Send>> {
        None
    }

    /// Shows what each layer put out in the last forward pass, in the order of computation, under its name in the
    /// layout. It is asked where a fit diverged, never while all is well; a model may show nothing, as by default.
    fn visit_outputs(&self, _batch: usize, _visit: &mut dyn FnMut(&str, &[R])) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::{assert_gradient, pseudo_random};
    use crate::kernels::mask::DropoutKey;
    use crate::loss::FocalLoss;
    use rand_chacha::rand_core::SeedableRng as _;

    const SHAPE: Shape = Shape { seq_length: 4, features: 3, tickers: 2 };

    fn transformer(dropout: f64) -> TransformerConfig {
        TransformerConfig { d_model: 4, num_heads: 2, num_layers: 2, d_ff: 5, dropout }
    }

    fn gru(dropout: f64) -> GruConfig {
        GruConfig { d_model: 4, num_layers: 2, dropout }
    }

    /// What the tests try, generic over the number.
    enum Tried {
        Transformer(TransformerConfig),
        Gru(GruConfig),
        Linear,
    }

    impl Tried {
        fn model<R: Real>(&self, shape: Shape) -> Box<dyn Model<R>> {
            match self {
                Tried::Transformer(config) => Box::new(Transformer::new(config, shape).unwrap()),
                Tried::Gru(config) => Box::new(GruModel::new(config, shape).unwrap()),
                Tried::Linear => Box::new(Linear::new(shape).unwrap()),
            }
        }
    }

    /// Checks the gradient of the loss through the whole model, for a batch smaller than what is reserved.
    fn check(architecture: &Tried, mode: Mode) {
        let mut model = architecture.model::<f64>(SHAPE);
        let batch = 3;
        model.reserve(batch + 2);
        // Not the model's own start: its zero biases would make some gradients vanish.
        let parameters = pseudo_random(model.layout().len(), 1);
        let inputs = pseudo_random(batch * SHAPE.window(), 2);
        let labels = [0, 1, 2, -1, 1, 0];
        let loss = FocalLoss::new(2.0, [0.5, 1.0, 2.0]).unwrap();
        let mut logit_gradient = vec![0.0; batch * SHAPE.logits()];
        let mut gradient = vec![0.0; parameters.len()];
        let logits = model.forward(&parameters, &inputs, batch, mode);
        loss.sum_and_gradient(logits, &labels, &mut logit_gradient);
        model.backward(&parameters, &inputs, &logit_gradient, &mut gradient);
        assert_gradient("parameters", &parameters, &gradient, |parameters| {
            let logits = model.forward(parameters, &inputs, batch, mode);
            loss.sum(logits, &labels).mean()
        });
    }

    #[test]
    fn gradients_match_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[5; 32], 2))] {
            check(&Tried::Linear, mode);
            for layers in [1, 2] {
                let config = TransformerConfig { num_layers: layers, ..transformer(0.2) };
                check(&Tried::Transformer(config), mode);
                check(&Tried::Gru(GruConfig { num_layers: layers, ..gru(0.2) }), mode);
            }
        }
    }

    #[test]
    fn a_window_is_judged_alone() {
        let others = [Tried::Transformer(transformer(0.5)), Tried::Gru(gru(0.5))];
        for architecture in others.into_iter().chain([Tried::Linear]) {
            let mut model = architecture.model::<f64>(SHAPE);
            model.reserve(2);
            let mut parameters = vec![0.0; model.layout().len()];
            model.initialise(&mut parameters, &mut ChaCha8Rng::from_seed([1; 32]));
            let inputs = pseudo_random(2 * SHAPE.window(), 2);
            let both = model.forward(&parameters, &inputs, 2, Mode::Evaluate).to_vec();
            let second = model.forward(&parameters, &inputs[SHAPE.window()..], 1, Mode::Evaluate);
            for (found, expected) in second.iter().zip(&both[SHAPE.logits()..]) {
                assert!((found - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn single_precision_agrees_with_double() {
        agrees(&Tried::Transformer(transformer(0.3)));
        agrees(&Tried::Gru(gru(0.3)));
    }

    fn agrees(architecture: &Tried) {
        let mode = Mode::Train(DropoutKey::new(&[5; 32], 2));
        let parameters = pseudo_random(architecture.model::<f64>(SHAPE).layout().len(), 1);
        let inputs = pseudo_random(2 * SHAPE.window(), 2);
        let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<_>>();
        let mut double = architecture.model::<f64>(SHAPE);
        let mut single = architecture.model::<f32>(SHAPE);
        double.reserve(2);
        single.reserve(2);
        let expected = double.forward(&parameters, &inputs, 2, mode);
        let found = single.forward(&narrow(&parameters), &narrow(&inputs), 2, mode);
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let refused = |change: fn(&mut TransformerConfig), field: &str| {
            let mut config = transformer(0.1);
            change(&mut config);
            let error = Transformer::<f32>::new(&config, SHAPE).unwrap_err();
            assert_eq!(error.field, field);
        };
        refused(|c| c.d_model = 0, "d_model");
        refused(|c| c.num_heads = 0, "num_heads");
        refused(|c| c.num_heads = 3, "num_heads");
        refused(|c| c.num_layers = 0, "num_layers");
        refused(|c| c.d_ff = 0, "d_ff");
        refused(|c| c.dropout = 1.0, "dropout");
        refused(|c| c.dropout = -0.1, "dropout");
        refused(|c| c.dropout = f64::NAN, "dropout");
        let refused = |config: GruConfig, field: &str| {
            assert_eq!(GruModel::<f32>::new(&config, SHAPE).unwrap_err().field, field);
        };
        refused(GruConfig { d_model: 0, ..gru(0.1) }, "d_model");
        refused(GruConfig { num_layers: 0, ..gru(0.1) }, "num_layers");
        refused(gru(1.0), "dropout");
        let no_tickers = Shape { tickers: 0, ..SHAPE };
        assert_eq!(Linear::<f32>::new(no_tickers).unwrap_err().field, "tickers");
    }

    #[test]
    fn names_are_unique_and_only_weights_decay() {
        let gru = GruModel::<f32>::new(&gru(0.1), SHAPE).unwrap();
        assert!(gru.layout().tensors().iter().all(|t| t.decay == t.name.ends_with(".weight")));
        let model = Transformer::<f32>::new(&transformer(0.1), SHAPE).unwrap();
        let tensors = model.layout().tensors();
        let names: std::collections::BTreeSet<_> = tensors.iter().map(|t| &t.name).collect();
        assert_eq!(names.len(), tensors.len());
        assert!(tensors.iter().all(|t| t.decay == t.name.ends_with(".weight")));
        assert!(names.contains(&"blocks.1.attention.key_value.weight".to_string()), "{names:?}");
    }

    #[test]
    fn a_chosen_model_is_built_from_its_parameters() {
        let parts = crate::ModelParts::builtin();
        let built = |setting: &settings::part::PartSetting| {
            parts.models.choose(setting).map(|chosen| build(&chosen, SHAPE).unwrap().layout().len())
        };
        let setting = |d_ff: &str, value: usize| {
            settings::part::PartSetting::named("transformer")
                .with("d_model", 8)
                .with("num_heads", 2)
                .with(d_ff, value)
        };
        assert_eq!(built(&setting("d_ff_multiple", 2)), built(&setting("d_ff", 16)));
        assert_ne!(built(&setting("d_ff_multiple", 4)), built(&setting("d_ff", 16)));
        let error = built(&setting("num_heads", 3)).unwrap_err().to_string();
        assert!(error.contains("num_heads divides d_model"), "{error}");
        for declaration in parts.models.declarations() {
            for name in [LEARNING_RATE, WEIGHT_DECAY, BATCH_SIZE] {
                assert!(declaration.find(name).is_some(), "{}: {name}", declaration.name);
            }
        }
    }
}
