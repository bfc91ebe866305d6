//! A custom sampler: the best trial so far, with one value redrawn.
//!
//! `cargo run --example sampler -- pipeline --config crates/holdfast/examples/sampler.toml`

use holdfast::prelude::*;

/// Coordinate search: keeps the best point and draws a single dimension at random.
struct OneAtATime;

impl Part for OneAtATime {
    fn declaration(&self) -> Declaration {
        Declaration::new("one_at_a_time", "Changes one value of the best trial.")
    }
}

impl Sampler for OneAtATime {
    fn suggest(&self, space: &Space, told: &[Told], params: &Params, rng: &mut ChaCha8Rng) -> Point {
        let fresh = Random.suggest(space, told, params, rng);
        let complete = told.iter().filter_map(|told| match told.outcome {
            TrialOutcome::Complete(value) if !value.is_nan() => Some((value, &told.point)),
            _ => None,
        });
        let Some((_, best)) = complete.reduce(|best, next| if next.0 > best.0 { next } else { best }) else {
            return fresh;
        };
        let place = rng.random_range(0..best.len().max(1));
        let mut point = best.clone();
        if let (Some(old), Some(new)) = (point.get_mut(place), fresh.get(place)) {
            *old = *new;
        }
        // Some combinations are ruled out; a random point never is.
        if space.is_allowed(&point) { point } else { fresh }
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_sampler(OneAtATime))
}
