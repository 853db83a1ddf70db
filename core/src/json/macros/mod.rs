//! The declarations that generated code is written in. Each macro takes what a reader wants to know of a type, its fields with
//! their wire names and types, and makes the type with its decoder and encoder.
//!
//! Fields are named as on the wire; `type_ as "type": String` where Rust does not allow that name.

mod building;
mod unions;

pub(crate) use building::*;
pub(crate) use unions::*;

/// The wire key of a field.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $wire:literal) => {
        $wire
    };
}

/// The positions of an object's keys, and the keys: declared fields first, then those whose value is fixed.
macro_rules! keys {
    ([$($ckey:literal = $cval:literal),*] $($field:ident $(as $wire:literal)?),*) => {
        #[allow(non_camel_case_types, clippy::enum_variant_names)]
        enum Slot { $($field,)* Fixed }
        const KEYS: &[&str] = &[$($crate::json::macros::key!($field $($wire)?),)* $($ckey),*];
        const FIXED: &[&str] = &[$($cval),*];
    };
}

/// Reads an object's fields into variables of their names and `$extra`, then yields `$build`.
macro_rules! decode_fields {
    ($reader:ident, $extra:ident, [$($ckey:literal = $cval:literal),*], { $($field:ident $(as $wire:literal)? : $ty:ty),* }, $build:expr) => {{
        $crate::json::macros::keys!([$($ckey = $cval),*] $($field $(as $wire)?),*);
        let mut $extra = $crate::json::Extra::default();
        $(let mut $field = <$ty as Default>::default();)*
        let mut cursor = $crate::json::Cursor::default();
        while let Some(slot) = $reader.slot(KEYS, &mut cursor, &mut $extra)? {
            match slot {
                $(s if s == Slot::$field as usize => $reader.value(&mut $field, s, KEYS[s], &mut $extra)?,)*
                s => $reader.constant(FIXED[s - Slot::Fixed as usize], s, KEYS[s], &mut $extra)?,
            }
        }
        $(if !<$ty as $crate::json::Json>::OPTIONAL {
            $reader.require(Slot::$field as usize, &cursor, &mut $extra);
        })*
        for slot in Slot::Fixed as usize..KEYS.len() {
            $reader.require(slot, &cursor, &mut $extra);
        }
        $build
    }};
}

/// Writes an object: fixed keys first (the tag of a union among them), then the fields in declared order, then `$extra`.
macro_rules! encode_fields {
    ($out:ident, $extra:expr, [$($ckey:literal = $cval:literal),*], { $($field:ident $(as $wire:literal)?),* }) => {{
        $crate::json::macros::keys!([$($ckey = $cval),*] $($field $(as $wire)?),*);
        $out.open_object();
        for (at, value) in FIXED.iter().enumerate() {
            let slot = Slot::Fixed as usize + at;
            $out.constant(KEYS[slot], slot, value, $extra);
        }
        $({
            let slot = Slot::$field as usize;
            $out.field(KEYS[slot], slot, $field, $extra);
        })*
        $out.rest(KEYS, $extra);
        $out.close_object();
    }};
}

/// serde's traits for a type of ours.
macro_rules! serde_bridge {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                $crate::json::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> std::result::Result<Self, D::Error> {
                $crate::json::deserialize(deserializer)
            }
        }
    };
}

/// A JSON object: `struct Name ["key" = "fixed value"] { field: Type, … }`. It is `#[non_exhaustive]` and keeps what it does
/// not know in its `extra`.
macro_rules! object {
    ($(#[$meta:meta])* pub struct $name:ident $([$($ckey:literal = $cval:literal),*])? {
        $($(#[$fmeta:meta])* $field:ident $(as $wire:literal)? : $ty:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$fmeta])* pub $field: $ty,)*
            /// Everything else that the JSON object holds.
            pub extra: $crate::json::Extra,
        }

        impl $name {
            /// Sets any key of the JSON object, also one this type does not know.
            pub fn extra(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
                self.extra.insert(key, value.into());
                self
            }
        }

        impl $crate::json::Json for $name {
            fn decode(reader: &mut $crate::json::Reader<'_>) -> std::result::Result<Self, $crate::json::Misfit> {
                $crate::json::macros::decode_fields!(reader, extra, [$($($ckey = $cval),*)?],
                    { $($field $(as $wire)? : $ty),* }, Ok(Self { $($field,)* extra }))
            }

            fn encode(&self, out: &mut $crate::json::Writer) {
                let Self { $($field,)* extra } = self;
                $crate::json::macros::encode_fields!(out, extra, [$($($ckey = $cval),*)?], { $($field $(as $wire)?),* });
            }

            fn is_blank(&self) -> bool {
                self.extra.is_empty() $(&& $crate::json::Json::is_blank(&self.$field))*
            }
        }

        $crate::json::macros::serde_bridge!($name);
    };
}

/// A JSON object that users write as a struct literal, so it has exactly these fields. JSON with anything more is no such
/// object: the union or the object around it keeps it as raw text.
macro_rules! plain_object {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$fmeta:meta])* $field:ident $(as $wire:literal)? : $ty:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $($(#[$fmeta])* pub $field: $ty,)*
        }

        impl $crate::json::Json for $name {
            fn decode(reader: &mut $crate::json::Reader<'_>) -> std::result::Result<Self, $crate::json::Misfit> {
                $crate::json::macros::decode_fields!(reader, extra, [], { $($field $(as $wire)? : $ty),* },
                    if extra.is_plain() { Ok(Self { $($field,)* }) } else { Err($crate::json::Misfit::Shape) })
            }

            fn encode(&self, out: &mut $crate::json::Writer) {
                let Self { $($field,)* } = self;
                let extra = &$crate::json::Extra::default();
                $crate::json::macros::encode_fields!(out, extra, [], { $($field $(as $wire)?),* });
            }

            fn is_blank(&self) -> bool {
                true $(&& $crate::json::Json::is_blank(&self.$field))*
            }
        }

        $crate::json::macros::serde_bridge!($name);
    };
}

/// A string with known values. Any other value is an `Other`, so a new one of the server never breaks a program.
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* #[doc = concat!("`", $text, "`")] $variant,)*
            /// A value that this version does not know.
            Other(String),
        }

        impl $name {
            /// The value on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }

            fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Other(text.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or(Self::Other(text))
            }
        }

        impl From<&String> for $name {
            fn from(text: &String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                match value {
                    $name::Other(text) => text,
                    known => known.as_str().to_owned(),
                }
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, text: &str) -> bool {
                self.as_str() == text
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, text: &&str) -> bool {
                self.as_str() == *text
            }
        }

        impl $crate::json::Json for $name {
            fn decode(reader: &mut $crate::json::Reader<'_>) -> std::result::Result<Self, $crate::json::Misfit> {
                let value = Self::from(reader.text()?);
                reader.note(!matches!(value, Self::Other(_)));
                Ok(value)
            }

            fn encode(&self, out: &mut $crate::json::Writer) {
                out.string(self.as_str());
            }

            fn is_blank(&self) -> bool {
                matches!(self, Self::Other(text) if text.is_empty())
            }
        }

        $crate::json::macros::serde_bridge!($name);
    };
}

pub(crate) use {decode_fields, encode_fields, key, keys, object, open_enum, plain_object, serde_bridge};
