//! What models learn to predict.

/// What is known of each row of a table, in its order.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a> {
    /// The class of each row, from 0 to below `classes`.
    Classes {
        /// One class per row.
        of: &'a [u8],
        /// The number of classes; at least 2.
        classes: usize,
    },
    /// A finite number per row.
    Values(&'a [f32]),
}

impl Targets<'_> {
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
