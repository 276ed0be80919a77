"""Which part of a completion is its answer."""

from verifier.verifiers.math.extract.policy import Found, extract

__all__ = ["Found", "extract"]
