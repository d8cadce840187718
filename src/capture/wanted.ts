/** The targets' expressions as LIKE patterns in teleport.wanted, where event triggers read them. */
import { z } from "zod";
import type { PatternPart, TargetExpression } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";

/** Stores them where they differ from what is stored. Returns whether they did. */
export async function writeWanted(
  connection: Connection,
  expressions: readonly { target: string; expression: TargetExpression }[],
): Promise<boolean> {
  const patterns = expressions.flatMap(({ target, expression }) =>
    expression.patterns.map((pattern, number) => ({ target, number, ...pattern }))
  );
  const { hasChanged } = await connection.row(
    z.object({ hasChanged: z.boolean() }),
    `select teleport.write_wanted($1::text[], $2::integer[], $3::boolean[], $4::text[], $5::text[])
       as "hasChanged"`,
    [
      patterns.map((pattern) => pattern.target),
      patterns.map((pattern) => pattern.number),
      patterns.map((pattern) => String(pattern.isExclusion)),
      patterns.map((pattern) => toLikePattern(pattern.schema)),
      patterns.map((pattern) => toLikePattern(pattern.name)),
    ],
  );
  return hasChanged;
}

/** `*` stands for any run of characters; everything else for itself. */
function toLikePattern({ text, isLiteral }: PatternPart): string {
  const escaped = text.replaceAll(/[\\%_]/g, String.raw`\$&`);
  return isLiteral ? escaped : escaped.replaceAll("*", "%");
}
