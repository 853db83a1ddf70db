// Ordinary calls of `openai-oxide/compat`: what is sent, and what comes back.

import OpenAI, { APIPromise, PagePromise } from "openai-oxide/compat";
import { CursorPage } from "openai-oxide/compat/pagination";
import { describe, expect, test } from "vitest";
import { json, serve } from "./server.mjs";

const chat = { id: "chat_1", object: "chat.completion", choices: [{ index: 0, message: { content: "Größe 🦀" } }] };

function client(baseURL: string, options: object = {}): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL, maxRetries: 0, ...options });
}

describe("what is sent", () => {
  test("the body is JSON.stringify of the caller's object, key order and all", async () => {
    const server = await serve((response) => json(response, chat));
    const body = {
      temperature: 1e21,
      model: "m",
      messages: [{ role: "user" as const, content: 'é\u2028 "quoted"' }],
      seed: undefined,
      top_p: 1.0,
    };
    await client(server.url).chat.completions.create(body);
    expect(server.requests[0]!.body).toBe(JSON.stringify(body));
    expect(server.requests[0]!.headers.authorization).toBe("Bearer sk-test");
    expect(server.requests[0]!.headers["content-type"]).toBe("application/json");
  });

  test("an object where the API wants a body, also without parameters", async () => {
    const server = await serve((response) => json(response, { object: "response.input_tokens", input_tokens: 0 }));
    const openai = client(server.url);
    await openai.responses.inputTokens.count();
    await openai.conversations.create();
    await openai.conversations.create(undefined, { timeout: 1000 });
    await openai.beta.threads.create();
    await openai.responses.retrieve("r");
    await openai.responses.cancel("r");
    expect(server.requests.map(({ body }) => body)).toEqual(["{}", "{}", "{}", "{}", "", ""]);
  });

  test("headers and query of client and request, where null removes", async () => {
    const server = await serve((response) => json(response, chat));
    const openai = client(server.url, {
      defaultHeaders: { "x-one": "1", "x-two": "2" },
      defaultQuery: { v: "3" },
      organization: "org",
      project: "proj",
    });
    await openai.chat.completions.retrieve("a/b", {
      headers: { "X-Two": null, "x-three": "3" },
      query: { q: ["x", "y"] },
    });
    const { url, headers } = server.requests[0]!;
    expect(url).toMatch(/^\/v1\/chat\/completions\/a%2Fb\?/);
    const query = new URL(url, "http://x").searchParams;
    expect([...query].sort()).toEqual([
      ["q[]", "x"],
      ["q[]", "y"],
      ["v", "3"],
    ]);
    expect(headers).toMatchObject({
      "x-one": "1",
      "x-three": "3",
      "openai-organization": "org",
      "openai-project": "proj",
    });
    expect(headers).not.toHaveProperty("x-two");
  });

  test("options in place of an optional query, but not mixed with it", async () => {
    const server = await serve((response) => json(response, { data: [{ id: "a" }], has_more: true }));
    const { completions } = client(server.url).chat;
    const page = await completions.list({ headers: { "x-one": "1" }, query: { limit: 3 } });
    expect(server.requests[0]).toMatchObject({ url: "/v1/chat/completions?limit=3", headers: { "x-one": "1" } });
    expect(page.nextPageRequestOptions()).toEqual({ query: { limit: 3, after: "a" } });
    expect(() => completions.list({ limit: 3, headers: {} } as object)).toThrow(TypeError);
    expect(() => completions.list({ timeout: 1 } as object, { timeout: 2 })).toThrow(TypeError);
  });

  test("a removed default header stays removed, unless the request sets it", async () => {
    const server = await serve((response) => json(response, chat));
    const openai = client(server.url, { defaultHeaders: { "user-agent": null } });
    await openai.models.retrieve("m");
    await openai.models.retrieve("m", { headers: { "User-Agent": "mine" } });
    expect(server.requests.map(({ headers }) => headers["user-agent"])).toEqual([undefined, "mine"]);
  });

  test("a key function is asked for each call", async () => {
    const server = await serve((response) => json(response, chat));
    let asked = 0;
    const openai = client(server.url, { apiKey: () => Promise.resolve(`sk-${++asked}`) });
    await openai.models.retrieve("m");
    await openai.models.retrieve("m");
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer sk-1", "Bearer sk-2"]);
    const broken = client(server.url, { apiKey: () => Promise.reject(new Error("vault")) });
    await expect(broken.models.retrieve("m")).rejects.toThrow(OpenAI.OpenAIError);
  });

  test("withOptions replaces some options and keeps the others", async () => {
    const server = await serve((response) => json(response, chat));
    const openai = client(server.url, { organization: "one" }).withOptions({ project: "two" });
    expect(openai).toBeInstanceOf(OpenAI);
    await openai.models.retrieve("m");
    expect(server.requests[0]!.headers).toMatchObject({ "openai-organization": "one", "openai-project": "two" });
  });

  test("an idempotency key of the caller is kept over retries", async () => {
    const server = await serve((response, _, index) =>
      index === 0 ? json(response, {}, 500, { "retry-after-ms": "1" }) : json(response, chat),
    );
    await client(server.url).chat.completions.create(
      { model: "m", messages: [] },
      { idempotencyKey: "mine", maxRetries: 1 },
    );
    expect(server.requests.map(({ headers }) => headers["idempotency-key"])).toEqual(["mine", "mine"]);
  });

  test("undocumented calls", async () => {
    const server = await serve((response) => json(response, { ok: true }));
    const result = await client(server.url).post<{ ok: boolean }>("/new/thing", { body: { b: 1 }, query: { q: 2 } });
    expect(result.ok).toBe(true);
    expect(server.requests[0]).toMatchObject({ method: "POST", url: "/v1/new/thing?q=2", body: '{"b":1}' });
  });

  test("a body that is no JSON goes out as it is", async () => {
    const server = await serve((response) => json(response, {}));
    const openai = client(server.url);
    const bodies: [unknown, string, string][] = [
      [new TextEncoder().encode("é"), "é", "application/octet-stream"],
      [Uint8Array.of(65).buffer, "A", "application/octet-stream"],
      [new Blob(["b"], { type: "x/y" }), "b", "x/y"],
      [new Blob(["s"]).stream(), "s", "application/octet-stream"],
      [new URLSearchParams({ a: "1 2" }), "a=1+2", "application/x-www-form-urlencoded;charset=UTF-8"],
    ];
    for (const [body, text, type] of bodies) {
      await openai.post("/x", { body });
      const { headers, ...sent } = server.requests.at(-1)!;
      expect([sent.body, headers["content-type"]]).toEqual([text, type]);
    }
    await openai.post("/x", { body: '{"a":1}', headers: { "Content-Type": "application/vnd.x+json" } });
    expect(server.requests.at(-1)!.body).toBe('{"a":1}');
    expect(server.requests.at(-1)!.headers["content-type"]).toBe("application/vnd.x+json");
    await openai.post("/x", { body: "text" });
    expect(server.requests.at(-1)!.body).toBe('"text"');
    await openai.post("/x", { body: null });
    expect(server.requests.at(-1)!.body).toBe("");
  });

  test("a whole URL is asked for below the base URL, and nowhere else", async () => {
    const server = await serve((response) => json(response, {}));
    await client(server.url).get(`${server.url}/x?y=1`);
    expect(server.requests[0]!.url).toBe("/v1/x?y=1");
    for (const url of ["https://example.com/x", `${server.url}.example.com/x`, server.url.replace("/v1", "/v2/x")]) {
      await expect(client(server.url).get(url)).rejects.toThrow(/not below the base URL/);
    }
    expect(server.requests).toHaveLength(1);
  });

  test("values of queries and forms that JSON has no form for, and half characters", async () => {
    const server = await serve((response) => json(response, {}));
    const openai = client(server.url);
    await openai.get("/x", { query: { n: 10n, list: [2n ** 64n], half: "a\ud800" } });
    expect(server.requests[0]!.url).toBe("/v1/x?n=10&list%5B%5D=18446744073709551616&half=a%EF%BF%BD");
    await openai.files.create({ file: new File(["x"], "f"), purpose: "\udc00 😀" as never });
    expect(server.requests[1]!.body).toContain("\r\n\r\n\ufffd 😀\r\n");
    await expect(openai.get("/x", { query: { f: () => 1 } })).rejects.toThrow("f: a function cannot be sent");
    await expect(openai.models.retrieve("\ud800")).rejects.toThrow(OpenAI.OpenAIError);
    expect(server.requests).toHaveLength(2);
  });

  test("several values of a header are one list", async () => {
    const server = await serve((response) => json(response, {}));
    await client(server.url).get("/x", { headers: { "x-a": ["1", "2"] } });
    expect(server.requests[0]!.headers["x-a"]).toBe("1, 2");
  });
});

describe("what comes back", () => {
  test("a plain object, with a request id that is not enumerable", async () => {
    const server = await serve((response) => json(response, { ...chat, unknown_field: { kept: [1, null] } }));
    const result = await client(server.url).chat.completions.create({ model: "m", messages: [] });
    expect(result).toEqual({ ...chat, unknown_field: { kept: [1, null] } });
    expect(result._request_id).toBe("req_1");
    expect(Object.keys(result)).not.toContain("_request_id");
    expect(result.choices[0]!.message.content).toBe("Größe 🦀");
  });

  test("the response, alone or with the data", async () => {
    const server = await serve((response) => json(response, chat));
    const promise = client(server.url).chat.completions.create({ model: "m", messages: [] });
    expect(promise).toBeInstanceOf(APIPromise);
    const { data, response, request_id } = await promise.withResponse();
    expect(data.id).toBe("chat_1");
    expect(request_id).toBe("req_1");
    expect([response.status, response.statusText]).toEqual([200, "OK"]);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await (await promise.asResponse()).json()).toEqual(chat);
    expect(server.requests).toHaveLength(1);
  });

  test("output_text of responses", async () => {
    const part = (text: string) => ({ type: "output_text", text });
    const output = [
      { type: "reasoning" },
      { type: "message", content: [part("one "), { type: "refusal" }] },
      { type: "message", content: [part("two")] },
    ];
    const server = await serve((response) => json(response, { id: "r", object: "response", output }));
    const openai = client(server.url);
    expect((await openai.responses.create({ model: "m", input: "x" })).output_text).toBe("one two");
    expect((await openai.responses.retrieve("r")).output_text).toBe("one two");
  });

  test("embeddings travel as base64 and arrive as numbers", async () => {
    const numbers = [0.5, -1, 3.25];
    const base64 = Buffer.from(new Float32Array(numbers).buffer).toString("base64");
    const server = await serve((response) => json(response, { data: [{ embedding: base64 }] }));
    const openai = client(server.url);
    const result = await openai.embeddings.create({ model: "m", input: "x" });
    expect(result.data[0]!.embedding).toEqual(numbers);
    expect(Array.isArray(result.data[0]!.embedding)).toBe(true);
    expect(server.requests[0]!.body).toBe('{"model":"m","input":"x","encoding_format":"base64"}');
    const raw = await openai.embeddings.create({ model: "m", input: "x", encoding_format: "base64" });
    expect(raw.data[0]!.embedding).toBe(base64);
  });

  test("no content", async () => {
    const server = await serve((response) => response.writeHead(204).end());
    expect(await client(server.url).responses.delete("r")).toBeUndefined();
    expect(await client(server.url).models.delete("m")).toBeNull();
  });
});

describe("pages", () => {
  const all = ["a", "b", "c", "d", "e"].map((id) => ({ id }));

  async function listing(): Promise<{ openai: OpenAI; urls: () => string[] }> {
    const server = await serve((response, { url }) => {
      const query = new URL(url, "http://x").searchParams;
      const start = all.findIndex(({ id }) => id === query.get("after")) + 1;
      json(response, { data: all.slice(start, start + 2), has_more: start + 2 < all.length });
    });
    return { openai: client(server.url), urls: () => server.requests.map(({ url }) => url) };
  }

  test("for await walks all pages, with the query kept", async () => {
    const { openai, urls } = await listing();
    const promise = openai.chat.completions.list({ limit: 2 });
    expect(promise).toBeInstanceOf(PagePromise);
    const ids: string[] = [];
    for await (const item of promise) ids.push(item.id);
    expect(ids).toEqual(["a", "b", "c", "d", "e"]);
    expect(urls()).toEqual(["", "&after=b", "&after=d"].map((more) => `/v1/chat/completions?limit=2${more}`));
  });

  test("a page without items is one, whatever the server says", async () => {
    for (const body of [{ has_more: true }, { data: null }, { data: [], has_more: true }]) {
      const server = await serve((response) => json(response, body));
      const page = await client(server.url).files.list();
      expect([page.data, page.hasNextPage()]).toEqual([[], false]);
      for await (const _ of page) expect.unreachable();
    }
  });

  test("a list that has no method", async () => {
    const server = await serve((response, _, index) =>
      json(response, { data: [{ id: `item_${index}` }], has_more: index === 0 }),
    );
    const list = client(server.url).getAPIList<{ id: string }, typeof CursorPage<{ id: string }>>("/new", CursorPage, {
      query: { limit: 1 },
    });
    const ids: string[] = [];
    for await (const { id } of list) ids.push(id);
    expect(ids).toEqual(["item_0", "item_1"]);
    expect(server.requests.map(({ url }) => url)).toEqual(["/v1/new?limit=1", "/v1/new?limit=1&after=item_0"]);
    expect(await list).toBeInstanceOf(CursorPage);
  });

  test("page by page", async () => {
    const { openai } = await listing();
    const first = await openai.chat.completions.list();
    expect(first.data.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(first.has_more).toBe(true);
    expect(first._request_id).toBe("req_1");
    expect(first.nextPageRequestOptions()).toEqual({ query: { after: "b" } });
    const second = await first.getNextPage();
    expect(second.getPaginatedItems().map(({ id }) => id)).toEqual(["c", "d"]);
    const third = await second.getNextPage();
    expect(third.hasNextPage()).toBe(false);
    await expect(third.getNextPage()).rejects.toThrow(OpenAI.OpenAIError);
    const pages = [];
    for await (const page of first.iterPages()) pages.push(page.data.length);
    expect(pages).toEqual([2, 2, 1]);
  });

  test("a server that repeats its cursor cannot make an endless loop", async () => {
    const server = await serve((response) => json(response, { data: [{ id: "same" }], has_more: true }));
    const walk = async (): Promise<void> => {
      for await (const _ of client(server.url).chat.completions.list());
    };
    await expect(walk()).rejects.toThrow(/cursor/);
    expect(server.requests).toHaveLength(2);
  });
});
