//! What stands in the way of a database that is sound.

use super::database::Failure;
use rusqlite::{ErrorCode, ffi};

/// Why a sound database cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Another process holds a lock.
    Locked,
    /// The disk is full.
    NoSpace,
    /// The file, or a file beside it, may not be written.
    MayNotWrite,
    /// The server ended the connection, or cannot be reached any more.
    Away,
}

impl Obstacle {
    /// What stood in the way, if the failure says so.
    pub(super) fn of(failure: &Failure) -> Option<Self> {
        #[cfg(feature = "postgres")]
        if let Some(error) = failure.downcast_ref::<postgres::Error>() {
            return of_server(error);
        }
        let error = failure.downcast_ref::<rusqlite::Error>()?;
        match (error.sqlite_error_code()?, error.sqlite_error()?.extended_code) {
            _ if is_busy(error) => Some(Self::Locked),
            // The second is for the index of the write-ahead log, which only lacks room when it cannot grow.
            (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => Some(Self::NoSpace),
            (ErrorCode::ReadOnly | ErrorCode::CannotOpen, _) => Some(Self::MayNotWrite),
            _ => None,
        }
    }
}

/// Whether another connection has SQLite's file locked.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

#[cfg(feature = "postgres")]
fn of_server(error: &postgres::Error) -> Option<Obstacle> {
    use postgres::error::SqlState;
    use std::error::Error as _;
    let Some(state) = error.code() else {
        let broken = error.source().is_some_and(|source| source.is::<std::io::Error>());
        return (error.is_closed() || broken).then_some(Obstacle::Away);
    };
    match *state {
        SqlState::LOCK_NOT_AVAILABLE => Some(Obstacle::Locked),
        SqlState::DISK_FULL => Some(Obstacle::NoSpace),
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | SqlState::IDLE_SESSION_TIMEOUT => Some(Obstacle::Away),
        _ => state.code().starts_with("08").then_some(Obstacle::Away),
    }
}
