/**
 * {before, after} → apply → the catalogs are equal, as teleport reads them and as the servers deparse
 * them → the second diff is empty. The differ alone; live_*_test.ts has the same pairs through instances.
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { openServers, type Session } from "../postgres/mod.ts";
import { CaseSchema, caseSchemas, schemaPattern } from "./case_schema.ts";
import { type Change, changes, isChosen, isFor, loneChanges } from "./cases/mod.ts";
import { compareLines, describeSchema, noDifference } from "./oracle/mod.ts";
import { replicateChange } from "./replicate_change.ts";
import { nothing, sanitized, SchemaPair } from "./schema_pair.ts";

const runs = [
  { source: 18, target: 18, isRenamed: true },
  { source: 10, target: 18, isRenamed: true },
  { source: 14, target: 18, isRenamed: false },
  // The live tests have these too.
  ...isChosen
    ? [
      { source: 18, target: 18, isRenamed: false },
      { source: 14, target: 14, isRenamed: true },
      { source: 10, target: 10, isRenamed: false },
    ]
    : [],
];

for (const { source, target, isRenamed } of runs) {
  const how = isRenamed ? "under another schema's name" : "under their names";
  const name = `changes replicate from PostgreSQL ${source} to ${target}, ${how}`;
  Deno.test(name, sanitized, async (test) => {
    await using servers = await openServers({ source, target });
    await using bed = await Bed.open(await openPair(servers), isRenamed);
    const possible = changes.filter((change) => isFor(change, source) && isFor(change, target));
    for (const place of caseSchemas(possible)) {
      if (isRenamed && place.hasOther) continue;
      await test.step(place.change.name, () => bed.replicate(place, source === target));
    }
  });
}

for (const major of [18, 14, 10]) {
  const name = `changes in databases of their own replicate on PostgreSQL ${major}`;
  Deno.test(name, sanitized, async (test) => {
    await using servers = await openServers({ source: major, target: major });
    for (const change of loneChanges.filter((change) => isFor(change, major))) {
      await test.step(change.name, () => replicateChange(servers, change));
    }
  });
}

function openPair(servers: Awaited<ReturnType<typeof openServers>>): Promise<SchemaPair> {
  const extensions = [...new Set(changes.flatMap((change) => change.extensions ?? []))];
  return SchemaPair.open({ servers, setup: "", extensions });
}

/** One pair of databases, for one change after the other. */
class Bed implements AsyncDisposable {
  readonly #pair: SchemaPair;
  readonly #session: Session;
  readonly #isRenamed: boolean;

  private constructor(pair: SchemaPair, session: Session, isRenamed: boolean) {
    this.#pair = pair;
    this.#session = session;
    this.#isRenamed = isRenamed;
  }

  static async open(pair: SchemaPair, isRenamed: boolean): Promise<Bed> {
    return new Bed(pair, await pair.openSource(), isRenamed);
  }

  async replicate(place: CaseSchema, isOneMajor: boolean): Promise<void> {
    try {
      await this.#replicate(place, isOneMajor);
    } finally {
      await place.drop(this.#session);
      for (const schema of place.schemas) {
        await this.#pair.changeTarget(`drop schema if exists ${this.#targetName(schema)} cascade`);
      }
    }
  }

  async #replicate(place: CaseSchema, isOneMajor: boolean): Promise<void> {
    const pair = this.#pair;
    const { change } = place;
    await place.create(this.#session);
    for (const schema of place.schemas) {
      await this.#session.query(`grant usage on schema ${schema} to public`);
    }
    pair.turnTo(place.name, {
      expression: place.schemas.map(schemaPattern),
      ...(this.#isRenamed ? { applySchema: this.#targetName(place.name) } : {}),
    });
    const first = await pair.replicate();
    assert.deepEqual(first.refused, []);
    assert.deepEqual((await pair.buildForeignKeys()).refused, []);
    if (change.rows) await this.#insert(place, change.rows);
    await place.alter(this.#session);

    pair.labelsAdded = 0;
    const { refused, unsupported, created, changed } = await pair.replicate();

    assert.deepEqual({ refused, unsupported }, { refused: [], unsupported: [] });
    assert.deepEqual((await pair.buildForeignKeys()).refused, []);
    assert.ok(created + changed + pair.labelsAdded > 0);
    assert.deepEqual(await pair.compare(), noDifference);
    assert.deepEqual(await pair.replicate(), nothing);
    if (isOneMajor) {
      for (const schema of place.schemas) await this.#compareDescriptions(schema);
    }
    if (change.rows) await this.#assertRows(place, change.rows);
  }

  async #insert(place: CaseSchema, { insert }: NonNullable<Change["rows"]>): Promise<void> {
    await place.run(this.#session, insert);
    const { target } = this.#pair;
    await target.run(`set search_path = ${this.#targetName(place.name)}, public`);
    await target.run(`${insert}; reset search_path`);
  }

  async #assertRows(place: CaseSchema, rows: NonNullable<Change["rows"]>): Promise<void> {
    const { target } = this.#pair;
    await target.run(`set search_path = ${this.#targetName(place.name)}, public`);
    const { value } = await target.row(z.object({ value: z.string() }), rows.select);
    await target.run("reset search_path");
    assert.equal(value, rows.expect);
  }

  /** Foreign keys wait for the rows, which do not travel here. */
  async #compareDescriptions(schema: string): Promise<void> {
    const source = await describeSchema(this.#pair.source, schema);
    const target = await describeSchema(this.#pair.target, this.#targetName(schema));
    const isThere = (line: string) => !line.startsWith("foreign key ");
    const difference = compareLines(source.filter(isThere), target.filter(isThere));
    assert.deepEqual(difference, noDifference);
  }

  #targetName(schema: string): string {
    return this.#isRenamed ? `${schema}_there` : schema;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.end();
    await this.#pair[Symbol.asyncDispose]();
  }
}
