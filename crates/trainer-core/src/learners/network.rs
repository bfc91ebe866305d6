//! A differentiable model as a learner: fitted by gradient steps.

use crate::descent::Run;
use crate::error::{FitError, PredictError};
use crate::kernels::mask::Mode;
use crate::learner::{Fitting, Job, LARGEST_BATCH, Learner, Predictor};
use crate::model::{Architecture, Model, Shape, leading, size_of};
use crate::setting_error::SettingError;
use crate::weights::Weights;
use artifact_core::Params;
use settings::part::{Declaration, Parameter, Part};

/// Fits the models of an [`Architecture`] by gradient steps.
///
/// It adds a parameter to those of the architecture: `leading_features`, how many of a row's features, in the order in which
/// they are listed, the model reads. A network sees the rows of a window one by one, and each further column that it could
/// have worked out from the others is one more that it must learn to ignore.
#[derive(Debug, Clone, Copy)]
pub struct Network<A>(pub A);

const LEADING_FEATURES: &str = "leading_features";

impl<A: Architecture> Network<A> {
    fn build(&self, params: &Params, shape: Shape) -> Result<Box<dyn Model>, SettingError> {
        check_sizes(params)?;
        let count = size_of(params, LEADING_FEATURES)?;
        let features = shape.features.saturating_sub(shape.ticker_columns);
        if count == 0 || count >= features && shape.tickers == 1 {
            return self.0.build(params, shape);
        }
        let expected = "0, since rows hold the features of all tickers side by side (scope = \"joint\")";
        SettingError::require(shape.tickers == 1, LEADING_FEATURES, count, expected)?;
        let model = self.0.build(params, leading::inner(shape, count))?;
        Ok(Box::new(leading::Leading::new(shape, count, model)))
    }
}

impl<A: Part> Part for Network<A> {
    fn declaration(&self) -> Declaration {
        self.0.declaration().parameter(
            Parameter::int(
                LEADING_FEATURES,
                "The first features of a row that the model reads; 0: all.",
                0,
                1_000_000,
            )
            .default(0),
        )
    }
}

impl<A: Architecture> Learner for Network<A> {
    fn start<'a>(&self, job: Job<'a, '_>) -> Result<Box<dyn Fitting + 'a>, FitError> {
        let model = self.build(job.params, Shape::of(job.train))?;
        Ok(Box::new(Run::new(model, job)?))
    }

    fn restore(
        &self,
        params: &Params,
        shape: Shape,
        weights: &Weights,
    ) -> Result<Box<dyn Predictor>, PredictError> {
        let mut model = self.build(params, shape)?;
        let parameters = weights.to_parameters(model.layout())?;
        model.reserve(LARGEST_BATCH);
        Ok(Box::new(Fitted { model, parameters }))
    }
}

/// The most layers of a network.
const MOST_LAYERS: usize = 1000;

/// The most weights between two layers of all pairs: beyond it a fit takes several gigabytes, and no market data
/// could determine as many.
const MOST_WEIGHTS: usize = 1 << 24;

/// Refuses sizes that are allowed one by one but whose product would not fit into memory, before anything is allocated.
fn check_sizes(params: &Params) -> Result<(), SettingError> {
    let size = |name: &str| params.size(name).unwrap_or(1);
    let (layers, width) = (size("num_layers"), size("d_model"));
    SettingError::require(layers <= MOST_LAYERS, "num_layers", layers, format!("at most {MOST_LAYERS}"))?;
    let inner = size("d_ff").max(width.saturating_mul(size("d_ff_multiple")));
    let weights = [width, inner, layers, size("kernel_size")].into_iter().fold(1, usize::saturating_mul);
    let expected = format!(
        "sizes of which num_layers * d_model * the inner width * kernel_size is at most {MOST_WEIGHTS}: give smaller ones"
    );
    SettingError::require(weights <= MOST_WEIGHTS, "d_model", width, expected)
}

struct Fitted {
    model: Box<dyn Model>,
    parameters: Vec<f32>,
}

impl Predictor for Fitted {
    fn predict(&mut self, inputs: &[f32], batch: usize, out: &mut Vec<f32>) {
        let output = self.model.shape().output;
        output.predictions(self.model.forward(&self.parameters, inputs, batch, Mode::Evaluate), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelParts;
    use crate::model::{Output, TransformerArchitecture};
    use settings::part::PartSetting;

    #[test]
    fn sizes_that_fit_no_memory_are_refused_and_not_allocated() {
        let shape =
            Shape { seq_length: 4, features: 3, ticker_columns: 0, tickers: 1, output: Output::Classes };
        let refused = |sizes: &[(&str, u64)]| {
            let mut setting = PartSetting::named("transformer");
            for (name, size) in sizes {
                setting = setting.with(*name, *size);
            }
            let chosen = ModelParts::builtin().models.choose(&setting).unwrap();
            Network(TransformerArchitecture).build(&chosen.params, shape).err().unwrap().to_string()
        };
        assert!(refused(&[("d_model", 1_000_000)]).contains("d_model is 1000000, expected sizes"));
        assert!(refused(&[("d_ff", 1_000_000), ("num_layers", 1000)]).contains("d_model is 64"));
        assert!(
            refused(&[("num_layers", 1_000_000)]).contains("num_layers is 1000000, expected at most 1000")
        );
    }

    #[test]
    fn a_chosen_model_is_built_from_its_parameters() {
        let parts = ModelParts::builtin();
        let shape =
            Shape { seq_length: 4, features: 3, ticker_columns: 0, tickers: 2, output: Output::Classes };
        let built = |setting: &PartSetting| {
            let chosen = parts.models.choose(setting)?;
            Ok::<_, settings::part::PartError>(
                TransformerArchitecture.build(&chosen.params, shape).unwrap().layout().len(),
            )
        };
        let setting = |d_ff: &str, value: usize| {
            PartSetting::named("transformer").with("d_model", 8).with("num_heads", 2).with(d_ff, value)
        };
        assert_eq!(built(&setting("d_ff_multiple", 2)), built(&setting("d_ff", 16)));
        assert_ne!(built(&setting("d_ff_multiple", 4)), built(&setting("d_ff", 16)));
        let error = built(&setting("num_heads", 3)).unwrap_err().to_string();
        assert!(error.contains("num_heads must divide d_model"), "{error}");
    }
}
