"""Overrides: other members of steps for one run, by RFC 7396 merge patches and RFC 6902 JSON patches.

    {<step>: {"$type"?: merge_patch | json_patch, value}}      or the same under {steps: …}

A key is a step's id, or an address without indexes: `fan/run` is the step `run` of the flow written inside `fan`, for
every item; of a `switch` it is the step of that id in every case, or with `pick[a]/run` in the case `a`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct
from stepflow_core import FlowLoadError, InvalidInputError
from stepflow_core.canonical import MAX_DEPTH, NotJsonError, own

from ..findings import Findings
from .addresses import AddressError, Segment, parse_address
from .patches import PatchError, json_patch, merge_patch
from .problems import Location
from .step_search import Found, NoSuchStep, find_steps, put, step_ids
from .wording import named, quoted

INVALID_OVERRIDE = (3403, "invalidOverride")
"""The code and kind of the diagnostics of overrides that cannot be applied."""

MOST_NODES = 1_000_000
"""How many values a patched step may hold."""

_KEYS = ("$type", "value")
_TYPES = ("merge_patch", "json_patch")

BuiltinOf: TypeAlias = Callable[[str], str | None]
"""The name of the builtin to which a component path leads."""


class Override(Struct, frozen=True):
    """One override: where it stands, which step it is for, and what it does."""

    location: Location
    key: str
    type: str
    value: Any


def apply_overrides(document: dict[str, Any], overrides: Mapping[str, Any], builtin_of: BuiltinOf) -> dict[str, Any]:
    """A flow document with the steps changed; the original stays as it was, and they share what is the same.

    Raises `FlowLoadError` with every override that cannot be read or applied; the places of its diagnostics are
    those in the overrides. Whether the flow is valid afterwards is for its validation to say.
    """
    return _Overriding(builtin_of).apply(document, overrides)


class _Overriding:
    def __init__(self, builtin_of: BuiltinOf) -> None:
        self._builtin_of = builtin_of
        self._findings = Findings(*INVALID_OVERRIDE)

    def apply(self, document: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
        """See `apply_overrides`."""
        read = self._read(_owned(overrides), step_ids(document))
        # From the outside inwards, so that a step is patched in the flow that another override has put in.
        for override in sorted(read, key=lambda each: each.key.count("/")):
            document = self._overridden(document, override)
        if self._findings.fatal:
            raise FlowLoadError(diagnostics=self._findings.diagnostics)
        return document

    # ---- reading

    def _read(self, overrides: dict[str, Any], known: list[str]) -> list[Override]:
        location: Location = ()
        if "steps" in overrides and not _is_override_of_step(overrides["steps"], known):
            location = ("steps",)
            self._findings.refuse_unknown(overrides, ("steps",), ())
            overrides = overrides["steps"] if overrides["steps"] is not None else {}
        if not isinstance(overrides, dict):
            self._findings.refuse(f"overrides are a mapping of step ids, not {named(overrides)}", location)
            return []
        read = [self._override(key, entry, (*location, key)) for key, entry in overrides.items()]
        return [each for each in read if each is not None]

    def _override(self, key: str, entry: Any, location: Location) -> Override | None:
        if not isinstance(entry, dict):
            self._findings.refuse(f"an override is a mapping, not {named(entry)}", location, "write {value: {…}}")
            return None
        self._findings.refuse_unknown(entry, _KEYS, location)
        type = entry.get("$type")
        if type is None:
            type = "merge_patch"
        if type not in _TYPES:
            text = f"{named(type)} is no type of override; there are `merge_patch` and `json_patch`"
            self._findings.refuse(text, (*location, "$type"))
        elif "value" not in entry:
            self._findings.refuse("`value` is missing: write the patch", location)
        else:
            return self._checked(Override((*location, "value"), key, type, entry["value"]))
        return None

    def _checked(self, override: Override) -> Override | None:
        wanted: type = dict if override.type == "merge_patch" else list
        if isinstance(override.value, wanted):
            return override
        what = "a mapping of members of the step" if wanted is dict else "a list of operations"
        self._findings.refuse(f"a {override.type} is {what}, not {named(override.value)}", override.location)
        return None

    # ---- applying

    def _overridden(self, document: dict[str, Any], override: Override) -> dict[str, Any]:
        try:
            for found in self._found(document, override.key):
                document = put(document, found.location, self._patched(found, override))
        except NoSuchStep as error:
            self._findings.refuse(error.message, override.location[:-1], error.hint)
        except PatchError as error:
            location = (*override.location, *error.location)
            self._findings.refuse(f"the step {quoted(override.key)}: {error.message}", location)
        return document

    def _found(self, document: dict[str, Any], key: str) -> list[Found]:
        if key in step_ids(document):  # an id as it is written, whatever characters it has
            return find_steps(document, (Segment(key),), self._builtin_of)
        try:
            address = parse_address(key)
        except AddressError as error:
            raise NoSuchStep(f"there is no step {quoted(key)}: {error}") from None
        if address.attempt is not None:
            raise NoSuchStep(f"{quoted(key)} names an attempt; overrides are for steps")
        return find_steps(document, address.segments, self._builtin_of)

    def _patched(self, found: Found, override: Override) -> Any:
        patch = merge_patch if override.type == "merge_patch" else json_patch
        step = patch(found.step, override.value)
        if not isinstance(step, dict):
            raise PatchError(f"it makes the step {named(step)}; a step is a mapping")
        if step.get("id") != found.step.get("id"):
            raise PatchError("the `id` of a step cannot be changed: other steps refer to it")
        _check_size(step)
        return step


def _owned(overrides: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(overrides, Mapping):
        raise InvalidInputError(f"overrides are a mapping of step ids, not {type(overrides).__name__}")
    try:
        owned: dict[str, Any] = own(dict(overrides))
    except NotJsonError as error:
        findings = Findings(*INVALID_OVERRIDE)
        findings.refuse(error.message, error.location)
        raise FlowLoadError(diagnostics=findings.diagnostics) from None
    return owned


def _is_override_of_step(value: Any, known: list[str]) -> bool:
    """Whether what stands under `steps` overrides a step of that id, and is not a mapping of overrides."""
    return "steps" in known and isinstance(value, dict) and "value" in value and set(value) <= set(_KEYS)


def _check_size(value: Any) -> None:
    """Refuse what patches have made too large or too deep; copies inside copies grow by the power of two."""
    count = 0
    pending = [(value, 1)]
    while pending:
        each, depth = pending.pop()
        if isinstance(each, dict | list):
            count += len(each)
            if count > MOST_NODES or depth > MAX_DEPTH:
                raise PatchError("it makes the step too large")
            inner = each.values() if isinstance(each, dict) else each
            pending.extend((part, depth + 1) for part in inner)
