//! A capsule as one word: `tc1:`, the text deflated and in base 64, and a checksum.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use xxhash_rust::xxh3::xxh3_64;

const VERSION: &str = "1";
/// How hard it is pressed: as hard as can be.
const LEVEL: u8 = 10;
/// Nobody pastes more than this.
const LIMIT: usize = 16 << 20;

/// Whether a text is a capsule as one word, of whatever version.
pub(super) fn is_word(text: &str) -> bool {
    let text = text.trim();
    !text.contains(char::is_whitespace) && version(text).is_some()
}

/// What stands between `tc` and the first `:`, if it is a number.
fn version(word: &str) -> Option<&str> {
    let (version, _) = word.strip_prefix("tc")?.split_once(':')?;
    (!version.is_empty() && version.chars().all(|c| c.is_ascii_digit())).then_some(version)
}

/// The word for a text.
pub(super) fn pack(text: &str) -> String {
    let body = format!("tc{VERSION}:{}", URL_SAFE_NO_PAD.encode(compress_to_vec(text.as_bytes(), LEVEL)));
    let sum = sum(&body);
    body + ":" + &sum
}

/// The text of a word.
pub(super) fn unpack(word: &str) -> Result<String, String> {
    if let Some(other) = version(word).filter(|found| *found != VERSION) {
        return Err(format!("this capsule is of version tc{other}; this program reads tc{VERSION}"));
    }
    let (body, given) = word.rsplit_once(':').ok_or("expected a checksum at the end of the capsule")?;
    let found = sum(body);
    if given != found {
        return Err(format!("the capsule was changed or cut: its checksum is {found}, and it says '{given}'"));
    }
    let broken = "the capsule cannot be unpacked".to_owned();
    let (_, packed) = body.split_once(':').ok_or_else(|| broken.clone())?;
    let bytes = URL_SAFE_NO_PAD.decode(packed).map_err(|_| broken.clone())?;
    let bytes = decompress_to_vec_with_limit(&bytes, LIMIT).map_err(|_| broken.clone())?;
    String::from_utf8(bytes).map_err(|_| broken)
}

/// Eight hexadecimal digits over all that stands before.
fn sum(text: &str) -> String {
    format!("{:08x}", xxh3_64(text.as_bytes()) as u32)
}
