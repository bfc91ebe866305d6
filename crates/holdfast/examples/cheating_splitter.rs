//! A splitter that cheats and is caught: it forgets the purge.
//!
//! `cargo run --example cheating_splitter -- pipeline --config crates/holdfast/examples/cheating_splitter.toml` fails:
//! folds in which a training label reads rows of an evaluated label are refused before anything is fitted on them.

use holdfast::prelude::*;

struct Unpurged;

impl Part for Unpurged {
    fn declaration(&self) -> Declaration {
        Declaration::new("unpurged", "Contiguous blocks, trained right up to their edges.")
            .parameter(Parameter::int("folds", "Number of folds.", 2, 100).default(5))
    }
}

impl Splitter for Unpurged {
    fn fold_count(&self, params: &Params) -> Option<usize> {
        params.size("folds")
    }

    fn folds(
        &self,
        development: &IndexSet,
        _windows: Windows,
        _separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError> {
        let folds = params.size("folds").unwrap_or(5);
        let sequences: Vec<usize> = development.iter().collect();
        let fold = |number: usize| {
            let at = |fold: usize| fold * sequences.len() / folds;
            let evaluated: IndexSet = sequences[at(number - 1)..at(number)].iter().copied().collect();
            let train = development.iter().filter(|&sequence| !evaluated.contains(sequence)).collect();
            Fold { number, train, evaluated }
        };
        Ok((1..=folds).map(fold).collect())
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_splitter(Unpurged))
}
