//! The one module that knows how values become bytes: bincode 2, standard configuration.

use bincode::config::{Configuration, Limit, LittleEndian, Varint, standard};
use bincode::enc::write::Writer;
use bincode::error::{DecodeError as BincodeError, EncodeError};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// Bytes of one value at most. Without a limit, a damaged length makes bincode ask for
/// exabytes, which aborts the process instead of being an error.
const MAX_VALUE_BYTES: usize = 1 << 30;

const CONFIG: Configuration<LittleEndian, Varint, Limit<MAX_VALUE_BYTES>> = standard().with_limit::<MAX_VALUE_BYTES>();

/// Bytes that are not a value of the type asked for.
#[derive(Debug)]
pub struct DecodeError(BincodeError);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not decodable: {}", self.0)
    }
}

impl std::error::Error for DecodeError {}

/// Room for a message or record of usual size, so that it need not grow piece by piece.
const USUAL_BYTES: usize = 256;

/// Encodes one value.
pub fn pack<V: Serialize>(value: &V) -> Vec<u8> {
    let mut encoder = Encoder::default();
    encoder.push(value);
    encoder.into_bytes()
}

/// Decodes one value that fills all of `bytes`.
///
/// # Errors
/// The bytes are not such a value, or something is left over.
pub fn unpack<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, DecodeError> {
    let (value, used) = bincode::serde::decode_from_slice(bytes, CONFIG).map_err(DecodeError)?;
    if used != bytes.len() {
        return Err(DecodeError(BincodeError::Other("trailing bytes")));
    }
    Ok(value)
}

/// Writes values one after another, as a redo record does.
#[derive(Clone, Debug, Default, Hash)]
pub struct Encoder(Vec<u8>);

impl Encoder {
    /// Appends one value.
    pub fn push<V: Serialize>(&mut self, value: &V) {
        if self.0.capacity() == 0 {
            self.0.reserve(USUAL_BYTES);
        }
        bincode::serde::encode_into_writer(value, Appender(&mut self.0), CONFIG)
            .expect("our types always encode: no unsized sequences, and writing to memory does not fail");
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

struct Appender<'a>(&'a mut Vec<u8>);

impl Writer for Appender<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Reads back what an [`Encoder`] wrote.
#[derive(Debug)]
pub struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    /// Starts at the front of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Decoder(bytes)
    }

    /// The next value, or `None` at the end.
    ///
    /// # Errors
    /// The bytes at this place are not a value of that type.
    pub fn read<V: DeserializeOwned>(&mut self) -> Result<Option<V>, DecodeError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (value, used) = bincode::serde::decode_from_slice(self.0, CONFIG).map_err(DecodeError)?;
        self.0 = &self.0[used..];
        Ok(Some(value))
    }
}
