/** The target's end of a lane: a real applier behind its HTTP server, which tells of each step of a load. */
import { Applier } from "../../src/apply/mod.ts";
import type { Command, Frame } from "../../src/model/mod.ts";
import { type PeerServer, type PeerTiming, startServer } from "../../src/peer/mod.ts";
import { openLoadBuild } from "../../src/daemon/load_build_sessions.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { checkEpoch, migrate } from "../../src/state/mod.ts";
import type { Pair } from "../pair/mod.ts";

/**
 * A moment of a table's load: it has been planned and the target's table is about to be emptied; a chunk has
 * been stored; the table has caught up and is about to get its indexes.
 */
export type Moment = "planned" | "chunk" | "caughtUp";

/** The load goes on when it has returned. */
export type OnMoment = (table: string, moment: Moment) => Promise<void>;

export class TargetEnd implements AsyncDisposable {
  onMoment: OnMoment = () => Promise.resolve();
  readonly #applier: Applier;
  #server: PeerServer | undefined;

  private constructor(applier: Applier) {
    this.#applier = applier;
  }

  static async start(pair: Pair, timing: PeerTiming): Promise<TargetEnd> {
    const { database, server } = pair.targetConfig;
    await using connection = await Connection.open(database, "test");
    await migrate(connection);
    const { epoch } = await checkEpoch(connection);
    const end = new TargetEnd(
      new Applier({
        open: () => Connection.open(database, "apply"),
        builds: { open: () => openLoadBuild(database), workers: 2 },
        epoch,
        hasTargets: false,
        policy: { drops: "apply" },
        onBatch: () => {},
        onHazard: () => {},
      }),
    );
    end.#server = await startServer(end.#createReceiver(), { ...server, ...timing });
    return end;
  }

  #createReceiver() {
    const applier = this.#applier;
    return {
      readPosition: applier.readPosition.bind(applier),
      applyBatch: applier.applyBatch.bind(applier),
      readStatus: () => Promise.resolve({}),
      applyChunk: async (frames: AsyncIterable<Frame>) => {
        let table = "";
        const seen = async function* () {
          for await (const frame of frames) {
            if (frame.kind === "message" && frame.message.kind === "chunk") {
              table = frame.message.table.name;
            }
            yield frame;
          }
        };
        const applied = await applier.applyChunk(seen());
        await this.onMoment(table, "chunk");
        return applied;
      },
      runCommand: async (command: Command) => {
        if (command.kind === "prepareLoad") await this.onMoment(command.table.name, "planned");
        if (command.kind === "buildIndexes") await this.onMoment(command.table.name, "caughtUp");
        return await applier.runCommand(command);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop(1000);
    await this.#applier.close();
  }
}
