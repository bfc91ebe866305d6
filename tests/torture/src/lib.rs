//! Attacks on the real program: faults of every kind in every phase, drawn from a seed.
//!
//! After each attack the program has to end as documented, and a plain rerun has to lead to the figures of an undisturbed
//! run.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod attack;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod bomb;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod damage;
pub mod fault;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod frozen;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod interposer;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub mod program;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod several;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod state;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub use attack::{Arena, Find};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub use several::side_by_side;
