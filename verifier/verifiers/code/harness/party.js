// One of two parties in sandboxes of their own: the program, or the tests, which call it. Values cross as JSON, a line each:
// text, finite numbers, booleans and null as themselves, all else as an array that begins with its kind. Functions, and objects
// that are no plain data, stay where they are, and the other side gets a proxy that asks for them.
'use strict';
(() => {
  const fs = require('fs'), vm = require('vm'), util = require('util'), asserts = require('assert');
  const { readSync, writeSync, read } = fs, { parse, stringify } = JSON, { isProxy, isPromise } = util.types;
  const [,, role, word] = process.argv, load = require, leave = process.reallyExit.bind(process), run = vm.runInThisContext;
  const buffer = Buffer.alloc(1 << 16), decoder = new (require('string_decoder').StringDecoder)('utf8');
  const given = new Set([...Object.getOwnPropertyNames(globalThis), 'require', 'module', 'exports', 'this', 'arguments']), DEEPEST = 500, PLAIN = Object.prototype;
  const say = (text) => writeSync(2, `${text}\n`);
  Object.defineProperty(process, 'stdout', { get: () => process.stderr });  // fd 1 carries values

  // ---- lines ----
  let pending = '';
  function send(message) {
    let rest = Buffer.from(stringify(message) + '\n');
    while (rest.length) rest = rest.subarray(writeSync(1, rest));
  }
  function line() {
    const end = pending.indexOf('\n');
    if (end < 0) return undefined;
    const found = pending.slice(0, end);
    pending = pending.slice(end + 1);
    return parse(found);
  }
  function heard(size) {
    if (!size) {
      if (role === 'tests') say('the program ended before the tests did');
      leave(role === 'tests' ? 1 : 0);
    }
    pending += decoder.write(buffer.subarray(0, size));
  }
  function receive() {
    for (;;) {
      const message = line();
      if (message !== undefined) return message;
      heard(readSync(0, buffer, 0, buffer.length, null));
    }
  }

  // ---- values ----
  const mine = [], numbers = new WeakMap(), theirs = new WeakMap(), classes = new WeakMap();
  const ERRORS = { Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };
  function keep(value) {
    if (!numbers.has(value)) numbers.set(value, mine.push(value) - 1);
    return numbers.get(value);
  }
  function pack(value, depth = 0) {
    if (depth > DEEPEST) throw new TypeError('a value that is nested too deeply, or in itself');
    const inside = (part) => pack(part, depth + 1);
    const pairs = (entries) => [...entries].map(([key, part]) => [inside(key), inside(part)]);
    switch (typeof value) {
      case 'number': return Number.isFinite(value) && !Object.is(value, -0) ? value : ['number', Object.is(value, -0) ? '-0' : `${value}`];
      case 'undefined': return ['undefined'];
      case 'bigint': return ['bigint', `${value}`];
      case 'symbol': return ['symbol', String(value.description)];
      case 'function': return theirs.has(value) ? ['yours', theirs.get(value)] : ['function', keep(value)];
      case 'object': break;
      default: return value;
    }
    if (value === null) return null;
    if (theirs.has(value)) return ['yours', theirs.get(value)];
    if (isProxy(value)) return ['object', keep(value)];
    if (Array.isArray(value)) return ['array', Array.from(value, inside)];
    if (value instanceof Map) return ['map', pairs(value)];
    if (value instanceof Set) return ['set', [...value].map(inside)];
    if (value instanceof Date) return ['date', `${+value}`];
    if (value instanceof RegExp) return ['regexp', value.source, value.flags];
    if (value instanceof Error) return ['error', `${value.name}`, `${value.message}`, lineage(value), pairs(Object.entries(value))];
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return ['typed', value.constructor.name, Array.from(value, inside)];
    const prototype = Object.getPrototypeOf(value);
    if (prototype === PLAIN || prototype === null) return ['plain', pairs(Object.entries(value)), prototype === null];
    return ['object', keep(value)];
  }
  function lineage(error) {
    const found = [];
    for (let cls = error.constructor; typeof cls === 'function' && !given.has(cls.name); cls = Object.getPrototypeOf(cls)) found.push(keep(cls));
    return found;
  }
  function put(target, key, value) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  }
  const TYPED = Object.fromEntries([Buffer, ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    Float32Array, Float64Array, BigInt64Array, BigUint64Array]].map((cls) => [cls.name, cls]));
  function unpack(message) {
    if (!Array.isArray(message)) return message;
    const [kind, first, second, third, fourth] = message;
    switch (kind) {
      case 'undefined': return undefined;
      case 'number': return Number(first);
      case 'bigint': return BigInt(first);
      case 'symbol': return Symbol(first);
      case 'array': return first.map(unpack);
      case 'map': return new Map(first.map(([key, part]) => [unpack(key), unpack(part)]));
      case 'set': return new Set(first.map(unpack));
      case 'date': return new Date(Number(first));
      case 'regexp': return new RegExp(first, second);
      case 'typed': return TYPED[first].from(second.map(unpack));
      case 'plain': {
        const made = second ? Object.create(null) : {};
        for (const [key, part] of first) put(made, key, unpack(part));
        return made;
      }
      case 'error': {
        const made = new (Object.hasOwn(ERRORS, first) ? ERRORS[first] : Error)(second);
        if (made.name !== first) Object.defineProperty(made, 'name', { value: first, configurable: true, writable: true });
        for (const [key, part] of fourth) put(made, key, unpack(part));
        classes.set(made, third);
        return made;
      }
      case 'yours': return mine[first];
      case 'function': case 'object': return proxy(first, kind);
      default: throw new TypeError('a value of no kind');
    }
  }

  // ---- what stays over there ----
  const proxies = new Map();
  const named = (key) => (typeof key === 'symbol' ? ['well known', String(key.description)] : key);
  const unnamed = (key) => (Array.isArray(key) ? Symbol[key[1].replace('Symbol.', '')] : key);
  function proxy(number, kind) {
    if (proxies.has(number)) return proxies.get(number);
    const made = new Proxy(kind === 'function' ? (function () {}).bind() : {}, {
      apply: (_, self, args) => ask(['call', number, self, args], args),
      construct: (_, args) => ask(['new', number, undefined, args], args),
      get: (_, key) => (key === Symbol.hasInstance ? (value) => isOf(value, number) : ask(['get', number, named(key)])),
      set: (_, key, value) => ask(['set', number, named(key), [value]]),
      has: (_, key) => ask(['has', number, named(key)]),
      deleteProperty: (_, key) => ask(['delete', number, named(key)]),
      ownKeys: () => ask(['keys', number]),
      getOwnPropertyDescriptor(_, key) {
        if (!ask(['own', number, named(key)])) return undefined;
        return { value: ask(['get', number, named(key)]), writable: true, enumerable: true, configurable: true };
      },
    });
    theirs.set(made, number);
    proxies.set(number, made);
    return made;
  }
  function isOf(value, number) {
    if (Object(value) !== value) return false;
    return classes.has(value) ? classes.get(value).includes(number) : theirs.has(value) && ask(['is', number, value]);
  }
  function ask([what, number, key, args = []], changed) {
    send([what, number, pack(key), args.map((arg) => pack(arg))]);
    for (;;) {
      const message = receive();
      if (message[0] !== 'done' && message[0] !== 'raised') {
        serve(message, send, () => send(['raised', pack(new Error('a promise within a call of a call')), []]));
        continue;
      }
      const [how, value, now, promised] = message;
      if (changed) now.forEach((part, at) => part !== 0 && update(changed[at], unpack(part)));
      if (how === 'done') return promised ? Promise.resolve(unpack(value)) : unpack(value);
      if (promised) return Promise.reject(unpack(value));
      throw unpack(value);
    }
  }
  // an argument that was changed in place over there is changed here
  function update(old, now) {
    if (Array.isArray(old)) old.splice(0, old.length, ...now);
    else if (old instanceof Map || old instanceof Set) {
      old.clear();
      for (const part of now) old instanceof Map ? old.set(...part) : old.add(part);
    } else if (Object.getPrototypeOf(old) === PLAIN) {
      for (const key of Object.keys(old)) if (!Object.hasOwn(now, key)) delete old[key];
      for (const [key, part] of Object.entries(now)) put(old, key, part);
    }
  }
  function serve([what, number, key, packed], reply, wait) {
    let args = [];
    const after = () => args.map((arg, at) => {
      const kind = packed[at] && packed[at][0];
      if (!['array', 'plain', 'map', 'set'].includes(kind)) return 0;
      const now = pack(arg);
      return stringify(now) === stringify(packed[at]) ? 0 : now;
    });
    const answer = (how, value, promised) => {
      let message;
      try {
        message = [how, pack(value), after(), promised];
      } catch (problem) {
        message = ['raised', pack(problem), []];
      }
      reply(message);
    };
    try {
      args = packed.map(unpack);
      const value = perform(what, mine[number], unpack(key), args);
      if (!isPromise(value)) return answer('done', value);
      wait(value, answer);
    } catch (problem) {
      answer('raised', problem);
    }
  }
  function perform(what, target, key, args) {
    if (role === 'tests') guard(what, target, key);
    switch (what) {
      case 'call': return Reflect.apply(target, key, args);
      case 'new': return Reflect.construct(target, args);
      case 'get': return Reflect.get(Object(target), unnamed(key), target);
      case 'set': return Reflect.set(target, unnamed(key), args[0]);
      case 'has': return unnamed(key) in target;
      case 'own': return Object.hasOwn(target, unnamed(key));
      case 'delete': return Reflect.deleteProperty(target, unnamed(key));
      case 'keys': return Object.keys(target);
      case 'is': return key instanceof target;
      case 'names': return args[0].map((name) => [name, lookup(name)]).filter(([, value]) => value !== undefined);
      case 'exports': return exported(...args);
      default: throw new TypeError('no such request');
    }
  }
  // of what the tests pass, functions can be called, and objects have their own properties and the methods of their classes
  function guard(what, target, key) {
    if (typeof target === 'function') {
      if (what === 'call' || what === 'new') return;
    } else if (Object(target) === target) {
      if (['own', 'keys', 'has'].includes(what) || Object.hasOwn(target, unnamed(key))) return;
      if (what === 'set' && typeof key === 'string' && key !== '__proto__') return;
      for (let owner = target; owner && !natives.has(owner); owner = Object.getPrototypeOf(owner)) {
        if (what === 'get' && key !== 'constructor' && Object.hasOwn(owner, unnamed(key))) return;
      }
      if (what === 'get' && key !== 'constructor' && typeof target[unnamed(key)] !== 'function' && key !== '__proto__') return;
    }
    throw new TypeError('not open to the program');
  }
  const natives = new Set(Object.getOwnPropertyNames(globalThis).map((name) => globalThis[name] && globalThis[name].prototype));
  function lookup(name) {
    if (given.has(name)) return undefined;
    try {
      const value = run(`typeof ${name} === 'undefined' ? undefined : ${name}`);
      return value === undefined ? globalThis.module.exports[name] : value;
    } catch (problem) {
      return undefined;
    }
  }

  // what the program exports, or else defines, as one module; the default import's name is told
  function exported(names, local) {
    const own = globalThis.module.exports;
    const found = names.map((name) => [name, lookup(name)]).filter(([, value]) => value !== undefined);
    const all = { ...Object.fromEntries(found), ...own };
    if (typeof own === 'function') {
      for (const [name, value] of found) if (!(name in own)) put(own, name, value);
    }
    const plain = typeof own === 'object' && Object.getPrototypeOf(own) === PLAIN;
    if (local !== undefined && 'default' in own) return own.default;
    if (!plain) return own;
    if ('default' in own) all.__esModule = true;
    return local === undefined || all[local] === undefined ? all : all[local];
  }

  // ---- both sides' sources ----
  function unusable(problem) {
    say(problem);
    if (role === 'tests') say(word);
    leave(9);
  }
  function script(text, filename) {
    let problem;
    for (const whole of /\bawait\b/.test(text) ? [text, `(async () => {${text}\n})();`] : [text]) {
      try {
        return new vm.Script(whole, { filename });
      } catch (found) {
        problem = problem || found;
      }
    }
    unusable(problem);
  }
  const code = fs.readFileSync('code_.js', 'utf8');
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  const fail = (problem) => {
    say(problem && problem.stack ? String(problem.stack).split('\n').slice(0, 6).join('\n') : '');
    say(String(problem).split('\n')[0]);
    leave(1);
  };

  if (role === 'program') {
    globalThis.require = load;
    script(code, 'main.js').runInThisContext();
    const wait = (value, answer) => value.then((found) => answer('done', found, true), (problem) => answer('raised', problem, true)).then(next);
    const next = () => {
      for (;;) {
        const message = line();
        if (message === undefined) break;
        let waits = false;
        serve(message, send, (value, answer) => {
          waits = true;
          wait(value, answer);
        });
        if (waits) return;
      }
      read(0, buffer, 0, buffer.length, null, (problem, size) => {
        heard(problem ? 0 : size);
        next();
      });
    };
    return next();
  }

  const jest = fs.existsSync('jest_.js') ? load('./jest_.js') : undefined;
  for (const name of Object.keys(jest ? jest.names : {})) {
    put(globalThis, name, jest.names[name]);
    given.add(name);
  }
  const names = [...new Set(code.match(/[A-Za-z_$][\w$]*/g))].filter((name) => !given.has(name));
  // without a module that they need the tests say nothing of the program
  function needed(name) {
    try {
      return load(name);
    } catch (problem) {
      if (problem.code !== 'MODULE_NOT_FOUND') throw problem;
      unusable(problem.message.split('\n')[0]);
    }
  }
  globalThis.require = (name, local) => {
    if (/^(lodash|underscore)$/.test(name)) return { isEqual: util.isDeepStrictEqual };
    if (jest && /^(@jest\/globals|vitest)$/.test(name)) return jest.names;
    return /^\.|^(solution|main|program|index)$/.test(name) ? ask(['exports', 0, undefined, local === undefined ? [names] : [names, local]]) : needed(name);
  };
  console.assert = (truth, message) => asserts.ok(truth, message);
  process.on('unhandledRejection', fail).on('uncaughtException', fail);
  const tests = script(code, 'tests.js');
  for (const [name, value] of ask(['names', 0, undefined, [names]])) {
    if (names.includes(name)) put(globalThis, name, value);
  }
  try {
    const value = tests.runInThisContext();
    const last = jest ? Promise.resolve(value).then(jest.run) : value;
    if (isPromise(last)) {
      let ended = false;
      last.then(() => { ended = true; }, fail);
      process.on('beforeExit', () => ended || fail('the tests wait for a promise that never comes true'));
    }
  } catch (problem) {
    fail(problem);
  }
})();
