//! Arrays as `.npy` files, NumPy's format 1.0: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use anyhow::{Context as _, ensure};
use std::borrow::Borrow;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// Writes numbers in C order with a shape, one after the other, so that they need not be held at once.
///
/// # Errors
///
/// If there are more or fewer numbers than the shape has elements, or the file cannot be written.
pub(crate) fn write_f32(
    path: &Path,
    shape: &[usize],
    values: impl IntoIterator<Item = impl Borrow<f32>>,
) -> anyhow::Result<()> {
    write(path, "<f4", shape, values.into_iter().map(|value| f32::to_le_bytes(*value.borrow())))
}

/// Writes whole numbers, likewise.
///
/// # Errors
///
/// See [`write_f32`].
pub(crate) fn write_i64(
    path: &Path,
    shape: &[usize],
    values: impl IntoIterator<Item = impl Borrow<i64>>,
) -> anyhow::Result<()> {
    write(path, "<i8", shape, values.into_iter().map(|value| i64::to_le_bytes(*value.borrow())))
}

fn write<const N: usize>(
    path: &Path,
    kind: &str,
    shape: &[usize],
    values: impl Iterator<Item = [u8; N]>,
) -> anyhow::Result<()> {
    let lengths: String = shape.iter().map(|length| format!("{length},")).collect();
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({lengths}), }}");
    // Ten bytes come before the header, a line break ends it, and the data starts at a multiple of 64.
    let padding = (10 + header.len() + 1).next_multiple_of(64) - (10 + header.len() + 1);
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let unwritable = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(unwritable)?);
    let start =
        [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    file.write_all(&start).with_context(unwritable)?;
    let mut count = 0;
    for value in values {
        file.write_all(&value).with_context(unwritable)?;
        count += 1;
    }
    ensure!(shape.iter().product::<usize>() == count, "{count} values do not fill the shape {shape:?}");
    file.flush().with_context(unwritable)
}

/// Reads an array of 32-bit floating-point numbers in C order: its shape and its values.
///
/// # Errors
///
/// If the file cannot be read or holds anything else.
pub(crate) fn read_f32(path: &Path) -> anyhow::Result<(Vec<usize>, Vec<f32>)> {
    read(path, "<f4", f32::from_le_bytes)
}

/// Reads an array of whole numbers, likewise.
///
/// # Errors
///
/// See [`read_f32`].
pub(crate) fn read_i64(path: &Path) -> anyhow::Result<(Vec<usize>, Vec<i64>)> {
    read(path, "<i8", i64::from_le_bytes)
}

fn read<T, const N: usize>(
    path: &Path,
    kind: &str,
    number: fn([u8; N]) -> T,
) -> anyhow::Result<(Vec<usize>, Vec<T>)> {
    let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&file, kind, number)
        .with_context(|| format!("{} is not an array of {kind} in C order", path.display()))
}

fn parse<T, const N: usize>(
    file: &[u8],
    kind: &str,
    number: fn([u8; N]) -> T,
) -> anyhow::Result<(Vec<usize>, Vec<T>)> {
    let rest =
        file.strip_prefix(b"\x93NUMPY\x01\x00").context("expected the start of a .npy file, format 1.0")?;
    let (length, rest) = rest.split_first_chunk::<2>().context("the file ends before its header")?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (header, data) = rest.split_at_checked(length).context("the file ends within its header")?;
    let header = std::str::from_utf8(header)?;
    let expected = header.contains(&format!("'{kind}'")) && header.contains("'fortran_order': False");
    ensure!(expected, "its header is {header}");
    let shape = header.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')'));
    let (shape, _) = shape.context("its header has no shape")?;
    let lengths = shape.split(',').map(str::trim).filter(|length| !length.is_empty());
    let shape = lengths.map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    let (values, rest) = data.as_chunks::<N>();
    let count = shape.iter().try_fold(1usize, |count, &length| count.checked_mul(length));
    ensure!(
        rest.is_empty() && count == Some(values.len()),
        "its shape is {shape:?}, its data {}",
        data.len()
    );
    Ok((shape, values.iter().map(|&bytes| number(bytes)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read_back() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.npy");
        let values = [1.0f32, -2.5, 0.0, f32::MIN_POSITIVE, 4.0, 5.0];
        write_f32(&path, &[3, 2], values)?;
        assert_eq!(read_f32(&path)?, (vec![3, 2], values.to_vec()));
        assert_eq!((std::fs::read(&path)?.len() - 24) % 64, 0, "the data starts at a multiple of 64");
        assert!(write_f32(&path, &[2, 2], values).is_err() && write_f32(&path, &[7], values).is_err());
        write_i64(&path, &[2], [i64::MIN, 7])?;
        assert_eq!(read_i64(&path)?, (vec![2], vec![i64::MIN, 7]));
        Ok(())
    }

    #[test]
    fn other_files_are_refused() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.npy");
        write_i64(&path, &[2], [1, 2])?;
        assert!(read_f32(&path).is_err(), "whole numbers");
        write_f32(&path, &[2], [1.0f32, 2.0])?;
        let file = std::fs::read(&path)?;
        for length in 0..file.len() {
            assert!(parse(&file[..length], "<f4", f32::from_le_bytes).is_err(), "cut to {length} bytes");
        }
        Ok(())
    }
}
