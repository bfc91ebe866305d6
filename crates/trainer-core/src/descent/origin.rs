//! Where values stop being finite. Searched for only once a loss, a gradient or a parameter is not finite.

use crate::error::Origin;
use crate::model::{Layout, Model, TensorSpec};

pub(super) fn all_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// The first of the tensors with a non-finite value in `flat`.
fn first_broken<'a>(mut tensors: impl Iterator<Item = &'a TensorSpec>, flat: &[f32]) -> Option<String> {
    tensors.find(|tensor| !all_finite(tensor.slot.of(flat))).map(|tensor| tensor.name.clone())
}

/// The first non-finite parameter.
pub(super) fn in_parameters(layout: &Layout, parameters: &[f32]) -> Option<Origin> {
    first_broken(layout.tensors().iter(), parameters).map(Origin::Parameter)
}

/// The origin in the forward pass that `model` has just run.
pub(super) fn in_forward(model: &dyn Model, parameters: &[f32], inputs: &[f32], batch: usize) -> Origin {
    if let Some(origin) = in_parameters(model.layout(), parameters) {
        return origin;
    }
    if !all_finite(inputs) {
        return Origin::Inputs;
    }
    let mut found = None;
    model.visit_outputs(batch, &mut |name, values| {
        if found.is_none() && !all_finite(values) {
            found = Some(Origin::Output(name.to_owned()));
        }
    });
    found.unwrap_or(Origin::Logits)
}

/// The origin in a backward pass. It runs from the end of the layout, so the last broken tensor was computed first.
pub(super) fn in_gradient(layout: &Layout, gradient: &[f32]) -> Origin {
    first_broken(layout.tensors().iter().rev(), gradient).map_or(Origin::Logits, Origin::Gradient)
}
