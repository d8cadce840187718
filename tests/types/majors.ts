/** The servers that these tests run on: the oldest, the newest, and one from between. */
import { availableMajors } from "../postgres/mod.ts";

const wanted = [10, 14, 18];

export const majors = availableMajors().filter((major) => wanted.includes(major));
