/** What a target says of a schema that it got, for the source's log. */
import type { Acknowledgement } from "../model/mod.ts";
import type { Log } from "./log.ts";

/**
 * A refusal is tried again and may want something done on the target; what the target cannot have as it is stays
 * away; what is never replicated is no trouble, and said in one line.
 * @param told what was said last of each object, which is not said again.
 */
export function tellSchema(
  log: Log,
  { refused, leftOut }: Pick<Acknowledgement, "refused" | "leftOut">,
  told: Map<string, string>,
): void {
  const isNews = (object: string, text: string) => {
    if (told.get(object) === text) return false;
    told.set(object, text);
    return true;
  };
  for (const { object, error } of refused) {
    if (isNews(object, error)) {
      log.warn("The target refused a part of the schema", { object, error });
    }
  }
  const news = leftOut.filter(({ object, reason }) => isNews(object, reason));
  for (const { object, reason, isByDesign } of news) {
    if (isByDesign) continue;
    log.warn("The target cannot have a part of the schema as it is here", { object, reason });
  }
  const byReason = Map.groupBy(news.filter(({ isByDesign }) => isByDesign), ({ reason }) => reason);
  for (const [reason, objects] of byReason) {
    log.info("Parts of the schema are not replicated, by design", {
      objects: objects.map(({ object }) => object).join(", "),
      reason,
    });
  }
}
