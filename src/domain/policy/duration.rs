//! Durations as the Gateway API writes them: `90s`, `24h`, `1h30m`, `500ms`.
//!
//! Source of the format: GEP-2257. Up to four parts of at most five digits, units h, m, s, ms.

use std::time::Duration;

/// Reads a duration.
///
/// # Errors
/// A sentence that says what to write instead; days are answered with the same time in hours.
pub fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if let (Some(unit), Ok(count)) = (text.strip_prefix(digits), digits.parse::<u64>()) {
        let hours = match unit {
            "d" => Some(count.saturating_mul(24)),
            "w" => Some(count.saturating_mul(168)),
            _ => None,
        };
        if let Some(hours) = hours {
            return Err(format!("write `{hours}h`: durations have no days or weeks"));
        }
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    let mut parts = 0;
    while !rest.is_empty() {
        let (part, after) = one(rest).ok_or_else(|| HELP.to_string())?;
        total += part;
        rest = after;
        parts += 1;
    }
    if parts == 0 || parts > 4 { Err(HELP.to_string()) } else { Ok(total) }
}

const HELP: &str = "write a duration such as `90s`, `5m`, `24h` or `1h30m` (units h, m, s, ms)";

fn one(text: &str) -> Option<(Duration, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    if digits == 0 || digits > 5 {
        return None;
    }
    let count: u64 = text[..digits].parse().ok()?;
    let rest = &text[digits..];
    let (unit, after) = match rest {
        _ if rest.starts_with("ms") => (1, &rest[2..]),
        _ if rest.starts_with('h') => (3_600_000, &rest[1..]),
        _ if rest.starts_with('m') => (60_000, &rest[1..]),
        _ if rest.starts_with('s') => (1_000, &rest[1..]),
        _ => return None,
    };
    Some((Duration::from_millis(count * unit), after))
}

/// Writes a duration as people do: `90s`, `5m`, `1h30m`.
pub fn format(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let mut rest = millis;
    let mut out = String::new();
    for (size, unit) in units {
        if rest >= size {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if out.is_empty() { "0s".to_string() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, seconds, written) in
            [("90s", 90, "1m30s"), ("24h", 86_400, "24h"), ("1h30m", 5_400, "1h30m"), ("0s", 0, "0s")]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
            assert_eq!(format(Duration::from_secs(seconds)), written);
        }
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn days_are_answered_in_hours() {
        assert_eq!(parse("7d").unwrap_err(), "write `168h`: durations have no days or weeks");
        assert!(parse("14d").unwrap_err().contains("`336h`"));
        assert!(parse("2w").unwrap_err().contains("`336h`"));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "s", "5", "-5m", "1.5h", "5 m", "100000s", "1h1m1s1ms1h", "5m!", "５m"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
