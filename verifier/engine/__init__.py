"""Grading a batch: scheduling, a pool of workers with a hard kill, deadlines."""

from verifier.engine.engine import Engine, EngineConfig, Observer, gather
from verifier.engine.frames import Graded, Timing
from verifier.engine.grade import id_of, overlong, raw_length
from verifier.engine.worker import WorkerLimits

__all__ = [
    "Engine",
    "EngineConfig",
    "Graded",
    "Observer",
    "Timing",
    "WorkerLimits",
    "gather",
    "id_of",
    "overlong",
    "raw_length",
]
