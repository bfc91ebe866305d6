//! Clean-up, `artifact gc`: looks, plans, and only then deletes.
//!
//! [`survey`] reads a workspace, [`plan`] decides without touching anything, [`execute`] follows the plan step by step
//! and may be killed between any two. An object is deleted in two clean-ups: the first sets it aside, a later one, once
//! the grace period is over and nothing has come to need it, deletes it. Until then whoever puts or gets it brings it
//! back. How the two cannot race a running phase is told in `docs/store.md`.

pub(crate) mod command;
mod execute;
mod inventory;
mod mark;
mod names;
mod plan;
mod policy;
mod survey;
#[cfg(test)]
mod tests;
pub(crate) mod units;

pub use execute::{Done, execute, execute_on};
pub use inventory::{Aside, Content, Inventory, Item};
pub use names::named_ids;
pub use plan::{Action, Plan, Step, plan};
pub use policy::Policy;
pub use survey::{RemovedRun, RunFacts, Survey, survey};
