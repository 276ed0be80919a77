"""Chats: what is said before an answer, where that is more than one question."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from grpo.errors import DataError

Message = Mapping[str, Any]
"""``{"role": ..., "content": ...}``, both texts."""

Asked = str | Sequence[Message]
"""One question; or all messages before an answer."""


def of(messages: object, where: str) -> list[Message]:
    """The messages in a line of a data set.

    Raises:
        DataError: they are none.
    """
    if not isinstance(messages, list):
        raise DataError(f"{where}: messages are a list of objects with 'role' and 'content'")
    return [_message(message, where) for message in cast("list[object]", messages)]


def user(question: str) -> Message:
    """A question as a message."""
    return {"role": "user", "content": question}


def _message(message: object, where: str) -> Message:
    if isinstance(message, dict):
        message = cast("dict[str, Any]", message)
        role, content = message.get("role"), message.get("content")
        if isinstance(content, list):
            parts = [cast("dict[str, Any]", part) for part in cast("list[Any]", content) if isinstance(part, dict)]
            content = "".join(str(part.get("text", "")) for part in parts)
        if isinstance(role, str) and isinstance(content, str):
            return {"role": role, "content": content}
    raise DataError(f"{where}: a message needs texts under 'role' and 'content'")
