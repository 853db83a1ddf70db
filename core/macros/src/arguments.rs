//! `#[derive(ToolArguments)]` on a struct.

use crate::options::{Options, documentation};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Result};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    if !matches!(item.data, Data::Struct(_)) {
        return Err(Error::new_spanned(&item.ident, "the arguments of a tool are a struct"));
    }
    let mut told = Options::default();
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("tool")) {
        attribute.parse_nested_meta(|meta| told.read(&meta))?;
    }
    let name = told.name.unwrap_or_else(|| snake_case(&item.ident.to_string()));
    let description = told.description.unwrap_or_else(|| documentation(&item.attrs));
    let ident = &item.ident;
    let (generics, arguments, bounds) = item.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::openai_oxide::tools::ToolArguments for #ident #arguments #bounds {
            const NAME: &'static str = #name;
            const DESCRIPTION: &'static str = #description;
        }
    })
}

/// `GetWeather` → `get_weather`, `HTTPGet` → `http_get`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let after_lower = at > 0 && !letters[at - 1].is_uppercase();
        let before_lower = at > 0 && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_lower || before_lower) && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_snake_case() {
        for (name, snake) in [
            ("GetWeather", "get_weather"),
            ("HTTPGet", "http_get"),
            ("Add", "add"),
            ("Get_It", "get_it"),
            ("V2Api", "v2_api"),
        ] {
            assert_eq!(super::snake_case(name), snake);
        }
    }
}
