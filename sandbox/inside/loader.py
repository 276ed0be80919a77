# Speaks to the kernel and to the interpreter's own insides, neither of which has types.
# pyright: basic
"""The first lines that a slot's interpreter runs: they take the rest out of a descriptor, and leave no trace of it.

Handed over as text on the command line, with the number of the descriptor.
"""

import marshal
import sys


def load(fd: int) -> None:
    with open(fd, "rb") as file:
        codes, settings = marshal.loads(file.read())
    made = type(sys)
    outer, inner = made("sandbox"), made("sandbox.inside")
    setattr(outer, "inside", inner)  # noqa: B010 - a module has no such attribute yet
    sys.modules.update({"sandbox": outer, "sandbox.inside": inner})
    module = inner
    for name, code in codes:
        module = sys.modules["sandbox.inside." + name] = made(name)
        setattr(inner, name, module)
        exec(code, vars(module))
    for name in [name for name in sys.modules if name.partition(".")[0] == "sandbox"]:
        del sys.modules[name]
    vars(module)["main"](settings)


load(int(sys.argv[1]))
