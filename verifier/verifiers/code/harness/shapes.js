// Arguments from JSON to the nodes that a function takes, results back, and LeetCode's scripts for a class.
'use strict';
const MOST = 100000;
class ListNode {
  constructor(val, next) {
    this.val = val === undefined ? 0 : val;
    this.next = next === undefined ? null : next;
  }
}
class TreeNode {
  constructor(val, left, right) {
    this.val = val === undefined ? 0 : val;
    this.left = left === undefined ? null : left;
    this.right = right === undefined ? null : right;
  }
}
for (const [name, value] of Object.entries({ ListNode, TreeNode })) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

const isNode = (value, kind) => value && typeof value === 'object' && value.constructor && value.constructor.name === kind;

// what the signature takes; the program's own class stands under the same name
function build(value, kind, classOf) {
  if (!kind || !Array.isArray(value)) return value;
  if (kind.endsWith('[]')) return value.map((one) => build(one, kind.slice(0, -2), classOf));
  return (kind === 'ListNode' ? chain : grow)(value, classOf(kind));
}
function chain(values, Node) {
  let head = null;
  for (let at = values.length - 1; at >= 0; at--) {
    const node = new Node(values[at]);
    node.next = head;
    head = node;
  }
  return head;
}
function grow(values, Node) {
  if (!values.length || values[0] === null) return null;
  const root = new Node(values[0]), waiting = [root];
  for (let at = 1, from = 0; from < waiting.length; from++) {
    for (const side of ['left', 'right']) {
      const value = at < values.length ? values[at++] : null;
      waiting[from][side] = value === null ? null : new Node(value);
      if (value !== null) waiting.push(waiting[from][side]);
    }
  }
  return root;
}

// what the tests expect
function flat(value, kind) {
  if (kind && kind.endsWith('[]')) return Array.isArray(value) ? value.map((one) => flat(one, kind.slice(0, -2))) : value;
  if (kind && value == null) return [];
  if (kind === 'ListNode' ? typeof value === 'object' : isNode(value, 'ListNode')) return followed(value);
  if (kind === 'TreeNode' ? typeof value === 'object' : isNode(value, 'TreeNode')) return levels(value);
  return Array.isArray(value) && value.some((one) => isNode(one, 'ListNode') || isNode(one, 'TreeNode')) ? value.map((one) => flat(one)) : value;
}
function followed(node) {
  const found = [];
  for (; node != null && found.length < MOST; node = node.next) found.push(node.val);
  return found;
}
function levels(root) {
  const found = [], waiting = [root];
  for (let from = 0; from < waiting.length && found.length < MOST; from++) {
    const node = waiting[from];
    found.push(node == null ? null : node.val);
    if (node != null) waiting.push(node.left, node.right);
  }
  while (found.length && found[found.length - 1] === null) found.pop();
  return found;
}

// a script: names of methods, and their arguments
function isScript(name, args) {
  const [names, given] = args;
  return args.length === 2 && Array.isArray(names) && Array.isArray(given) && names.length === given.length && names[0] === name;
}
async function play(cls, [names, given], plain) {
  const made = new cls(...given[0]), results = [null];
  for (let at = 1; at < names.length; at++) results.push(plain(await made[names[at]](...given[at])));
  return results;
}
module.exports = { build, flat, isScript, play };
