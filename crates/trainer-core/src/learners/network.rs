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
