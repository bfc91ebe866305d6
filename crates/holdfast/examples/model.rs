//! A custom model: softmax regression on the mean of the window, with its gradient.
//!
//! `cargo run --example model -- pipeline --config crates/holdfast/examples/model.toml`

use holdfast::prelude::*;

/// Logits from the window's mean row.
struct MeanRow;

impl Part for MeanRow {
    fn declaration(&self) -> Declaration {
        Declaration::new("mean_row", "Softmax regression on the mean row of the window.")
            .parameter(learning_rate())
            .parameter(weight_decay())
            .parameter(batch_size())
    }
}

impl Architecture for MeanRow {
    fn build(&self, _params: &Params, shape: Shape) -> Result<Box<dyn Model>, SettingError> {
        let (mut layout, sizes) = (Layout::new(), [shape.features, shape.logits()]);
        let weight = layout.weight("mean_row.weight", &sizes, Start::xavier(sizes[0], sizes[1]));
        Ok(Box::new(MeanRowModel { shape, layout, weight, means: Vec::new(), logits: Vec::new() }))
    }
}

struct MeanRowModel {
    shape: Shape,
    layout: Layout,
    weight: Slot,
    means: Vec<f32>,
    logits: Vec<f32>,
}

impl Model for MeanRowModel {
    fn shape(&self) -> Shape {
        self.shape
    }
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn reserve(&mut self, batch: usize) {
        self.means = vec![0.0; batch * self.shape.features];
        self.logits = vec![0.0; batch * self.shape.logits()];
    }

    fn forward(&mut self, parameters: &[f32], inputs: &[f32], batch: usize, _mode: Mode) -> &[f32] {
        let (features, outputs) = (self.shape.features, self.shape.logits());
        let weight = &parameters[self.weight.range()];
        for n in 0..batch {
            let window = &inputs[n * self.shape.window()..(n + 1) * self.shape.window()];
            let means = &mut self.means[n * features..(n + 1) * features];
            let logits = &mut self.logits[n * outputs..(n + 1) * outputs];
            logits.fill(0.0);
            for (f, mean) in means.iter_mut().enumerate() {
                *mean = window.iter().skip(f).step_by(features).sum::<f32>() / self.shape.seq_length as f32;
                logits.iter_mut().zip(&weight[f * outputs..]).for_each(|(logit, w)| *logit += *mean * w);
            }
        }
        &self.logits[..batch * outputs]
    }

    fn backward(&mut self, _: &[f32], _: &[f32], logit_gradient: &[f32], gradient: &mut [f32]) {
        let (features, outputs) = (self.shape.features, self.shape.logits());
        let gradient = &mut gradient[self.weight.range()];
        for (means, of_logits) in self.means.chunks(features).zip(logit_gradient.chunks(outputs)) {
            for (mean, row) in means.iter().zip(gradient.chunks_mut(outputs)) {
                row.iter_mut().zip(of_logits).for_each(|(g, of_logit)| *g += mean * of_logit);
            }
        }
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_model(MeanRow))
}
