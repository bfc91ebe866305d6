//! Differentiable models, and the trait that lets a user's own one be fitted.

mod architecture;
mod declared;
mod gru;
pub(crate) mod leading;
mod lstm;
mod parameters;
mod recurrent;
mod softmax;
mod tcn;
mod transformer;

pub use architecture::{Architecture, Model, Output, Shape};
pub use declared::{BATCH_SIZE, LEARNING_RATE, WEIGHT_DECAY, batch_size, learning_rate, weight_decay};
pub(crate) use declared::{number_of, size_of};
pub use gru::{GruArchitecture, GruConfig, GruModel};
pub use lstm::{LstmArchitecture, LstmConfig, LstmModel};
pub use parameters::{Layout, Slot, Start, TensorSpec};
pub use recurrent::{Recurrent, RecurrentConfig};
pub use softmax::{SoftmaxArchitecture, SoftmaxRegression};
pub use tcn::{Tcn, TcnArchitecture, TcnConfig};
pub use transformer::{Transformer, TransformerArchitecture, TransformerConfig};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::{assert_gradient, pseudo_random};
    use crate::kernels::mask::{DropoutKey, Mode};
    use crate::kernels::real::Real;
    use crate::loss::FocalLoss;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    const SHAPE: Shape =
        Shape { seq_length: 4, features: 3, ticker_columns: 0, tickers: 2, output: Output::Classes };

    fn transformer(dropout: f64) -> TransformerConfig {
        TransformerConfig { d_model: 4, num_heads: 2, num_layers: 2, d_ff: 5, dropout }
    }

    fn gru(dropout: f64) -> GruConfig {
        GruConfig { d_model: 4, num_layers: 2, dropout }
    }

    fn lstm(dropout: f64) -> LstmConfig {
        gru(dropout)
    }

    fn tcn(dropout: f64) -> TcnConfig {
        TcnConfig { d_model: 4, num_layers: 2, kernel_size: 2, dropout }
    }

    /// An architecture under test, for either number type.
    enum Tried {
        Transformer(TransformerConfig),
        Gru(GruConfig),
        Lstm(LstmConfig),
        Tcn(TcnConfig),
        Softmax,
    }

    impl Tried {
        fn model<R: Real>(&self, shape: Shape) -> Box<dyn Model<R>> {
            match self {
                Tried::Transformer(config) => Box::new(Transformer::new(config, shape).unwrap()),
                Tried::Gru(config) => Box::new(GruModel::new(config, shape).unwrap()),
                Tried::Lstm(config) => Box::new(LstmModel::new(config, shape).unwrap()),
                Tried::Tcn(config) => Box::new(Tcn::new(config, shape).unwrap()),
                Tried::Softmax => Box::new(SoftmaxRegression::new(shape).unwrap()),
            }
        }
    }

    /// Checks the gradient of the loss through the whole model, for a batch smaller than what is reserved.
    fn check(architecture: &Tried, mode: Mode) {
        let mut model = architecture.model::<f64>(SHAPE);
        let batch = 3;
        model.reserve(batch + 2);
        // Not the model's own initialisation: its zero biases would make some gradients vanish.
        let parameters = pseudo_random(model.layout().len(), 1);
        let inputs = pseudo_random(batch * SHAPE.window(), 2);
        let labels = [0, 1, 2, -1, 1, 0];
        let loss = FocalLoss::new(2.0, [0.5, 1.0, 2.0]).unwrap();
        let mut logit_gradient = vec![0.0; batch * SHAPE.logits()];
        let mut gradient = vec![0.0; parameters.len()];
        let logits = model.forward(&parameters, &inputs, batch, mode);
        loss.sum_and_gradient(logits, data_loader::Truth::of_classes(&labels), &mut logit_gradient);
        model.backward(&parameters, &inputs, &logit_gradient, &mut gradient);
        assert_gradient("parameters", &parameters, &gradient, |parameters| {
            let logits = model.forward(parameters, &inputs, batch, mode);
            loss.sum(logits, data_loader::Truth::of_classes(&labels)).mean()
        });
    }

    #[test]
    fn gradients_match_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[5; 32], 2))] {
            check(&Tried::Softmax, mode);
            for layers in [1, 2] {
                let config = TransformerConfig { num_layers: layers, ..transformer(0.2) };
                check(&Tried::Transformer(config), mode);
                check(&Tried::Gru(GruConfig { num_layers: layers, ..gru(0.2) }), mode);
                check(&Tried::Lstm(LstmConfig { num_layers: layers, ..lstm(0.2) }), mode);
                check(&Tried::Tcn(TcnConfig { num_layers: layers, ..tcn(0.2) }), mode);
            }
        }
    }

    #[test]
    fn a_window_does_not_depend_on_its_batch() {
        let others = [Tried::Transformer(transformer(0.5)), Tried::Gru(gru(0.5))];
        let more = [Tried::Lstm(lstm(0.5)), Tried::Tcn(tcn(0.5)), Tried::Softmax];
        for architecture in others.into_iter().chain(more) {
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
        agrees(&Tried::Lstm(lstm(0.3)));
        agrees(&Tried::Tcn(tcn(0.3)));
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
        assert_eq!(LstmModel::<f32>::new(&lstm(1.0), SHAPE).unwrap_err().field, "dropout");
        let refused = |config: TcnConfig, field: &str| {
            assert_eq!(Tcn::<f32>::new(&config, SHAPE).unwrap_err().field, field);
        };
        refused(TcnConfig { d_model: 0, ..tcn(0.1) }, "d_model");
        refused(TcnConfig { num_layers: 0, ..tcn(0.1) }, "num_layers");
        refused(TcnConfig { kernel_size: 0, ..tcn(0.1) }, "kernel_size");
        refused(tcn(1.0), "dropout");
        let no_tickers = Shape { tickers: 0, ..SHAPE };
        assert_eq!(SoftmaxRegression::<f32>::new(no_tickers).unwrap_err().field, "tickers");
    }

    #[test]
    fn names_are_unique_and_only_weights_decay() {
        let gru = GruModel::<f32>::new(&gru(0.1), SHAPE).unwrap();
        assert!(gru.layout().tensors().iter().all(|t| t.decay == t.name.ends_with(".weight")));
        let lstm = LstmModel::<f32>::new(&lstm(0.1), SHAPE).unwrap();
        assert!(lstm.layout().tensors().iter().all(|t| t.decay == t.name.ends_with(".weight")));
        let tcn = Tcn::<f32>::new(&tcn(0.1), SHAPE).unwrap();
        assert!(tcn.layout().tensors().iter().all(|t| t.decay == t.name.ends_with(".weight")));
        let model = Transformer::<f32>::new(&transformer(0.1), SHAPE).unwrap();
        let tensors = model.layout().tensors();
        let names: std::collections::BTreeSet<_> = tensors.iter().map(|t| &t.name).collect();
        assert_eq!(names.len(), tensors.len());
        assert!(tensors.iter().all(|t| t.decay == t.name.ends_with(".weight")));
        assert!(names.contains(&"blocks.1.attention.key_value.weight".to_string()), "{names:?}");
    }
}
