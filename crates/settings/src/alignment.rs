//! How dates are aligned, and who says so.

use artifact_core::schema::Alignment;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How the tickers' dates are aligned, and whether that is stated: bars whose calendars differ, such as those of stocks and
/// coins, are not aligned by a default that nobody chose.
///
/// Two are equal if they align alike, stated or not.
#[derive(Debug, Clone, Copy, Eq)]
pub struct AlignmentSetting {
    /// The alignment.
    pub rule: Alignment,
    /// Whether the configuration states it.
    pub stated: bool,
}

/// Union, unstated: a ticker that was listed late, or lacks a bar, costs the others nothing.
impl Default for AlignmentSetting {
    fn default() -> Self {
        Self { rule: Alignment::Union, stated: false }
    }
}

/// A stated alignment.
impl From<Alignment> for AlignmentSetting {
    fn from(rule: Alignment) -> Self {
        Self { rule, stated: true }
    }
}

impl PartialEq for AlignmentSetting {
    fn eq(&self, other: &Self) -> bool {
        self.rule == other.rule
    }
}

impl Serialize for AlignmentSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rule.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AlignmentSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Alignment::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Preset};

    #[test]
    fn what_a_file_says_is_stated() {
        let setting = |text: &str| Config::from_toml(Preset::Smoke, text, "run.toml").unwrap().data.alignment;
        let unstated = setting("");
        let stated = setting("[data]\nalignment = 'union'");
        assert_eq!((unstated.stated, stated.stated, unstated == stated), (false, true, true));
        assert_eq!(setting("[data]\nalignment = 'intersection'"), Alignment::Intersection.into());
    }
}
