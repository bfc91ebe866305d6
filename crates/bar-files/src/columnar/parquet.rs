//! Parquet files.

use super::pages;
use super::table::{Columns, Room, damaged};
use crate::error::Fault;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;

const PACKING: &str = "Parquet";

/// The rows of a batch.
const ROWS: usize = 8192;

/// Decodes a file.
pub(super) fn columns(bytes: &[u8]) -> Result<Columns, Fault> {
    let bytes = Bytes::copy_from_slice(bytes);
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone());
    let builder = builder.map_err(|error| damaged(PACKING, &error))?;
    check_compression(builder.metadata())?;
    let mut columns = Columns::of(builder.schema());
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns.decoded.iter().copied());
    let mut room = Room::of(PACKING, bytes.len());
    let wanted = columns.decoded.iter().map(|&place| columns.fields[place].0.as_str()).collect();
    pages::check(&bytes, builder.metadata(), &wanted, &mut room)?;
    let batches = builder
        .with_projection(mask)
        .with_batch_size(ROWS)
        .build()
        .map_err(|error| damaged(PACKING, &error))?;
    for batch in batches {
        let batch = batch.map_err(|error| damaged(PACKING, &error))?;
        room.take(&batch)?;
        columns.batches.push(batch);
    }
    Ok(columns)
}

/// Refuses what this program cannot unpack; it would be reported as damage.
fn check_compression(metadata: &ParquetMetaData) -> Result<(), Fault> {
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    for chunk in chunks {
        let codec = match chunk.compression() {
            Compression::BROTLI(_) => "brotli",
            Compression::LZO => "LZO",
            _ => continue,
        };
        let remedy = "write the file with snappy, zstd, gzip, LZ4 or no compression";
        return Err(Fault::Packed { packing: PACKING, codec, remedy });
    }
    Ok(())
}
