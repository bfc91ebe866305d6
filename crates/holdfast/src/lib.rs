//! Holdfast as one library and one program.
//!
//! The library re-exports every crate, so that a project depends on `holdfast` alone. The program has every phase as a
//! subcommand. A program with your own parts takes five lines:
//!
//! ```no_run
//! use holdfast::prelude::*;
//! # struct MyFeature;
//! # impl Part for MyFeature {
//! #     fn declaration(&self) -> Declaration {
//! #         Declaration::new("mine", "Mine.")
//! #     }
//! # }
//! # impl Feature for MyFeature {
//! #     fn columns(&self, _: &Params) -> Vec<String> {
//! #         vec!["mine".into()]
//! #     }
//! #     fn compute(&self, bars: &TickerBars<'_>, _: &Params) -> Vec<Vec<f64>> {
//! #         vec![bars.close().to_vec()]
//! #     }
//! # }
//!
//! fn main() -> ExitCode {
//!     holdfast::main(Registry::builtin().with_feature(MyFeature))
//! }
//! ```
//!
//! `examples/` has one such program for nearly every kind of part.

mod cli;
mod doctor;
mod init;
mod pipeline;
pub mod prelude;
mod registry;

pub use cli::main;
pub use registry::Registry;

pub use {
    artifact_core, data_loader, extended_trainer, final_trainer, leak_audit, metrics, report, settings,
    trainer_core, tuner, views,
};
