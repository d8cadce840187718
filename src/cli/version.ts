/** The version, from deno.json: the only place that has it. */
import manifest from "../../deno.json" with { type: "json" };

export const version: string = manifest.version;
