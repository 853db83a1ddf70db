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

/// The keys of an object, as what reads and writes it wants them.
macro_rules! layout {
    ([$($ckey:literal = $cval:literal),*] $($field:ident $(as $wire:literal)?),*) => {
        $crate::json::Layout {
            fields: &[$($crate::json::macros::key!($field $($wire)?)),*],
            fixed: &[$(($ckey, $cval)),*],
        }
    };
}

/// An object whose fields become variables: reads them, and yields `$build`.
macro_rules! decode_fields {
    ($reader:ident, $extra:ident, $fixed:tt, { $($field:ident $(as $wire:literal)? : $ty:ty),* }, $build:expr) => {{
        static LAYOUT: $crate::json::Layout = $crate::json::macros::layout!($fixed $($field $(as $wire)?),*);
        let mut $extra = $crate::json::Extra::default();
        $(let mut $field = <$ty as Default>::default();)*
        LAYOUT.decode($reader, &mut [$(&mut $field),*], &mut $extra)?;
        $build
    }};
}

/// An object whose fields are variables that refer to them.
macro_rules! encode_fields {
    ($out:ident, $extra:expr, $fixed:tt, { $($field:ident $(as $wire:literal)?),* }) => {{
        static LAYOUT: $crate::json::Layout = $crate::json::macros::layout!($fixed $($field $(as $wire)?),*);
        LAYOUT.encode($out, &[$($field),*], $extra);
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
        #[non_exhaustive]
        pub struct $name {
            $($(#[$fmeta])* pub $field: $ty,)*
            /// Everything else that the JSON object holds.
            pub extra: $crate::json::Extra,
        }

        impl Clone for $name {
            #[inline(never)]
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone(),)* extra: self.extra.clone() }
            }
        }

        impl Default for $name {
            #[inline(never)]
            fn default() -> Self {
                Self { $($field: Default::default(),)* extra: Default::default() }
            }
        }

        const _: () = {
            static LAYOUT: $crate::json::Layout =
                $crate::json::macros::layout!([$($($ckey = $cval),*)?] $($field $(as $wire)?),*);

            impl $crate::json::Json for $name {
                fn decode(&mut self, reader: &mut $crate::json::Reader<'_>) -> std::result::Result<(), $crate::json::Misfit> {
                    LAYOUT.decode(reader, &mut [$(&mut self.$field),*], &mut self.extra)
                }

                fn encode(&self, out: &mut $crate::json::Writer) {
                    LAYOUT.encode(out, &[$(&self.$field),*], &self.extra);
                }

                fn is_blank(&self) -> bool {
                    $crate::json::is_blank(self)
                }
            }
        };

        /// Shows the JSON.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::json::debug(stringify!($name), self, f)
            }
        }

        /// Equal is what says the same as JSON.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::json::same(self, other)
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
            fn decode(&mut self, reader: &mut $crate::json::Reader<'_>) -> std::result::Result<(), $crate::json::Misfit> {
                $crate::json::macros::decode_fields!(reader, extra, [], { $($field $(as $wire)? : $ty),* }, {
                    if !extra.is_plain() {
                        return Err($crate::json::Misfit::Shape);
                    }
                    *self = Self { $($field,)* };
                    Ok(())
                })
            }

            fn encode(&self, out: &mut $crate::json::Writer) {
                let Self { $($field,)* } = self;
                let extra = &$crate::json::Extra::default();
                $crate::json::macros::encode_fields!(out, extra, [], { $($field $(as $wire)?),* });
            }

            fn is_blank(&self) -> bool {
                $crate::json::is_blank(self)
            }
        }

        $crate::json::macros::serde_bridge!($name);
    };
}

/// A string with known values. Any other value is an `Other`, so a new one of the server never breaks a program.
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* #[doc = concat!("`", $text, "`")] $variant,)*
            /// A value that this version does not know.
            Other(String),
        }

        impl Clone for $name {
            #[inline(never)]
            fn clone(&self) -> Self {
                match self {
                    $(Self::$variant => Self::$variant,)*
                    Self::Other(text) => Self::Other(text.clone()),
                }
            }
        }

        impl std::fmt::Debug for $name {
            #[inline(never)]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => stringify!($variant),)*
                    Self::Other(text) => return f.debug_tuple("Other").field(text).finish(),
                })
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl $name {
            /// The value on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }

            #[inline(never)]
            fn of(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            #[inline(never)]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                Self::of(text.as_ref())
            }
        }

        impl From<$name> for String {
            #[inline(never)]
            fn from(value: $name) -> Self {
                match value {
                    $name::Other(text) => text,
                    known => known.as_str().to_owned(),
                }
            }
        }

        impl<T: AsRef<str> + ?Sized> PartialEq<T> for $name {
            fn eq(&self, text: &T) -> bool {
                self.as_str() == text.as_ref()
            }
        }

        impl $crate::json::Json for $name {
            fn decode(&mut self, reader: &mut $crate::json::Reader<'_>) -> std::result::Result<(), $crate::json::Misfit> {
                *self = Self::of(reader.text()?);
                reader.note(!matches!(self, Self::Other(_)));
                Ok(())
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

pub(crate) use {decode_fields, encode_fields, key, layout, object, open_enum, plain_object, serde_bridge};
