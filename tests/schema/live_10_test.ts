import { testLiveChanges } from "./live/mod.ts";

testLiveChanges(10);
