//! What waits for one receiver: letters that belong together wait, and are told, together.

use crate::edge::notify::letter::{Batch, Letter};
use std::collections::VecDeque;

/// Most messages that wait; what does not fit is offered again later.
const WAITING: usize = 256;
/// Most letters of one message.
const TOGETHER: usize = 500;

/// The messages that wait for one receiver, oldest first.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<Bundle>,
    /// The first is on its way: nothing is added to it.
    sending: bool,
}

#[derive(Debug)]
struct Bundle {
    batch: Batch,
    letters: Vec<Letter>,
    /// Others may be told with it.
    open: bool,
}

impl Queue {
    /// Takes a letter; false if there is no room.
    pub fn push(&mut self, letter: Letter) -> bool {
        let batch = letter.batch();
        // What has a message of its own that can be changed is told there.
        let open = letter.handle().is_none_or(|handle| handle.ends_with(" shared"));
        let skip = usize::from(self.sending);
        let fits = |bundle: &&mut Bundle| {
            open && bundle.open && bundle.batch == batch && bundle.letters.len() < TOGETHER
        };
        let count = self.waiting.len();
        match self.waiting.iter_mut().skip(skip).find(fits) {
            Some(bundle) => bundle.letters.push(letter),
            None if count >= WAITING => return false,
            None => self.waiting.push_back(Bundle { batch: letter.batch(), letters: vec![letter], open }),
        }
        true
    }

    /// The letters of the next message, which is on its way from now on.
    pub fn begin(&mut self) -> Option<Vec<Letter>> {
        let first = self.waiting.front()?;
        self.sending = true;
        Some(first.letters.clone())
    }

    /// The message on its way did not arrive; it stays the next.
    pub fn keep(&mut self) {
        self.sending = false;
    }

    /// The message on its way is done with; later ones about the same know where it is now.
    pub fn end(&mut self, handle: Option<&str>) {
        self.sending = false;
        let Some(done) = self.waiting.pop_front() else { return };
        let Some(handle) = handle else { return };
        let names: Vec<&str> = done.letters.iter().filter_map(name).collect();
        for bundle in &mut self.waiting {
            let concerned = |letter: &&mut Letter| name(letter).is_some_and(|name| names.contains(&name));
            for letter in bundle.letters.iter_mut().filter(concerned) {
                if let Letter::Life(life) = letter {
                    life.told.handle = Some(handle.to_string());
                }
            }
        }
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a message is on its way.
    pub fn is_sending(&self) -> bool {
        self.sending
    }
}

fn name(letter: &Letter) -> Option<&str> {
    match letter {
        Letter::Life(life) => Some(&life.episode.name),
        Letter::Fleet(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::news::{Event, Told};
    use crate::edge::notify::letter::Fleet;
    use chrono::DateTime;

    fn letter(event: Event, closes: bool) -> Letter {
        let at = DateTime::UNIX_EPOCH;
        let told = Told::default();
        Letter::Fleet(Fleet { event, closes, since: at, at, why: String::new(), told })
    }

    #[test]
    fn what_belongs_together_waits_together_and_order_is_kept() {
        let mut queue = Queue::default();
        for (event, closes) in [
            (Event::Storm, false),
            (Event::BreakerOpen, false),
            (Event::Storm, false),
            (Event::Storm, true),
            (Event::Storm, false),
        ] {
            assert!(queue.push(letter(event, closes)));
        }
        let mut sizes = Vec::new();
        while let Some(letters) = queue.begin() {
            sizes.push((letters[0].batch() == letter(Event::Storm, false).batch(), letters.len()));
            queue.end(None);
        }
        assert_eq!(sizes, [(true, 3), (false, 1), (false, 1)]);
    }

    #[test]
    fn nothing_is_added_to_a_message_on_its_way() {
        let mut queue = Queue::default();
        queue.push(letter(Event::Storm, false));
        assert_eq!(queue.begin().map(|letters| letters.len()), Some(1));
        queue.push(letter(Event::Storm, false));
        assert_eq!(queue.waiting(), 2);
        queue.keep();
        assert_eq!(queue.begin().map(|letters| letters.len()), Some(1), "the first is still the next");
    }

    #[test]
    fn a_full_queue_takes_no_new_message_and_still_takes_what_joins_one() {
        let mut queue = Queue::default();
        for (i, event) in Event::ALL.into_iter().cycle().take(WAITING).enumerate() {
            // What has a place of its own is a message of its own.
            let mut one = letter(event, false);
            if let Letter::Fleet(fleet) = &mut one {
                fleet.told.handle = Some(format!("C {i}"));
            }
            assert!(queue.push(one), "{i}");
        }
        assert!(!queue.push(letter(Event::Storm, false)));
        queue.begin();
        queue.end(None);
        assert!(queue.push(letter(Event::Storm, false)));
        assert!(queue.push(letter(Event::Storm, false)), "it joins the one that waits");
        assert!(!queue.push(letter(Event::Latched, false)));
    }
}
