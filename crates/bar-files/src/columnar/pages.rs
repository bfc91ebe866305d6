//! What a Parquet file states about its pages, checked before they are decoded.
//!
//! The decoder returns an error for most damage, but panics where an offset is negative, a dictionary is missing, or the
//! levels, which say what is null, end before the values do. Nor do its decoders of delta encodings bear damage, and these
//! are refused.

use super::table::{Room, damaged};
use crate::error::Fault;
use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::Page;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::serialized_reader::SerializedPageReader;
use std::collections::BTreeSet;
use std::sync::Arc;

const PACKING: &str = "Parquet";

/// Checks all pages of some columns, which are not nested, and the places of all columns.
pub(super) fn check(
    bytes: &Bytes,
    metadata: &ParquetMetaData,
    columns: &BTreeSet<&str>,
    room: &mut Room,
) -> Result<(), Fault> {
    let file = Arc::new(bytes.clone());
    for group in metadata.row_groups() {
        let rows = usize::try_from(group.num_rows()).map_err(|_| broken("a number of rows is negative"))?;
        for chunk in group.columns() {
            check_place(chunk, bytes.len() as u64)?;
            let path = chunk.column_path().parts();
            if !path.first().is_some_and(|name| columns.contains(name.as_str())) {
                continue;
            }
            let pages = SerializedPageReader::new(Arc::clone(&file), chunk, rows, None);
            let mut has_dictionary = false;
            for page in pages.map_err(|error| damaged(PACKING, &error))? {
                let page = page.map_err(|error| damaged(PACKING, &error))?;
                room.take_bytes(page.buffer().len() as u64)?;
                check_page(&page, chunk, &mut has_dictionary)?;
            }
        }
    }
    Ok(())
}

fn broken(reason: &str) -> Fault {
    damaged(PACKING, &reason)
}

/// Checks that a column lies within the file.
fn check_place(chunk: &ColumnChunkMetaData, length: u64) -> Result<(), Fault> {
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    let place = u64::try_from(start).ok().zip(u64::try_from(chunk.compressed_size()).ok());
    let end = place.and_then(|(start, size)| start.checked_add(size));
    match end.is_some_and(|end| end <= length) && chunk.num_values() >= 0 {
        true => Ok(()),
        false => Err(broken("a column lies outside the file")),
    }
}

fn check_page(page: &Page, chunk: &ColumnChunkMetaData, has_dictionary: &mut bool) -> Result<(), Fault> {
    let optional = chunk.column_descr().max_def_level() > 0;
    let (values, present) = match page {
        Page::DictionaryPage { buf, num_values, .. } => {
            *has_dictionary = true;
            (buf.as_ref(), *num_values)
        }
        Page::DataPage { buf, num_values, def_level_encoding, .. } => match optional {
            false => (buf.as_ref(), *num_values),
            true if *def_level_encoding != Encoding::RLE => {
                return Err(broken("its levels are in a form of old"));
            }
            true => {
                let (length, rest) =
                    buf.split_first_chunk::<4>().ok_or_else(|| broken("a page is cut off"))?;
                let length = u32::from_le_bytes(*length) as usize;
                let (levels, values) =
                    rest.split_at_checked(length).ok_or_else(|| broken("levels are cut off"))?;
                (values, present_of(levels, *num_values)?)
            }
        },
        Page::DataPageV2 { buf, num_values, num_nulls, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let (before, length) = (*rep_levels_byte_len as usize, *def_levels_byte_len as usize);
            let rest = buf.get(before..).and_then(|rest| rest.split_at_checked(length));
            let (levels, values) = rest.ok_or_else(|| broken("levels are cut off"))?;
            let present = if optional { present_of(levels, *num_values)? } else { *num_values };
            if num_values.checked_sub(*num_nulls) != Some(present) {
                return Err(broken("a page has another number of missing values than it states"));
            }
            (values, present)
        }
    };
    let present = present as usize;
    match page.encoding() {
        Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY => {
            let remedy = "write the file with plain or dictionary encoding";
            Err(Fault::Packed { packing: PACKING, codec: "delta encoding", remedy })
        }
        Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY if page.is_data_page() && !*has_dictionary => {
            Err(broken("a dictionary is missing"))
        }
        Encoding::PLAIN if present == 0 && !values.is_empty() => Err(broken("values that no row has")),
        Encoding::BYTE_STREAM_SPLIT => {
            let width = match chunk.column_type() {
                Type::INT32 | Type::FLOAT => 4,
                Type::INT64 | Type::DOUBLE => 8,
                _ => chunk.column_descr().type_length().max(1).unsigned_abs() as usize,
            };
            let whole = values.len().is_multiple_of(width) && values.len() / width >= present;
            if whole { Ok(()) } else { Err(broken("values are cut off")) }
        }
        _ => Ok(()),
    }
}

/// How many of so many values are present, by levels of one bit in runs and in packed bits.
fn present_of(mut levels: &[u8], count: u32) -> Result<u32, Fault> {
    let cut = || broken("levels are cut off");
    let (mut left, mut present) = (u64::from(count), 0);
    while left > 0 {
        let (header, rest) = varint(levels).ok_or_else(cut)?;
        let run = header >> 1;
        if header & 1 == 0 {
            let (&level, rest) = rest.split_first().ok_or_else(cut)?;
            if run == 0 || level > 1 {
                return Err(broken("a run of levels is none"));
            }
            let run = run.min(left);
            present += run * u64::from(level);
            (left, levels) = (left - run, rest);
        } else {
            // Eight levels a byte; the last byte may hold more than there are.
            let length = usize::try_from(run).map_err(|_| cut())?;
            let (packed, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
            if packed.is_empty() {
                return Err(broken("a run of levels is none"));
            }
            let run = (packed.len() as u64).saturating_mul(8).min(left);
            let bit = |place: u64| u64::from(packed[(place / 8) as usize] >> (place % 8) & 1);
            present += (0..run).map(bit).sum::<u64>();
            (left, levels) = (left - run, rest);
        }
    }
    u32::try_from(present).map_err(|_| cut())
}

/// A number of seven bits a byte, the lowest first.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (place, &byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_counted_and_never_read_beyond_their_end() {
        // A run of five present, then eight packed, of which three are present.
        let levels = [10, 1, 3, 0b0000_0111];
        assert_eq!(present_of(&levels, 13), Ok(8));
        assert_eq!(present_of(&levels, 7), Ok(7));
        for (levels, count) in
            [(&levels[..], 14), (&levels[..3], 13), (&[5, 1][..], 9), (&[0, 1][..], 1), (&[1][..], 1)]
        {
            assert!(present_of(levels, count).is_err(), "{levels:?}");
        }
        assert!(present_of(&[0xff; 9], 1).is_err());
    }
}
