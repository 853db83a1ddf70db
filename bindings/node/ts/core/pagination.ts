// Everything about lists: the base of pages, and the kinds of pages the API has.

export { AbstractPage, PagePromise } from "./page.js";
export * from "../generated/pages.js";
