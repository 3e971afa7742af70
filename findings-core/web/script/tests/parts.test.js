// Tests of what can be computed without a browser: node --test

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** What some parts of the script declare. */
function load(names, ...declared) {
  const source = names.map((name) => readFileSync(new URL(`../${name}.js`, import.meta.url), "utf8")).join("\n");
  return new Function(`${source}\nreturn {${declared}};`)();
}

test("texts take their values", () => {
  const { fill, number, decimal, signed } = load(["text"], "fill", "number", "decimal", "signed");
  assert.equal(fill("{0} of {1}, {2}", ["$&", 4]), "$& of 4, {2}");
  assert.deepEqual([0, 999, 1000, 1234567].map(number), ["0", "999", "1,000", "1,234,567"]);
  assert.deepEqual([decimal(-2.5), signed(-1200), signed(0), signed(3)], ["−2.5", "−1,200", "0", "+3"]);
});

test("series are unpacked to the numbers that were packed", () => {
  const { unpackStates, unpackSeries, unpackProjects } = load(
    ["packed"],
    "unpackStates",
    "unpackSeries",
    "unpackProjects",
  );
  const states = unpackStates("bc2nic12");
  assert.equal(states.join(""), `bccni${"c".repeat(12)}`);
  // the no run in week 4 does not count
  assert.deepEqual(unpackSeries(states, [1, 5, 3, -2], true).slice(0, 6), [null, 5, 5, null, 5, 3]);
  assert.deepEqual(unpackSeries(states, [2, 7], false).slice(0, 6), [null, 0, 7, null, 0, 0]);
  assert.deepEqual(unpackSeries(unpackStates("c3"), [], true), [0, 0, 0]);
  assert.deepEqual(unpackProjects([3, 1, 2, 9]), [
    [3, 1],
    [5, 9],
  ]);
});

test("no cell of a CSV file begins as a formula", () => {
  const { guardFormulas, toCsv } = load(["csv"], "guardFormulas", "toCsv");
  const cases = {
    "=1+1": "'=1+1",
    " @x": "' @x",
    "＝b": "'＝b",
    "a;=b;c\t-d": "a;'=b;c\t'-d",
    "a\r\n@b": "a\r\n'@b",
    'a;"=b': "a;'\"=b",
    "\u0000=1": "'\u0000=1",
    "a=b, -c": "a=b, -c",
    "2026-11-23": "2026-11-23",
    "日本語＝x": "日本語＝x",
  };
  for (const [text, wanted] of Object.entries(cases)) assert.equal(guardFormulas(text), wanted);
  assert.equal(toCsv([['a"b', "=1"]]), '\ufeff"a""b","\'=1"\r\n');
});

test("what is not known is sorted last in either direction", () => {
  const { sortKey, compareKeys } = load(["table"], "sortKey", "compareKeys");
  const keys = ["1,234", "80.0 % (4/5)", "−3", "12.5 (n=7)", "2026-11-23", "Alpha", ""].map((text) => sortKey(text));
  assert.deepEqual(keys, [1234, 80, -3, 12.5, "2026-11-23", "alpha", null]);
  assert.equal(sortKey("too few (1/2)", true), null);
  for (const direction of ["ascending", "descending"]) {
    const sorted = [3, null, 10].sort((a, b) => compareKeys(a, b, direction));
    assert.deepEqual(sorted, direction === "ascending" ? [3, 10, null] : [10, 3, null]);
  }
});

test("columns of a chart are as high as their numbers", () => {
  const { columnParts, niceMax } = load(["text", "chart"], "columnParts", "niceMax");
  assert.deepEqual(columnParts([2, 0, 2, 0, 0], 8, 100), [
    ["sc", 75, 25],
    ["sm", 50, 25],
  ]);
  assert.deepEqual([1, 3, 7, 754].map(niceMax), [1, 5, 10, 1000]);
});
