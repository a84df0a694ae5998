//! Flag stores: reading a flag, cutting it to its fallback, giving it back.
//!
//! Owns how a cut looks in each kind of store. Level-triggered and keyed: a write that finds its
//! target true does nothing, and one that finds a flag other than was read writes nothing. Must
//! not decide whether to cut, nor store the intent: a FlagHold exists before the first write.

pub mod asked;
pub mod declared;
pub mod error;
pub mod file;
pub mod flagd;
pub mod format;
pub mod key_value;
pub mod memory;
pub mod object;
pub mod outer;
pub mod plain;
pub mod provider;
pub mod served;
