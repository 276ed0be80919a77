"""Evaluation of trees: exactly, modulo a prime, and numerically. None of it ever reads text."""


class NotEvaluable(Exception):
    """This kind of evaluation does not apply to the tree; another one may."""


class Undefined(Exception):
    """The value does not exist: a division by zero, a logarithm of zero."""
