//! Files that are no text, told by their first bytes.

use crate::error::Fault;

const EXPORT: &str = "export it as CSV (UTF-8)";
const CONVERT: &str = "convert it to CSV, for example with pandas or DuckDB";
const DOWNLOAD: &str = "the download may have failed; fetch the data themselves";
const COLUMNS: &str = "this program was built without the feature `parquet`; build it with that feature, or convert \
                       the file to CSV";
const FEATHER: &str = "write it again as Feather version 2, as pandas does by default";
const UNPACK: &str = "unpack it, or pack it with gzip, zstd or zip";

/// First bytes, what they mean, and what to do.
const KINDS: &[(&[u8], &str, &str)] = &[
    (b"%PDF", "a PDF document", EXPORT),
    (b"PAR1", "a Parquet file", COLUMNS),
    (b"ARROW1", "an Arrow (Feather) file", COLUMNS),
    (b"FEA1", "a Feather file of version 1", FEATHER),
    (b"\x89HDF", "an HDF5 file", CONVERT),
    (b"\x93NUMPY", "a NumPy file", CONVERT),
    (b"SQLite format 3", "an SQLite database", CONVERT),
    (b"\x80\x04\x95", "a Python pickle", CONVERT),
    (b"\x80\x05\x95", "a Python pickle", CONVERT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)", EXPORT),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\xfd7zXZ", "packed with xz", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"\x04\x22\x4d\x18", "packed with LZ4", UNPACK),
    (b"{\\rtf", "an RTF document", EXPORT),
    (b"\x89PNG", "a picture", EXPORT),
];

/// Beginnings of pages, in lower case.
const PAGES: [&[u8]; 7] = [b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<script", b"<!--"];

/// The fault of a file that is no text.
pub(crate) fn refuse(bytes: &[u8]) -> Result<(), Fault> {
    let found = KINDS.iter().find(|(first, ..)| bytes.starts_with(first));
    if let Some(&(_, kind, remedy)) = found {
        return Err(Fault::OtherKind { kind, remedy });
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Err(Fault::OtherKind { kind: "a tar archive", remedy: "unpack it" });
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins = |page: &[u8]| text.get(..page.len()).is_some_and(|first| first.eq_ignore_ascii_case(page));
    if PAGES.into_iter().any(begins) {
        return Err(Fault::OtherKind { kind: "a web page (HTML)", remedy: DOWNLOAD });
    }
    if begins(b"<?xml") {
        return Err(Fault::OtherKind { kind: "XML", remedy: EXPORT });
    }
    Ok(())
}

/// The fault of a spreadsheet, which is a zip archive of XML.
pub(crate) fn workbook() -> Fault {
    Fault::OtherKind { kind: "a spreadsheet (.xlsx or .ods)", remedy: EXPORT }
}

/// The fault of bytes that no text has.
pub(crate) fn binary() -> Fault {
    Fault::OtherKind { kind: "a binary file", remedy: CONVERT }
}
