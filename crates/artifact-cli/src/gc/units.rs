//! Lengths of time and sizes, as they are typed and shown.

use std::time::Duration;

/// Reads `30d`, `12h`, `90m`, `45s`, or plain `0`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let units = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let seconds = match text {
        "0" => Some(0),
        _ => number_with_unit(text, &units),
    };
    let expected =
        || format!("{text:?} is no length of time; expected a whole number and w, d, h, m or s, as in 30d");
    seconds.map(Duration::from_secs).ok_or_else(expected)
}

/// Reads `2GiB`, `500MB`, `4096B`, or a plain number of bytes.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let units = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("B", 1),
        ("", 1),
    ];
    number_with_unit(text, &units).ok_or_else(|| {
        format!("{text:?} is no size; expected a whole number and a unit, as in 2GiB or 500MB")
    })
}

fn number_with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A size for people, in powers of 1024.
pub(crate) fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read() {
        for (text, expected) in [("0", 0), ("45s", 45), ("90m", 5_400), ("12h", 43_200), ("30d", 2_592_000)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(expected)), "{text}");
        }
        for (text, expected) in
            [("0", 0), ("10", 10), ("4 kB", 4_000), ("2GiB", 2 << 30), ("1TB", 1_000_000_000_000)]
        {
            assert_eq!(size(text), Ok(expected), "{text}");
        }
        for bad in ["", "d", "30", "3.5d", "-1d", "30days", "99999999999999999w"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        for bad in ["", "GiB", "-1", "2gb", "99999999999999TiB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_are_shown() {
        for (count, expected) in [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 << 30, "3.0 GiB")] {
            assert_eq!(bytes(count), expected);
        }
    }
}
