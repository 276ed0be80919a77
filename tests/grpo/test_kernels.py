"""Compiled functions, as far as they can be seen where nothing is compiled."""

from importlib import import_module
from threading import Thread

from grpo import kernels


def test_each_thread_may_have_as_many_variants() -> None:
    found, limits = list[int](), import_module("torch._dynamo.config")

    def ask() -> None:
        kernels.allow_variants()
        found.append(limits.cache_size_limit)  # its name in PyTorch 2.6, and since then another name for it

    for _ in range(2):  # one after the other: gradients are computed by threads of their own, and a rollout may be
        thread = Thread(target=ask)
        thread.start()
        thread.join()
    assert found == [kernels.VARIANTS] * 2
