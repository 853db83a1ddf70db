//! The macros of `openai_oxide` (feature `macros`), which documents them where it re-exports them.
//!
//! They only write down what a user would write with `Tool::typed`; all behaviour is there.

mod arguments;
mod function;
mod options;

use proc_macro::TokenStream;

/// Makes a tool of a function. The function's name and doc comment tell the model what it is; its parameters, with their doc
/// comments, become the schema of the arguments.
///
/// What is declared under the name is a function without parameters that returns the `Tool`. The parameters' types need serde's
/// `Deserialize` and schemars' `JsonSchema`; the result serde's `Serialize`, or it is a `Result` of such a type and an error that can be
/// displayed, which the model is told. (The macro knows a `Result` by its name.)
///
/// Options: `name = "…"` and `description = "…"` replace what is taken from the function.
#[proc_macro_attribute]
pub fn tool(options: TokenStream, function: TokenStream) -> TokenStream {
    function::expand(options.into(), function.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a struct the arguments of a tool: its name (in snake case) and doc comment tell the model what it is.
///
/// The struct also needs serde's `Deserialize` and schemars' `JsonSchema`. Options: `#[tool(name = "…", description = "…")]`.
#[proc_macro_derive(ToolArguments, attributes(tool))]
pub fn tool_arguments(item: TokenStream) -> TokenStream {
    arguments::expand(item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
