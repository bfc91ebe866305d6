//! Regular files only: opening a named pipe waits for a writer that may never come, and a device may never end.

use crate::error::Error;
use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a regular file for reading.
///
/// # Errors
///
/// Those of [`File::open`], and [`io::ErrorKind::InvalidInput`] for anything that is no regular file. It never waits.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(OpenOptions::new().read(true), path)
}

/// Opens a regular file in the given way.
pub(crate) fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe is then opened without its other end. It means nothing to a regular file.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let refused = |found| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("it is {found}, not a regular file; move that away"),
        )
    };
    let file = options.open(path).map_err(|error| {
        // The system's own words for some of them, such as "no such device", mislead.
        let found = std::fs::metadata(path).ok().and_then(|found| what_it_is(found.file_type()));
        found.map_or(error, refused)
    })?;
    match what_it_is(file.metadata()?.file_type()) {
        None => Ok(file),
        Some(found) => Err(refused(found)),
    }
}

/// Checks that a regular file or nothing is there, for a library that opens the path itself.
///
/// # Errors
///
/// [`Error::Io`] naming the path and what it is.
pub fn expect_regular(path: &Path) -> Result<(), Error> {
    match std::fs::metadata(path).ok().and_then(|found| what_it_is(found.file_type())) {
        None => Ok(()),
        Some(found) => {
            let reason = format!("it is {found}, not a regular file; move that away");
            Err(Error::io("open", path)(io::Error::new(io::ErrorKind::InvalidInput, reason)))
        }
    }
}

/// Reads a whole regular file.
///
/// # Errors
///
/// [`Error::Io`] naming the path, also for what is no regular file.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let whole = |mut file: File| {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    open(path).and_then(whole).map_err(Error::io("read", path))
}

/// Reads a whole regular file; `None` if nothing is there.
///
/// # Errors
///
/// As [`read`].
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What messages call something that is no regular file.
fn what_it_is(kind: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    match kind {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some("a directory"),
        _ => Some("something else"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        let refused = |path: &Path, what: &str| {
            let Err(Error::Io { source, path: named, .. }) = read(path) else { panic!("{}", path.display()) };
            assert_eq!((named.as_path(), source.kind()), (path, io::ErrorKind::InvalidInput));
            assert!(source.to_string().contains(what), "{source}");
        };
        refused(&pipe, "a named pipe");
        refused(directory.path(), "a directory");
        refused(Path::new("/dev/zero"), "a device");
        let socket = directory.path().join("socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        refused(&socket, "a socket");
        assert!(expect_regular(&pipe).is_err() && expect_regular(&directory.path().join("nothing")).is_ok());
        assert!(read_if_there(&directory.path().join("nothing")).unwrap().is_none());
        // A link to a regular file is one.
        std::fs::write(directory.path().join("file"), b"text").unwrap();
        std::os::unix::fs::symlink("file", directory.path().join("link")).unwrap();
        assert_eq!(read(&directory.path().join("link")).unwrap(), b"text");
    }
}
