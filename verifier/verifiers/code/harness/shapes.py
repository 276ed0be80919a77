# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""One case of a ``function`` test, in the candidate's process: arguments from JSON to what the signature says, results back."""

import ast
import re
from collections import deque
from itertools import islice

MOST_ITEMS = 100_000
"""Longest iterator or chain of nodes that is read."""


class ListNode:
    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next


class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val = val
        self.left = left
        self.right = right


NODES = ("ListNode", "TreeNode")
VIEWS = ("dict_keys", "dict_values", "dict_items", "odict_keys", "odict_values", "odict_items", "range")
SHAPED = (*NODES, *VIEWS, "ndarray")
CONTAINERS = {"set": set, "Set": set, "frozenset": frozenset, "FrozenSet": frozenset, "deque": deque, "Deque": deque}
CONTAINERS.update({"list": list, "List": list, "Sequence": list, "Iterable": list, "tuple": tuple, "Tuple": tuple})
DICTS = ("dict", "Dict", "Mapping", "defaultdict", "DefaultDict")


def apply(function, name, packed, how, scope):
    """``[result, whether it is a node]``."""
    args, kwargs = packed
    if isinstance(function, type) and is_script(name, args):
        return [play(function, *args), False]
    parameters, returned = types_of(function, how.get("signature"))
    args = [build(value, parameters.get(at), scope) for at, value in enumerate(args)]
    kwargs = {key: build(value, parameters.get(key), scope) for key, value in kwargs.items()}
    result = awaited(function(*args, **kwargs))
    mutated = how.get("mutates")
    if mutated is not None:
        result, returned = args[mutated], parameters.get(mutated)
    node = type(result).__name__ in NODES or (result is None and outer(returned) in NODES)
    return [[] if node and result is None else plain(result), node]


def is_script(name, args):
    """Whether a case is LeetCode's script for a class: names of methods, and their arguments."""
    return (
        len(args) == 2
        and all(isinstance(part, list) for part in args)
        and len(args[0]) == len(args[1])
        and args[0][:1] == [name.rpartition(".")[2]]
    )


def play(cls, names, arguments):
    made, results = cls(*arguments[0]), [None]
    for name, args in zip(names[1:], arguments[1:]):  # noqa: B905 - as long as each other
        results.append(plain(awaited(getattr(made, name)(*args))))
    return results


def awaited(result):
    """What an async function comes to."""
    if type(result).__name__ != "coroutine":
        return result
    import asyncio

    return asyncio.run(result)


# ---- what the signature says ----


def types_of(function, signature):
    """The types of parameters by place and by name, and of the result, as syntax trees. Only nodes count in a program's own."""
    if signature:
        found = ast.parse(signature.strip().rstrip(":") + ": pass").body[0]
        names = [(arg.arg, arg.annotation) for arg in found.args.args if arg.arg != "self"]
        names += [(arg.arg, arg.annotation) for arg in found.args.kwonlyargs]
        return {**dict(enumerate(t for _, t in names)), **dict(names)}, found.returns
    told = documented(function) | dict(getattr(function, "__annotations__", None) or {})
    trees = {name: tree_of(note) for name, note in told.items()}
    returned = trees.pop("return", None)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    order = [name for name in code.co_varnames[: code.co_argcount] if name != "self"] if code else []
    return {**{at: trees.get(name) for at, name in enumerate(order)}, **trees}, returned


def documented(function):
    """The types that a docstring tells, as in LeetCode's starter code of Python 2."""
    text = getattr(function, "__doc__", None)
    found = re.findall(r":(?:type[ \t]+(\w+)|rtype)[ \t]*:[ \t]*([^\n]+)", text if type(text) is str else "")
    return {name or "return": note.strip() for name, note in found}


def tree_of(note):
    text = note if isinstance(note, str) else note.__name__ if isinstance(note, type) else str(note)
    try:
        tree = ast.parse(text.replace("ForwardRef(", "(").replace("typing.", ""), mode="eval").body
    except SyntaxError:
        return None
    return tree if any(node in text for node in NODES) else None


def outer(tree):
    """The name of a type without ``Optional``."""
    tree = needed(tree)
    tree = tree.value if isinstance(tree, ast.Subscript) else tree
    return getattr(tree, "id", getattr(tree, "attr", getattr(tree, "value", None)))


def needed(tree):
    if isinstance(tree, ast.BinOp):
        return needed(tree.right if is_none(tree.left) else tree.left)
    if isinstance(tree, ast.Subscript) and getattr(tree.value, "id", getattr(tree.value, "attr", "")) == "Optional":
        return needed(tree.slice)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return needed(ast.parse(tree.value, mode="eval").body)
    return tree


def is_none(tree):
    return isinstance(tree, ast.Constant) and tree.value is None


def inner(tree):
    tree = needed(tree)
    if not isinstance(tree, ast.Subscript):
        return []
    return tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]


# ---- from JSON ----


def build(value, tree, scope):
    name = outer(tree) if tree is not None else None
    if name == "ListNode" and isinstance(value, list):
        return chain(value, scope.get("ListNode", ListNode))
    if name == "TreeNode" and isinstance(value, list):
        return grow(value, scope.get("TreeNode", TreeNode))
    if name in CONTAINERS and isinstance(value, list):
        kinds = inner(tree)
        each = kinds if name in ("tuple", "Tuple") and len(kinds) == len(value) else kinds[:1] * len(value)
        items = [build(item, kind, scope) for item, kind in zip(value, each or [None] * len(value))]  # noqa: B905
        return CONTAINERS[name](items)
    if name in DICTS and isinstance(value, dict):
        key, kind, *_ = [*inner(tree), None, None]
        return {build_key(k, key): build(item, kind, scope) for k, item in value.items()}
    if name == "bytes" and isinstance(value, str):
        return value.encode()
    return float(value) if name == "float" and type(value) is int else value


def build_key(key, tree):
    name = outer(tree) if tree is not None else None
    return int(key) if name == "int" else float(key) if name == "float" else key


def chain(values, cls):
    head = None
    for value in reversed(values):
        node = cls(value)
        node.next = head
        head = node
    return head


def grow(values, cls):
    """A tree from its levels, left to right, null for a child that is not there."""
    if not values or values[0] is None:
        return None
    root = cls(values[0])
    waiting, rest = deque([root]), iter(values[1:])
    while waiting:
        node = waiting.popleft()
        for side in ("left", "right"):
            value = next(rest, None)
            child = None if value is None else cls(value)
            setattr(node, side, child)
            if child is not None:
                waiting.append(child)
    return root


# ---- to plain data ----


def plain(value):
    kind = type(value).__name__
    if kind == "ListNode":
        return list(islice(follow(value), MOST_ITEMS))
    if kind == "TreeNode":
        return levels(value)
    if kind == "ndarray":
        return value.tolist()
    if type(value) in (list, tuple) and any(type(item).__name__ in SHAPED for item in value):
        return [plain(item) for item in value]
    if kind in VIEWS:
        return list(value)
    if hasattr(type(value), "__next__"):
        items = list(islice(value, MOST_ITEMS + 1))
        if len(items) > MOST_ITEMS:
            raise ValueError(f"an iterator of more than {MOST_ITEMS} items")
        return items
    return value


def follow(node):
    while node is not None:
        yield node.val
        node = node.next


def levels(root):
    found, waiting = [], deque([root])
    while waiting and len(found) < MOST_ITEMS:
        node = waiting.popleft()
        found.append(None if node is None else node.val)
        if node is not None:
            waiting += (node.left, node.right)
    while found and found[-1] is None:
        found.pop()
    return found
