//! The other screen of a terminal: what is drawn there again and again leaves nothing behind.

use crate::app::plugin::show::fit::cut;
use std::io::{self, Write};

const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// The other screen, until it is dropped.
pub struct Screen(());

impl Screen {
    /// Turns to it.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn open() -> io::Result<Self> {
        put(ENTER)?;
        Ok(Self(()))
    }

    /// Shows what of `text` fits on it as large as it is now.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn draw(&self, text: &str) -> io::Result<()> {
        let size = terminal_size::terminal_size();
        let (width, height) = size.map_or((100, 40), |(width, height)| (width.0.into(), height.0.into()));
        put(&frame(text, width, height))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs no turning back.
        put(LEAVE).ok();
    }
}

fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// From the top left corner on, each line over what stood there before.
fn frame(text: &str, width: usize, height: usize) -> String {
    let lines = text.lines().take(height.saturating_sub(1)).map(|line| cut(line, width) + "\x1b[K\r\n");
    format!("\x1b[H{}\x1b[J", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_never_larger_than_the_terminal() {
        assert_eq!(frame("abcdef\nb\nc", 3, 3), "\x1b[Habc\x1b[K\r\nb\x1b[K\r\n\x1b[J");
        assert_eq!(frame("a", 3, 0), "\x1b[H\x1b[J");
    }
}
