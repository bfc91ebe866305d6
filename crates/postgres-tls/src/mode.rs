//! How much of a connection is protected.

use std::fmt;

/// How much of a connection is protected, from the least to the most: libpq's `sslmode`, without `allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Mode {
    /// `disable`: no encryption.
    Disable,
    /// `prefer`: encryption if the server offers it, with whoever answers. It protects from nobody for sure.
    #[default]
    Prefer,
    /// `require`: encryption with whoever answers. It protects from those who only read along.
    Require,
    /// `verify-ca`: encryption with any server that a trusted authority has certified.
    VerifyCa,
    /// `verify-full`: encryption with a server that a trusted authority has certified for the host in the URL. It protects
    /// from those who read along and from those who pose as the server.
    VerifyFull,
}

impl Mode {
    /// All modes, from the least to the most protection.
    pub const ALL: [Self; 5] = [Self::Disable, Self::Prefer, Self::Require, Self::VerifyCa, Self::VerifyFull];

    /// The value of `sslmode`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    /// The mode with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
