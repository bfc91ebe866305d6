//! What models learn to predict.

use std::sync::Arc;

/// What is known of each row of a table, in its order.
#[derive(Debug, Clone)]
pub enum Targets {
    /// The class of each row, from 0 to below `classes`.
    Classes {
        /// One class per row.
        of: Arc<[u8]>,
        /// The number of classes; at least 2.
        classes: usize,
    },
    /// A finite number per row.
    Values(Arc<[f32]>),
}

impl Targets {
    /// Copies the class of each row.
    pub fn classes(of: &[u8], classes: usize) -> Self {
        Targets::Classes { of: of.into(), classes }
    }

    /// Copies a number per row.
    pub fn values(values: &[f32]) -> Self {
        Targets::Values(values.into())
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Targets::Classes { of, .. } => of.len(),
            Targets::Values(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
