"""Whether a run is still given rewards: one that is not learns nothing, and ends before it has spent days on that."""

from collections.abc import Sequence

from grpo.completion import Completion
from grpo.errors import DataError, UnrewardedError

ENOUGH = 32
"""Prompts, none of which can be judged, after which a run is given up."""

IN_A_ROW = 3
"""Steps for which a service that answers may fail on all that it is asked."""


class Verdicts:
    """Those of all steps so far, in this process; the same in every one."""

    def __init__(self, prompts: int) -> None:
        self._enough = min(ENOUGH, prompts)
        self._unrewarded = 0

    def check(self, completions: Sequence[Completion], *, drawn: int, ever: bool, lost: bool) -> None:
        """Takes note of one step.

        Args:
            completions: Of all processes.
            drawn: Prompts asked by now.
            ever: Whether any of them ever got a reward.
            lost: Whether the service is down, and was waited for long enough.

        Raises:
            UnrewardedError: the service is lost, has never judged anything, or fails for some steps on all that it is asked.
            DataError: so many prompts were drawn, and none can be judged.
        """
        failed = [c for c in completions if c.status == "error"]
        if any(c.status == "ok" for c in completions):
            self._unrewarded = 0
        elif failed:
            self._unrewarded += 1
            if lost or not ever or self._unrewarded >= IN_A_ROW:
                raise UnrewardedError(
                    f"no rewards: {failed[0].explanation}; the same command goes on once the service does"
                )
        elif not ever and drawn >= self._enough:
            raise DataError(
                f"data.train: no answer to any of the first prompts can be judged ({completions[0].explanation}), so there is "
                "nothing to learn: give the lines what rewards.rubric asks for (answer, tests, choices), name their columns "
                "under data.columns, or set another rubric"
            )
