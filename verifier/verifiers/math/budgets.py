"""The budgets of the math verifier. Each is tested; what exceeds one is undecided, with the budget named as the reason."""

ANSWER_CHARS = 4_000
"""Longest answer or reference that is parsed. Longer ones can only be equal as strings."""
REGION_CHARS = 20_000
"""End of the answer region (or start of an <answer>) that is searched for sentences. Boxes are found anywhere."""
NESTING = 50
"""Deepest nesting of brackets, fractions, roots and powers."""
DEPTH = 150
"""Deepest tree: a sum of that many terms is one."""
NODES = 3_000
"""Largest expression, in tree nodes."""
DIGITS = 4_000
"""Longest number, in digits: Python's own limit for reading integers is 4,300."""
EXACT_BITS = 16_384
"""Largest numerator or denominator of exact arithmetic; beyond it, values are compared modulo a prime and numerically."""
EXPONENT_BITS = 65_536
"""Largest exponent of exact and modular powers, in bits."""
MAGNITUDE_BITS = 1_000_000
"""Largest binary exponent of a number in numeric evaluation."""
EXTENT_BITS = 20_000
"""Largest binary exponent of numbers on the way to two constants that are called equal: each bit costs digits to confirm."""
ARGUMENT_BITS = 4_096
"""Largest binary exponent of an argument of a periodic function, whose reduction costs that many digits."""
FACTORIAL = 3_000
"""Largest argument of factorials and binomials."""
STEPS = 20_000
"""Evaluation steps of one comparison: nodes visited, over all points, terms of sums and matchings of lists."""
ITEMS = 500
"""Most items in a list, set or matrix."""
SYMBOLIC_MEMORY = 1 << 30
"""Address space of the process that runs sympy, in bytes."""
SYMBOLIC_WALL_S = 20.0
"""Seconds after which a symbolic worker that has not used up its CPU budget is held to be broken: a fault of ours."""
CACHED = 16_384
"""Parsed texts that are kept, shared over the rollouts of a group."""
CACHED_CHARS = 400
"""Longest text that is kept parsed."""


class OverBudget(Exception):
    """A budget was spent; the message names it."""
