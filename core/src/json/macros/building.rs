//! What makes the types pleasant to build and to use.

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
                <Self as Default>::default()$(.$field($field))*$(.$preset($text))?
            }

            /// Sets any key of the JSON object, also one this type does not know.
            pub fn extra(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
                self.extra.insert(key, value.into());
                self
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
        pub fn $field(
            mut self,
            entries: impl IntoIterator<Item = (impl Into<String>, impl Into<$ty>)>,
        ) -> Self {
            let entries = entries.into_iter().map(|(key, value)| (key.into(), value.into()));
            self.$field = From::from(entries.collect::<$crate::json::Map<$ty>>());
            self
        }
    };
    ($field:ident $ty:ty) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        pub fn $field(mut self, value: impl Into<$ty>) -> Self {
            $crate::json::set::<_, $ty>(&mut self.$field, value.into());
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

pub(crate) use {argument, builder, from_arm, from_arms, payload, setter, setters};
