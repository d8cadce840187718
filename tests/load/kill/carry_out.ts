/** Carries out a strike: kill -9 of a process, and a server is started again. */
import type { Scene } from "./scene.ts";
import type { Rounds } from "./rounds.ts";
import type { Strike } from "./strikes.ts";

/** Resolves when a server that was killed is there again; whatever starts by itself may still be starting. */
export async function carryOut(
  { victim, hitsBackend }: Strike,
  { scene, rounds }: { scene: Scene; rounds: Rounds },
): Promise<void> {
  switch (victim) {
    case "source instance":
      return await scene.source?.strike();
    case "target instance":
      return await scene.target.strike();
    case "load command":
      return await rounds.command?.strike();
    case "source server":
      return await strikeServer(scene, "source", hitsBackend);
    case "target server":
      return await strikeServer(scene, "target", hitsBackend);
  }
}

async function strikeServer(
  { pair, observers, random }: Scene,
  side: "source" | "target",
  hitsBackend: boolean,
): Promise<void> {
  const sessions = hitsBackend
    ? await observers[side].look(
      `select pid from pg_stat_activity
       where application_name like 'teleport%' and pid <> pg_backend_pid()`,
    )
    : undefined;
  if (sessions !== undefined && sessions.length > 0) {
    Deno.kill(Number(random.pick(sessions).pid), "SIGKILL");
    return;
  }
  const { server } = pair[side];
  await server.stop("kill");
  await server.start();
}
