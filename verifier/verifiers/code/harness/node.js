// Runs JavaScript in a sandbox: loads the program, then its tests, or calls one of its functions with JSON.
// What it must keep to itself lives in this function's scope, which a strict function shows to nobody.
'use strict';
(() => {
  const fs = require('fs'), vm = require('vm'), asserts = require('assert');
  const { writeSync, readSync } = fs, { parse, stringify } = JSON, leave = process.reallyExit.bind(process);
  const load = require, shapes = load('./shapes_.js'), buffer = Buffer.alloc(1 << 16), error = console.error, run = vm.runInThisContext;
  let pending = '';
  const decoder = new (require('string_decoder').StringDecoder)('utf8');

  function line() {
    let end;
    while ((end = pending.indexOf('\n')) < 0) {
      const size = readSync(0, buffer, 0, buffer.length, null);
      if (!size) leave(0);
      pending += decoder.write(buffer.subarray(0, size));
    }
    const found = pending.slice(0, end);
    pending = pending.slice(end + 1);
    return found;
  }

  function say(text) {
    let rest = Buffer.from(text + '\n');
    while (rest.length) rest = rest.subarray(writeSync(1, rest));
  }

  // a file that is loaded would have a `require` of its own
  const shut = /^_|^(inspector|v8|vm|module|worker_threads|child_process|cluster|repl|test|trace_events)\b/;
  const open = { __proto__: null };
  for (const name of load('module').builtinModules) open[name] = !shut.test(name);
  const fix = (owner, name, value) => Object.defineProperty(owner, name, { value, writable: false, configurable: false });
  fix(globalThis, 'require', (name) => {
    const bare = `${name}`.replace(/^node:/, '');
    if (open[bare] !== true) throw new Error(`${bare} is not open to programs here`);
    return load(bare);
  });
  process.getBuiltinModule = globalThis.require;
  fix(console, 'assert', (truth, message) => asserts.ok(truth, message));
  fix(globalThis, 'console', console);
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  process.mainModule = undefined;
  process.binding = process._linkedBinding = undefined;

  // what tests compare with stays as it is
  const kept = [Array, Object, String, Number, Map, Set, Promise, Function, Boolean, Error].map((cls) => [
    cls.prototype, Object.getOwnPropertyDescriptors(cls.prototype)]);
  for (const fixed of [asserts, asserts.strict, JSON, Math, Object, Array, Number, asserts.AssertionError.prototype]) Object.freeze(fixed);
  const { defineProperty } = Object, { ownKeys } = Reflect;
  function restore() {
    for (const [prototype, was] of kept)
      for (const name of ownKeys(was)) if (was[name].configurable) defineProperty(prototype, name, was[name]);
  }

  const brief = parse(line());

  // tests are functions too: a program may read its own alone
  const { toString } = Function.prototype, { apply } = Reflect, { includes } = String.prototype;
  Function.prototype.toString = function () {
    const text = apply(toString, this, []);
    return apply(includes, brief.program, [text]) ? text : `function ${this.name}() { [native code] }`;
  };
  kept.find(([prototype]) => prototype === Function.prototype)[1].toString.value = Function.prototype.toString;
  try {
    new vm.Script(brief.program, { filename: 'main.js' });
  } catch (problem) {
    error(String(problem));
    leave(9);
  }
  let failed = false;
  const fail = (problem) => {
    failed = true;
    error(problem && problem.stack ? String(problem.stack).split('\n').slice(0, 6).join('\n') : String(problem));
    leave(1);
  };
  try {
    run(brief.program, { filename: 'main.js' });
  } catch (problem) {
    fail(problem);
  }
  restore();
  say(brief.loaded);

  if (brief.tests !== undefined) {
    process.removeAllListeners('beforeExit').removeAllListeners('unhandledRejection').removeAllListeners('uncaughtException');
    process.on('unhandledRejection', fail).on('uncaughtException', fail);
    let done = false;
    const ended = () => { done = true; };
    process.on('beforeExit', () => {
      if (done && !failed) {
        say('');
        say(brief.word);
        leave(0);
      }
    });
    try {
      const last = run(brief.tests, { filename: 'tests.js' });
      if (last instanceof Promise) last.then(ended, fail); // which may never be: then the tests have not come to their end
      else ended();
    } catch (problem) {
      fail(problem);
    }
    return;
  }

  function plain(value) {
    if (value === undefined) return null;
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : { bigint: String(value) };
    if (typeof value === 'number' && !isFinite(value)) return { number: String(value) };
    if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v)]));
    if (value instanceof Set) return [...value].map(plain);
    if (Array.isArray(value)) return value.map(plain);
    if (value && typeof value === 'object' && typeof value.next === 'function') return [...value].map(plain);
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
    return typeof value === 'function' || typeof value === 'symbol' ? { function: true } : value;
  }

  function entry() {
    const [first, ...path] = brief.entry.split('.');
    const named = run(`typeof ${first} === 'undefined' ? undefined : ${first}`);
    const found = named === undefined ? globalThis.module.exports[first] : named;
    if (found === undefined && !path.length) return method(run(`typeof Solution === 'undefined' ? undefined : Solution`), [first]);
    return path.length ? method(found, path) : found;
  }
  function method(owner, path) {
    let made = typeof owner === 'function' && owner.prototype ? new owner() : owner;
    for (const name of path.slice(0, -1)) made = made && made[name];
    const found = made && made[path[path.length - 1]];
    return typeof found === 'function' ? found.bind(made) : undefined;
  }

  const classOf = (kind) => run(kind);
  async function answer(call) {
    const called = entry();
    if (typeof called !== 'function') return { raised: `the program does not define ${brief.entry}` };
    try {
      if (shapes.isScript(brief.entry, call.args)) return { value: await shapes.play(called, call.args, plain) };
      const { parameters, returned } = brief.kinds;
      const args = call.args.map((arg, at) => shapes.build(arg, parameters[at], classOf));
      const found = called(...args);
      const value = found instanceof Promise ? await found : found;
      return { value: plain(brief.mutates === null ? shapes.flat(value, returned) : shapes.flat(args[brief.mutates], parameters[brief.mutates])) };
    } catch (problem) {
      return { raised: String(problem && problem.stack || problem).split('\n').slice(0, 3).join('\n') };
    }
  }
  (async () => {
    for (;;) {
      const call = parse(line());
      say(call.tag + stringify(await answer(call)));
    }
  })();
})();
