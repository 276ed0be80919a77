"""When a run that is given no rewards ends."""

from typing import Any

import pytest
from grpo.completion import Completion
from grpo.errors import DataError, UnrewardedError
from grpo.prompts import Prompt
from grpo.verdicts import IN_A_ROW, Verdicts


def step(*statuses: Any) -> list[Completion]:
    return [
        Completion(Prompt("", ""), 0, [], [], [], "", "stop", status=status, explanation="why") for status in statuses
    ]


NONE = step("error", "unjudgeable", "error")


def test_a_service_that_fails_on_all_for_some_steps_ends_the_run() -> None:
    verdicts = Verdicts(100)
    for completions in (*[NONE] * (IN_A_ROW - 1), step("error", "ok"), *[NONE] * (IN_A_ROW - 1)):
        verdicts.check(completions, drawn=1, ever=True, lost=False)
    with pytest.raises(UnrewardedError, match="why"):
        verdicts.check(NONE, drawn=1, ever=True, lost=False)


@pytest.mark.parametrize(("ever", "lost"), [(True, True), (False, False)])
def test_one_that_is_gone_or_never_was_ends_it_at_once(ever: bool, lost: bool) -> None:
    with pytest.raises(UnrewardedError, match="why"):
        Verdicts(100).check(NONE, drawn=1, ever=ever, lost=lost)


def test_a_step_with_some_reward_goes_on_though_the_service_is_lost() -> None:
    Verdicts(100).check(step("error", "ok"), drawn=1, ever=True, lost=True)


def test_prompts_none_of_which_can_be_judged_end_it_once_enough_were_asked() -> None:
    verdicts = Verdicts(5)
    verdicts.check(step("unjudgeable"), drawn=4, ever=False, lost=False)
    with pytest.raises(DataError, match="nothing to learn"):
        verdicts.check(step("unjudgeable"), drawn=5, ever=False, lost=False)
