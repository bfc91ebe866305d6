//! Whole models against PyTorch: logits, loss, gradients and optimizer steps.
//!
//! `tests/pytorch/make_golden.py` generated the golden tensors; its constants are repeated here.

use trainer_core::{
    AdamW, CLASSES, FocalLoss, GruConfig, GruModel, LstmConfig, LstmModel, Mode, Model, Shape,
    SoftmaxRegression, Tcn, TcnConfig, Tensor, Transformer, TransformerConfig, Weights, clip_scale,
    global_norm,
};

const BATCH: usize = 6;
const SHAPE: Shape = Shape {
    seq_length: 9,
    features: 5,
    ticker_columns: 0,
    tickers: 3,
    output: trainer_core::Output::Classes,
};
/// The largest relative difference allowed.
const TOLERANCE: f64 = 1e-4;

struct Golden(Weights);

impl Golden {
    fn read(bytes: &[u8]) -> Self {
        Self(Weights::from_safetensors(bytes).expect("a safetensors file"))
    }

    fn values(&self, name: &str) -> &[f32] {
        let tensor = self.0.tensors.iter().find(|tensor| tensor.name == name);
        &tensor.unwrap_or_else(|| panic!("no tensor {name}")).values
    }

    /// The flat vector of the tensors `<kind>/...`.
    fn flat(&self, kind: &str, model: &dyn Model) -> Vec<f32> {
        let named = |tensor: &Tensor| {
            let name = tensor.name.strip_prefix(kind)?.strip_prefix('/')?.to_owned();
            Some(Tensor { name, ..tensor.clone() })
        };
        let tensors = self.0.tensors.iter().filter_map(named).collect();
        Weights { tensors }.to_parameters(model.layout()).expect("PyTorch's tensors fill the layout")
    }
}

fn norm(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// Asserts that the distance from `expected` is small relative to its norm, or to `floor` if that is larger.
fn assert_close(what: &str, found: &[f32], expected: &[f32], floor: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
    let (found, expected) = (wide(found), wide(expected));
    let distance = norm(found.iter().zip(&expected).map(|(a, b)| a - b));
    let error = distance / norm(expected).max(floor);
    assert!(error < TOLERANCE, "{what}: relative difference {error:e}");
}

fn check(model: &mut dyn Model, golden: &[u8]) {
    let golden = Golden::read(golden);
    model.reserve(BATCH);
    let parameters = golden.flat("parameter", model);
    let labels: Vec<i8> = golden.values("labels").iter().map(|&label| label as i8).collect();
    assert!(labels.contains(&-1), "some labels are masked");

    let inputs = golden.values("inputs");
    let logits = model.forward(&parameters, inputs, BATCH, Mode::Evaluate);
    assert_close("logits", logits, golden.values("logits"), 0.0);

    let loss = FocalLoss::new(2.0, [0.5, 2.0, 1.5]).expect("a valid loss");
    let mut logit_gradient = vec![0.0; labels.len() * CLASSES];
    let total = loss.sum_and_gradient(logits, data_loader::Truth::of_classes(&labels), &mut logit_gradient);
    assert_close("loss", &[total.mean() as f32], golden.values("loss"), 0.0);

    let mut gradient = vec![0.0; parameters.len()];
    model.backward(&parameters, inputs, &logit_gradient, &mut gradient);
    let expected = golden.flat("gradient", model);
    // Softmax cancels the keys' bias, so its gradient is nothing but rounding.
    let floor = 1e-3 * global_norm(&expected);
    for tensor in model.layout().tensors() {
        assert_close(&tensor.name, tensor.slot.of(&gradient), tensor.slot.of(&expected), floor);
    }
    check_steps(&golden, model, parameters, &expected);
}

/// Three steps along multiples of PyTorch's gradient.
fn check_steps(golden: &Golden, model: &dyn Model, start: Vec<f32>, gradient: &[f32]) {
    let (learning_rate, weight_decay, limit) = (1e-2, 0.1, 0.5);
    let mut optimizer = AdamW::new(start.len(), weight_decay);
    let mut parameters = start.clone();
    for factor in [1.0, -0.5, 2.0] {
        let gradient: Vec<f32> = gradient.iter().map(|value| factor * value).collect();
        let scale = clip_scale(global_norm(&gradient), limit);
        optimizer.step(model.layout(), &mut parameters, &gradient, scale, learning_rate);
    }
    let expected = golden.flat("stepped", model);
    let moved = |after: &[f32]| after.iter().zip(&start).map(|(a, b)| a - b).collect::<Vec<_>>();
    for tensor in model.layout().tensors() {
        let (found, expected) = (tensor.slot.of(&parameters), tensor.slot.of(&expected));
        assert_close(&format!("{} after three steps", tensor.name), found, expected, 0.0);
    }
    assert_close("the movement of three steps", &moved(&parameters), &moved(&expected), 0.0);
}

#[test]
fn the_transformer_matches_pytorch() {
    let config = TransformerConfig { d_model: 16, num_heads: 4, num_layers: 2, d_ff: 24, dropout: 0.0 };
    let mut model = Transformer::new(&config, SHAPE).expect("valid sizes");
    check(&mut model, include_bytes!("pytorch/transformer.safetensors"));
}

#[test]
fn the_gru_matches_pytorch() {
    let config = GruConfig { d_model: 16, num_layers: 2, dropout: 0.0 };
    let mut model = GruModel::new(&config, SHAPE).expect("valid sizes");
    check(&mut model, include_bytes!("pytorch/gru.safetensors"));
}

#[test]
fn the_lstm_matches_pytorch() {
    let config = LstmConfig { d_model: 16, num_layers: 2, dropout: 0.0 };
    let mut model = LstmModel::new(&config, SHAPE).expect("valid sizes");
    check(&mut model, include_bytes!("pytorch/lstm.safetensors"));
}

#[test]
fn the_temporal_convolutional_network_matches_pytorch() {
    let config = TcnConfig { d_model: 16, num_layers: 2, kernel_size: 3, dropout: 0.0 };
    let mut model = Tcn::new(&config, SHAPE).expect("valid sizes");
    check(&mut model, include_bytes!("pytorch/tcn.safetensors"));
}

#[test]
fn the_linear_model_matches_pytorch() {
    let mut model = SoftmaxRegression::new(SHAPE).expect("valid sizes");
    check(&mut model, include_bytes!("pytorch/linear.safetensors"));
}
