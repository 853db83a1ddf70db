// Lists that come in pages: one page, the promise of one, and walking all of them.

import { APIPromise } from "./api-promise.js";
import { OpenAIError } from "./error.js";

/** How a page is made: the answer, the query that was sent, and the way to ask for another. */
export type PageClass<Item> = new (
  body: object,
  query: Record<string, unknown>,
  next: (query: Record<string, unknown>) => PagePromise<any, Item>,
) => AbstractPage<Item>;

/** One page of a list. `for await` over it walks this page's items and those of all further pages. */
export abstract class AbstractPage<Item> implements AsyncIterable<Item> {
  readonly #query: Record<string, unknown>;
  readonly #next: (query: Record<string, unknown>) => PagePromise<this, Item>;

  constructor(
    body: object,
    query: Record<string, unknown>,
    next: (query: Record<string, unknown>) => PagePromise<any, Item>,
  ) {
    this.#query = query;
    this.#next = next;
    Object.assign(this, { ...body, data: (body as { data?: Item[] | null }).data ?? [] });
  }

  /** The items of this page. */
  abstract getPaginatedItems(): Item[];

  /** What the query of the next page adds; null at the end. */
  protected abstract nextQuery(): Record<string, unknown> | null;

  /** Whether the server says, or the cursor shows, that there is more. */
  hasNextPage(): boolean {
    return this.nextQuery() !== null;
  }

  /** The query of the next page, null at the end. */
  nextPageRequestOptions(): { query: Record<string, unknown> } | null {
    const more = this.nextQuery();
    return more && { query: { ...this.#query, ...more } };
  }

  /** Asks for the next page; an error when there is none, or when the server sends the same cursor again. */
  async getNextPage(): Promise<this> {
    const more = this.nextQuery();
    if (!more) throw new OpenAIError("There is no next page; ask hasNextPage() first.");
    if (Object.keys(more).every((name) => more[name] === this.#query[name])) {
      throw new OpenAIError(`The list repeats its cursor (${JSON.stringify(more)}).`);
    }
    return this.#next(more);
  }

  /** This page and all that follow. */
  async *iterPages(): AsyncGenerator<this> {
    let page: this = this;
    yield page;
    while (page.hasNextPage()) {
      page = await page.getNextPage();
      yield page;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    for await (const page of this.iterPages()) yield* page.getPaginatedItems();
  }
}

/** The promise of a page; `for await` over it walks all items without awaiting it first. */
export class PagePromise<PageType extends AbstractPage<Item>, Item = PageType extends AbstractPage<infer I> ? I : never>
  extends APIPromise<PageType>
  implements AsyncIterable<Item>
{
  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    yield* await this;
  }
}
