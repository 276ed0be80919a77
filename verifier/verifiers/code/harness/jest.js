// In the tests' sandbox: the part of Jest that tests in its manner use, under its names. What is collected runs once the script has ended.
'use strict';
const asserts = require('assert'), { isDeepStrictEqual, inspect } = require('util');
const root = { name: '', tests: [], before: [], after: [], beforeAll: [], afterAll: [], parent: null };
let group = root, counted = 0, wanted = null, ran = false, skipped = false;

// ---- suites ----
function describe(name, body) {
  const made = { name, tests: [], before: [], after: [], beforeAll: [], afterAll: [], parent: group };
  group.tests.push(made);
  group = made;
  body();
  group = made.parent;
}
const test = (name, body) => group.tests.push({ name, body });
const skip = () => { skipped = true; };
const filled = (name, values) => [].concat(values).reduce((text, value) => text.replace(/%[sdifjop]/, () => `${value}`), name);
const each = (make) => (rows) => (name, body) => rows.forEach((row) => {
  const values = Array.isArray(row) ? row : [row];
  make(filled(name, values), () => body(...values));
});
for (const make of [describe, test]) Object.assign(make, { each: each(make), skip: Object.assign(skip, { each: () => skip }), only: make, todo: skip });

// ---- expectations ----
// what the program gives is asked nothing with an expected value in hand: only texts and numbers are looked into here
class Asymmetric {
  constructor(matches) { this.matches = matches; }
}
const text = (got) => typeof got === 'string', number = (got) => typeof got === 'number' || typeof got === 'bigint';
function same(got, want, strict) {
  if (want instanceof Asymmetric) return want.matches(got);
  if (strict || Object(want) !== want || Object(got) !== got) return isDeepStrictEqual(got, want);
  if (Array.isArray(want) !== Array.isArray(got)) return false;
  if (![Array.prototype, Object.prototype, null].includes(Object.getPrototypeOf(want))) return isDeepStrictEqual(got, want);
  const keys = (value) => Object.keys(value).filter((key) => value[key] !== undefined);
  return keys(want).length === keys(got).length && keys(want).every((key) => same(got[key], want[key])) && (!Array.isArray(want) || want.length === got.length);
}
const within = (got, want) => (Object(want) !== want || Object(got) !== got || want instanceof Asymmetric ? same(got, want)
  : Object.keys(want).every((key) => within(got[key], want[key])));
const at = (value, path) => (Array.isArray(path) ? path : `${path}`.split('.')).reduce((found, key) => (found == null ? undefined : found[key]), value);
const threw = (problem, want) => {
  if (want === undefined) return true;
  if (want instanceof RegExp) return want.test(problem && problem.message);
  if (typeof want === 'function') return problem instanceof want;
  if (typeof want === 'string') return `${problem && problem.message}`.includes(want);
  return problem && problem.message === want.message;
};
const MATCHERS = {
  toBe: (got, want) => Object.is(got, want),
  toEqual: (got, want) => same(got, want),
  toStrictEqual: (got, want) => same(got, want, true),
  toMatchObject: within,
  toBeCloseTo: (got, want, digits = 2) => number(got) && (got === want || Math.abs(got - want) < 10 ** -digits / 2),
  toBeTruthy: (got) => !!got,
  toBeFalsy: (got) => !got,
  toBeNull: (got) => got === null,
  toBeUndefined: (got) => got === undefined,
  toBeDefined: (got) => got !== undefined,
  toBeNaN: (got) => Number.isNaN(got),
  toBeInstanceOf: (got, want) => got instanceof want,
  toBeGreaterThan: (got, want) => number(got) && got > want,
  toBeGreaterThanOrEqual: (got, want) => number(got) && got >= want,
  toBeLessThan: (got, want) => number(got) && got < want,
  toBeLessThanOrEqual: (got, want) => number(got) && got <= want,
  toContain: (got, want) => (text(got) ? got.includes(want) : [...got].includes(want)),
  toContainEqual: (got, want) => [...got].some((one) => same(one, want)),
  toHaveLength: (got, want) => got.length === want,
  toHaveProperty: (got, path, ...want) => at(got, path) !== undefined && (!want.length || same(at(got, path), want[0])),
  toMatch: (got, want) => text(got) && (want instanceof RegExp ? want.test(got) : got.includes(want)),
  toThrow(got, want) {
    try {
      got();
    } catch (problem) {
      return threw(problem, want);
    }
    return false;
  },
  toThrowError: (got, want) => MATCHERS.toThrow(got, want),
};
function expect(got) {
  const judged = (name, positive) => (...want) => {
    counted += 1;
    if (MATCHERS[name](got, ...want) !== positive)
      asserts.fail(`expect(${inspect(got)}).${positive ? '' : 'not.'}${name}(${want.map((one) => inspect(one)).join(', ')})`);
  };
  const matchers = (positive) => Object.fromEntries(Object.keys(MATCHERS).map((name) => [name, judged(name, positive)]));
  const later = (settle) => {
    const made = (positive) => Object.fromEntries(Object.keys(MATCHERS).map((name) => [name, async (...want) => {
      const found = await settle(got);
      const one = /^toThrow/.test(name) ? () => { throw found; } : found;
      (positive ? expect(one) : expect(one).not)[name](...want);
    }]));
    return { ...made(true), not: made(false) };
  };
  return {
    ...matchers(true),
    not: matchers(false),
    resolves: later((promise) => promise),
    rejects: later((promise) => promise.then((value) => asserts.fail(`${inspect(value)} came, and no error`), (problem) => problem)),
  };
}
Object.assign(expect, {
  any: (cls) => new Asymmetric((got) => got instanceof cls || typeof got === cls.name.toLowerCase()),
  anything: () => new Asymmetric((got) => got != null),
  arrayContaining: (want) => new Asymmetric((got) => Array.isArray(got) && want.every((one) => got.some((other) => same(other, one)))),
  objectContaining: (want) => new Asymmetric((got) => within(got, want)),
  stringContaining: (want) => new Asymmetric((got) => text(got) && got.includes(want)),
  stringMatching: (want) => new Asymmetric((got) => text(got) && new RegExp(want).test(got)),
  closeTo: (want, digits) => new Asymmetric((got) => MATCHERS.toBeCloseTo(got, want, digits)),
  assertions: (count) => { wanted = count; },
  hasAssertions: () => { wanted = -1; },
});

// ---- running ----
const done = (body) => (body.length ? new Promise((good, bad) => body((problem) => (problem ? bad(problem) : good()))) : body());
async function all(bodies) {
  for (const body of bodies) await done(body);
}
const outer = (made, which) => (made ? [...outer(made.parent, which), ...made[which]] : []);
async function run(made) {
  await all(made.beforeAll);
  for (const one of made.tests) {
    if (one.tests) {
      await run(one);
      continue;
    }
    counted = 0;
    wanted = null;
    ran = true;
    await all(outer(made, 'before'));
    await done(one.body);
    await all(outer(made, 'after'));
    if (wanted !== null) asserts.ok(wanted < 0 ? counted > 0 : counted === wanted, `${one.name}: ${counted} assertions`);
  }
  await all(made.afterAll);
}
const hook = (which) => (body) => group[which].push(body);
const names = {
  describe, test, it: test, expect, xtest: skip, xit: skip, xdescribe: skip, beforeEach: hook('before'), afterEach: hook('after'),
  beforeAll: hook('beforeAll'), afterAll: hook('afterAll'),
};
async function runAll() {
  await run(root);
  asserts.ok(ran || counted || !skipped, 'every test is skipped');
}
module.exports = { names, run: runAll };
