"""Compiled functions, as far as they can be seen where nothing is compiled."""

from threading import Thread
from typing import Any, cast

import torch
from grpo import kernels


def test_each_thread_may_have_as_many_variants() -> None:
    found = list[int]()

    def ask() -> None:
        kernels.allow_variants()
        found.append(cast("Any", torch)._dynamo.config.recompile_limit)

    for _ in range(2):  # one after the other: gradients are computed by threads of their own, and a rollout may be
        thread = Thread(target=ask)
        thread.start()
        thread.join()
    assert found == [kernels.VARIANTS] * 2
