"""The same sandboxes as in the tests of the sandbox."""

from tests.sandbox.conftest import sandbox, slow_sandbox, usable

__all__ = ["sandbox", "slow_sandbox", "usable"]
