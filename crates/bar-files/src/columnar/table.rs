//! The columns of a file, decoded.

use super::cell;
use crate::error::Fault;
use arrow_array::{Array as _, RecordBatch};
use arrow_schema::{DataType, Schema};

/// The columns of a file, decoded in batches of rows.
#[derive(Debug)]
pub(crate) struct Columns {
    /// The names and types of all columns, in the file's order.
    pub(crate) fields: Vec<(String, DataType)>,
    /// Those whose cells can be read: their positions in the file, in the order of the batches' columns.
    pub(crate) decoded: Vec<usize>,
    pub(crate) batches: Vec<RecordBatch>,
}

impl Columns {
    /// The columns of a schema, without rows.
    pub(crate) fn of(schema: &Schema) -> Self {
        let fields = schema.fields().iter();
        let fields: Vec<_> = fields.map(|field| (field.name().clone(), field.data_type().clone())).collect();
        let decoded = (0..fields.len()).filter(|&place| cell::is_readable(&fields[place].1)).collect();
        Self { fields, decoded, batches: Vec::new() }
    }
}

/// What a file may grow to when it is decoded.
pub(crate) struct Room {
    packing: &'static str,
    limit: u64,
    used: u64,
}

impl Room {
    /// Room for a file of this many bytes: that of [`limit_of`](crate::unpack::limit_of).
    pub(crate) fn of(packing: &'static str, bytes: usize) -> Self {
        Self { packing, limit: crate::unpack::limit_of(bytes), used: 0 }
    }

    /// Takes the room of a batch. A row takes a byte even if all its cells are empty.
    pub(crate) fn take(&mut self, batch: &RecordBatch) -> Result<(), Fault> {
        let cells: usize = batch.columns().iter().map(|column| column.get_array_memory_size()).sum();
        self.take_bytes(cells.saturating_add(batch.num_rows()) as u64)
    }

    /// Takes room for so many bytes.
    pub(crate) fn take_bytes(&mut self, bytes: u64) -> Result<(), Fault> {
        self.used = self.used.saturating_add(bytes);
        if self.used > self.limit {
            return Err(Fault::TooLarge { packing: self.packing, limit: self.limit });
        }
        Ok(())
    }
}

/// The fault of a file that cannot be decoded.
pub(crate) fn damaged(packing: &'static str, reason: &dyn std::fmt::Display) -> Fault {
    Fault::Damaged { packing, reason: crate::quoted::name(&reason.to_string()) }
}
