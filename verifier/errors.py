"""The error tree.

* VerifierError
  + Unjudgeable      the sample cannot be judged by anyone: its reference, tests or options are malformed
  + ServiceFault     we failed: a worker, a sandbox or a judge is missing or broken; trying again may help
    - SandboxFault   the sandbox could not run a program, through no fault of the program
  + RubricError      a rubric is malformed or unknown
  + SettingsError    the configuration is malformed

A completion that is wrong, or that costs too much to judge, is no error: it is a score, often 0.
All are picklable: each is built from its message alone.
"""


class VerifierError(Exception):
    """Base of everything this project raises on purpose."""


class Unjudgeable(VerifierError):
    """The sample cannot be judged, whatever the completion says. Raised by a verifier; becomes status ``unjudgeable``."""


class ServiceFault(VerifierError):
    """The service failed to judge. Raised by a verifier; becomes status ``error``, a null reward, and is retryable."""


class SandboxFault(ServiceFault):
    """The sandbox failed, not the program that it ran."""


class RubricError(VerifierError):
    """A rubric is unknown or malformed; the message names the rubric, the file and the key."""

    place: tuple[str, ...] = ()
    """The key at fault, where there is one: ``("scores", "accuracy", "verifier")``."""


class SettingsError(VerifierError):
    """The configuration is malformed; the message names the key and where it was set."""
