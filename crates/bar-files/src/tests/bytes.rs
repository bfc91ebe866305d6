//! Encodings, packed files, and files that are no text.

use super::{lines, read_bytes};
use crate::form::{Compression, Encoding};
use crate::reading::Reading;
use std::io::Write as _;

const TEXT: &str = "Date,Open,High,Low,Close,Volume\n2019-01-02,1,2,1,2,3\n";
const ROW: &str = "A 2019-01-02 00:00:00 1 2 1 2 3 @2";

fn utf16(text: &str, mark: bool, low_first: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit: u16| if low_first { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

#[test]
fn encodings_are_recognised() {
    for mark in [true, false] {
        for (low_first, encoding) in [(true, Encoding::Utf16Le), (false, Encoding::Utf16Be)] {
            let file = read_bytes(&utf16(TEXT, mark, low_first)).unwrap();
            assert_eq!((lines(&file), file.form.encoding), (vec![ROW.to_owned()], encoding));
        }
    }
    let latin =
        [b"Symbol,Date,Open,High,Low,Close,Volume,\xc4nderung\n\xd6lm,2019-01-02,1,2,1,2,3,x\n".as_slice()]
            .concat();
    let file = read_bytes(&latin).unwrap();
    assert_eq!(lines(&file), [ROW.replace("A ", "ÖLM ")]);
    assert_eq!(file.form.encoding, Encoding::Windows1252);
}

#[test]
fn encodings_that_cannot_be_right_are_named() {
    let odd = [TEXT.as_bytes(), b"2019-01-03,1\xff\xfe,1,1,1,1\n"].concat();
    assert_eq!(
        read_bytes(&odd).unwrap_err(),
        "A.csv, line 3: `Open` \"1ÿþ\" is not a number: expected digits with a decimal mark; if the text looks \
         garbled, save \
         the file as UTF-8"
    );
    assert_eq!(
        read_bytes(b"\xc8\xd5\xc6\xda,Open,High,Low,Close\n").unwrap_err(),
        "A.csv: no column `date`: found ÈÕÆÚ, Open, High, Low, Close (read as Windows-1252, because it is not UTF-8)"
    );
    assert_eq!(
        read_bytes(b"Symbol,Date,Open,High,Low,Close\n\xb6\xab,2019-01-02,1,2,1,2\n").unwrap_err(),
        "A.csv, line 2: the text is not valid UTF-8, and its tickers are not Windows-1252 either: save the file as UTF-8"
    );
    assert_eq!(
        read_bytes(b"\xff\xfed\x00\x00\xd8").unwrap_err(),
        "A.csv: the text is not valid UTF-16 LE: save the file as UTF-8"
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn packed_files_are_unpacked() {
    let packed = [
        (gzip(TEXT.as_bytes()), Compression::Gzip),
        (zstd::encode_all(TEXT.as_bytes(), 3).unwrap(), Compression::Zstd),
    ];
    for (bytes, compression) in packed {
        let file = read_bytes(&bytes).unwrap();
        assert_eq!((lines(&file), file.form.compression), (vec![ROW.to_owned()], compression));
        let error = read_bytes(&bytes[..bytes.len() - 6]).unwrap_err();
        assert!(error.contains(&format!("the {compression} data are damaged or cut off (")), "{error}");
    }
}

#[test]
fn a_zip_holds_a_file_for_each_ticker() {
    let packed = gzip(TEXT.as_bytes());
    let entries: [(&str, &[u8]); 4] = [
        ("d/msft.csv", TEXT.as_bytes()),
        ("aapl.csv.gz", &packed),
        ("__MACOSX/._x", b"x"),
        (".DS_Store", b"x"),
    ];
    let file = read_bytes(&zip(&entries)).unwrap();
    assert_eq!(lines(&file), [ROW.replace("A ", "AAPL "), ROW.replace("A ", "MSFT ")]);
    assert_eq!(file.form.to_string(), "plain, separator ',', dates YYYY-MM-DD, zip of 2 files");
    let error = read_bytes(&zip(&[("a.csv", TEXT.as_bytes()), ("x/A.csv", TEXT.as_bytes())])).unwrap_err();
    assert_eq!(error, "A.csv: A is in both A.csv/a.csv and A.csv/x/A.csv: leave one of them out");
    let error = read_bytes(&zip(&[("b.csv", b"x,y\n")])).unwrap_err();
    assert!(error.starts_with("A.csv/b.csv: "), "{error}");
    let error = read_bytes(&zip(&[("[Content_Types].xml", b"<?xml")])).unwrap_err();
    assert_eq!(error, "A.csv: this is a spreadsheet (.xlsx or .ods), not text: export it as CSV (UTF-8)");
    assert!(read_bytes(&zip(&[])).is_err());
}

#[test]
fn files_that_are_no_text_are_named() {
    for (bytes, kind) in [
        (b"%PDF-1.7".as_slice(), "a PDF document"),
        #[cfg(not(feature = "parquet"))]
        (b"PAR1\x15\x04", "a Parquet file"),
        #[cfg(not(feature = "arrow"))]
        (b"ARROW1\0\0", "an Arrow (Feather) file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)"),
        (b"\n<!DOCTYPE html><html>", "a web page (HTML)"),
        (b"<HTML>", "a web page (HTML)"),
        (b"<?xml version", "XML"),
        (b"Date,Open\0\x01\x02", "a binary file"),
    ] {
        let error = read_bytes(bytes).unwrap_err();
        assert!(error.starts_with(&format!("A.csv: this is {kind}, not text: ")), "{error}");
    }
    let error = crate::read(b"%PDF", "a\nb", &Reading::default()).unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
}
