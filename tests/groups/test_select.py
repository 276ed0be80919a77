"""Selection by any rewards: neither the order of completions matters, nor that a selection is selected from again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from verifier.groups.members import Members
from verifier.groups.schema import Policy, Selection
from verifier.groups.select import Selector
from verifier.registry import load
from verifier.rubric import Recipe
from verifier.schema import Rubric, Score

load()
RECIPE = Recipe(Rubric.model_validate({"name": "test", "scores": {"accuracy": {"verifier": "math"}}}))
POLICIES = st.builds(
    Policy,
    per_prompt=st.none() | st.integers(1, 4),
    prefer=st.sampled_from(["random", "shortest", "longest"]),
    seed=st.integers(0, 3),
)
# A text is always worth the same: what differs by space alone may still be worth more or less.
COMPLETIONS = st.lists(st.text("ab \n", min_size=1, max_size=4), min_size=1, max_size=12)


def select(policy: Policy, texts: list[str], worth: dict[str, float]) -> Selection:
    members = Members({"prompt": "Which?", "completions": texts})
    rewards = [RECIPE.combine(None, {"accuracy": Score.of(worth[text], "judged")}) for text in texts]
    return Selector(RECIPE, policy).select(members, rewards)


def chosen(selection: Selection) -> list[str]:
    return sorted(each.messages[-1].content for each in selection.selected)


@given(POLICIES, COMPLETIONS, st.data())
def test_order_does_not_matter_and_selection_is_idempotent(policy: Policy, texts: list[str], data: Any) -> None:
    worth = {text: float(data.draw(st.booleans())) for text in sorted(set(texts))}
    first = select(policy, texts, worth)
    shuffled = select(policy, data.draw(st.permutations(texts)), worth)
    assert chosen(first) == chosen(shuffled) and first.pass_rate == shuffled.pass_rate
    indexes = [each.index for each in first.selected] + [each.index for each in first.dropped]
    assert sorted(indexes) == list(range(len(texts)))
    assert all(worth[text] == 1 for text in chosen(first))
    if first.selected:
        assert chosen(select(policy, chosen(first), worth)) == chosen(first)
