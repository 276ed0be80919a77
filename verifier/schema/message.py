"""Chats, as prompts and completions may be given."""

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Field


class Message(BaseModel):
    """One chat message. Keys other than these (names, tool calls, ...) are ignored."""

    role: str
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = Field(
        default=None, description="The chain of thought, where a chat template keeps it apart."
    )

    @property
    def text(self) -> str:
        """The message as one text, with a separate chain of thought put back between ``<think>`` tags."""
        if isinstance(self.content, list):
            parts = (part.get("text") for part in self.content if part.get("type", "text") == "text")
            content = "".join(part for part in parts if isinstance(part, str))
        else:
            content = self.content or ""
        return f"<think>{self.reasoning_content}</think>{content}" if self.reasoning_content else content


Chat: TypeAlias = Annotated[list[Message], Field(min_length=1)]
