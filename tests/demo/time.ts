import { openStage } from "./stage.ts";
import { connect } from "../postgres/mod.ts";
await using stage = await openStage({ source: 18, target: 18 });
await using s = await connect(stage.source.database.urlAs(stage.shop));
for (const f of ["types", "tables", "orders", "data"]) {
  const sql = await Deno.readTextFile(new URL(`./shop/${f}.sql`, import.meta.url));
  for (const st of f === "data" ? sql.split(/;\n\n/) : [sql]) {
    const t = performance.now();
    await s.query(st);
    console.log((performance.now() - t).toFixed(0), f, st.replace(/^--.*\n/gm, "").slice(0, 60).replaceAll("\n", " "));
  }
}
