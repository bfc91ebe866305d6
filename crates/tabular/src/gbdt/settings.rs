//! The settings of a fit.

use crate::gbdt::error::Error;

/// The settings of a fit. The defaults are those of LightGBM.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The factor of each tree's values; positive, usually at most 1. Default 0.1.
    pub learning_rate: f64,
    /// The most leaves of a tree; 2 to 65,536. Default 31.
    pub max_leaves: usize,
    /// The most splits between a tree's root and a leaf; at least 1, or `None` for any number. Default `None`.
    pub max_depth: Option<usize>,
    /// The fewest rows in a leaf; at least 1. Rows of weight 0 and rows outside the round's sample do not count.
    /// Default 20.
    pub min_rows_in_leaf: usize,
    /// The least sum of second derivatives in a leaf; not negative. Default 0.001.
    pub min_hessian_in_leaf: f64,
    /// What is added to a leaf's sum of second derivatives, shrinking its value; not negative. Default 0.
    pub l2: f64,
    /// The part of the columns, drawn for each tree, that a tree may use; above 0, at most 1. Default 1.
    pub feature_fraction: f64,
    /// The part of the rows, drawn for each round, that a round's trees are grown from; above 0, at most 1.
    /// Default 1.
    pub row_fraction: f64,
    /// The most intervals that the numbers of a column are sorted into; 2 to 255. Missing ones have a further
    /// interval. Default 255.
    pub max_bins: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            learning_rate: 0.1,
            max_leaves: 31,
            max_depth: None,
            min_rows_in_leaf: 20,
            min_hessian_in_leaf: 1e-3,
            l2: 0.0,
            feature_fraction: 1.0,
            row_fraction: 1.0,
            max_bins: 255,
        }
    }
}

impl Settings {
    /// Checks every field.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first field that is out of range.
    pub fn check(&self) -> Result<(), Error> {
        let real = |name, value: f64, fits: fn(f64) -> bool, expected| {
            if value.is_finite() && fits(value) {
                return Ok(());
            }
            Err(Error::Setting { name, found: value.to_string(), expected })
        };
        let whole = |name, value: usize, fits: fn(usize) -> bool, expected| {
            if fits(value) {
                Ok(())
            } else {
                Err(Error::Setting { name, found: value.to_string(), expected })
            }
        };
        real("learning_rate", self.learning_rate, |rate| rate > 0.0, "finite and positive")?;
        whole("max_leaves", self.max_leaves, |most| (2..=1 << 16).contains(&most), "from 2 to 65536")?;
        whole("max_depth", self.max_depth.unwrap_or(1), |most| most > 0, "at least 1, or none")?;
        whole("min_rows_in_leaf", self.min_rows_in_leaf, |least| least > 0, "at least 1")?;
        real(
            "min_hessian_in_leaf",
            self.min_hessian_in_leaf,
            |least| least >= 0.0,
            "finite and not negative",
        )?;
        real("l2", self.l2, |l2| l2 >= 0.0, "finite and not negative")?;
        let fraction = |part| part > 0.0 && part <= 1.0;
        real("feature_fraction", self.feature_fraction, fraction, "above 0 and at most 1")?;
        real("row_fraction", self.row_fraction, fraction, "above 0 and at most 1")?;
        whole("max_bins", self.max_bins, |most| (2..=255).contains(&most), "from 2 to 255")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_checked_and_named() {
        let ok = Settings::default();
        assert_eq!(ok.check(), Ok(()));
        let cases = [
            ("learning_rate", Settings { learning_rate: 0.0, ..ok.clone() }),
            ("learning_rate", Settings { learning_rate: f64::INFINITY, ..ok.clone() }),
            ("max_leaves", Settings { max_leaves: 1, ..ok.clone() }),
            ("max_depth", Settings { max_depth: Some(0), ..ok.clone() }),
            ("min_rows_in_leaf", Settings { min_rows_in_leaf: 0, ..ok.clone() }),
            ("min_hessian_in_leaf", Settings { min_hessian_in_leaf: f64::NAN, ..ok.clone() }),
            ("l2", Settings { l2: -1.0, ..ok.clone() }),
            ("feature_fraction", Settings { feature_fraction: 0.0, ..ok.clone() }),
            ("row_fraction", Settings { row_fraction: 1.5, ..ok.clone() }),
            ("max_bins", Settings { max_bins: 256, ..ok.clone() }),
        ];
        for (field, settings) in cases {
            assert!(matches!(settings.check(), Err(Error::Setting { name, .. }) if name == field), "{field}");
        }
    }
}
