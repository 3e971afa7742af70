//! JSON values of which any type is accepted, so that one of the wrong type costs only itself.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// A value of any type. Texts are borrowed from the input unless they contain escapes. `L` is what lists are decoded
/// into, and `O` what objects are.
#[derive(Debug, Default)]
pub(super) enum Loose<'a, L, O> {
    /// There is no such field, or it is null.
    #[default]
    Missing,
    Text(Cow<'a, str>),
    Number(Number),
    Flag(bool),
    List(L),
    Object(O),
}

/// A text, number or truth value.
pub(super) type Leaf<'a> = Loose<'a, Value, Value>;
/// A list of texts, numbers or truth values.
pub(super) type Leaves<'a> = Loose<'a, Vec<Leaf<'a>>, Value>;
/// An object.
pub(super) type Part<'a, T> = Loose<'a, Value, T>;
/// A list of objects.
pub(super) type Parts<'a, T> = Loose<'a, Vec<Part<'a, T>>, T>;

impl<L, O> Loose<'_, L, O> {
    /// The value as it came, for the record of an odd value. Texts are without quotes.
    pub(super) fn shown(&self, list: impl Fn(&L) -> String, object: impl Fn(&O) -> String) -> String {
        match self {
            Self::Missing => "null".to_owned(),
            Self::Text(text) => text.clone().into_owned(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(value) => list(value),
            Self::Object(value) => object(value),
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

impl<'de: 'a, 'a, L: Deserialize<'de>, O: Deserialize<'de>> Deserialize<'de> for Loose<'a, L, O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor(PhantomData))
    }
}

struct LooseVisitor<'a, L, O>(PhantomData<Loose<'a, L, O>>);

impl<'de: 'a, 'a, L: Deserialize<'de>, O: Deserialize<'de>> Visitor<'de> for LooseVisitor<'a, L, O> {
    type Value = Loose<'a, L, O>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Loose::Missing)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Loose::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Loose::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Loose::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Loose::Missing, Loose::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        L::deserialize(SeqAccessDeserializer::new(list)).map(Loose::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        O::deserialize(MapAccessDeserializer::new(object)).map(Loose::Object)
    }
}
