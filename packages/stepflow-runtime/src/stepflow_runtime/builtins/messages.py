"""`create_messages`: the messages of a chat from a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..component_model import Component, Kind
from .members import Members

if TYPE_CHECKING:
    from ..context import StepContext


def create_messages(input: Any, context: StepContext) -> Any:
    """`{messages}`: the system instructions, where they are given, then the user's prompt."""
    members = Members(input)
    system, prompt = members.optional_text("system_instructions"), members.text("user_prompt")
    members.check()
    first = [] if system is None else [{"role": "system", "content": system}]
    return {"messages": [*first, {"role": "user", "content": prompt}]}


MESSAGE = {
    "type": "object",
    "properties": {"role": {"type": "string"}, "content": {"type": "string"}},
    "required": ["role", "content"],
}

CREATE_MESSAGES = Component(
    path="/create_messages",
    name="create_messages",
    kind=Kind.INLINE,
    trusted=True,
    call=create_messages,
    description="Makes chat messages of a user's prompt and, where given, system instructions.",
    input_schema={
        "type": "object",
        "properties": {
            "system_instructions": {"type": ["string", "null"], "description": "comes first, as the system's message"},
            "user_prompt": {"type": "string"},
        },
        "required": ["user_prompt"],
    },
    output_schema={
        "type": "object",
        "properties": {"messages": {"type": "array", "items": MESSAGE}},
        "required": ["messages"],
    },
)
