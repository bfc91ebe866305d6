//! Arrow files, which Feather files of version 2 are.
//!
//! The decoder takes the places and lengths that a file states on trust, and panics where they lie outside the file. So
//! they are all checked here before it sees them.

use super::table::{Columns, Room, damaged};
use crate::error::Fault;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, Message, MessageHeader, root_as_footer, root_as_message};
use std::sync::Arc;

const PACKING: &str = "Arrow";

/// What ends a file: the length of the footer, and the mark with which the file begins as well.
const END: usize = 10;

/// What stands before a message in files since version 0.15, and is followed by the message's length.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Decodes a file.
pub(super) fn columns(bytes: &[u8]) -> Result<Columns, Fault> {
    let footer_end = bytes.len().checked_sub(END).ok_or_else(|| damaged(PACKING, &"no footer"))?;
    let end = bytes.get(footer_end..).and_then(|end| end.try_into().ok());
    let length = read_footer_length(end.unwrap_or_default()).map_err(|error| damaged(PACKING, &error))?;
    let footer = footer_end.checked_sub(length).and_then(|start| bytes.get(start..footer_end));
    let footer = footer.ok_or_else(|| damaged(PACKING, &"the footer is longer than the file"))?;
    // The crate's message quotes parts of the file over many lines.
    let footer = root_as_footer(footer).map_err(|_| damaged(PACKING, &"the footer cannot be read"))?;
    let schema = footer.schema().ok_or_else(|| damaged(PACKING, &"the footer has no schema"))?;
    if !schema.endianness().equals_to_target_endianness() {
        return Err(damaged(PACKING, &"its bytes are in the other order"));
    }
    let schema = Arc::new(try_fb_to_schema(schema).map_err(|error| damaged(PACKING, &error))?);
    let mut columns = Columns::of(&schema);
    let mut room = Room::of(PACKING, bytes.len());
    let mut decoder = FileDecoder::new(schema, footer.version()).with_projection(columns.decoded.clone());
    for block in footer.dictionaries().into_iter().flatten() {
        let body = checked(bytes, block, MessageHeader::DictionaryBatch, &mut room)?;
        decoder.read_dictionary(block, &body).map_err(|error| damaged(PACKING, &error))?;
    }
    for block in footer.recordBatches().into_iter().flatten() {
        let body = checked(bytes, block, MessageHeader::RecordBatch, &mut room)?;
        let batch = decoder.read_record_batch(block, &body).map_err(|error| damaged(PACKING, &error))?;
        if let Some(batch) = batch {
            room.take(&batch)?;
            columns.batches.push(batch);
        }
    }
    Ok(columns)
}

/// The bytes of a block, after all that they state about places and lengths was checked.
fn checked(bytes: &[u8], block: &Block, kind: MessageHeader, room: &mut Room) -> Result<Buffer, Fault> {
    let outside = || damaged(PACKING, &"a block lies outside the file");
    let size = |count: i64| usize::try_from(count).map_err(|_| outside());
    let (start, head, body) =
        (size(block.offset())?, size(block.metaDataLength().into())?, size(block.bodyLength())?);
    let split = start.checked_add(head).ok_or_else(outside)?;
    let end = split.checked_add(body).ok_or_else(outside)?;
    let (head, body) = (bytes.get(start..split), bytes.get(split..end));
    let (head, body) = head.zip(body).ok_or_else(outside)?;
    let prefix = if head.starts_with(&CONTINUATION) { 8 } else { 4 };
    let message = head.get(prefix..).ok_or_else(outside)?;
    let message = root_as_message(message).map_err(|_| damaged(PACKING, &"a message cannot be read"))?;
    check_message(&message, body, kind, room)?;
    // Aligned, as the decoder wants it.
    Ok(Buffer::from(bytes.get(start..end).ok_or_else(outside)?))
}

/// Checks what a message states about its body.
fn check_message(
    message: &Message<'_>,
    body: &[u8],
    kind: MessageHeader,
    room: &mut Room,
) -> Result<(), Fault> {
    let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    let batch = match kind {
        MessageHeader::DictionaryBatch => dictionary,
        _ => message.header_as_record_batch(),
    };
    let batch = batch.ok_or_else(|| damaged(PACKING, &"a message is of another kind than its block"))?;
    let sound = |count: i64| u64::try_from(count).map_err(|_| damaged(PACKING, &"a length is negative"));
    room.take_bytes(sound(batch.length())?)?;
    for node in batch.nodes().into_iter().flatten() {
        room.take_bytes(sound(node.length())?)?;
        if sound(node.null_count())? > sound(node.length())? {
            return Err(damaged(PACKING, &"a column has more missing values than values"));
        }
    }
    let packed = batch.compression().is_some();
    for buffer in batch.buffers().into_iter().flatten() {
        let (offset, length) = (sound(buffer.offset())?, sound(buffer.length())?);
        let end = offset.checked_add(length).filter(|&end| end <= body.len() as u64);
        let end = end.ok_or_else(|| damaged(PACKING, &"a column lies outside its block"))?;
        let part = body.get(offset as usize..end as usize).unwrap_or_default();
        if packed && !part.is_empty() {
            // The unpacked length comes first, and room for it is made before anything is unpacked; -1 means not packed.
            let Some(stated) = part.first_chunk::<8>() else {
                return Err(damaged(PACKING, &"a packed column is cut off"));
            };
            room.take_bytes(i64::from_le_bytes(*stated).max(0).unsigned_abs())?;
        }
    }
    Ok(())
}
