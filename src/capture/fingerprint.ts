/** The catalogs in one glance: what the watcher polls to learn that some DDL was run. */
import { z } from "zod";
import { type Connection, forVersion } from "../postgres/mod.ts";
import selectFingerprint from "./queries/fingerprint.sql" with { type: "text" };
import selectFingerprintBefore10 from "./queries/fingerprint_before_10.sql" with { type: "text" };

const fingerprintRow = z.object({ catalog: z.string(), fingerprint: z.string() });

/**
 * One line per catalog, `name count:sum`. Equal texts: no DDL between them. Different texts: look
 * closer, since GRANT, REFRESH and TRUNCATE change it too.
 */
export async function readFingerprint(connection: Connection): Promise<string> {
  const text = connection.version >= 100000 ? selectFingerprint : selectFingerprintBefore10;
  const rows = await connection.rows(fingerprintRow, forVersion(text, connection.version));
  return rows.map(({ catalog, fingerprint }) => `${catalog} ${fingerprint}`).join("\n");
}
