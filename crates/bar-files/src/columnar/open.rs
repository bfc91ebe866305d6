//! Opening a file of typed columns.

use super::headings::headings;
use super::ipc;
#[cfg(feature = "parquet")]
use super::parquet;
use super::sheet::ColumnSheet;
use crate::error::{Fault, Result};
use crate::form::Container;
use crate::opened::Opened;
use crate::reading::Names;

/// Opens a file of typed columns; `None` if the bytes do not begin like one.
pub(crate) fn open(bytes: &[u8], names: &Names) -> Result<Option<(Container, Opened<ColumnSheet>)>> {
    let (container, columns) = match bytes {
        #[cfg(feature = "parquet")]
        [b'P', b'A', b'R', b'1', ..] => (Container::Parquet, parquet::columns(bytes)?),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => (Container::Arrow, ipc::columns(bytes)?),
        _ => return Ok(None),
    };
    if columns.fields.is_empty() {
        return Err(Fault::Empty.into());
    }
    let (headings, layout) = headings(&columns.fields, names)?;
    Ok(Some((container, Opened { headings, layout, separator: None, sheet: ColumnSheet { columns } })))
}
