//! Colours, where they are wanted: on a terminal, unless NO_COLOR is set. Never the only sign of anything.

/// Whether to colour, and how wide lines are.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub colour: bool,
    /// In characters, 40 at least.
    pub width: usize,
    /// Whether longer lines are broken at words.
    pub wraps: bool,
}

impl Style {
    /// For files, pipes and tests.
    pub const PLAIN: Self = Self { colour: false, width: 100, wraps: false };

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Something that is secondary.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Something that a person can type.
    pub fn command(self, text: &str) -> String {
        self.paint("36", text)
    }

    /// Something bad.
    pub fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// `text` in the colour of the verdict, phase or outcome that `word` is.
    pub fn by_word(self, word: &str, text: &str) -> String {
        match word {
            "Healthy" | "Idle" | "Restored" | "Passed" => self.paint("32", text),
            "Breaching" | "Latched" | "Failed" | "Ineffective" | "FlagGone" | "Expired" => self.bad(text),
            "Warning" | "Unknown" | "Acting" | "Holding" | "Probing" | "Restoring" | "AwaitingApproval"
            | "Blocked" => self.paint("33", text),
            _ => text.to_string(),
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}
