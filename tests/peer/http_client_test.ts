import { deepStrictEqual, rejects } from "node:assert/strict";
import { getEventListeners } from "node:events";
import { HttpClient } from "../../src/peer/http_client.ts";
import { type HttpRequest, listen } from "../../src/peer/http_listener.ts";

async function read(request: HttpRequest): Promise<void> {
  while (!(await request.body.next()).done);
}

Deno.test("a request leaves nothing on its signal, which would keep all of it as long as the process", async () => {
  const server = await listen({ hostname: "127.0.0.1", port: 0 }, async (request) => {
    if (request.url.pathname === "/silent") await read(request);
    return { status: 200, body: "{}" };
  });
  const client = new HttpClient(server);
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal]);
  async function* body() {
    for (let block = 0; block < 20; block++) yield await Promise.resolve(new Uint8Array(65536));
  }
  async function* broken() {
    yield await Promise.resolve(new Uint8Array(10));
    throw new Error("The body broke");
  }
  const onBlock = () => {};
  await client.exchange({ method: "GET", path: "/", signal, onBlock });
  await client.exchange({ method: "POST", path: "/silent", body: body(), signal, onBlock });
  await rejects(
    client.exchange({ method: "POST", path: "/silent", body: broken(), signal, onBlock }),
    /The body broke/,
  );
  deepStrictEqual(getEventListeners(signal, "abort"), []);
  deepStrictEqual(getEventListeners(stopping.signal, "abort"), []);
  await server.stop(1000);
});
