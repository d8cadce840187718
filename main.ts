/** teleport: trigger-based PostgreSQL replication. The program's entry point; see src/cli/main.ts. */
import { main } from "./src/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, Deno.env.toObject()));
