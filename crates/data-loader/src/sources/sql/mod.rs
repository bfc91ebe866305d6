//! Bars from a query to a database: SQLite or PostgreSQL, as the address says.
//!
//! The rows become the text of a table, which is read like a file: columns are found by their names, and the digest of the
//! text stands for what the database gave. Connections can read and nothing else.

mod address;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod table;
#[cfg(all(test, feature = "postgres", feature = "sqlite"))]
mod tests;

use super::files::{self, FileOptions};
use super::{RawColumn, Source, SourceBars, SourceError, SourceRequest};
use address::Address;
use artifact_core::Digest;
use artifact_core::schema::SourceFile;
use settings::part::{Declaration, Parameter, Part};
use table::Table;

/// The source `sql`.
#[derive(Default)]
pub(crate) struct Sql {
    /// The passwords of PostgreSQL, which no setting holds: settings are stored.
    #[cfg(feature = "postgres")]
    passwords: postgres_tls::Passwords,
}

#[cfg(feature = "postgres")]
impl Sql {
    /// The source with the passwords of PostgreSQL.
    pub(crate) fn with_passwords(passwords: postgres_tls::Passwords) -> Self {
        Self { passwords }
    }
}

impl Part for Sql {
    fn declaration(&self) -> Declaration {
        let url = "The database: sqlite:FILE, or postgresql://USER@HOST:PORT/DATABASE without a password.";
        Declaration::new("sql", "The rows of a query to SQLite or PostgreSQL.")
            .parameter(Parameter::text("url", url))
            .parameter(Parameter::text("query", "The query, best with an `order by` of ticker and date."))
            .parameter(
                Parameter::text("ticker", "The ticker of all rows, where no column names it.").optional(),
            )
    }
}

impl Source for Sql {
    fn read(&self, request: &SourceRequest<'_>) -> Result<SourceBars, SourceError> {
        Ok(self.read_with_columns(request)?.0)
    }

    fn read_with_columns(
        &self,
        request: &SourceRequest<'_>,
    ) -> Result<(SourceBars, Vec<RawColumn>), SourceError> {
        request.without_files("sql")?;
        let text = |name| request.params.text(name);
        let address = Address::of(text("url").unwrap_or_default())?;
        let query = text("query").unwrap_or_default();
        if query.trim().is_empty() {
            let reason = "query of sql is empty, expected one such as \"select * from bars\"".to_owned();
            return Err(SourceError::Setting { key: "data.source", reason });
        }
        let table = self.query(&address, query)?;
        let options = FileOptions::new(request.columns, request.date_format)?;
        let name = address.name();
        let ticker = text("ticker").map(str::to_uppercase);
        let (headers, text) = table.finish();
        if headers.is_empty() {
            let reason = "the query returns no columns".to_owned();
            return Err(address.refuse(reason, "write one that selects a date, open, high, low and close"));
        }
        let read = files::read(text.as_bytes(), &name, ticker.as_deref(), &options)?;
        let files = vec![SourceFile { name, sha256: Digest::of(text.as_bytes()) }];
        Ok((SourceBars { bars: read.bars, files }, read.columns))
    }

    fn reads_seed(&self) -> bool {
        false
    }
}

impl Sql {
    fn query(&self, address: &Address, query: &str) -> Result<Table, SourceError> {
        match address {
            #[cfg(feature = "sqlite")]
            Address::Sqlite(file) => sqlite::query(address, file, query),
            #[cfg(feature = "postgres")]
            Address::Postgres(server) => postgres::query(address, server, &self.passwords, query),
        }
    }
}
