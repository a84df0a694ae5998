//! What a plain scalar means: the rules of go-yaml v2, which sigs.k8s.io/yaml and kubectl use.
//!
//! YAML 1.1 booleans in the three letter cases, `~` and null, integers in four bases with
//! underscores, floats; base 60 is not read and timestamps stay strings. Knows no quotes, no tags.

use serde_json::{Number, Value};

/// The meaning of a plain scalar; `None` for a number that JSON cannot hold (`.nan`, `.inf`).
pub fn resolve(text: &str) -> Option<Value> {
    if let Some(value) = word(text) {
        return value;
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    let number = if numeric { number(&text.replace('_', "")) } else { None };
    Some(number.map_or_else(|| Value::String(text.to_string()), Value::Number))
}

/// The key that kubectl makes of a value: JSON has string keys only. `None`: it takes no such key.
pub fn key(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) if number.is_f64() => number.as_f64().map(float_key),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn word(text: &str) -> Option<Option<Value>> {
    let value = match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        ".nan" | ".NaN" | ".NAN" => return Some(None),
        _ => {
            let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
            return matches!(unsigned, ".inf" | ".Inf" | ".INF").then_some(None);
        }
    };
    Some(Some(value))
}

fn number(text: &str) -> Option<Number> {
    integer(text).or_else(|| float(text))
}

/// Go's `ParseInt(text, 0, 64)`: the base stands in the prefix, a leading 0 is octal.
fn integer(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (base, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some(two) if two.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let signed = i64::from_str_radix(&format!("{sign}{digits}"), base).ok().map(Number::from);
    let plain = !text.starts_with(['+', '-']);
    signed.or_else(|| u64::from_str_radix(digits, base).ok().filter(|_| plain).map(Number::from))
}

/// A float of the form `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, and finite.
fn float(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let shaped = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let scaled = exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    let value: f64 = if shaped && scaled { text.parse().ok()? } else { return None };
    whole(value).or_else(|| Number::from_f64(value))
}

/// A float without a fraction is an integer once it went through JSON.
fn whole(value: f64) -> Option<Number> {
    let fits = value.fract() == 0.0 && value.abs() < 9.2e18;
    fits.then(|| Number::from(value as i64))
}

/// Go's `FormatFloat(value, 'g', -1, 32)`.
fn float_key(value: f64) -> String {
    let short = value as f32;
    let written = format!("{short:e}");
    let Some((mantissa, exponent)) = written.split_once('e') else { return written };
    match exponent.parse::<i32>() {
        Ok(power) if !(-4..6).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", power.abs())
        }
        _ => short.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_scalars_mean_what_kubectl_makes_of_them() {
        let table = [
            ("off", json!(false)),
            ("Off", json!(false)),
            ("OFF", json!(false)),
            ("oFF", json!("oFF")),
            ("y", json!(true)),
            ("N", json!(false)),
            ("yEs", json!("yEs")),
            ("~", json!(null)),
            ("NULL", json!(null)),
            ("nUll", json!("nUll")),
            ("0x1F", json!(31)),
            ("0X1f", json!(31)),
            ("010", json!(8)),
            ("08", json!(8)),
            ("00", json!(0)),
            ("0o17", json!(15)),
            ("0o8", json!("0o8")),
            ("0b11", json!(3)),
            ("-0b_1", json!(-1)),
            ("1_000", json!(1000)),
            ("+_1", json!(1)),
            ("_1", json!("_1")),
            ("1_0.5", json!(10.5)),
            (".5_0", json!(0.5)),
            ("1e3", json!(1000)),
            ("1e", json!("1e")),
            ("1.", json!(1)),
            ("1e400", json!("1e400")),
            ("0x1.8p1", json!("0x1.8p1")),
            ("-0.0", json!(0)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("1:30", json!("1:30")),
            ("2026-01-01", json!("2026-01-01")),
            ("<<", json!("<<")),
            ("-", json!("-")),
            (".", json!(".")),
            ("+", json!("+")),
            ("0x", json!("0x")),
            ("--1", json!("--1")),
            ("1+1", json!("1+1")),
            ("0é", json!("0é")),
        ];
        for (text, meaning) in table {
            assert_eq!(resolve(text), Some(meaning), "{text}");
        }
        for text in [".nan", ".inf", "-.Inf", "+.INF"] {
            assert_eq!(resolve(text), None, "{text}");
        }
    }

    #[test]
    fn keys_become_the_strings_that_kubectl_makes() {
        for (text, meaning) in [("on", "true"), ("0x10", "16"), ("1.5", "1.5"), ("1e3", "1000")] {
            assert_eq!(key(&resolve(text).unwrap()).as_deref(), Some(meaning), "{text}");
        }
        assert_eq!(key(&json!(2_000_000.5)).as_deref(), Some("2.0000005e+06"));
        assert_eq!(key(&json!(null)), None);
    }
}
