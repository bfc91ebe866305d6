//! Bars from files: one file per ticker, or one long file with a ticker column, in any of the forms that
//! [`bar_files`] reads.
//!
//! Without a ticker in the file, its name gives the ticker: `AAPL.csv`, `aapl.csv.gz` and `AAPL_data.csv` all hold
//! `AAPL`. A missing cell is read as NaN and left to [`quality`](crate::quality), and so are splits and dividends.

use super::sessions::{Stamps, sessions};
use super::{Actions, RawBar, RawBars, RawCell, RawColumn, Source, SourceBars, SourceError, SourceRequest};
use artifact_core::Digest;
use artifact_core::schema::SourceFile;
use bar_files::{DateFormat, Field, FileBars, Form, Names, Reading, TickerRows};
use rayon::prelude::*;
use settings::part::{Declaration, Part};
use settings::{ColumnSetting, Columns};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// The source `csv`.
pub(crate) struct Files;

impl Part for Files {
    fn declaration(&self) -> Declaration {
        Declaration::new(
            "csv",
            "The files of `data.files`, as text, JSON, Parquet or Arrow: one per ticker, or one long file with a ticker column.",
        )
        .version(2)
    }
}

impl Source for Files {
    fn read(&self, request: &SourceRequest<'_>) -> Result<SourceBars, SourceError> {
        Ok(self.read_with_columns(request)?.0)
    }

    fn read_with_columns(
        &self,
        request: &SourceRequest<'_>,
    ) -> Result<(SourceBars, Vec<RawColumn>), SourceError> {
        if request.files.is_empty() {
            let reason = "source \"csv\" needs at least one file; list them under data.files".to_owned();
            return Err(SourceError::Setting { key: "data.files", reason });
        }
        let options = FileOptions::new(request.columns, request.date_format)?;
        let read = read_files(request.files, &options)?;
        Ok((SourceBars { bars: read.bars, files: read.files }, read.columns))
    }

    fn reads_seed(&self) -> bool {
        false
    }
}

/// How files are read: where their columns are, and how their dates are written.
#[derive(Debug, Clone, Default)]
pub struct FileOptions {
    names: Names,
    date_format: Option<DateFormat>,
    own: Vec<ColumnSetting>,
}

impl FileOptions {
    /// The options of the settings `data.columns` and `data.date_format`.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setting`] for a date format that is none.
    pub fn new(columns: &Columns, date_format: Option<&str>) -> Result<Self, SourceError> {
        let invalid = |key, reason: String| SourceError::Setting { key, reason };
        let header = |(name, header): (&String, &String)| {
            let field: Field = name.parse().map_err(|error| invalid("data.columns", format!("{error}")))?;
            Ok((field, header.clone()))
        };
        let headers = columns.headers.iter().map(header).collect::<Result<BTreeMap<_, _>, SourceError>>()?;
        let names = match (columns.listed.is_empty(), headers.is_empty()) {
            (false, _) => Names::Listed(columns.listed.clone()),
            (true, false) => Names::Mapped(headers),
            (true, true) => Names::Found,
        };
        let date_format = date_format.map(str::parse::<DateFormat>).transpose();
        let date_format = date_format.map_err(|error| invalid("data.date_format", error.to_string()))?;
        Ok(Self { names, date_format, own: columns.own.clone() })
    }
}

/// What some files hold.
#[derive(Debug, Clone, Default)]
pub struct FilesRead {
    /// The bars of each ticker, in the order of the files; the tickers of a long file come in order of name.
    pub bars: Vec<RawBars>,
    /// The columns of one's own: one for each ticker and each column, as long as the ticker's bars.
    pub columns: Vec<RawColumn>,
    /// The files, each with the digest of exactly the bytes that were parsed.
    pub files: Vec<SourceFile>,
    /// How each file is written.
    pub forms: Vec<Form>,
}

/// Reads files, folders, patterns and standard input, each of which is opened once.
///
/// # Errors
///
/// See [`SourceError`]; a ticker that occurs in two files is an error.
pub fn read_files(paths: &[PathBuf], options: &FileOptions) -> Result<FilesRead, SourceError> {
    let paths = bar_files::expand(paths)?;
    if paths.is_empty() {
        return Err(SourceError::NoFiles);
    }
    let read: Vec<FilesRead> =
        paths.par_iter().map(|path| read_file(path, options)).collect::<Result<_, _>>()?;
    let mut all = FilesRead::default();
    let mut seen: BTreeMap<String, &Path> = BTreeMap::new();
    for (path, read) in paths.iter().zip(read) {
        for bars in &read.bars {
            if let Some(first) = seen.insert(bars.ticker.clone(), path) {
                return Err(SourceError::DuplicateTicker {
                    ticker: bars.ticker.clone(),
                    first: first.display().to_string(),
                    second: path.display().to_string(),
                });
            }
        }
        all.bars.extend(read.bars);
        all.columns.extend(read.columns);
        all.files.extend(read.files);
        all.forms.extend(read.forms);
    }
    Ok(all)
}

/// Reads one file, once: the bytes that are hashed are the bytes that are parsed, even if the file changes meanwhile.
fn read_file(path: &Path, options: &FileOptions) -> Result<FilesRead, SourceError> {
    let (bytes, file) = read_bytes(path)?;
    let ticker = if path.as_os_str() == STANDARD_INPUT { None } else { ticker_of(&file.name) };
    let parsed = parse(&bytes, &file.name, ticker.as_deref(), options)?;
    // Of a large file, the text needs as much memory as the bars.
    drop(bytes);
    Ok(FilesRead { files: vec![file.clone()], ..dated(parsed, &file.name, options)? })
}

/// A file's bytes, and their description.
pub(super) fn read_bytes(path: &Path) -> Result<(Vec<u8>, SourceFile), SourceError> {
    let unreadable = |source| SourceError::Unreadable { path: path.to_owned(), source };
    let (bytes, name) = if path.as_os_str() == STANDARD_INPUT {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
        (bytes, "standard input".to_owned())
    } else {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (read_file_or_pipe(path).map_err(unreadable)?, name)
    };
    let file = SourceFile { name, sha256: Digest::of(&bytes) };
    Ok((bytes, file))
}

/// A regular file's bytes, or what a pipe gives until its writer closes it. Sockets and devices may never end.
fn read_file_or_pipe(path: &Path) -> std::io::Result<Vec<u8>> {
    let sort = std::fs::metadata(path)?.file_type();
    #[cfg(unix)]
    let pipe = std::os::unix::fs::FileTypeExt::is_fifo(&sort);
    #[cfg(not(unix))]
    let pipe = false;
    // A directory is left to the system, whose message says what it is.
    if sort.is_file() || sort.is_dir() || pipe {
        return std::fs::read(path);
    }
    let reason =
        "it is a socket or a device; give a regular file, or pass the bars on standard input with `-`";
    Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, reason))
}

/// The ticker in a file's name: in upper case, without the endings of data and packed files and a trailing `_data`.
fn ticker_of(name: &str) -> Option<String> {
    let mut stem = name.trim();
    if let Some((before, ending)) = stem.rsplit_once('.')
        && ["gz", "gzip", "zst", "zstd", "zip"].iter().any(|packed| ending.eq_ignore_ascii_case(packed))
    {
        stem = before;
    }
    // Of `BRK.B.csv` only the last part is an ending.
    let stem = stem.rsplit_once('.').map_or(stem, |(before, _)| before).to_uppercase();
    let ticker = stem.strip_suffix("_DATA").unwrap_or(&stem);
    (!ticker.is_empty()).then(|| ticker.to_owned())
}

/// Reads the bytes of a file. `origin` names it in messages; `ticker` is the ticker if the file does not name one.
///
/// # Errors
///
/// [`SourceError::File`], or [`SourceError::NoUsualTime`] and [`SourceError::OddStamp`] for daily bars whose days are not
/// certain.
pub fn read(
    bytes: &[u8],
    origin: &str,
    ticker: Option<&str>,
    options: &FileOptions,
) -> Result<FilesRead, SourceError> {
    dated(parse(bytes, origin, ticker, options)?, origin, options)
}

fn parse(
    bytes: &[u8],
    origin: &str,
    ticker: Option<&str>,
    options: &FileOptions,
) -> Result<FileBars, SourceError> {
    let reading = Reading {
        ticker: ticker.map(str::to_owned),
        names: options.names.clone(),
        date_format: options.date_format.clone(),
        own: options.own.iter().map(|column| column.header().to_owned()).collect(),
    };
    Ok(bar_files::read(bytes, origin, &reading)?)
}

/// Settles which days or moments the stamps are.
fn dated(parsed: FileBars, origin: &str, options: &FileOptions) -> Result<FilesRead, SourceError> {
    let FileBars { tickers, form } = parsed;
    let mut read = FilesRead { forms: vec![form], ..FilesRead::default() };
    for rows in tickers {
        let Stamps { at, clock, remarks } = sessions(&rows, origin)?;
        for (column, values) in options.own.iter().zip(&rows.own) {
            let cells = at.iter().zip(&rows.bars).zip(values);
            let cells = cells.map(|((&date, bar), &value)| RawCell { date, line: bar.line, value }).collect();
            let (name, ticker) = (column.name.clone(), Some(rows.ticker.clone()));
            read.columns.push(RawColumn { name, ticker, origin: origin.to_owned(), cells });
        }
        let TickerRows { ticker, bars, adjusted, splits, dividends, .. } = rows;
        // Consumed, so that the new bars take the room of the old.
        let bars = bars.into_iter().zip(at).map(|(bar, date)| RawBar {
            date,
            line: bar.line,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
        });
        let actions = Actions { adjusted, splits, dividends };
        read.bars.push(RawBars { actions, clock, remarks, ..RawBars::new(ticker, origin, bars.collect()) });
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "date,open,high,low,close,volume\n";

    fn options(text: &str) -> FileOptions {
        let config: settings::Config =
            settings::Config::from_toml(settings::Preset::Empty, &format!("[data]\n{text}\n"), "t.toml")
                .unwrap();
        FileOptions::new(&config.data.columns, config.data.date_format.as_deref()).unwrap()
    }

    #[test]
    fn files_name_their_tickers() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("{HEADER}2015-01-02,1,2,1,2,3\n")).unwrap();
            path
        };
        let paths = [write("msft_data.csv"), write("BRK.B.csv")];
        let all = read_files(&paths, &FileOptions::default()).unwrap();
        let tickers: Vec<_> = all.bars.iter().map(|bars| bars.ticker.as_str()).collect();
        assert_eq!(tickers, ["MSFT", "BRK.B"]);
        assert_eq!(all.bars[0].origin, "msft_data.csv");
        assert_eq!((all.files.len(), all.forms.len()), (2, 2));
        // A folder is its files, in order of name.
        let all = read_files(&[folder.path().to_owned()], &FileOptions::default()).unwrap();
        assert_eq!(all.bars.iter().map(|bars| bars.ticker.as_str()).collect::<Vec<_>>(), ["BRK.B", "MSFT"]);

        let error = |paths: &[PathBuf]| read_files(paths, &FileOptions::default()).unwrap_err().to_string();
        let twice = error(&[write("msft.csv"), paths[0].clone()]);
        assert!(twice.contains("MSFT is in both"), "{twice}");
        let gone = error(&[folder.path().join("gone.csv")]);
        assert!(gone.contains("gone.csv"), "{gone}");
        assert!(matches!(read_files(&[], &FileOptions::default()), Err(SourceError::NoFiles)));
    }

    #[test]
    fn names_of_files_give_tickers() {
        for (name, ticker) in [
            ("AAPL.csv", "AAPL"),
            ("brk.b.csv.gz", "BRK.B"),
            ("x_data.json", "X"),
            ("^GSPC.csv", "^GSPC"),
            ("NA", "NA"),
        ] {
            assert_eq!(ticker_of(name).as_deref(), Some(ticker), "{name}");
        }
        assert_eq!(ticker_of(".csv"), None);
    }

    #[test]
    fn columns_are_read_as_the_settings_say() {
        let mapped = options("columns = { close = 'Last', news = 'News score' }");
        let text = "Date,Open,High,Low,Last,Close,Volume,News score\n2015-01-02,1,3,1,2,9,10,0.5\n";
        let found = read(text.as_bytes(), "a.csv", Some("A"), &mapped).unwrap();
        assert_eq!(found.bars[0].bars[0].values(), [1.0, 3.0, 1.0, 2.0, 10.0]);
        assert_eq!((found.columns[0].name.as_str(), found.columns[0].cells[0].value), ("news", 0.5));

        let listed =
            options("columns = ['date', 'x', 'open', 'high', 'low', 'close', { name = 'side' }, 'volume']");
        let found = read(b"2015-01-02,?,1,3,1,2,-1,10\n", "a.csv", Some("A"), &listed).unwrap();
        assert_eq!(found.bars[0].bars[0].values(), [1.0, 3.0, 1.0, 2.0, 10.0]);
        assert_eq!((found.columns[0].name.as_str(), found.columns[0].cells[0].value), ("side", -1.0));

        let dated = options("date_format = 'D/M/YYYY'");
        let found =
            read(b"date,open,high,low,close\n1/4/2015,1,3,1,2\n", "a.csv", Some("A"), &dated).unwrap();
        assert_eq!(found.bars[0].bars[0].date.to_string(), "2015-04-01");
        assert!(found.bars[0].is_without_volume() && !found.forms[0].volume);
        let error = FileOptions::new(&Columns::default(), Some("%Q")).unwrap_err().to_string();
        assert!(error.contains("data.date_format"), "{error}");
    }

    #[test]
    fn adjusted_closes_are_read_beside_the_prices() {
        let text = "Date,Open,High,Low,Close,Volume,Adj Close\n2015-01-02,8,12,6,10,100,5\n2015-01-05,8,12,6,0,100,\n";
        let found = read(text.as_bytes(), "a.csv", Some("A"), &FileOptions::default()).unwrap();
        assert_eq!(found.bars[0].bars[0].values(), [8.0, 12.0, 6.0, 10.0, 100.0]);
        let adjusted = found.bars[0].actions.adjusted.as_ref().unwrap();
        assert!(adjusted[0] == 5.0 && adjusted[1].is_nan());
    }
}
