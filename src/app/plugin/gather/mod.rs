//! Reading what the sentences are made of. Client required; nothing is written.

pub mod find;
pub mod fleet;
pub mod past;
pub mod scene;
