/** What an event of the queue says of its relation (DESIGN §2). */
import { z } from "zod";

export const eventKind = z.enum(["row", "truncate", "ddl", "reload"]);
export type EventKind = z.output<typeof eventKind>;
