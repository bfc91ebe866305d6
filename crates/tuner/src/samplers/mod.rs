//! Samplers: what to try next, from what is known.
//!
//! A sampler has no state of its own. Each suggestion is a function of the space, the outcomes it may see and a seed,
//! so that an interrupted study goes on exactly as an unbroken one would have.

mod fine_tune;
mod random;
mod tpe;

use crate::search_space::{Point, Space};
use artifact_core::config::SamplerKind;
use rand_chacha::ChaCha8Rng;

/// What is known about a finished trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The point that was tried.
    pub point: Point,
    /// The objective, larger is better; `None` for a failed trial.
    pub objective: Option<f64>,
}

/// Suggests a valid point.
///
/// `outcomes` are in trial order. With fewer than `startup_trials` complete ones, every sampler draws at random.
pub fn suggest(
    kind: SamplerKind,
    space: &Space,
    outcomes: &[Outcome],
    startup_trials: usize,
    rng: &mut ChaCha8Rng,
) -> Point {
    let complete = outcomes.iter().filter(|outcome| outcome.objective.is_some()).count();
    match kind {
        _ if complete < startup_trials.max(1) => random::suggest(space, rng),
        SamplerKind::Random => random::suggest(space, rng),
        SamplerKind::Tpe => tpe::suggest(space, outcomes, rng),
        SamplerKind::FineTune => fine_tune::suggest(space, outcomes, rng),
    }
}

/// Draws points until one is valid, and repairs the last one if none is.
fn first_valid(space: &Space, rng: &mut ChaCha8Rng, mut draw: impl FnMut(&mut ChaCha8Rng) -> Point) -> Point {
    const ATTEMPTS: usize = 50;
    let mut point = draw(rng);
    for _ in 1..ATTEMPTS {
        if space.is_valid(&point) {
            return point;
        }
        point = draw(rng);
    }
    space.repair(point, rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search_space::Scale;
    use crate::search_space::tests::space;
    use proptest::prelude::*;
    use rand::SeedableRng;

    /// Outcomes of random points under an objective that only likes one learning rate and one width.
    fn outcomes(space: &Space, count: u64) -> Vec<Outcome> {
        (0..count)
            .map(|n| {
                let point = random::suggest(space, &mut ChaCha8Rng::seed_from_u64(n));
                let objective = (n % 7 != 0).then(|| score(&point));
                Outcome { point, objective }
            })
            .collect()
    }

    fn score(point: &Point) -> f64 {
        -(point[0] / 1e-3).ln().abs() - if point[6] == 16.0 { 0.0 } else { 2.0 }
    }

    proptest! {
        #[test]
        fn only_valid_points_inside_their_domains_are_suggested(seed: u64, told in 0u64..40, kind in 0..3) {
            let space = space();
            let kind = [SamplerKind::Random, SamplerKind::Tpe, SamplerKind::FineTune][kind as usize];
            let history = outcomes(&space, told);
            let point = suggest(kind, &space, &history, 5, &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert!(space.is_valid(&point), "{point:?}");
            for (value, dimension) in point.iter().zip(space.dimensions()) {
                match &dimension.scale {
                    Scale::Fixed(fixed) => prop_assert_eq!(value, fixed),
                    Scale::Choices(choices) => prop_assert!(choices.contains(value)),
                    Scale::Range { low, high, whole, .. } => {
                        prop_assert!((*low..=*high).contains(value) && (!whole || value.fract() == 0.0));
                    }
                }
            }
            let again = suggest(kind, &space, &history, 5, &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert_eq!(point, again);
        }
    }

    #[test]
    fn informed_samplers_do_better_than_chance() {
        let space = space();
        let history = outcomes(&space, 60);
        let mean = |kind| {
            let scores = (0..200).map(|seed| {
                score(&suggest(kind, &space, &history, 5, &mut ChaCha8Rng::seed_from_u64(1000 + seed)))
            });
            scores.sum::<f64>() / 200.0
        };
        let random = mean(SamplerKind::Random);
        assert!(mean(SamplerKind::Tpe) > random + 0.5, "{} {random}", mean(SamplerKind::Tpe));
        assert!(mean(SamplerKind::FineTune) > random + 0.5, "{} {random}", mean(SamplerKind::FineTune));
    }
}
