/** What the owner of the source makes before anything is replicated. */
import citext from "./citext.sql" with { type: "text" };
import generated from "./generated.sql" with { type: "text" };
import partitions from "./partitions.sql" with { type: "text" };
import partitionsBefore11 from "./partitions_before_11.sql" with { type: "text" };
import tables from "./tables.sql" with { type: "text" };
import triggers from "./triggers.sql" with { type: "text" };
import virtual from "./virtual.sql" with { type: "text" };

/** The statements for a server of the given major. */
export function schemaFor(major: number): string {
  return [
    tables,
    triggers,
    major >= 11 ? partitions : partitionsBefore11,
    major >= 12 ? generated : "",
    major >= 13 ? citext : "",
    major >= 18 ? virtual : "",
  ].join("\n");
}
