//! Packed files.

use crate::error::Fault;
use crate::form::Compression;
use crate::kind;
use std::borrow::Cow;
use std::io::{Cursor, Read};

/// How many times a file may grow: text packs to a tenth or a thirtieth, a decompression bomb to a thousandth.
const GROWTH: u64 = 200;

/// What any file may grow to, however small it is: a constant column packs well.
const SMALL: u64 = 64 << 20;

/// One file of bars, unpacked.
#[derive(Debug)]
pub(crate) struct Unpacked<'b> {
    /// The name of the entry, if it comes from an archive.
    pub(crate) name: Option<String>,
    pub(crate) bytes: Cow<'b, [u8]>,
}

/// Unpacks a file; one that is not packed stays as it is.
pub(crate) fn unpack(bytes: &[u8]) -> Result<(Compression, Vec<Unpacked<'_>>), Fault> {
    let compression = compression_of(bytes);
    let limit = limit_of(bytes.len());
    let files = match compression {
        Compression::Zip => zip(bytes, limit)?,
        _ => vec![Unpacked { name: None, bytes: single(bytes, limit)? }],
    };
    Ok((compression, files))
}

/// What a file of this many bytes may grow to.
pub(crate) fn limit_of(length: usize) -> u64 {
    (length as u64).saturating_mul(GROWTH).max(SMALL)
}

fn compression_of(bytes: &[u8]) -> Compression {
    match bytes {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Compression::Zip,
        _ => Compression::None,
    }
}

/// Unpacks one file that is no archive.
fn single(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, Fault> {
    match compression_of(bytes) {
        Compression::Gzip => Ok(Cow::Owned(all("gzip", flate2::read::MultiGzDecoder::new(bytes), limit)?)),
        Compression::Zstd => {
            let decoder = zstd::stream::read::Decoder::new(bytes).map_err(|error| damaged("zstd", &error))?;
            Ok(Cow::Owned(all("zstd", decoder, limit)?))
        }
        _ => Ok(Cow::Borrowed(bytes)),
    }
}

/// Reads everything, up to a limit.
fn all(packing: &'static str, reader: impl Read, limit: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    reader.take(limit + 1).read_to_end(&mut bytes).map_err(|error| damaged(packing, &error))?;
    if bytes.len() as u64 > limit {
        return Err(Fault::TooLarge { packing, limit });
    }
    Ok(bytes)
}

fn damaged(packing: &'static str, error: &dyn std::fmt::Display) -> Fault {
    Fault::Damaged { packing, reason: crate::quoted::name(&error.to_string()) }
}

/// The files of a zip archive, in order of name.
fn zip(bytes: &[u8], mut limit: u64) -> Result<Vec<Unpacked<'static>>, Fault> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged("zip", &error))?;
    let mut names = Vec::new();
    for name in archive.file_names() {
        names.push(name.map_err(|error| damaged("zip", &error))?.into_owned());
    }
    if names.iter().any(|name| name == "[Content_Types].xml" || name == "mimetype") {
        return Err(kind::workbook());
    }
    names.retain(|name| is_data(name));
    names.sort_unstable();
    let mut files = Vec::new();
    for name in names {
        let entry = archive.by_name(&name).map_err(|error| damaged("zip", &error))?;
        let bytes = all("zip", entry, limit)?;
        // The limit holds for the archive as a whole.
        limit -= bytes.len() as u64;
        let bytes = single(&bytes, limit)?.into_owned();
        limit = limit.saturating_sub(bytes.len() as u64);
        files.push(Unpacked { name: Some(name), bytes: Cow::Owned(bytes) });
    }
    if files.is_empty() {
        return Err(Fault::Empty);
    }
    Ok(files)
}

/// Whether an entry may hold bars: no folder, and not what operating systems add.
fn is_data(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    !file.is_empty() && !file.starts_with('.') && !name.starts_with("__MACOSX/")
}

/// The ticker that a file's name gives: the name without folders and endings, in upper case, without a trailing `_data`.
pub(crate) fn ticker_of_name(name: &str) -> Option<String> {
    const ENDINGS: [&str; 17] = [
        ".gz", ".zst", ".csv", ".tsv", ".tab", ".txt", ".dat", ".psv", ".prn", ".json", ".jsonl", ".ndjson",
        ".gzip", ".parquet", ".pq", ".feather", ".arrow",
    ];
    let mut stem = name.rsplit(['/', '\\']).next().unwrap_or(name).trim().to_uppercase();
    while let Some(ending) = ENDINGS.iter().find(|ending| stem.ends_with(&ending.to_uppercase())) {
        stem.truncate(stem.len() - ending.len());
    }
    let ticker = stem.strip_suffix("_DATA").unwrap_or(&stem).trim();
    (!ticker.is_empty()).then(|| ticker.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_tickers() {
        for (name, expected) in [
            ("daily/aapl.csv", Some("AAPL")),
            ("BRK.B.csv.gz", Some("BRK.B")),
            ("msft_data.txt", Some("MSFT")),
            ("^GSPC", Some("^GSPC")),
            (".csv", None),
        ] {
            assert_eq!(ticker_of_name(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn what_grows_too_much_is_refused() {
        let packed = zstd::encode_all(Cursor::new(vec![b','; (SMALL + 1) as usize]), 3).unwrap();
        let error = unpack(&packed).unwrap_err();
        assert_eq!(error, Fault::TooLarge { packing: "zstd", limit: SMALL });
    }
}
