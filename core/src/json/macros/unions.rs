//! Unions, tagged or not, and the events of streams.

/// How one arm of a union is decoded.
macro_rules! decode_arm {
    ($self:ident, $reader:ident, $tag:tt, $variant:ident ($ty:ty) $([$($text:literal),+])?) => {{
        *$self = Self::$variant(Default::default());
        if let Self::$variant(held) = $self {
            $crate::json::Json::decode(held, $reader)?;
        }
    }};
    ($self:ident, $reader:ident, [$tag:literal], $variant:ident $({ $($field:ident $(as $wire:literal)? : $fty:ty),* })? [$text:literal]) => {
        $crate::json::macros::decode_fields!($reader, extra, [$tag = $text], { $($($field $(as $wire)? : $fty),*)? }, {
            if !extra.is_plain() {
                return Err($crate::json::Misfit::Shape);
            }
            *$self = Self::$variant { $($($field),*)? };
        })
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
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant)] // a box per value would cost every decoding an allocation
        pub enum $name {
            $($(#[$vmeta])* $variant $(($ty))? $({ $($field: $fty),* })?,)*
            /// A value of a kind that this version does not know.
            Other($crate::json::Raw),
        }

        impl Clone for $name {
            #[inline(never)]
            fn clone(&self) -> Self {
                $crate::json::macros::clone_arms!(self, { $($variant $(($ty))? $({ $($field),* })?,)* })
            }
        }

        $crate::json::macros::arms_as_json! { $name { $($variant),* } }

        impl $crate::json::Json for $name {
            fn decode(&mut self, reader: &mut $crate::json::Reader<'_>) -> std::result::Result<(), $crate::json::Misfit> {
                #[allow(clippy::enum_variant_names)]
                enum Arm { $($variant),* }
                let tags: &[&[&str]] = &[$(&[$($($text),+)?]),*];
                let tag = $crate::json::macros::optional!($tag);
                let chosen = $crate::json::choose(reader, tag, tags, &mut |arm, reader| {
                    $(if arm == Arm::$variant as usize {
                        $crate::json::macros::decode_arm!(self, reader, $tag, $variant $(($ty))? $({ $($field $(as $wire)? : $fty),* })? $([$($text),+])?);
                    })*
                    Ok(())
                })?;
                if !chosen {
                    *self = Self::Other(reader.raw()?);
                }
                Ok(())
            }

            fn encode(&self, out: &mut $crate::json::Writer) {
                $crate::json::macros::match_arms!(self, out, $tag, { $($variant $(($ty))? $({ $($field $(as $wire)?),* })? $([$($text),+])?,)* })
            }

            fn is_blank(&self) -> bool {
                matches!(self, Self::Other(raw) if $crate::json::Json::is_blank(raw))
            }
        }
    };
}

/// What the JSON of a value says for it, of unions and events alike.
macro_rules! arms_as_json {
    ($name:ident { $($variant:ident),* }) => {
        /// Shows the arm and the JSON.
        impl std::fmt::Debug for $name {
            #[inline(never)]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let arm = match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                    Self::Other(_) => "Other",
                };
                $crate::json::debug(arm, self, f)
            }
        }

        /// Equal is what says the same as JSON.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::json::same(self, other)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other($crate::json::Raw::default())
            }
        }

        $crate::json::macros::serde_bridge!($name);
    };
}

/// The match over a union's arms that clones it.
macro_rules! clone_arms {
    ($self:ident, { $($variant:ident $(($ty:ty))? $({ $($field:ident),* })?,)* }) => {
        match $self {
            $(Self::$variant $(($crate::json::macros::first!(held $ty)))? $({ $($field),* })? => {
                Self::$variant $(($crate::json::macros::first!(held $ty).clone()))? $({ $($field: $field.clone()),* })?
            })*
            Self::Other(raw) => Self::Other(raw.clone()),
        }
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

        impl Clone for $name {
            #[inline(never)]
            fn clone(&self) -> Self {
                match self {
                    $(Self::$variant { $($held)? $($($field,)* extra)? } => Self::$variant { $($held: $held.clone())? $($($field: $field.clone(),)* extra: extra.clone())? },)*
                    Self::Other(raw) => Self::Other(raw.clone()),
                }
            }
        }

        $crate::json::macros::arms_as_json! { $name { $($variant),* } }

        impl $crate::json::Json for $name {
            fn decode(&mut self, reader: &mut $crate::json::Reader<'_>) -> std::result::Result<(), $crate::json::Misfit> {
                *self = match reader.tag($tag)? {
                    $(Some($text) => $crate::json::macros::decode_event!(reader, [$tag = $text], $variant $(($held : $ty))? $({ $($field $(as $wire)? : $fty),* })?),)*
                    _ => Self::Other(reader.raw()?),
                };
                Ok(())
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
    };
}

/// Declares the enum of an `event_union!`, arm by arm: an arm with fields is open to more of them, one that holds an event is not.
macro_rules! event_enum {
    ([$($meta:tt)*] $name:ident { $($done:tt)* }) => {
        $($meta)*
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
        Self::$variant { $held: $crate::json::read($reader)? }
    };
    ($reader:ident, $const:tt, $variant:ident { $($field:ident $(as $wire:literal)? : $fty:ty),* }) => {
        $crate::json::macros::decode_fields!($reader, extra, $const, { $($field $(as $wire)? : $fty),* },
            Self::$variant { $($field,)* extra })
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

pub(crate) use {
    arms_as_json, clone_arms, decode_arm, decode_event, encode_arm, encode_event, event_enum, event_union,
    first, match_arms, optional, union, union_of,
};
