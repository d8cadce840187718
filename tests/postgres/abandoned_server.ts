/** For server_test.ts: starts a server, says where it is and waits to be killed. */

import { startServer } from "./mod.ts";

const server = await startServer();
const line = JSON.stringify({ pid: server.pid, dataDirectory: server.dataDirectory });
await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
await new Promise((resolve) => setTimeout(resolve, 600_000));
