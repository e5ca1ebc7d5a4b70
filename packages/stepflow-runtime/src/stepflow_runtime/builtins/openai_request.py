"""What `openai` sends, from its input and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ..component_model import Component, Kind
from ..json_types import type_name
from .members import Members

BASE_URL = "https://api.openai.com/v1"
MODEL = "gpt-4o-mini"
"""The model that is asked where the input names none."""

TIMEOUT = 600.0
"""Seconds that an answer may take where the input does not say."""

KEY_VARIABLE = "OPENAI_API_KEY"

_OWN_OPTIONS = ("api_key", "base_url", "timeout")


class Request(Struct, frozen=True):
    """One call: where to, with which key, in which time (seconds), and the body to send."""

    url: str
    host: str
    timeout: float
    body: dict[str, Any]
    api_key: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The credentials, where there are any."""
        return {} if self.api_key is None else {"Authorization": f"Bearer {self.api_key}"}

    def hide_key(self, text: str) -> str:
        """The text without the key, should it hold it."""
        return text.replace(self.api_key, "[REDACTED]") if self.api_key else text


def read_request(input: Any, environment: Mapping[str, str]) -> Request:
    """The request that an input asks for. Raises `BadInputError`."""
    members = Members(input)
    messages = members.array("messages")
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            members.refuse(f"expected an object, not {type_name(message)}", "messages", index)
    base_url = members.optional_text("base_url") or BASE_URL
    host = _host(members, base_url)
    api_key = _key(members, environment, base_url)
    timeout = members.seconds("timeout") or TIMEOUT
    members.check()
    body = {"model": MODEL, **members.rest(_OWN_OPTIONS)}
    return Request(f"{base_url.rstrip('/')}/chat/completions", host, timeout, body, api_key)


def _host(members: Members, base_url: str) -> str:
    """The host and port, by which messages name the server: the rest of a URL may hold credentials."""
    import httpx

    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, ValueError):
        members.refuse("is no URL", "base_url")
        return ""
    if url.scheme not in ("http", "https") or not url.host:
        members.refuse("expected a URL that begins with http:// or https://", "base_url")
    return url.netloc.decode("ascii", "replace")


def _key(members: Members, environment: Mapping[str, str], base_url: str) -> str | None:
    key = (members.optional_text("api_key") or environment.get(KEY_VARIABLE) or "").strip()
    if not key:
        if base_url == BASE_URL:
            members.refuse(f"is required: give it, or set {KEY_VARIABLE}", "api_key")
        return None
    if not (key.isascii() and key.isprintable()):
        members.refuse("holds characters that no key has", "api_key")
    return key


def openai_component(call: Any) -> Component:
    """The component that sends by `call`."""
    option = {"description": "sent as it is"}
    return Component(
        path="/openai",
        name="openai",
        kind=Kind.ASYNC,
        call=call,
        description="Asks a chat model over the OpenAI wire format.",
        input_schema={
            "type": "object",
            "properties": {
                "messages": {"type": "array", "items": {"type": "object"}},
                "model": {"type": ["string", "null"], "default": MODEL},
                "max_tokens": {"type": ["integer", "null"]},
                "temperature": {"type": ["number", "null"]},
                "stream": {"type": ["boolean", "null"], "description": "show the text as chunks while it comes"},
                "api_key": {"type": ["string", "null"], "description": f"by default {KEY_VARIABLE}"},
                "base_url": {"type": ["string", "null"], "default": BASE_URL},
                "timeout": {"type": ["number", "null"], "default": TIMEOUT, "description": "seconds"},
            },
            "required": ["messages"],
            "additionalProperties": option,
        },
        output_schema={
            "type": "object",
            "properties": {
                "response": {"type": ["string", "null"]},
                "usage": {"type": "object"},
                "finish_reason": {"type": "string"},
                "message": {"type": "object", "description": "where it holds more than text, such as tool calls"},
                "choices": {"type": "array", "description": "where there are several"},
            },
            "required": ["response"],
        },
    )
