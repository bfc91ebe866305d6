//! Clean-up, `artifact gc`: surveys, plans, and only then deletes.
//!
//! [`survey`] reads a workspace, [`plan`] decides without touching anything, [`execute`] carries the plan out step by
//! step and may be killed between any two steps. Deleting an object takes two clean-ups: the first sets it aside; a
//! later one deletes it if nothing has needed it during the grace period. Until then any `put` or `get` brings it back.
//! `docs/store.md` shows why this cannot race with a running phase.

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

pub use execute::{CleanedUp, execute, execute_on};
pub use inventory::{Aside, Content, Inventory, Item};
pub use names::named_ids;
pub use plan::{Action, Plan, Step, plan};
pub use policy::Policy;
pub use survey::{RemovedRun, RunFacts, Survey, survey};
