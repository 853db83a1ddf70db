//! `#[tool]` on a function.

use crate::options::{Options, documentation};
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::{Attribute, Error, FnArg, Ident, ItemFn, Pat, Result, ReturnType, Type};

pub(crate) fn expand(options: TokenStream, function: TokenStream) -> Result<TokenStream> {
    let mut told = Options::default();
    syn::meta::parser(|meta| told.read(&meta)).parse2(options)?;
    let mut function: ItemFn = syn::parse2(function)?;
    let signature = &function.sig;
    if !signature.generics.params.is_empty() {
        let message = "a tool cannot be generic: a model has to know the types of its arguments";
        return Err(Error::new_spanned(&signature.generics, message));
    }
    let ident = signature.ident.clone();
    let name = told.name.unwrap_or_else(|| ident.to_string().trim_start_matches("r#").to_owned());
    let description = told.description.unwrap_or_else(|| documentation(&function.attrs));
    let waits = signature.asyncness.is_some().then(|| quote!(.await));
    let is_result = returns_result(&signature.output);

    let visibility = std::mem::replace(&mut function.vis, syn::Visibility::Inherited);
    let (outer, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut function.attrs)
        .into_iter()
        .partition(|attribute| attribute.path().is_ident("doc"));
    function.attrs = kept;
    let mut fields = Vec::new();
    let mut names = Vec::new();
    for input in &mut function.sig.inputs {
        let (name, attributes, kind) = parameter(input)?;
        fields.push(quote!(#(#attributes)* #name: #kind));
        names.push(name);
    }
    let call = quote!(#ident(#(#names),*)#waits);
    let outcome = if is_result {
        call
    } else {
        quote!(::core::result::Result::<_, ::core::convert::Infallible>::Ok(#call))
    };
    Ok(quote! {
        #(#outer)*
        #visibility fn #ident() -> ::openai_oxide::tools::Tool {
            #[derive(::openai_oxide::__macros::serde::Deserialize, ::openai_oxide::schemars::JsonSchema)]
            #[serde(crate = "openai_oxide::__macros::serde")]
            #[schemars(crate = "openai_oxide::schemars")]
            struct Arguments {
                #(#fields),*
            }
            #function
            ::openai_oxide::tools::Tool::typed(#name, #description, |Arguments { #(#names),* }: Arguments| async move { #outcome })
        }
    })
}

/// A parameter as a field: its attributes move there.
fn parameter(input: &mut FnArg) -> Result<(Ident, Vec<Attribute>, Type)> {
    let message = "a tool has plain parameters: `name: Type`";
    let FnArg::Typed(typed) = input else { return Err(Error::new_spanned(input, message)) };
    let Pat::Ident(pattern) = &*typed.pat else { return Err(Error::new_spanned(&typed.pat, message)) };
    if let Type::Reference(reference) = &*typed.ty {
        return Err(Error::new_spanned(
            reference,
            "a tool owns its arguments; take a `String` in place of a `&str`",
        ));
    }
    Ok((pattern.ident.clone(), std::mem::take(&mut typed.attrs), (*typed.ty).clone()))
}

fn returns_result(output: &ReturnType) -> bool {
    let ReturnType::Type(_, kind) = output else { return false };
    let Type::Path(path) = &**kind else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "Result")
}
