//! The declarations that generated code is written in. Each macro takes what a reader wants to know of a type, its fields with
//! their wire names and types, and makes the type with its decoder and encoder.
//!
//! Fields are named as on the wire; `type_ as "type": String` where Rust does not allow that name.

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
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
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

/// How one arm of a union is decoded.
macro_rules! decode_arm {
    ($reader:ident, $tag:tt, $variant:ident ($ty:ty) $([$($text:literal),+])?) => {
        <$ty as $crate::json::Json>::decode($reader).map(Self::$variant)
    };
    ($reader:ident, [$tag:literal], $variant:ident $({ $($field:ident $(as $wire:literal)? : $fty:ty),* })? [$text:literal]) => {
        $crate::json::macros::decode_fields!($reader, extra, [$tag = $text], { $($($field $(as $wire)? : $fty),*)? },
            if extra.is_plain() { Ok(Self::$variant { $($($field),*)? }) } else { Err($crate::json::Misfit::Shape) })
    };
}

/// How one arm of a union is encoded.
macro_rules! encode_arm {
    ($out:ident, $tag:tt, ($held:ident $ty:ty) $([$($text:literal),+])?) => {
        $crate::json::Json::encode($held, $out)
    };
    ($out:ident, [$tag:literal], $({ $($field:ident $(as $wire:literal)?),* })? [$text:literal]) => {{
        let extra = &$crate::json::Extra::default();
        $crate::json::macros::encode_fields!($out, extra, [$tag = $text], { $($($field $(as $wire)?),*)? })
    }};
}

/// The first, where a second is there.
macro_rules! first {
    ($first:ident $second:ty) => {
        $first
    };
}

/// The tag of a union as an option.
macro_rules! optional {
    ([]) => {
        None
    };
    ([$token:literal]) => {
        Some($token)
    };
}

/// One of several values: `enum Name by "tag" { Arm(Type) = "tag value", Short { field: Type } = "tag value", Text(String) }`.
///
/// An arm without a held type is a short form: it has exactly these fields, and JSON that says more is decoded as the next arm
/// of the same tag. What no arm can hold is an `Other`.
macro_rules! union {
    ($(#[$meta:meta])* pub enum $name:ident by $tag:literal { $($arms:tt)* }) => {
        $crate::json::macros::union_of! { [$(#[$meta])*] $name [$tag] { $($arms)* } }
    };
    ($(#[$meta:meta])* pub enum $name:ident { $($arms:tt)* }) => {
        $crate::json::macros::union_of! { [$(#[$meta])*] $name [] { $($arms)* } }
    };
}

/// A union with its tag, or without one.
macro_rules! union_of {
    ([$($meta:tt)*] $name:ident $tag:tt {
        $($(#[$vmeta:meta])* $variant:ident $(($ty:ty))? $({ $($field:ident $(as $wire:literal)? : $fty:ty),* $(,)? })? $(= $($text:literal)|+)?),* $(,)?
    }) => {
        $($meta)*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant $(($ty))? $({ $($field: $fty),* })?,)*
            /// A value of a kind that this version does not know.
            Other($crate::json::Raw),
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other($crate::json::Raw::default())
            }
        }

        impl $crate::json::Json for $name {
            fn decode(reader: &mut $crate::json::Reader<'_>) -> std::result::Result<Self, $crate::json::Misfit> {
                let mut trial = $crate::json::Trial::new(reader, $crate::json::macros::optional!($tag))?;
                $($crate::json::macros::try_arm!(trial, reader, $tag, $variant $(($ty))? $({ $($field $(as $wire)? : $fty),* })? $([$($text),+])?);)*
                trial.decide(reader, Self::Other)
            }

            fn encode(&self, out: &mut $crate::json::Writer) {
                $crate::json::macros::match_arms!(self, out, $tag, { $($variant $(($ty))? $({ $($field $(as $wire)?),* })? $([$($text),+])?,)* })
            }

            fn is_blank(&self) -> bool {
                matches!(self, Self::Other(raw) if $crate::json::Json::is_blank(raw))
            }
        }

        $crate::json::macros::serde_bridge!($name);
    };
}

/// Gives one arm its chance.
macro_rules! try_arm {
    ($trial:ident, $reader:ident, $tag:tt, $variant:ident $(($ty:ty))? $({ $($fields:tt)* })? $([$($text:literal),+])?) => {
        $trial.arm($reader, &[$($($text),+)?], |reader| {
            $crate::json::macros::decode_arm!(reader, $tag, $variant $(($ty))? $({ $($fields)* })? $([$($text),+])?)
        })?
    };
}

/// The match over a union's arms that encodes it.
macro_rules! match_arms {
    ($self:ident, $out:ident, $tag:tt, { $($variant:ident $(($ty:ty))? $({ $($field:ident $(as $wire:literal)?),* })? $([$($text:literal),+])?,)* }) => {
        match $self {
            $(Self::$variant $(($crate::json::macros::first!(held $ty)))? $({ $($field),* })? => {
                $crate::json::macros::encode_arm!($out, $tag, $((held $ty))? $({ $($field $(as $wire)?),* })? $([$($text),+])?)
            })*
            Self::Other(raw) => $out.raw(raw.get()),
        }
    };
}

/// The events of a stream: `enum Name by "tag" { Delta { delta: String } = "tag value", … }`.
///
/// Each arm is one event with its fields; its `extra` keeps what it does not know. An arm `Name(field: Type)` holds the whole event
/// as `Name { field: Box<Type> }`. Events of unknown kinds are `Other`.
macro_rules! event_union {
    ($(#[$meta:meta])* pub enum $name:ident by $tag:literal {
        $($(#[$vmeta:meta])* $variant:ident $(($held:ident : $ty:ty))? $({ $($field:ident $(as $wire:literal)? : $fty:ty),* $(,)? })? = $text:literal),* $(,)?
    }) => {
        $crate::json::macros::event_enum! {
            [$(#[$meta])*] $name {} $({ [$(#[$vmeta])*] $variant $(($held : $ty))? $({ $($field : $fty),* })? })*
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other($crate::json::Raw::default())
            }
        }

        impl $crate::json::Json for $name {
            fn decode(reader: &mut $crate::json::Reader<'_>) -> std::result::Result<Self, $crate::json::Misfit> {
                match reader.tag($tag)? {
                    $(Some($text) => $crate::json::macros::decode_event!(reader, [$tag = $text], $variant $(($held : $ty))? $({ $($field $(as $wire)? : $fty),* })?),)*
                    _ => Ok(Self::Other($crate::json::Raw::decode(reader)?)),
                }
            }

            fn encode(&self, out: &mut $crate::json::Writer) {
                match self {
                    $(Self::$variant { $($held)? $($($field,)* extra)? } => $crate::json::macros::encode_event!(out, [$tag = $text], $(($held : $ty))? $({ $($field $(as $wire)?),* } extra)?),)*
                    Self::Other(raw) => out.raw(raw.get()),
                }
            }

            fn is_blank(&self) -> bool {
                matches!(self, Self::Other(raw) if $crate::json::Json::is_blank(raw))
            }
        }

        $crate::json::macros::serde_bridge!($name);
    };
}

/// Declares the enum of an `event_union!`, arm by arm: an arm with fields is open to more of them, one that holds an event is not.
macro_rules! event_enum {
    ([$($meta:tt)*] $name:ident { $($done:tt)* }) => {
        $($meta)*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($done)*
            /// An event of a kind that this version does not know.
            Other($crate::json::Raw),
        }
    };
    ($meta:tt $name:ident { $($done:tt)* } { [$($vmeta:tt)*] $variant:ident ($held:ident : $ty:ty) } $($rest:tt)*) => {
        $crate::json::macros::event_enum! { $meta $name { $($done)* $($vmeta)* $variant {
            /// The whole event.
            $held: Box<$ty>
        }, } $($rest)* }
    };
    ($meta:tt $name:ident { $($done:tt)* } { [$($vmeta:tt)*] $variant:ident { $($field:ident : $fty:ty),* } } $($rest:tt)*) => {
        $crate::json::macros::event_enum! { $meta $name { $($done)* $($vmeta)* #[non_exhaustive] $variant {
            $($field: $fty,)*
            /// Everything else that the event holds.
            extra: $crate::json::Extra,
        }, } $($rest)* }
    };
}

/// How one event is decoded.
macro_rules! decode_event {
    ($reader:ident, $const:tt, $variant:ident ($held:ident : $ty:ty)) => {
        Ok(Self::$variant { $held: $crate::json::Json::decode($reader)? })
    };
    ($reader:ident, $const:tt, $variant:ident { $($field:ident $(as $wire:literal)? : $fty:ty),* }) => {
        $crate::json::macros::decode_fields!($reader, extra, $const, { $($field $(as $wire)? : $fty),* },
            Ok(Self::$variant { $($field,)* extra }))
    };
}

/// How one event is encoded.
macro_rules! encode_event {
    ($out:ident, $const:tt, ($held:ident : $ty:ty)) => {
        $crate::json::Json::encode($held, $out)
    };
    ($out:ident, $const:tt, { $($field:ident $(as $wire:literal)?),* } $extra:ident) => {
        $crate::json::macros::encode_fields!($out, $extra, $const, { $($field $(as $wire)?),* })
    };
}

/// `From` for the arms of a union: `Union { Arm(Type), … }`; an arm of `str` takes every kind of string.
macro_rules! from_arms {
    ($name:ident { $($variant:ident($($ty:tt)+)),* $(,)? }) => {
        $($crate::json::macros::from_arm!($name $variant $($ty)+);)*
    };
}

macro_rules! from_arm {
    ($name:ident $variant:ident str) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::$variant(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::$variant(text.into())
            }
        }

        impl From<&String> for $name {
            fn from(text: &String) -> Self {
                Self::$variant(text.into())
            }
        }
    };
    ($name:ident $variant:ident $ty:ty) => {
        impl From<$ty> for $name {
            fn from(value: $ty) -> Self {
                Self::$variant(value)
            }
        }
    };
}

/// How users make an object: `Name(required: Type) { optional: Type }` gives `new` with what is required, and a method per
/// field that sets it and returns the object, for chaining. `name[]: Type` takes anything that can be iterated, `name{}: Type`
/// anything that yields pairs of a key and a value. After `;` stands what `new` sets by itself.
macro_rules! builder {
    ($name:ident ($($field:ident $([$($list:tt)?])? $({$($map:tt)?})? : $ty:ty),* $(; $preset:ident = $text:literal)?) { $($rest:tt)* }) => {
        impl $name {
            /// What is required; the methods named like the fields set the rest.
            pub fn new($($field: $crate::json::macros::argument!($([$($list)?])? $({$($map)?})? $ty)),*) -> Self {
                Self::default()$(.$field($field))*$(.$preset($text))?
            }
        }

        $crate::json::macros::setters! { $name { $($field $([$($list)?])? $({$($map)?})? : $ty,)* $($rest)* } }
    };
}

/// What a setter takes.
macro_rules! argument {
    ([] $ty:ty) => {
        impl IntoIterator<Item = impl Into<$ty>>
    };
    ({} $ty:ty) => {
        impl IntoIterator<Item = (impl Into<String>, impl Into<$ty>)>
    };
    ($ty:ty) => {
        impl Into<$ty>
    };
}

macro_rules! setters {
    ($name:ident { $($field:ident $([$($list:tt)?])? $({$($map:tt)?})? : $ty:ty),* $(,)? }) => {
        impl $name {
            $($crate::json::macros::setter!($field $([$($list)?])? $({$($map)?})? $ty);)*
        }
    };
}

macro_rules! setter {
    ($field:ident [] $ty:ty) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        pub fn $field(mut self, values: impl IntoIterator<Item = impl Into<$ty>>) -> Self {
            let values: Vec<$ty> = values.into_iter().map(Into::into).collect();
            self.$field = From::from(values);
            self
        }
    };
    ($field:ident {} $ty:ty) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        pub fn $field(mut self, entries: impl IntoIterator<Item = (impl Into<String>, impl Into<$ty>)>) -> Self {
            let entries = entries.into_iter().map(|(key, value)| (key.into(), value.into()));
            self.$field = From::from(entries.collect::<$crate::json::Map<$ty>>());
            self
        }
    };
    ($field:ident $ty:ty) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        pub fn $field(mut self, value: impl Into<$ty>) -> Self {
            let value: $ty = value.into();
            self.$field = From::from(value);
            self
        }
    };
}

/// An event that stands for the one thing it carries: it can be used as that thing.
macro_rules! payload {
    ($name:ident { $field:ident : $ty:ty }) => {
        impl std::ops::Deref for $name {
            type Target = $ty;

            fn deref(&self) -> &$ty {
                &self.$field
            }
        }
    };
}

pub(crate) use {
    argument, builder, decode_arm, decode_event, decode_fields, encode_arm, encode_event, encode_fields, event_enum, event_union,
    first, from_arm, from_arms, key, keys, match_arms, object, open_enum, optional, payload, plain_object, serde_bridge, setter,
    setters, try_arm, union, union_of,
};
