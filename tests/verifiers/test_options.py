"""What a verifier says of its options is what people see who write rubrics."""

from typing import Any

import pytest

from verifier.registry import Verifier, registered
from verifier.verifiers import choice, format, language, text

VERIFIERS: list[type[Verifier[Any]]] = [choice.Choice, format.Format, language.Language, text.Text]


@pytest.mark.parametrize("cls", VERIFIERS)
def test_every_option_has_a_description_and_a_default(cls: type[Verifier[Any]]) -> None:
    schema = cls.Options.model_json_schema()
    assert schema["additionalProperties"] is False
    assert not schema.get("required")
    assert all(option["description"] and "default" in option for option in schema["properties"].values())
    assert cls.__doc__


@pytest.mark.parametrize("cls", VERIFIERS)
def test_it_is_registered_by_its_name(cls: type[Verifier[Any]]) -> None:
    assert registered()[cls.name] is cls
