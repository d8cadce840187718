/** The order of steps, and what becomes one step. */
import assert from "node:assert/strict";
import { findCircles } from "../../src/schema/plan/circles.ts";
import { mergeGroups, orderSteps, type Step } from "../../src/schema/plan/step.ts";

function step(id: string, dependsOn: string[] = [], rank = 1): Step {
  return { id, object: id, action: id, statements: [id], dependsOn, rank };
}

Deno.test("circles are found whole, what needs them comes after them", () => {
  const graph: Record<string, string[]> = {
    a: ["b"],
    b: ["c"],
    c: ["a", "d"],
    d: [],
    e: ["a", "e"],
    f: ["g"],
    g: ["f"],
  };
  const circles = findCircles(Object.keys(graph), (node) => graph[node] ?? []);
  assert.deepEqual(circles.map((circle) => circle.toSorted()), [
    ["d"],
    ["a", "b", "c"],
    ["e"],
    ["f", "g"],
  ]);
});

Deno.test("a graph deeper than any call stack is walked", () => {
  const depth = 100_000;
  const circles = findCircles(["0"], (node) => Number(node) < depth ? [`${Number(node) + 1}`] : []);
  assert.equal(circles.length, depth + 1);
});

Deno.test("a group becomes one step, in the order of its parts", () => {
  const steps = [
    step("create view", ["alter", "drop view"]),
    step("other"),
    step("alter", ["drop view"]),
    step("drop view", [], -1),
  ];
  const [view, , alter, drop] = steps as [Step, Step, Step, Step];
  const merged = orderSteps(mergeGroups(steps, [[view, alter, drop]]));
  assert.deepEqual(merged.map(({ statements }) => statements).toSorted(), [
    ["drop view", "alter", "create view"],
    ["other"],
  ]);
});

Deno.test("what comes after one part of a group and before another becomes part of it", () => {
  const steps = [
    step("create view", ["drop view", "create table"]),
    step("drop view"),
    step("drop table", ["drop view"], -1),
    step("create table", ["drop table"]),
    step("index", ["create table"]),
  ];
  const [view, drop, table] = steps as [Step, Step, Step];
  const merged = orderSteps(mergeGroups(steps, [[view, drop, table]]));
  assert.deepEqual(merged.map(({ statements }) => statements), [
    ["drop view", "drop table", "create table", "create view"],
    ["index"],
  ]);
});

Deno.test("a circle without a group stays what it is", () => {
  const merged = mergeGroups([step("a", ["b"]), step("b", ["a"]), step("c"), step("d")], [
    [step("c"), step("d")],
  ]);
  assert.deepEqual(merged.map(({ statements }) => statements).toSorted(), [["a"], ["b"], [
    "c",
    "d",
  ]]);
});
