//! Gradient-boosted trees over histograms, as in LightGBM.
//!
//! ```
//! use tabular::gbdt::{Booster, Objective, Settings};
//! use tabular::{Matrix, Targets};
//!
//! let values: Vec<f32> = (0..400u16).map(f32::from).collect();
//! let classes: Vec<u8> = (0..400).map(|row| u8::from(row % 100 >= 50)).collect();
//! let table = Matrix::new(&values, 1).unwrap();
//! let targets = Targets::classes(&classes, 2);
//! let mut booster =
//!     Booster::new(&table, targets, None, &Objective::Softmax, Settings::default(), [0; 32])?;
//! for _ in 0..50 {
//!     booster.round();
//! }
//! assert!(booster.loss() < 0.05);
//! let forest = booster.into_forest();
//! let probabilities = forest.probabilities(forest.scores(&table)?);
//! assert!(probabilities[0] > 0.9 && probabilities[2 * 399] < 0.1);
//! # Ok::<(), tabular::gbdt::Error>(())
//! ```

mod array_error;
mod arrays;
mod binned;
mod bins;
mod booster;
mod error;
mod forest;
mod grow;
mod histogram;
mod loss;
mod objective;
mod quantile;
mod random;
mod settings;
mod split;
mod sum;
mod tree;

pub use array_error::ArrayError;
pub use arrays::Array;
pub use booster::Booster;
pub use error::Error;
pub use forest::{Forest, Importance};
pub use objective::Objective;
pub use settings::Settings;
