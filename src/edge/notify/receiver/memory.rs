//! A receiver that keeps what it is told.

use crate::domain::model::message::Message;
use crate::edge::notify::error::NotifyError;
use std::sync::{Arc, Mutex, PoisonError};

/// What was told, and what is answered.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    kept: Arc<Mutex<Vec<Message>>>,
}

impl Memory {
    /// Everything that was told, in order.
    pub fn kept(&self) -> Vec<Message> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a message.
    ///
    /// # Errors
    /// None.
    pub fn deliver(&self, message: &Message, handle: Option<&str>) -> Result<Option<String>, NotifyError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(message.clone());
        Ok(Some(handle.map_or_else(|| kept.len().to_string(), str::to_string)))
    }
}
