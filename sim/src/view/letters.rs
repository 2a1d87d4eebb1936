//! Numbers as letters: small, and read much faster than JSON's numbers.
//!
//! A number is its digits, the lowest first. The last digit is one of the first 45 letters from
//! `#` on, every other one of the 46 after them; the backslash, which JSON would double, is left
//! out. `run.js` reads them.

/// So many letters end a number.
const LAST: u64 = 45;
/// So many say that another follows.
const MORE: u64 = 46;

/// Numbers from -1 on, one behind the other.
pub(super) fn letters<N: TryInto<i64>>(numbers: impl IntoIterator<Item = N>) -> String {
    let mut text = String::new();
    for number in numbers {
        let number: i64 = number.try_into().ok().expect("no number of a trace is that great");
        let mut rest = u64::try_from(number + 1).expect("-1 is the least");
        while rest >= LAST {
            rest -= LAST;
            text.push(letter(LAST + rest % MORE));
            rest /= MORE;
        }
        text.push(letter(rest));
    }
    text
}

fn letter(digit: u64) -> char {
    let code = b'#' + u8::try_from(digit).expect("a digit is less than 91");
    char::from(if code >= b'\\' { code + 1 } else { code })
}
