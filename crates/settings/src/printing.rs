//! What the binaries print, and how text of unknown origin is kept from acting on the terminal that shows it.

use artifact_core::shown;
use std::borrow::Cow;
use std::io::{self, ErrorKind, StdoutLock, Write};
use std::process::ExitCode;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::debug_fn;

/// Standard output for text that people read: control characters and marks of direction are shown as escapes. A closed pipe
/// is not an error: its reader, such as `head`, has seen enough.
pub fn output() -> impl Write {
    Text(document_output())
}

/// Standard output for documents that programs read, such as JSON, as they are. A closed pipe is not an error.
pub fn document_output() -> impl Write {
    Output(io::stdout().lock())
}

/// The exit code of a command that did its work: 1, with a message, if standard output did not take all of the result.
pub(crate) fn flushed() -> ExitCode {
    match document_output().flush() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "error: failed to write to standard output\n  because: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// The form of a log line's message and fields, which may name tickers, columns and files.
pub(crate) fn log_fields() -> impl for<'w> FormatFields<'w> + Send + Sync + 'static {
    debug_fn(|writer, field, value| {
        // Later lines are indented: none of them can pass for a log line of its own.
        let text = shown::message(&format!("{value:?}")).replace('\n', "\n    ");
        match field.name() {
            "message" => write!(writer, "{text}"),
            name => write!(writer, "{name}={text}"),
        }
    })
    .delimited(" ")
}

struct Output(StdoutLock<'static>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

/// Escapes what is written. `write!` passes whole strings on, so no character is split between two calls.
struct Text<W>(W);

impl<W: Write> Write for Text<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        match shown::lines(&text) {
            Cow::Borrowed(_) => self.0.write_all(bytes)?,
            Cow::Owned(escaped) => self.0.write_all(escaped.as_bytes())?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn text_is_escaped_and_keeps_its_lines() {
        let kept = Kept::default();
        for name in ["A\u{1b}[31m", "é\u{202e}"] {
            writeln!(Text(kept.clone()), "{name}").unwrap();
        }
        assert_eq!(kept.text(), "A\\u{1b}[31m\né\\u{202e}\n");
    }

    #[test]
    fn log_lines_are_escaped() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(log_fields())
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(file = "b\u{9b}", "skipped {}", "A\u{1b}[2J\u{202e}\nERROR");
        });
        assert_eq!(kept.text(), " WARN skipped A\\u{1b}[2J\\u{202e}\n    ERROR file=\"b\\u{9b}\"\n");
    }
}
