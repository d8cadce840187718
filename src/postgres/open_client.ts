/** Opens sessions of the driver, and notes when one is lost. */
// @ts-types="@types-of/pg"
import pg from "pg";
import type { ConnectionOptions } from "./connection_options.ts";

/** Why a session can no longer be used; undefined while it can. */
export interface Loss {
  error: Error | undefined;
}

export interface OpenClient {
  client: pg.Client;
  loss: Loss;
  /** How it was reached: without TLS where the server has none and the options allow it. */
  config: pg.ClientConfig;
}

/** Connects as the options say. @throws whatever the driver throws. */
export async function openClient(
  { config, mayFallBackToPlain }: ConnectionOptions,
): Promise<OpenClient> {
  try {
    return await connect(config);
  } catch (error) {
    const hasNoTls = error instanceof Error && /does not support SSL/i.test(error.message);
    if (!mayFallBackToPlain || !hasNoTls) throw error;
    return await connect({ ...config, ssl: false });
  }
}

async function connect(config: pg.ClientConfig): Promise<OpenClient> {
  const client = new pg.Client(config);
  const loss: Loss = { error: undefined };
  client.on("error", (error) => loss.error ??= error);
  client.on("end", () => loss.error ??= new Error("Connection terminated"));
  try {
    await client.connect();
  } catch (error) {
    await client.end();
    throw error;
  }
  loss.error = undefined;
  return { client, loss, config };
}
