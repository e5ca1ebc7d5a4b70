"""What executors ask of the arguments of their members: the same everywhere, in the same words.

Everything here raises `InvalidInputError` for an argument that means nothing, before anything is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeGuard, TypeVar

from .canonical import NotJsonError, own
from .errors import InvalidInputError
from .events import EVENT_TYPES

E = TypeVar("E", bound=StrEnum)

DURABILITIES = ("step", "run", "none")
LARGEST_INDEX = 2**31 - 1
LONGEST_KEY = 255
LONGEST_TAG = 256
LONGEST_TIMEOUT = 10 * 366 * 86_400


# ---- of runs


def check_concurrency(given: object) -> None:
    """How many items may run at the same time."""
    if given is not None and not (_is_int(given) and given >= 1):
        raise InvalidInputError(f"max_concurrency is an integer of at least 1, not {shown(given)}")


def check_batch(batch: object, given: object, debug: object) -> None:
    """Whether inputs are a batch whatever their number."""
    if not isinstance(batch, bool):
        raise InvalidInputError(f"batch is true or false, not {shown(batch)}")
    if batch and not isinstance(given, list):
        raise InvalidInputError(f"the inputs of a batch are a list, not {type(given).__name__}")
    if batch and debug:
        raise InvalidInputError("a batch cannot be debugged: debug mode is for runs of one item")
    if not batch and given == []:
        raise InvalidInputError("a run has at least one input; with batch=True it may have none")


def check_durability(given: object) -> None:
    """What a crash may lose."""
    if given is not None and not (isinstance(given, str) and given in DURABILITIES):
        raise InvalidInputError(f"durability is one of {', '.join(DURABILITIES)}, not {shown(given)}")


def check_timeout(given: object, what: str = "a timeout") -> None:
    """Seconds to wait."""
    if given is not None and not (_is_number(given) and 0 <= given <= LONGEST_TIMEOUT):
        raise InvalidInputError(f"{what} is a number of seconds up to {LONGEST_TIMEOUT:,}, not {shown(given)}")


def check_tags(given: object) -> None:
    """What a run is found by."""
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise InvalidInputError(f"tags are a mapping of names to texts, not {type(given).__name__}")
    for name, value in given.items():
        if not (_is_tag(name) and _is_tag(value)):
            raise InvalidInputError(f"tags map names to texts of up to {LONGEST_TAG} characters: {shown(name)}")


def check_key(given: object) -> None:
    """What makes one run of two requests."""
    if given is None:
        return
    if not (isinstance(given, str) and _is_header(given) and 1 <= len(given) <= LONGEST_KEY):
        text = f"an idempotency key is 1 to {LONGEST_KEY} visible ASCII characters"
        raise InvalidInputError(f"{text}, not {shown(given, 80)}")


def check_flow_name(given: object) -> None:
    """What a flow is stored as, and found by."""
    if not (is_unicode(given) and "\0" not in given and given.strip()):
        raise InvalidInputError(f"the name of a flow is text that is not blank, not {shown(given, 80)}")
    if "@" in given or "/" in given or "\\" in given or _ID_OR_FILE.search(given):
        raise InvalidInputError(f"{shown(given, 80)} cannot name a flow: it reads as a version, a path or an id")


_ID_OR_FILE = re.compile(r"^[0-9a-f]{64}$|\.(yaml|yml|json)$", re.IGNORECASE)


def check_reason(given: object) -> None:
    """Why a run is cancelled."""
    if given is not None and not is_unicode(given):
        raise InvalidInputError(f"the reason is text, not {shown(given)}")


def check_follower(given: Callable[..., object] | None) -> None:
    """What is told of every item."""
    if given is None:
        return
    from inspect import iscoroutinefunction

    if not callable(given):
        raise InvalidInputError(f"on_item is a function, not {shown(given)}")
    if iscoroutinefunction(given):
        raise InvalidInputError("on_item is a plain function: one that is async would not be awaited")


# ---- of listings


def check_filters(**given: object) -> None:
    """Texts that are to be equal to something, where they are given."""
    check_texts(**{name: value for name, value in given.items() if value is not None})


def check_texts(**given: object) -> None:
    """Texts that name something."""
    for name, value in given.items():
        if not (is_unicode(value) and "\0" not in value):
            raise InvalidInputError(f"{name} is text without NUL characters, not {shown(value)}")


def check_indexes(first: int = 0, **given: object) -> None:
    """Integers from `first` on, where they are given."""
    for name, value in given.items():
        if value is not None and not (_is_int(value) and first <= value <= LARGEST_INDEX):
            raise InvalidInputError(f"{name} is an integer from {first} to {LARGEST_INDEX:,}, not {shown(value)}")


def check_integers(**given: object) -> None:
    """Integers of any size."""
    for name, value in given.items():
        if not _is_int(value):
            raise InvalidInputError(f"{name} is an integer, not {shown(value)}")


def check_moments(**given: object) -> None:
    """Times with their zones."""
    for name, value in given.items():
        if value is not None and not (isinstance(value, datetime) and value.tzinfo is not None):
            raise InvalidInputError(f"{name} is a datetime with its time zone, not {shown(value, 60)}")


def check_limit(given: object) -> None:
    """How many rows are asked for."""
    if given is not None and not (_is_int(given) and given >= 1):
        raise InvalidInputError(f"a limit is an integer of at least 1, not {shown(given)}")


def check_cursor(given: object) -> None:
    """Where a page begins: text that a listing gave, in which an executor finds the place."""
    if given is not None and not (is_unicode(given) and given and "\0" not in given):
        raise bad_cursor(given)


def bad_cursor(given: object) -> InvalidInputError:
    """The refusal of a cursor."""
    text = f"{shown(given)} is not a cursor that a listing gave"
    return InvalidInputError(text, details={"errors": [{"pointer": "/cursor", "message": text}]})


def checked_status(kind: type[E], given: object) -> E | None:
    """A status, given as text or as itself."""
    if given is None:
        return None
    for each in kind:
        if isinstance(given, str) and each.value == given:
            return each
    raise InvalidInputError(f"{shown(given)} is not a status; they are {', '.join(each.value for each in kind)}")


def checked_types(given: Iterable[str] | None) -> frozenset[str] | None:
    """Types of events; a text alone is one."""
    if given is None:
        return None
    if not isinstance(given, Iterable):
        raise InvalidInputError(f"event_types are a list of types of events, not {shown(given)}")
    asked = [given] if isinstance(given, str) else list(given)
    for each in asked:
        if not (isinstance(each, str) and each in EVENT_TYPES):
            told = each if isinstance(each, str) else shown(each, 80)
            raise InvalidInputError(f"{told!r:.80} is not a type of event{_meant(told)}")
    return frozenset(asked)


def _meant(given: str) -> str:
    near = get_close_matches(given[:100], EVENT_TYPES, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; they are {', '.join(sorted(EVENT_TYPES))}"


# ---- values


def owned_json(what: str, value: Any) -> Any:
    """A copy of a JSON value; what is refused is told with its place."""
    try:
        return own(value)
    except NotJsonError as error:
        from .diagnostics import to_pointer

        pointer = to_pointer(error.location)
        details = {"kind": "not_json", "errors": [{"pointer": pointer, "message": error.message}]}
        text = f"{what} is not JSON: at {pointer or 'the top'}: {error.message}"
        raise InvalidInputError(text, details=details) from None


def shown(value: object, most: int = 40) -> str:
    """A value in a message, cut off where it is long; some are too long or too deep to be written at all."""
    try:
        return repr(value)[:most]
    except (ValueError, RecursionError):
        return f"that {type(value).__name__}"


def is_unicode(value: object) -> TypeGuard[str]:
    """Whether a value is text that can be sent and stored."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()


def _is_tag(value: Any) -> bool:
    return is_unicode(value) and len(value) <= LONGEST_TAG


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
