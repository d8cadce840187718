/**
 * The origin of a change: the epochs of the databases that it has been through, where it was first
 * written foremost; null where it was written in the database that tells.
 *
 * It never goes to a database that it has been through: rows do not loop, and a neighbour's older row
 * does not come back over the newer one, in whatever way instances are linked.
 */

/** Epochs, comma separated. */
export type Origin = string;

/** What the change's origin is in the database that gets it from `epoch`. */
export function passOn(origin: Origin | null, epoch: string): Origin {
  return origin === null ? epoch : `${origin},${epoch}`;
}

export function epochsOf(origin: Origin | null): string[] {
  return origin === null ? [] : origin.split(",");
}

export function hasPassed(origin: Origin | null, epoch: string): boolean {
  return epochsOf(origin).includes(epoch);
}

/**
 * The origin of a row that changed more than once: the databases that have all of its changes.
 * @param origins at least one.
 */
export function commonOrigin(origins: readonly (Origin | null)[]): Origin | null {
  const [first = null, ...others] = origins;
  const common = epochsOf(first).filter((epoch) =>
    others.every((origin) => hasPassed(origin, epoch))
  );
  return common.length === 0 ? null : common.join(",");
}
