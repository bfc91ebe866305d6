//! Arrays as `.npy` files, NumPy's format 1.0: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use anyhow::{Context as _, ensure};
use std::path::Path;

/// Writes numbers in C order with a shape.
///
/// # Errors
///
/// If the shape has another number of elements, or the file cannot be written.
pub(crate) fn write_f32(path: &Path, shape: &[usize], values: &[f32]) -> anyhow::Result<()> {
    write(path, "<f4", shape, values.len(), values.iter().flat_map(|value| value.to_le_bytes()))
}

/// Writes whole numbers, likewise.
///
/// # Errors
///
/// See [`write_f32`].
pub(crate) fn write_i64(path: &Path, shape: &[usize], values: &[i64]) -> anyhow::Result<()> {
    write(path, "<i8", shape, values.len(), values.iter().flat_map(|value| value.to_le_bytes()))
}

fn write(
    path: &Path,
    kind: &str,
    shape: &[usize],
    count: usize,
    bytes: impl Iterator<Item = u8>,
) -> anyhow::Result<()> {
    ensure!(shape.iter().product::<usize>() == count, "{count} values do not fill the shape {shape:?}");
    let lengths: String = shape.iter().map(|length| format!("{length},")).collect();
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({lengths}), }}");
    // Ten bytes come before the header, a line break ends it, and the data starts at a multiple of 64.
    let padding = (10 + header.len() + 1).next_multiple_of(64) - (10 + header.len() + 1);
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.bytes());
    file.extend(bytes);
    std::fs::write(path, file).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads an array of 32-bit floating-point numbers in C order: its shape and its values.
///
/// # Errors
///
/// If the file cannot be read or holds anything else.
pub(crate) fn read_f32(path: &Path) -> anyhow::Result<(Vec<usize>, Vec<f32>)> {
    let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse_f32(&file).with_context(|| format!("{} is not a float32 array in C order", path.display()))
}

fn parse_f32(file: &[u8]) -> anyhow::Result<(Vec<usize>, Vec<f32>)> {
    let rest =
        file.strip_prefix(b"\x93NUMPY\x01\x00").context("expected the start of a .npy file, format 1.0")?;
    let (length, rest) = rest.split_first_chunk::<2>().context("the file ends before its header")?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (header, data) = rest.split_at_checked(length).context("the file ends within its header")?;
    let header = std::str::from_utf8(header)?;
    ensure!(header.contains("'<f4'") && header.contains("'fortran_order': False"), "its header is {header}");
    let shape = header.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')'));
    let (shape, _) = shape.context("its header has no shape")?;
    let lengths = shape.split(',').map(str::trim).filter(|length| !length.is_empty());
    let shape = lengths.map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    let (values, rest) = data.as_chunks::<4>();
    let count = shape.iter().try_fold(1usize, |count, &length| count.checked_mul(length));
    ensure!(
        rest.is_empty() && count == Some(values.len()),
        "its shape is {shape:?}, its data {}",
        data.len()
    );
    Ok((shape, values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read_back() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.npy");
        let values = [1.0, -2.5, 0.0, f32::MIN_POSITIVE, 4.0, 5.0];
        write_f32(&path, &[3, 2], &values)?;
        assert_eq!(read_f32(&path)?, (vec![3, 2], values.to_vec()));
        assert_eq!((std::fs::read(&path)?.len() - 24) % 64, 0, "the data starts at a multiple of 64");
        assert!(write_f32(&path, &[2, 2], &values).is_err());
        Ok(())
    }

    #[test]
    fn other_files_are_refused() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.npy");
        write_i64(&path, &[2], &[1, 2])?;
        assert!(read_f32(&path).is_err(), "whole numbers");
        write_f32(&path, &[2], &[1.0, 2.0])?;
        let file = std::fs::read(&path)?;
        for length in 0..file.len() {
            assert!(parse_f32(&file[..length]).is_err(), "cut to {length} bytes");
        }
        Ok(())
    }
}
