"""Which part of a completion is its answer."""

from verifier.verifiers.math.extract.found import Found
from verifier.verifiers.math.extract.policy import extract

__all__ = ["Found", "extract"]
