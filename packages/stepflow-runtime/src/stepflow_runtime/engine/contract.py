"""What a flow's schemas demand of its input, output and variables, compiled when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stepflow_core import FlowError

from ..language.model import FlowModel

if TYPE_CHECKING:
    from ..language.secret_places import RedactAt
    from ..language.secrets import Redactor
    from ..language.validation import Validator, Violation
    from ..language.variables import VariableRules, Variables


class Contract:
    """The checks of one flow. `checks_input` and `checks_output` say whether there is anything to check."""

    def __init__(self, model: FlowModel) -> None:
        self._schemas = model.schemas
        self.checks_input = model.schemas.input is not None
        self.checks_output = model.schemas.output is not None
        self._declares_variables = model.schemas.variables is not None

    def input_error(self, value: Any) -> FlowError | None:
        """The error of an input that violates its schema, every violation with its pointer."""
        violations = self._input.violations(value) if self.checks_input else []
        return _error(violations, 400, "invalid_input", "the input violates its schema")

    def output_error(self, value: Any) -> FlowError | None:
        """The error of an output that violates its schema."""
        violations = self._output.violations(value) if self.checks_output else []
        return _error(violations, 500, "invalid_output", "the output violates its schema")

    def variables(self, given: Mapping[str, Any], inherited: Variables | None = None) -> Variables:
        """The resolved variables of a run. Raises `InvalidInputError` with every violation."""
        if self._declares_variables:
            return self._rules.resolve(given, inherited)
        if inherited is None:
            return self._undeclared(dict(given))
        return self._undeclared({**inherited.values, **given}, inherited.secrets_below)

    def redacted_input(self, value: Any) -> Any:
        """The input as it may be shown."""
        return self._redactor(value) if self.checks_input else value

    def input_secrets(self, value: Any) -> set[str]:
        """The texts in an input that must not be shown anywhere."""
        return self._redactor.strings(value) if self.checks_input else set()

    def variable_secrets(self, variables: Variables) -> set[str]:
        """The texts in variables that must not be shown anywhere, by what this flow's own schema marks."""
        return self._rules.marked_strings(variables) if self._declares_variables else set()

    def secret_parts(self, variables: Variables) -> tuple[RedactAt, RedactAt]:
        """Which parts of the input and of the variables are secret (see `secret_places`)."""
        from ..language.secrets import places_of_input

        return places_of_input(self._redactor), self._rules.places(variables)

    @cached_property
    def _undeclared(self) -> type[Variables]:
        # Kept, since an import costs more than the rest of starting a run of a flow that declares no variables.
        from ..language.variables import Variables

        return Variables

    @cached_property
    def _rules(self) -> VariableRules:
        from ..language.variables import VariableRules

        return VariableRules(self._schemas)

    @cached_property
    def _redactor(self) -> Redactor:
        from ..language.secrets import redactor

        return redactor(self._schemas.input, self._schemas.document)

    @cached_property
    def _input(self) -> Validator:
        return self._compile(self._schemas.input)

    @cached_property
    def _output(self) -> Validator:
        return self._compile(self._schemas.output)

    def _compile(self, schema: Any) -> Validator:
        from ..language.validation import compile_validator

        return compile_validator(schema, self._schemas.document)


def _error(violations: list[Violation], code: int, kind: str, message: str) -> FlowError | None:
    if not violations:
        return None
    errors = [{"pointer": each.pointer, "message": each.message} for each in violations]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    text = f"{message}: at {first['pointer'] or 'the top'}: {first['message']}{more}"
    return FlowError(code, text, {"kind": kind, "errors": errors})
