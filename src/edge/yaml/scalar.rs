//! Plain scalars of YAML 1.1, by the rules of go-yaml v2, which kubectl reads with.

use serde_json::{Number, Value};

/// A plain scalar by the rules of go-yaml v2.
pub fn plain(text: &str) -> Value {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            numeric(&text.replace('_', "")).unwrap_or_else(|| text.into())
        }
        _ => text.into(),
    }
}

/// A number as Go's `ParseInt(text, 0, 64)` and go-yaml's float pattern know them.
fn numeric(text: &str) -> Option<Value> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let whole = body.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| u64::from_str_radix(body, radix));
    if let Some(Ok(magnitude)) = whole {
        return match (negative, i64::try_from(magnitude)) {
            (true, Ok(magnitude)) => Some((-magnitude).into()),
            (false, _) => Some(magnitude.into()),
            (true, Err(_)) => number(-(magnitude as f64)),
        };
    }
    is_float(digits).then(|| text.parse().ok().and_then(number)).flatten()
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && digits(exponent)
        && !exponent.is_empty()
        && whole.len() + fraction.len() > 0
}

/// A finite number, whole ones as integers, as Go's JSON writes them.
pub fn number(value: f64) -> Option<Value> {
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        return Some((value as i64).into());
    }
    Number::from_f64(value).map(Value::Number)
}

/// Words that YAML 1.1 takes for booleans, null, numbers, times or merge keys.
pub fn is_ambiguous(text: &str) -> bool {
    let timely = |c: char| c.is_ascii_digit() || "-+.:_TtZz".contains(c);
    let number_like = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let temporal = number_like && text.chars().all(timely) && text.chars().any(|c| c.is_ascii_digit());
    matches!(text, "<<" | "=") || temporal || (!text.is_empty() && plain(text) != *text)
}
