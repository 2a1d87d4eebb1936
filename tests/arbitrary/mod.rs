//! Arbitrary values of any type that serde can read, made of a string of bytes.
//!
//! Every choice (a number, a length, a variant) takes one byte; when the bytes are used up
//! all choices are 0. So a generator of bytes is a generator of values, shorter bytes are
//! smaller values, and a message type that is new tomorrow is drawn without a line here.
//!
//! ```text
//!   bytes ──> Deserializer ──> value ──> pack ──> bytes ──> unpack ──> the same value?
//! ```
//!
//! Left out: formats that describe themselves (`deserialize_any`), and maps, which no message has. A field
//! that serde skips is skipped here too; what was really sent, in the other half of the codec test, shows it.

use serde::Deserialize;
use serde::de::value::{Error, U32Deserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, SeqAccess,
    VariantAccess, Visitor,
};
use std::collections::{BTreeMap, BTreeSet};

/// Which variants of which enums were drawn, of how many.
pub(crate) type Drawn = BTreeMap<&'static str, (&'static [&'static str], BTreeSet<&'static str>)>;

/// The choices that make one value.
pub(crate) struct Choices<'a> {
    bytes: &'a [u8],
    /// The variant of the outermost enum, if it is not left to the bytes.
    first: Option<usize>,
    depth: usize,
    drawn: &'a mut Drawn,
}

/// A value of type `T`; if `T` is an enum, of its variant `first`.
pub(crate) fn value<T: DeserializeOwned>(first: Option<usize>, bytes: &[u8], drawn: &mut Drawn) -> T {
    let mut choices = Choices { bytes, first, depth: 0, drawn };
    T::deserialize(&mut choices).expect("every choice is a legal one")
}

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *byte
    }

    /// Small, or at an edge of the codec's or the type's widths, or anything.
    fn number(&mut self) -> u64 {
        const EDGES: [u64; 8] = [250, 251, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, 1 << 63, u64::MAX];
        match self.byte() {
            small @ 0..=159 => u64::from(small),
            edge @ 160..=223 => EDGES[usize::from(edge) % EDGES.len()],
            _ => u64::from_le_bytes([(); 8].map(|()| self.byte())),
        }
    }

    /// Shorter further in, so that every value ends.
    fn length(&mut self) -> usize {
        usize::from(self.byte()) % (5_usize.saturating_sub(self.depth / 2)).max(1)
    }

    fn pick(&mut self, name: &'static str, variants: &'static [&'static str]) -> usize {
        let at = match self.first.take() {
            Some(first) => first,
            None => usize::from(self.byte()) % variants.len(),
        };
        self.drawn.entry(name).or_insert_with(|| (variants, BTreeSet::new())).1.insert(variants[at]);
        at
    }
}

macro_rules! numbers {
    ($($read:ident $visit:ident $ty:ty)+) => {
        $(
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "any bits will do")]
            fn $read<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                visitor.$visit(self.number() as $ty)
            }
        )+
    };
}

macro_rules! never {
    ($($read:ident($($argument:ty),*))+) => {
        $(
            fn $read<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, Error> {
                Err(Error::custom(concat!(stringify!($read), ": no message has such a field yet")))
            }
        )+
    };
}

impl<'de> Deserializer<'de> for &mut Choices<'_> {
    type Error = Error;

    numbers! {
        deserialize_u8 visit_u8 u8 deserialize_u16 visit_u16 u16 deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64 deserialize_i8 visit_i8 i8 deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32 deserialize_i64 visit_i64 i64
    }

    never! {
        deserialize_any() deserialize_f32() deserialize_f64() deserialize_map() deserialize_identifier()
        deserialize_ignored_any() deserialize_bytes() deserialize_byte_buf()
        deserialize_unit_struct(&'static str)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.byte() % 2 == 1)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        const SOME: [char; 8] = ['a', ' ', '"', '\0', '\n', 'ß', '語', '😀'];
        visitor.visit_char(SOME[usize::from(self.byte()) % SOME.len()])
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let length = self.length();
        let text: Result<String, Error> = (0..length).map(|_| char::deserialize(&mut *self)).collect();
        visitor.visit_string(text?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.byte() % 2 == 1 { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let length = self.length();
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.depth += 1;
        let value = visitor.visit_seq(Elements { left: length, of: self });
        self.depth -= 1;
        value
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let at = self.pick(name, variants);
        visitor.visit_enum(Variant { at: u32::try_from(at).expect("enums are small"), of: self })
    }

    /// As the codec does.
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The elements of a sequence or the fields of a struct.
struct Elements<'c, 'a> {
    left: usize,
    of: &'c mut Choices<'a>,
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.of).map(Some)
    }
}

/// One variant and what it holds.
struct Variant<'c, 'a> {
    at: u32,
    of: &'c mut Choices<'a>,
}

impl<'de, 'c, 'a> EnumAccess<'de> for Variant<'c, 'a> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let at: U32Deserializer<Error> = self.at.into_deserializer();
        Ok((seed.deserialize(at)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.of)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.of.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.of.deserialize_tuple(fields.len(), visitor)
    }
}
