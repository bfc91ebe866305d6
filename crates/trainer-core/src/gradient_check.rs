//! Test support: compares analytic gradients with central finite differences, in `f64`.

/// Numbers in `[-1, 1)` that look random but are the same in every run.
pub(crate) fn pseudo_random(length: usize, salt: u64) -> Vec<f64> {
    let mut state = salt.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678;
    let mut next = || {
        // Knuth's 64-bit linear congruential generator; its upper bits are good enough for tests.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..length).map(|_| next()).collect()
}

/// Compares `analytic`, the gradient of `function` at `point`, with central differences.
///
/// The error of an element is relative to the larger of the two values, but at least to a thousandth of the largest
/// element: finite differences cannot resolve smaller values.
pub(crate) fn assert_gradient(
    what: &str,
    point: &[f64],
    analytic: &[f64],
    mut function: impl FnMut(&[f64]) -> f64,
) {
    // Balances the truncation error of central differences, about `STEP²`, against rounding, about `1e-16 / STEP`.
    const STEP: f64 = 1e-5;
    let mut moved = point.to_vec();
    let numeric: Vec<f64> = (0..point.len())
        .map(|i| {
            let mut at = |x| {
                moved[i] = x;
                function(&moved)
            };
            let slope = (at(point[i] + STEP) - at(point[i] - STEP)) / (2.0 * STEP);
            moved[i] = point[i];
            slope
        })
        .collect();
    let largest = analytic.iter().chain(&numeric).fold(0.0f64, |m, g| m.max(g.abs()));
    assert!(largest > 0.0, "{what}: the gradient is 0 everywhere, so the check would prove nothing");
    for (i, (&a, &n)) in analytic.iter().zip(&numeric).enumerate() {
        let scale = a.abs().max(n.abs()).max(1e-3 * largest);
        let error = (a - n).abs() / scale;
        assert!(error < 1e-6, "{what}[{i}]: analytic {a:e}, numeric {n:e}, relative error {error:e}");
    }
}

/// Checks one layer: the gradients of a weighted sum of its outputs with respect to its parameters and its input.
pub(crate) struct Check {
    parameters: Vec<f64>,
    input: Vec<f64>,
    /// The weights of the outputs in the sum, which are the gradient that enters the backward pass.
    d_output: Vec<f64>,
}

impl Check {
    /// Prepares a check of a layer with these numbers of parameters, input values and output values.
    pub(crate) fn new(parameters: usize, input: usize, output: usize) -> Self {
        Self {
            parameters: pseudo_random(parameters, 1),
            input: pseudo_random(input, 2),
            d_output: pseudo_random(output, 3),
        }
    }

    /// Runs the check. The arguments are `forward(parameters, input, output)` and
    /// `backward(parameters, input, d_output, d_input, gradient)`; `d_input` and `gradient` come in as zeros, so
    /// `backward` may add to them or overwrite them.
    pub(crate) fn run(
        &mut self,
        mut forward: impl FnMut(&[f64], &[f64], &mut [f64]),
        mut backward: impl FnMut(&[f64], &[f64], &[f64], &mut [f64], &mut [f64]),
    ) {
        let (parameters, input, d_output) = (&self.parameters, &self.input, &self.d_output);
        let mut output = vec![f64::NAN; d_output.len()];
        let mut gradient = vec![0.0; parameters.len()];
        let mut d_input = vec![0.0; input.len()];
        forward(parameters, input, &mut output);
        backward(parameters, input, d_output, &mut d_input, &mut gradient);
        let mut sum = |parameters: &[f64], input: &[f64]| {
            forward(parameters, input, &mut output);
            output.iter().zip(d_output).map(|(y, d)| y * d).sum()
        };
        if !parameters.is_empty() {
            assert_gradient("parameters", parameters, &gradient, |p| sum(p, input));
        }
        assert_gradient("input", input, &d_input, |x| sum(parameters, x));
    }
}
