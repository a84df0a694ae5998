//! Three-valued logic (Kleene): Unknown is a value, and wins unless the rest decides alone.

use std::fmt;

/// Whether something holds, as far as can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    pub fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }

    /// False if any is False, else Unknown if any is Unknown, else True.
    pub fn all(parts: impl IntoIterator<Item = Truth>) -> Self {
        parts.into_iter().fold(Self::True, |sum, part| match (sum, part) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            _ => Self::True,
        })
    }

    /// True if any is True, else Unknown if any is Unknown, else False.
    pub fn any(parts: impl IntoIterator<Item = Truth>) -> Self {
        parts.into_iter().fold(Self::False, |sum, part| match (sum, part) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            _ => Self::False,
        })
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, *};

    #[test]
    fn unknown_loses_only_to_what_decides_alone() {
        for (a, b, all, any) in [
            (True, True, True, True),
            (True, False, False, True),
            (False, False, False, False),
            (True, Unknown, Unknown, True),
            (False, Unknown, False, Unknown),
            (Unknown, Unknown, Unknown, Unknown),
        ] {
            for pair in [[a, b], [b, a]] {
                assert_eq!(Truth::all(pair), all, "all {pair:?}");
                assert_eq!(Truth::any(pair), any, "any {pair:?}");
            }
        }
    }
}
