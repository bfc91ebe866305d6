//! A differentiable model as a learner: fitted by gradient steps.

use crate::descent::Run;
use crate::error::{FitError, PredictError};
use crate::kernels::mask::Mode;
use crate::learner::{Fitting, Job, LARGEST_BATCH, Learner, Predictor};
use crate::model::{Architecture, Model, Shape};
use crate::weights::Weights;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// Fits the models of an [`Architecture`] by gradient steps.
#[derive(Debug, Clone, Copy)]
pub struct Network<A>(pub A);

impl<A: Part> Part for Network<A> {
    fn declaration(&self) -> Declaration {
        self.0.declaration()
    }
}

impl<A: Architecture> Learner for Network<A> {
    fn start<'a>(&self, job: Job<'a, '_>) -> Result<Box<dyn Fitting + 'a>, FitError> {
        let model = self.0.build(job.params, Shape::of(job.train))?;
        Ok(Box::new(Run::new(model, job)?))
    }

    fn restore(
        &self,
        params: &Params,
        shape: Shape,
        weights: &Weights,
    ) -> Result<Box<dyn Predictor>, PredictError> {
        let mut model = self.0.build(params, shape)?;
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
