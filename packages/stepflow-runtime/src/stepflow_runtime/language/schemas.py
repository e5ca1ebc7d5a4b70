"""The `schemas` section of a flow: reading both of its spellings, and checking that the schemas can be used.

wrapped: {type: object, $defs, properties: {input, output, variables, steps: {properties: {<step id>: schema}}}}
flat:    {input, output, variables, steps: {<step id>: schema}, defs}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from stepflow_core.canonical import MAX_DEPTH

from .model import Schemas
from .problems import Location
from .schema_checks import Finding, check_document
from .schema_references import FLAT_MEMBERS
from .schema_tree import is_schema
from .suggestions import nearest
from .validation import Validator, Violation, compile_validator
from .wording import named, quoted

__all__ = ["SchemaProblem", "Validator", "Violation", "check_schemas", "compile_validator", "unknown_keys"]

_MEMBERS = (*FLAT_MEMBERS, "steps")
_FLAT_KEYS = (*_MEMBERS, "defs")
_WRAPPED_KEYS = ("type", "$defs", "properties")
_OTHER_KEYS = ("$schema", "$id", "$comment", "title", "description", "required", "additionalProperties")
_HINT = "write schemas: {input: …, output: …, variables: …, steps: …}"


class SchemaProblem(Struct, frozen=True):
    """Something wrong in the section, at keys and indexes from it; `fatal` says that the section cannot be read."""

    location: Location
    message: str
    fatal: bool = False
    hint: str | None = None


def check_schemas(section: Any) -> tuple[Schemas, list[SchemaProblem]]:
    """The section as it was understood, in the wrapped form, and all that is wrong with it.

    Members of the wrong type are fatal. A schema that is invalid, or refers to nothing or to outside the document,
    is not: it is refused where values are to be checked against it. Nothing is ever fetched.
    """
    if section is None:
        return Schemas(), []
    if not isinstance(section, dict):
        return Schemas(), [SchemaProblem((), f"expected a mapping, not {named(section)}", fatal=True, hint=_HINT)]
    if _is_deep(section):
        return Schemas(), [SchemaProblem((), f"it is nested more than {MAX_DEPTH} levels deep", fatal=True)]
    reader = _SectionReader()
    document = reader.read(section)
    if reader.problems:
        return Schemas(), reader.problems
    return _schemas(document), [reader.located(each) for each in check_document(document)]


def unknown_keys(section: Any) -> list[SchemaProblem]:
    """The keys of the section that mean nothing, each with the one that was probably meant."""
    if not isinstance(section, dict):
        return []
    properties = section.get("properties")
    places: list[tuple[Location, Any, tuple[str, ...]]] = [
        ((), section, (*_FLAT_KEYS, *_WRAPPED_KEYS, *_OTHER_KEYS)),
        (("properties",), properties if isinstance(properties, dict) else {}, _MEMBERS),
    ]
    return [
        SchemaProblem((*location, key), f"the key {quoted(str(key))} means nothing here", hint=_meant(str(key), known))
        for location, mapping, known in places
        for key in mapping
        if key not in known
    ]


def _meant(key: str, known: tuple[str, ...]) -> str | None:
    near = nearest(key, known)
    return f"did you mean `{near}`?" if near else None


def _schemas(document: dict[str, Any]) -> Schemas:
    properties = document.get("properties", {})
    return Schemas(
        input=properties.get("input"),
        output=properties.get("output"),
        variables=properties.get("variables"),
        steps=properties.get("steps", {}).get("properties", {}),
        defs=document.get("$defs", {}),
        document=document,
    )


class _SectionReader:
    """Reads the section into its wrapped form and knows where each member of it came from."""

    def __init__(self) -> None:
        self.problems: list[SchemaProblem] = []
        self._origins: list[tuple[Location, Location]] = []

    def read(self, section: dict[str, Any]) -> dict[str, Any]:
        """The wrapped form. Of use only where there are no problems."""
        wrapped = {key: value for key, value in section.items() if value is not None and key not in _FLAT_KEYS}
        self._check_type(wrapped.get("type"))
        flat = {key: section[key] for key in _FLAT_KEYS if section.get(key) is not None}
        if "properties" in wrapped:
            wrapped["properties"] = self._properties(wrapped["properties"])
        if "$defs" in wrapped:
            wrapped["$defs"] = self._schema_map(wrapped["$defs"], ("$defs",))
        if flat:
            wrapped = self._merged(wrapped, flat)
        said = {key: value for key, value in wrapped.items() if value != {} or key not in _WRAPPED_KEYS}
        return {} if said == {"type": "object"} else said

    def located(self, finding: Finding) -> SchemaProblem:
        """What is wrong in the wrapped form, at its place in the section as it was written."""
        location = finding.location
        for wrapped, written in self._origins:
            if location[: len(wrapped)] == wrapped:
                location = written + location[len(wrapped) :]
                break
        return SchemaProblem(location, finding.message, hint=finding.hint)

    def _check_type(self, type: Any) -> None:
        if type not in (None, "object"):
            self._refuse(f"the type of the section is `object`, not {named(type)}", ("type",), _HINT)

    def _properties(self, value: Any) -> dict[str, Any]:
        members = self._mapping(value, ("properties",))
        for name in FLAT_MEMBERS:
            if name in members:
                self._check_schema(members[name], ("properties", name))
        if "steps" in members:
            members["steps"] = self._steps(members["steps"], ("properties", "steps"))
        return {key: each for key, each in members.items() if each != {} or key != "steps"}

    def _steps(self, value: Any, location: Location) -> dict[str, Any]:
        steps = self._mapping(value, location)
        if "properties" in steps:
            steps["properties"] = self._schema_map(steps["properties"], (*location, "properties"))
        return steps

    def _merged(self, wrapped: dict[str, Any], flat: dict[str, Any]) -> dict[str, Any]:
        """The wrapped form of a section in which some or all is written flat."""
        definitions = wrapped.pop("$defs", {})
        if "defs" in flat:
            flat_definitions = self._schema_map(flat["defs"], ("defs",))
            self._refuse_twice(definitions, flat_definitions, ("defs",), "$defs")
            self._origins += [(("$defs", name), ("defs", name)) for name in flat_definitions]
            definitions = definitions | flat_definitions
        properties = wrapped.pop("properties", {})
        members = self._flat_members(flat)
        self._refuse_twice(properties, members, (), "properties")
        wrapped.pop("type", None)
        return {"type": "object", "$defs": definitions, "properties": properties | members, **wrapped}

    def _flat_members(self, flat: dict[str, Any]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for name in _MEMBERS:
            if name not in flat:
                continue
            if name == "steps":
                members["steps"] = self._flat_steps(flat["steps"])
            else:
                self._check_schema(flat[name], (name,))
                members[name] = flat[name]
            self._origins.append((("properties", name), (name,)))
        return {key: each for key, each in members.items() if each != {} or key != "steps"}

    def _flat_steps(self, value: Any) -> dict[str, Any]:
        if isinstance(value, dict) and value.get("type") == "object":  # the inner part is written wrapped
            return self._steps(value, ("steps",))
        steps = self._schema_map(value, ("steps",))
        self._origins.append((("properties", "steps", "properties"), ("steps",)))
        return {"properties": steps} if steps else {}

    def _schema_map(self, value: Any, location: Location) -> dict[str, Any]:
        schemas = self._mapping(value, location)
        for name, schema in schemas.items():
            self._check_schema(schema, (*location, name))
        return schemas

    def _mapping(self, value: Any, location: Location) -> dict[str, Any]:
        """A mapping without the members that are null, which counts as absent."""
        if isinstance(value, dict):
            return {key: each for key, each in value.items() if each is not None}
        self._refuse(f"{quoted(str(location[-1]))} is a mapping of names to schemas, not {named(value)}", location)
        return {}

    def _check_schema(self, value: Any, location: Location) -> None:
        if not is_schema(value):
            text = f"{quoted(str(location[-1]))} is a JSON Schema (a mapping), not {named(value)}"
            self._refuse(text, location, "write {type: string}, say")

    def _refuse_twice(self, one: dict[str, Any], other: dict[str, Any], location: Location, key: str) -> None:
        for name in one.keys() & other.keys():
            text = f"{quoted(name)} is written twice, here and under {quoted(key)}"
            self._refuse(text, (*location, name), "keep one of them")

    def _refuse(self, message: str, location: Location, hint: str | None = None) -> None:
        self.problems.append(SchemaProblem(location, message, fatal=True, hint=hint))


def _is_deep(value: Any) -> bool:
    """Whether arrays and objects are nested beyond the limit; without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [each for inner in level for each in _parts(inner)]
        if not level:
            return False
    return True


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            if isinstance(each, dict | list):
                yield each
