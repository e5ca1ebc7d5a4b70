"""What can be set: in code, by `STEPFLOW_*` in the environment, or by options of the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from stepflow_core import InvalidInputError

PREFIX = "STEPFLOW_"
"""What the names of environment variables begin with: `STEPFLOW_API_KEY` is `api_key`."""

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400 * 365)]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the API is served. The first group is about `serve` alone; sizes are in bytes, times in seconds.

    `store` and `config` are those of `StepflowRuntime`; `flows` is a folder whose flows are registered by
    name and reloaded when their files change. `api_key` is what clients send as `Authorization: Bearer`;
    an address that others can reach is refused without one unless `insecure` is set. Without either the server
    answers only to requests that call it by a name of this machine, such as `localhost`: web pages can have their
    own names lead here, but not hide them.

    `max_depth` is how deeply values in a request may be nested (the request's own two levels not counted);
    `default_wait` how long a request waits for a run where it does not say; `read_timeout` how long a body
    may take to arrive, `write_timeout` how long a client may leave what it is sent unread;
    `shutdown_timeout` how long running steps and requests under way have to finish.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 7837
    store: str = "memory:"
    config: str | None = None
    flows: str | None = None
    flows_interval: Seconds = 1.0
    insecure: bool = False
    log_format: Literal["json", "text"] = "json"
    keep_alive: Seconds = 75.0
    shutdown_timeout: Seconds = 30.0

    api_key: str | None = None
    cors_origins: tuple[str, ...] = ()
    max_body: Count = 32 * 1024 * 1024
    max_items: Count = 100_000
    max_depth: Annotated[int, Meta(ge=1, le=900)] = 128
    default_wait: Seconds = 25.0
    heartbeat: Seconds = 15.0
    read_timeout: Seconds = 30.0
    write_timeout: Seconds = 60.0

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            problem = check(getattr(self, name))
            if problem is not None:
                raise ValueError(f"{name}: {problem}")

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in self.__struct_fields__}
        if self.api_key is not None:
            shown["api_key"] = "[REDACTED]"
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @staticmethod
    def read(environ: Mapping[str, str], given: Mapping[str, Any] | None = None) -> Settings:
        """The settings that an environment has, overruled by those `given` (`None` is not given).

        Raises `InvalidInputError` with everything that is wrong.
        """
        texts = {name: environ[PREFIX + name.upper()] for name in _FIELDS if environ.get(PREFIX + name.upper())}
        sources = {name: PREFIX + name.upper() for name in texts}
        for name, value in (given or {}).items():
            if value is not None:
                texts[name] = value
                sources[name] = "--" + name.replace("_", "-")
        return _converted(texts, sources)


_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\\s,?#@]+")
_FIELDS = {each.name: each.type for each in msgspec.structs.fields(Settings)}


def _about_key(key: str | None) -> str | None:
    if key is None or (key.isascii() and key.isprintable() and key and " " not in key):
        return None
    return "a key is text of visible ASCII characters without blanks"


def _about_origins(origins: tuple[str, ...]) -> str | None:
    wrong = [repr(each)[:80] for each in origins if each != "*" and not _ORIGIN.fullmatch(each)]
    if not wrong:
        return None
    verb = "is not an origin" if len(wrong) == 1 else "are not origins"
    return f"{', '.join(wrong)} {verb} such as https://example.org, or *"


def _about_host(host: str) -> str | None:
    try:
        host.encode("idna")
        is_name = host.isprintable() and not any(each in host for each in " /@[]")
    except UnicodeError:
        is_name = False
    return None if is_name else f"{host!r:.80} is not an address or a name; write 127.0.0.1, ::1 or localhost"


_CHECKS: Mapping[str, Callable[[Any], str | None]] = MappingProxyType(
    {"host": _about_host, "api_key": _about_key, "cors_origins": _about_origins}
)
"""What no type says of settings, by name."""


def _converted(texts: Mapping[str, Any], sources: Mapping[str, str]) -> Settings:
    values: dict[str, Any] = {}
    problems = []
    for name, text in texts.items():
        try:
            values[name] = _value(name, text)
        except ValueError as error:
            problems.append(f"{sources.get(name, name)}: {str(error).replace('`', '')}")
    if problems:
        raise InvalidInputError("\n".join(problems), details=problems)
    return Settings(**values)


def _value(name: str, text: Any) -> Any:
    kind = _FIELDS.get(name)
    if kind is None:
        from .violations import suggestion  # rarely needed

        raise ValueError(f"there is no such setting{suggestion(name, list(_FIELDS))}")
    if name == "cors_origins" and isinstance(text, str):
        text = [each.strip() for each in text.split(",") if each.strip()]
    value = msgspec.convert(text, kind, strict=False)
    problem = _CHECKS[name](value) if name in _CHECKS else None
    if problem is not None:
        raise ValueError(problem)
    return value
