//! Samplers: what to try next, given the trials so far.
//!
//! A sampler has no state of its own. Each suggestion is a function of the space, the trials it may see and a seed, so
//! that an interrupted study resumes exactly as an uninterrupted one would have continued.

mod draws;
mod fine_tune;
mod random;
mod sampler;
mod told;
mod tpe;

pub use fine_tune::FineTune;
pub use random::Random;
pub(crate) use random::with_first;
pub use sampler::Sampler;
pub use told::{Told, TrialOutcome};
pub use tpe::Tpe;

use crate::search_space::{Point, PointError, Space};
use rand_chacha::ChaCha8Rng;
use settings::part::{Catalog, Chosen};
use std::sync::Arc;

/// The built-in samplers.
pub fn builtin() -> Catalog<dyn Sampler> {
    let mut samplers: Catalog<dyn Sampler> = Catalog::new("sampler");
    samplers.add(Arc::new(Random)).add(Arc::new(Tpe)).add(Arc::new(FineTune));
    samplers
}

/// How many scored trials must be known before a sampler takes over from random draws, by default.
pub const STARTUP_TRIALS: usize = 10;

/// A sampler suggested something that is not a point of the search space.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("sampler {sampler} suggested an invalid point")]
pub struct InvalidSuggestion {
    /// The sampler, with its parameters.
    pub sampler: String,
    /// What is wrong with the point.
    pub source: PointError,
}

/// Suggests a valid point.
///
/// `told` holds all visible trials in the order of their numbers. While fewer than `max(startup_trials, 1)` of them are
/// complete or pruned, the point is drawn at random, whatever the sampler.
///
/// # Errors
///
/// [`InvalidSuggestion`] if the sampler breaks its contract.
pub fn suggest(
    sampler: &Chosen<dyn Sampler>,
    space: &Space,
    told: &[Told],
    startup_trials: usize,
    rng: &mut ChaCha8Rng,
) -> Result<Point, InvalidSuggestion> {
    let scored = told.iter().filter(|told| told.outcome.is_scored()).count();
    if scored < startup_trials.max(1) {
        return Ok(random::suggest(space, rng));
    }
    let point = sampler.part.suggest(space, told, &sampler.params, rng);
    // Anyone can write a sampler; past this point, every number is trusted to lie in its domain.
    match space.check(&point) {
        Ok(()) => Ok(point),
        Err(source) => Err(InvalidSuggestion { sampler: sampler.component.to_string(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::told::ranked;
    use super::*;
    use crate::search_space::Domain;
    use crate::search_space::hyperparameters_tests::space as hyperparameter_space;
    use data_loader::Windows;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use serde_json::{Value, json};
    use settings::part::PartSetting;

    /// A space of every kind of domain, in which about half of all combinations are ruled out.
    fn space() -> Space {
        let pairs = [(1, 10), (1, 20), (3, 30), (5, 10)].map(|(a, b)| [json!(a), json!(b)]);
        Space::builder()
            .log_float("rate", 1e-4, 1.0)
            .stepped_float("share", 0.0, 0.3, 0.1)
            .int("layers", 1, 5)
            .log_int("width", 1, 64)
            .parameter("odd", Domain::Int { low: 1, high: 5, log: false, step: 2 })
            .categorical("tens", [json!(10), json!(20), json!(30)])
            .allow(["odd", "tens"], pairs)
            .categorical("optimizer", [json!("adamw"), json!("sgd"), json!(null)])
            .float("momentum", 0.0, 0.9)
            .when("optimizer", [json!("sgd")])
            .float("damping", 0.0, 0.5)
            .when("momentum", [])
            .fixed("depth", json!("deep"))
            .float("single", 2.0, 2.0)
            .build()
            .unwrap()
    }

    /// Random points, scored by an objective that favours one rate and one optimizer.
    fn told(space: &Space, count: u64) -> Vec<Told> {
        (0..count)
            .map(|n| {
                let point = random::suggest(space, &mut ChaCha8Rng::seed_from_u64(n));
                let value = score(space, &point);
                let outcome = match n % 7 {
                    0 => TrialOutcome::Failed,
                    1 => TrialOutcome::Pruned { epochs: n, value },
                    2 => TrialOutcome::Pending,
                    _ => TrialOutcome::Complete(value),
                };
                Told { point, outcome }
            })
            .collect()
    }

    fn score(space: &Space, point: &Point) -> f64 {
        let values = space.values(point);
        let rate = values["rate"].as_f64().unwrap();
        -(rate / 1e-2).ln().abs() - if values["optimizer"] == Value::Null { 0.0 } else { 2.0 }
    }

    const SAMPLERS: [&str; 3] = ["random", "tpe", "fine_tune"];

    fn sampler(name: &str) -> Chosen<dyn Sampler> {
        builtin().choose(&name.into()).unwrap()
    }

    proptest! {
        #[test]
        fn only_points_of_the_space_are_suggested(seed: u64, count in 0u64..60, name in prop::sample::select(&SAMPLERS[..])) {
            let space = space();
            let told = told(&space, count);
            let suggest = || {
                suggest(&sampler(name), &space, &told, 5, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap()
            };
            let point = suggest();
            prop_assert_eq!(space.check(&point), Ok(()), "{:?}", point);
            prop_assert_eq!(&space.point(&space.values(&point)), &Ok(point.clone()));
            prop_assert_eq!(point, suggest(), "the same seed gives the same point");
        }

        #[test]
        fn only_hyperparameters_that_can_be_fitted_are_suggested(
            seed: u64,
            name in prop::sample::select(&SAMPLERS[..]),
        ) {
            let space = hyperparameter_space();
            let told: Vec<Told> = (0..30)
                .map(|n| {
                    let point = random::suggest(space.space(), &mut ChaCha8Rng::seed_from_u64(n));
                    Told { point, outcome: TrialOutcome::Complete((n % 11) as f64) }
                })
                .collect();
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let params = space.hyperparameters(&suggest(&sampler(name), space.space(), &told, 5, rng).unwrap());
            prop_assert!(space.windows().contains(&Windows::from(&params)));
            let size = |name: &str| params.model.size(name).unwrap();
            prop_assert!(size("d_model").is_multiple_of(size("num_heads")));
        }
    }

    /// Suggests the same point always, whatever the space.
    #[derive(Debug)]
    struct Stubborn(Point);

    impl settings::part::Part for Stubborn {
        fn declaration(&self) -> settings::part::Declaration {
            settings::part::Declaration::new("stubborn", "Always suggests the same point.")
        }
    }

    impl Sampler for Stubborn {
        fn suggest(&self, _: &Space, _: &[Told], _: &artifact_core::Params, _: &mut ChaCha8Rng) -> Point {
            self.0.clone()
        }
    }

    #[test]
    fn a_sampler_that_leaves_the_space_is_an_error_that_names_it() {
        let space = Space::builder().float("x", 0.0, 1.0).int("n", 1, 3).build().unwrap();
        let scored = [Told { point: vec![Some(0.5), Some(1.0)], outcome: TrialOutcome::Complete(1.0) }];
        let check = |point: Point, expected: &str| {
            let sampler = Chosen::with_defaults(Arc::new(Stubborn(point)) as Arc<dyn Sampler>);
            let found = suggest(&sampler, &space, &scored, 1, &mut ChaCha8Rng::seed_from_u64(0));
            let error = found.unwrap_err();
            assert_eq!(error.to_string(), "sampler stubborn suggested an invalid point");
            assert!(error.source.to_string().contains(expected), "{}", error.source);
        };
        check(vec![Some(1.5), Some(1.0)], "x is 1.5");
        check(vec![Some(0.5), Some(1.5)], "n is 1.5");
        check(vec![Some(f64::NAN), Some(1.0)], "x is NaN");
        check(vec![Some(0.5), None], "n is missing");
        check(vec![Some(0.5)], "1 number, expected 2");
        check(vec![Some(0.5), Some(1.0), Some(1.0)], "3 numbers, expected 2");
    }

    /// Of the 10,000 combinations one is allowed, so nearly every suggestion is repaired.
    #[test]
    fn a_repaired_point_follows_the_conditions() {
        let space = Space::builder()
            .int("left", 1, 100)
            .int("right", 1, 100)
            .allow(["left", "right"], [[json!(7), json!(9)]])
            .float("seven", 0.0, 1.0)
            .when("left", [json!(7)])
            .float("eight", 0.0, 1.0)
            .when("left", [json!(8)])
            .build()
            .unwrap();
        for seed in 0..20 {
            for name in SAMPLERS {
                let point =
                    suggest(&sampler(name), &space, &[], 0, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
                assert_eq!(space.check(&point), Ok(()), "{name}: {point:?}");
            }
        }
    }

    #[test]
    fn informed_samplers_do_better_than_chance() {
        let space = space();
        let told = told(&space, 80);
        let mean = |name| {
            let sampler = sampler(name);
            let scores = (0..200).map(|seed| {
                score(
                    &space,
                    &suggest(&sampler, &space, &told, 5, &mut ChaCha8Rng::seed_from_u64(1000 + seed))
                        .unwrap(),
                )
            });
            scores.sum::<f64>() / 200.0
        };
        let random = mean("random");
        for name in ["tpe", "fine_tune"] {
            assert!(mean(name) > random + 0.8, "{name}: {} {random}", mean(name));
        }
    }

    #[test]
    fn parameters_reach_the_samplers() {
        let (space, told) = (space(), told(&space(), 80));
        let points = |setting: &PartSetting| -> Vec<Point> {
            let sampler = builtin().choose(setting).unwrap();
            let rng = |seed| ChaCha8Rng::seed_from_u64(seed);
            (0..20).map(|seed| suggest(&sampler, &space, &told, 5, &mut rng(seed)).unwrap()).collect()
        };
        let tpe = PartSetting::named("tpe");
        assert_eq!(points(&tpe), points(&tpe.clone().with("candidates", 24).with("good_share", 0.1)));
        assert_ne!(points(&tpe), points(&tpe.clone().with("candidates", 1)));
        assert_ne!(points(&tpe), points(&tpe.with("good_share", 0.5)));
        let fine_tune = PartSetting::named("fine_tune");
        for (name, default, other) in [("elite", 3.0, 1.0), ("step", 0.1, 0.2), ("tpe_share", 0.25, 0.0)] {
            assert_eq!(points(&fine_tune), points(&fine_tune.clone().with(name, default)), "{name}");
            assert_ne!(points(&fine_tune), points(&fine_tune.clone().with(name, other)), "{name}");
        }
    }

    #[test]
    fn pruned_trials_rank_after_complete_ones_and_the_rest_not_at_all() {
        let told = |outcome| Told { point: vec![], outcome };
        let pruned = |epochs, value| told(TrialOutcome::Pruned { epochs, value });
        let all = [
            pruned(2, 9.0),
            told(TrialOutcome::Failed),
            told(TrialOutcome::Complete(-1.0)),
            pruned(3, 1.0),
            told(TrialOutcome::Pending),
            told(TrialOutcome::Complete(0.0)),
            pruned(3, 2.0),
            told(TrialOutcome::Complete(f64::NAN)),
        ];
        assert_eq!(ranked(&all), [5, 2, 6, 3, 0]);
    }

    #[test]
    fn trials_in_flight_and_failures_repel() {
        let space = Space::builder().float("x", 0.0, 1.0).build().unwrap();
        let at = |x: f64, outcome| Told { point: vec![Some(x)], outcome };
        let scored =
            (0..20).map(|n| f64::from(n) / 19.0).map(|x| at(x, TrialOutcome::Complete(-(x - 0.5).abs())));
        let known: Vec<Told> = scored.collect();
        let near = |told: &[Told]| {
            let distance = |seed| {
                let point =
                    suggest(&sampler("tpe"), &space, told, 5, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
                (point[0].unwrap() - 0.5).abs()
            };
            (0..200).map(distance).sum::<f64>() / 200.0
        };
        let alone = near(&known);
        for outcome in [TrialOutcome::Pending, TrialOutcome::Failed] {
            let crowd = (0..8).map(|n| at(0.48 + 0.005 * f64::from(n), outcome));
            let crowded: Vec<Told> = known.iter().cloned().chain(crowd).collect();
            assert!(near(&crowded) > 1.2 * alone, "{outcome:?}: {} {alone}", near(&crowded));
        }
    }
}
