//! A custom splitter: folds of every n-th block, so that each fold is evaluated on all kinds of markets.
//!
//! `cargo run --example splitter -- pipeline --config crates/holdfast/examples/splitter.toml`

use holdfast::prelude::*;

/// Cuts development into `folds * blocks` blocks; fold `i` evaluates every block whose number is `i` modulo `folds`.
struct Interleaved;

impl Part for Interleaved {
    fn declaration(&self) -> Declaration {
        Declaration::new("interleaved", "Every n-th block of the development rows is evaluated together.")
            .parameter(Parameter::int("folds", "Number of folds.", 2, 100).default(5))
            .parameter(Parameter::size("blocks", "Blocks that each fold evaluates.").default(2))
    }
}

impl Splitter for Interleaved {
    fn fold_count(&self, params: &Params) -> Option<usize> {
        params.size("folds")
    }

    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError> {
        let (folds, blocks) = (params.size("folds").unwrap_or(5), params.size("blocks").unwrap_or(2));
        let sequences: Vec<usize> = development.iter().collect();
        let block_of = |place: usize| place * folds * blocks / sequences.len().max(1);
        let fold = |number: usize| {
            let own = |(place, _): &(usize, &usize)| block_of(*place) % folds == number - 1;
            let evaluated: IndexSet =
                sequences.iter().enumerate().filter(own).map(|(_, &sequence)| sequence).collect();
            let others: IndexSet =
                development.iter().filter(|&sequence| !evaluated.contains(sequence)).collect();
            // Purge training around every evaluated block: the one step that must not be forgotten.
            let train = purge(&others, &evaluated, windows, separation);
            Fold { number, train, evaluated }
        };
        Ok((1..=folds).map(fold).collect())
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_splitter(Interleaved))
}
