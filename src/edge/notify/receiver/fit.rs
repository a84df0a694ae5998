//! Fitting a message into a receiver's size: what is said last is left out first.

use crate::domain::model::message::Message;
use crate::domain::model::problem::shorten;

/// Shortened to this many characters where nothing else helps.
const SHORT: usize = 300;

/// The largest form of `message`, as `render` makes it, of at most `most` bytes.
pub fn fit(message: &Message, most: usize, render: impl Fn(&Message) -> Vec<u8>) -> Vec<u8> {
    let mut message = message.clone();
    let mut body = render(&message);
    for step in 0..7 {
        if body.len() <= most {
            break;
        }
        match step {
            0 => message.evidence.truncate(3),
            1 => message.reasons.truncate(2),
            2 => message.changes.truncate(3),
            3 => message.evidence.clear(),
            4 => message.reasons.clear(),
            5 => message.changes.clear(),
            _ => {
                message.title = shorten(&message.title, SHORT);
                message.sentences.truncate(2);
                message.sentences.iter_mut().for_each(|text| *text = shorten(text, SHORT));
                message.facts.iter_mut().for_each(|fact| fact.value = shorten(&fact.value, SHORT / 3));
            }
        }
        body = render(&message);
    }
    body
}
