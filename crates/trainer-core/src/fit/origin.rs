//! Where values stop being finite. It is looked for only after a loss or a gradient has been found broken.

use crate::error::Origin;
use crate::model::{Layout, Model, TensorSpec};

pub(super) fn all_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// The first of the tensors that has a value in `flat` that is not finite.
fn first_broken<'a>(mut tensors: impl Iterator<Item = &'a TensorSpec>, flat: &[f32]) -> Option<String> {
    tensors.find(|tensor| !all_finite(tensor.slot.of(flat))).map(|tensor| tensor.name.clone())
}

/// The first parameter that is not finite.
pub(super) fn in_parameters(layout: &Layout, parameters: &[f32]) -> Option<Origin> {
    first_broken(layout.tensors().iter(), parameters).map(Origin::Parameter)
}

/// The origin in the forward pass that `model` has just done.
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

/// The origin in a backward pass, which goes through the layout from its end.
pub(super) fn in_gradient(layout: &Layout, gradient: &[f32]) -> Origin {
    first_broken(layout.tensors().iter().rev(), gradient).map_or(Origin::Logits, Origin::Gradient)
}
