"""What a flow's schemas demand of its input, output and variables, compiled when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stepflow_core import FlowError

from ..language.model import FlowModel

if TYPE_CHECKING:
    from ..language.schemas import Validator
    from ..language.variables import Variables


class Contract:
    """The checks of one flow. `checks_input` and `checks_output` say whether there is anything to check."""

    __slots__ = ("_input", "_output", "_schemas", "checks_input", "checks_output", "redact_input")

    def __init__(self, model: FlowModel) -> None:
        self._schemas = model.schemas
        self.checks_input = model.schemas.input is not None
        self.checks_output = model.schemas.output is not None
        self._input: Validator | None = None
        self._output: Validator | None = None
        self.redact_input: Callable[[Any], Any] | None = None

    def input_error(self, value: Any) -> FlowError | None:
        """The error of an input that violates its schema, every violation with its pointer."""
        if not self.checks_input:
            return None
        if self._input is None:
            self._input = self._compile(self._schemas.input)
        return _violated(self._input, value, 400, "invalid_input", "the input violates its schema")

    def output_error(self, value: Any) -> FlowError | None:
        """The error of an output that violates its schema."""
        if not self.checks_output:
            return None
        if self._output is None:
            self._output = self._compile(self._schemas.output)
        return _violated(self._output, value, 500, "invalid_output", "the output violates its schema")

    def variables(self, given: Mapping[str, Any], inherited: Variables | None = None) -> Variables:
        """The resolved variables of a run. Raises `InvalidInputError` with every violation."""
        from ..language.variables import Variables, resolve

        if not self._schemas.variables:
            secrets = inherited.secret_names if inherited else frozenset()
            return Variables({**(inherited.values if inherited else {}), **given}, secrets)
        return resolve(self._schemas, given, inherited)

    def redacted_input(self, value: Any) -> Any:
        """The input as it may be shown."""
        if self._schemas.input is None:
            return value
        if self.redact_input is None:
            from ..language.secrets import redactor

            self.redact_input = redactor(self._schemas.input, self._schemas.document)
        return self.redact_input(value)

    def secrets(self, inputs: list[Any], variables: Variables) -> set[str]:
        """The texts of inputs and variables that must not be shown anywhere."""
        if self._schemas.input is None and self._schemas.variables is None:
            return set()
        from ..language.secrets import secret_strings

        found: set[str] = set()
        if self._schemas.input is not None:
            for each in inputs:
                found |= secret_strings(each, self._schemas.input, self._schemas.document)
        if self._schemas.variables is not None:
            found |= secret_strings(variables.values, self._schemas.variables, self._schemas.document)
        return found

    def _compile(self, schema: Any) -> Validator:
        from ..language.schemas import compile_validator

        return compile_validator(schema, self._schemas.document)


def _violated(validator: Validator, value: Any, code: int, kind: str, message: str) -> FlowError | None:
    violations = validator.violations(value)
    if not violations:
        return None
    errors = [{"pointer": each.pointer, "message": each.message} for each in violations]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    text = f"{message}: at {first['pointer'] or 'the top'}: {first['message']}{more}"
    return FlowError(code, text, {"kind": kind, "errors": errors})
