/** Numbers as people read them. Whatever comes in, no NaN and no Infinity comes out. */

/** `1,234,567` */
export function formatCount(count: number): string {
  return String(Math.trunc(finite(count))).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** In units of 1024 * 1024, without the unit: `0.0`, `260.3`. */
export function formatMegabytes(bytes: number): string {
  return (finite(bytes) / 1024 / 1024).toFixed(1);
}

/** `0:07`, `12:00`, `3:00:00`, `2d 03:00` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(finite(seconds)));
  const two = (value: number) => String(Math.trunc(value)).padStart(2, "0");
  const hours = Math.trunc(whole / 3600);
  const minutes = (whole % 3600) / 60;
  if (hours >= 24) return `${Math.trunc(hours / 24)}d ${two(hours % 24)}:${two(minutes)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  return `${Math.trunc(minutes)}:${two(whole % 60)}`;
}

/** What is done, from 0 to 1; nothing to do is all done. */
export function shareOf(done: number, all: number): number {
  if (!(all > 0)) return 1;
  return Math.min(1, Math.max(0, finite(done / all)));
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
