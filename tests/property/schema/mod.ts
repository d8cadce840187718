/** What the owner of the source makes before anything is replicated. */
import citext from "./citext.sql" with { type: "text" };
import generated from "./generated.sql" with { type: "text" };
import partitions from "./partitions.sql" with { type: "text" };
import partitionsOn10 from "./partitions_on_10.sql" with { type: "text" };
import tables from "./tables.sql" with { type: "text" };
import triggers from "./triggers.sql" with { type: "text" };
import triggersBefore10 from "./triggers_before_10.sql" with { type: "text" };
import triggersSince10 from "./triggers_since_10.sql" with { type: "text" };
import virtual from "./virtual.sql" with { type: "text" };

/** The statements for a server of the given major; 9 is all of 9.2 to 9.6. */
export function schemaFor(major: number): string {
  return [
    major >= 10 ? tables : before10(tables),
    triggers,
    major >= 10 ? triggersSince10 : triggersBefore10,
    major >= 11 ? partitions : major === 10 ? partitionsOn10 : "",
    major >= 12 ? generated : "",
    major >= 13 ? citext : "",
    major >= 18 ? virtual : "",
  ].join("\n");
}

/** 9.2 knows neither identity columns nor jsonb. */
function before10(sql: string): string {
  return sql
    .replaceAll(/integer generated (always|by default) as identity/g, "serial")
    .replaceAll(/bigint generated (always|by default) as identity/g, "bigserial")
    .replaceAll("jsonb", "json");
}
