//! What a trial's predictions would have earned, row by row.

use crate::error::{Invalid, ensure};

/// The daily returns of a strategy on the rows of a block: a series that is comparable between trials of any geometry.
///
/// On disk it is a blob of 64-bit little-endian floats, one per row, all finite.
#[derive(Debug, Clone, PartialEq)]
pub struct DailyReturns {
    /// One return per row, a fraction of the capital, after cost.
    pub values: Vec<f64>,
}

impl DailyReturns {
    /// The blob.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// Reads the blob.
    ///
    /// # Errors
    ///
    /// When the length is not a multiple of 8 bytes, or a value is not finite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Invalid> {
        let (floats, rest) = bytes.as_chunks::<8>();
        let length = format!("{} bytes", bytes.len());
        ensure(rest.is_empty(), "daily returns", length, "64-bit floats")?;
        let values: Vec<f64> = floats.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        let broken = values.iter().position(|value| !value.is_finite());
        let found = broken.map_or(String::new(), |place| format!("{} in row {place}", values[place]));
        ensure(broken.is_none(), "daily returns", found, "finite numbers")?;
        Ok(Self { values })
    }

    /// The Sharpe ratio: the mean over the standard deviation (divisor n), per row and not annualised. `None` for fewer
    /// than two returns, or equal ones.
    pub fn sharpe(&self) -> Option<f64> {
        let (&first, rest) = self.values.split_first()?;
        // Equal returns need not have a mean equal to them in floating point: their deviation would be rounding noise.
        if rest.iter().all(|value| *value == first) {
            return None;
        }
        let n = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / n;
        let variance = self.values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
        Some(mean / variance.sqrt()).filter(|ratio| ratio.is_finite())
    }
}
