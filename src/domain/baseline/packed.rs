//! What a model learned, as bytes and back.
//!
//! Owns the order and the form: little-endian, fixed length, no names. Who keeps the bytes adds
//! version, identity and checksum. Reading is all or nothing, and nothing that is not finite is
//! taken up.

/// A way through a model's state: writing it down, or reading it back.
pub trait Port {
    /// One number.
    fn number(&mut self, value: &mut f64);
    /// Several, in f32.
    fn numbers(&mut self, values: &mut [f32]);
    /// A yes or no.
    fn flag(&mut self, value: &mut bool);
    /// A whole number that may be missing.
    fn whole(&mut self, value: &mut Option<i64>);
}

/// Appends to bytes.
pub struct Writing<'a>(pub &'a mut Vec<u8>);

impl Port for Writing<'_> {
    fn number(&mut self, value: &mut f64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn numbers(&mut self, values: &mut [f32]) {
        values.iter().for_each(|value| self.0.extend_from_slice(&value.to_le_bytes()));
    }

    fn flag(&mut self, value: &mut bool) {
        self.0.push(u8::from(*value));
    }

    fn whole(&mut self, value: &mut Option<i64>) {
        self.flag(&mut value.is_some());
        self.0.extend_from_slice(&value.unwrap_or(0).to_le_bytes());
    }
}

/// Takes from bytes; `good` tells whether all were there and sound.
pub struct Taking<'a> {
    rest: &'a [u8],
    good: bool,
}

impl<'a> Taking<'a> {
    /// Over `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, good: true }
    }

    /// Whether exactly these bytes were a sound state.
    pub fn ended_well(&self) -> bool {
        self.good && self.rest.is_empty()
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.rest.split_first_chunk::<N>() {
            Some((taken, rest)) => {
                self.rest = rest;
                *taken
            }
            None => {
                self.good = false;
                [0; N]
            }
        }
    }
}

impl Port for Taking<'_> {
    fn number(&mut self, value: &mut f64) {
        *value = f64::from_le_bytes(self.take());
        self.good &= value.is_finite();
    }

    fn numbers(&mut self, values: &mut [f32]) {
        for value in values {
            *value = f32::from_le_bytes(self.take());
            self.good &= value.is_finite();
        }
    }

    fn flag(&mut self, value: &mut bool) {
        let [byte] = self.take();
        *value = byte == 1;
        self.good &= byte <= 1;
    }

    fn whole(&mut self, value: &mut Option<i64>) {
        let mut some = false;
        self.flag(&mut some);
        let number = i64::from_le_bytes(self.take());
        *value = some.then_some(number);
    }
}
