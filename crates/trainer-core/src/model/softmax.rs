//! Softmax regression by gradient steps.

use super::declared;
use super::{Architecture, Layout, Model, Shape};
use crate::kernels::mask::Mode;
use crate::kernels::real::Real;
use crate::layers::Dense;
use crate::setting_error::SettingError;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// `linear` 1: [`SoftmaxRegression`] by name, as older results have it.
#[derive(Debug, Clone, Copy)]
pub struct SoftmaxArchitecture;

impl Part for SoftmaxArchitecture {
    fn declaration(&self) -> Declaration {
        Declaration::new("linear", "Softmax regression on the flattened window, by gradient steps.")
            .parameter(declared::learning_rate())
            .parameter(declared::weight_decay())
            .parameter(declared::batch_size())
    }
}

impl Architecture for SoftmaxArchitecture {
    fn build(&self, _params: &Params, shape: Shape) -> Result<Box<dyn Model>, SettingError> {
        Ok(Box::new(SoftmaxRegression::new(shape)?))
    }
}

/// One linear map from the flattened window to the logits.
#[derive(Debug, Clone)]
pub struct SoftmaxRegression<R> {
    shape: Shape,
    layout: Layout,
    map: Dense,
    logits: Vec<R>,
}

impl<R: Real> SoftmaxRegression<R> {
    /// Makes the model.
    ///
    /// # Errors
    ///
    /// When a size is 0.
    pub fn new(shape: Shape) -> Result<Self, SettingError> {
        shape.check()?;
        let mut layout = Layout::new();
        let map = Dense::new(&mut layout, "linear", shape.window(), shape.logits());
        Ok(Self { shape, layout, map, logits: Vec::new() })
    }
}

impl<R: Real> Model<R> for SoftmaxRegression<R> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn twin(&self) -> Option<Box<dyn Model<R> + Send>> {
        Some(Box::new(self.clone()))
    }

    fn reserve(&mut self, batch: usize) {
        self.logits.resize(batch * self.shape.logits(), R::ZERO);
    }

    fn forward(&mut self, parameters: &[R], inputs: &[R], batch: usize, _mode: Mode) -> &[R] {
        let logits = &mut self.logits[..batch * self.shape.logits()];
        self.map.forward(parameters, inputs, logits);
        logits
    }

    fn backward(&mut self, _parameters: &[R], inputs: &[R], logit_gradient: &[R], gradient: &mut [R]) {
        self.map.add_gradient(inputs, logit_gradient, gradient);
    }

    fn visit_outputs(&self, batch: usize, visit: &mut dyn FnMut(&str, &[R])) {
        visit("linear", &self.logits[..batch * self.shape.logits()]);
    }
}
