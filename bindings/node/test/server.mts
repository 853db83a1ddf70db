// A small HTTP server for one test: it records requests and answers as the test says.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

export interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Server {
  /** For `baseURL`. */
  url: string;
  requests: Seen[];
  /** Resolves when a client closes a connection before the answer's end. */
  closedEarly: Promise<void>;
}

type Answer = (response: ServerResponse, request: Seen, index: number) => void;

const running: (() => void)[] = [];

afterEach(() => {
  for (const stop of running.splice(0)) stop();
});

/** Starts a server on a free port; it stops when the test ends. */
export async function serve(answer: Answer): Promise<Server> {
  const requests: Seen[] = [];
  let closed: () => void;
  const closedEarly = new Promise<void>((resolve) => (closed = resolve));
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const seen = { method: request.method!, url: request.url!, headers: request.headers, body };
      requests.push(seen);
      response.on("close", () => response.writableFinished || closed());
      answer(response, seen, requests.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  running.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests, closedEarly };
}

export function json(response: ServerResponse, value: unknown, status = 200, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", "x-request-id": "req_1", ...headers });
  response.end(typeof value === "string" ? value : JSON.stringify(value));
}

/** Starts an event stream; the test writes to the response. */
export function events(response: ServerResponse): ServerResponse {
  response.writeHead(200, { "content-type": "text/event-stream", "x-request-id": "req_s" });
  return response;
}

/** One chat chunk as an event. */
export function chunk(content: string): string {
  return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] })}\n\n`;
}

export const DONE = "data: [DONE]\n\n";
