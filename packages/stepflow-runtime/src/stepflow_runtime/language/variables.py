"""The variables of a run: what a flow declares, what it is given, what it inherits, and what holds by default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET, Struct
from stepflow_core import InvalidInputError
from stepflow_core.diagnostics import to_pointer

from .declarations import Declarations, Declared, accepts_kind
from .masking import REDACTED
from .model import Schemas

if TYPE_CHECKING:
    from .secret_places import RedactAt
    from .secrets import Redactor
    from .validation import Validator, Violation

__all__ = ["Declared", "VariableRules", "Variables", "declared", "from_environment", "resolve"]

PREFIX = "STEPFLOW_VAR_"
"""What the names of environment variables begin with where a schema gives none."""

MOST_SHOWN = 5
"""How many violations the message of an error names; its details have all."""

_NO_LETTER: Final = re.compile(r"[^A-Z0-9_]")
_CLOSED: Final = frozenset(("additionalProperties", "unevaluatedProperties", "falseSchema"))
"""What a schema that allows no other names says of undeclared variables, which are accepted."""


class Variables(Struct, frozen=True):
    """The variables of a run.

    `secret_names` are those that are secret as a whole, inherited ones too; `partly_secret` those in which the flow's
    own schema marks a part, which are secret as a whole in the flows inside.
    """

    values: dict[str, Any] = {}
    secret_names: frozenset[str] = frozenset()
    partly_secret: frozenset[str] = frozenset()

    @property
    def secrets_below(self) -> frozenset[str]:
        """The names that are secret in the flows inside."""
        return self.secret_names | self.partly_secret


class VariableRules:
    """What a flow demands of its variables, compiled once."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._declarations = Declarations(schemas.variables, schemas.document)

    @property
    def declared(self) -> Mapping[str, Declared]:
        """The declared variables by name."""
        return self._declarations.by_name

    def resolve(self, given: Mapping[str, Any], inherited: Variables | None = None) -> Variables:
        """The variables of a run that is given some and inherits others (the resolved ones of its parent).

        What is given wins. All of that is validated; defaults, which fill in for absent names, are not. Raises
        `InvalidInputError`; its details list every missing variable and every violation.
        """
        above = inherited or Variables()
        supplied = {**above.values, **given}
        defaults = self._defaults(supplied)
        self._check(supplied, defaults, masked=bool(above.secrets_below))
        implied = {name: value for name, value in self._declarations.implied.items() if name not in supplied}
        values = {**implied, **defaults, **supplied}
        wholly, partly = self._declarations.secret_among(values)
        wholly |= above.secrets_below
        return Variables(values, wholly, partly - wholly)

    def from_environment(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """The values that declared variables have in an environment.

        Each is looked up under its `env_var`, else under `STEPFLOW_VAR_<NAME>`, and read as JSON, else as text; as
        text too where the schema wants text and the JSON is something else (`12` for a key made of digits).
        """
        found: dict[str, Any] = {}
        for variable in self.declared.values():
            text = next((environ[name] for name in _environment_names(variable) if name in environ), None)
            if text is not None:
                found[variable.name] = _value_of(text, self._declarations.types_of(variable.name))
        return found

    def redacted(self, variables: Variables) -> dict[str, Any]:
        """The values of variables as they may be shown."""
        shown: dict[str, Any] = self._redactor(variables.values)
        return {name: REDACTED if name in variables.secret_names else value for name, value in shown.items()}

    def secret_strings(self, variables: Variables) -> set[str]:
        """The secret texts of 8 or more characters in variables."""
        from .secrets import long_texts

        parts = [variables.values[name] for name in variables.secret_names if name in variables.values]
        parts += self._redactor.secrets(variables.values)
        return {text for part in parts for text in long_texts(part)}

    def marked_strings(self, variables: Variables) -> set[str]:
        """Those of them that are in what the flow's own schema marks."""
        return self._redactor.strings(variables.values)

    def places(self, variables: Variables) -> RedactAt:
        """For `secret_places`: which parts of the variables are secret."""
        from .secrets import places_of_variables

        return places_of_variables(self._redactor, variables.secret_names)

    def _defaults(self, supplied: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: each.default
            for name, each in self.declared.items()
            if name not in supplied and each.default is not UNSET
        }

    def _check(self, supplied: dict[str, Any], defaults: dict[str, Any], *, masked: bool) -> None:
        if self._schemas.variables is None:
            return
        validator = self._masked_validator if masked else self._validator
        violations = validator.violations({**defaults, **supplied})
        errors = [error for each in violations for error in _errors(each, defaults)]
        if errors:
            raise _refusal(errors)

    @cached_property
    def _redactor(self) -> Redactor:
        from .secrets import redactor

        return redactor(self._schemas.variables, self._schemas.document)

    @cached_property
    def _validator(self) -> Validator:
        return self._compile(masked=False)

    @cached_property
    def _masked_validator(self) -> Validator:
        return self._compile(masked=True)

    def _compile(self, *, masked: bool) -> Validator:
        from .validation import compile_validator

        return compile_validator(self._schemas.variables, self._schemas.document, masked)


def declared(schema: Any, document: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Declared]:
    """The variables that a variables schema declares; `document` is what `#/schemas/…` refers to."""
    return dict(Declarations(schema, dict(document)).by_name)


def resolve(schemas: Schemas, given: Mapping[str, Any], inherited: Variables | None = None) -> Variables:
    """The variables of one run; see `VariableRules.resolve`, which is compiled once for many runs."""
    return VariableRules(schemas).resolve(given, inherited)


def from_environment(schemas: Schemas, environ: Mapping[str, str]) -> dict[str, Any]:
    """The values that declared variables have in an environment; see `VariableRules.from_environment`."""
    return VariableRules(schemas).from_environment(environ)


def _environment_names(variable: Declared) -> Iterable[str]:
    if variable.env_var is not None:
        yield variable.env_var
        return
    upper = variable.name.upper()
    yield PREFIX + upper
    yield PREFIX + _NO_LETTER.sub("_", upper)


def _value_of(text: str, types: frozenset[str]) -> Any:
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return text
    return text if "string" in types and not accepts_kind(types, value) else value


def _errors(violation: Violation, defaults: Mapping[str, Any]) -> list[dict[str, str]]:
    """A violation as it is told to users: none for a default, or for a name that is only not declared."""
    if violation.location:
        if violation.location[0] in defaults:
            return []
    elif violation.keyword in _CLOSED:
        return []
    elif violation.keyword == "required":
        return [
            {"pointer": to_pointer((name,)), "message": "it is required, has no default and was not given"}
            for name in violation.names
        ]
    return [{"pointer": violation.pointer, "message": violation.message}]


def _refusal(errors: list[dict[str, str]]) -> InvalidInputError:
    shown = "; ".join(f"{each['pointer'] or 'the variables'}: {each['message']}" for each in errors[:MOST_SHOWN])
    more = f"; and {len(errors) - MOST_SHOWN} more" if len(errors) > MOST_SHOWN else ""
    details = {"kind": "invalid_input", "errors": errors}
    return InvalidInputError(f"the variables violate their schema: {shown}{more}", status_code=422, details=details)
