//! Randomness that is the same each time, for compilations alone: preloaded by charts/image/build.
//!
//! A parser's generator writes a table in the order of a hash map, whose seed is random. Nothing of this
//! gets into the program.

use std::ffi::{c_uint, c_void};

/// As getrandom(2), but all zeros.
#[unsafe(no_mangle)]
pub extern "C" fn getrandom(buffer: *mut c_void, length: usize, _flags: c_uint) -> isize {
    // SAFETY: the caller hands over `length` bytes that may be written, as it does to the function that this stands for.
    unsafe { std::ptr::write_bytes(buffer.cast::<u8>(), 0, length) };
    length as isize
}
