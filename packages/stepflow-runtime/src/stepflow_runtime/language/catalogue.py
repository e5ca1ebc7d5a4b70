"""The catalogue of diagnostics: each code with its kind; the level follows from the code's thousands."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from stepflow_core.diagnostics import DiagnosticLevel


class Code(IntEnum):
    """What can be wrong with a flow or a config.

    1xxx are warnings, 2xxx errors, 3xxx fatal; x4xx are additions to the base language's numbers.
    """

    kind: str

    def __new__(cls, number: int, kind: str) -> Self:
        """A code is its number; `kind` is its name in diagnostics."""
        code = int.__new__(cls, number)
        code._value_ = number
        code.kind = kind
        return code

    UNREACHABLE_STEP = 1000, "unreachableStep"
    MISSING_NAME = 1001, "missingFlowName"
    MISSING_DESCRIPTION = 1002, "missingFlowDescription"
    UNVALIDATED_FIELD_ACCESS = 1003, "unvalidatedFieldAccess"
    MISSING_VARIABLE_SCHEMA = 1004, "missingVariableSchema"
    UNTYPED_OUTPUT = 1100, "untypedOutput"
    INDETERMINATE_TYPE = 1101, "indeterminateType"
    NO_PLUGINS = 1200, "noPluginsConfigured"
    NO_ROUTES = 1201, "noRoutingRulesConfigured"
    UNUSED_PLUGIN = 1202, "unusedPlugin"
    FLOW_WITHOUT_LITERAL = 1400, "flowWithoutLiteral"
    UNKNOWN_KEY = 1401, "unknownKey"
    UNKNOWN_SCHEMA_TAG = 1402, "unknownSchemaTag"
    IGNORED_KEY = 1403, "ignoredKey"
    NOT_SUPPORTED_YET = 1404, "notSupportedYet"

    INVALID_FIELD_ACCESS = 2000, "invalidFieldAccess"
    EMPTY_COMPONENT_NAME = 2001, "emptyComponentName"
    SCHEMA_VIOLATION = 2002, "schemaViolation"
    INVALID_SUBFLOW_LITERAL = 2003, "invalidSubflowLiteral"
    UNDEFINED_VARIABLE = 2004, "undefinedVariable"
    UNDEFINED_REQUIRED_VARIABLE = 2005, "undefinedRequiredVariable"
    TYPE_MISMATCH = 2100, "typeMismatch"
    UNKNOWN_PROPERTY_IN_PATH = 2101, "unknownPropertyInPath"
    INVALID_ROUTE_REFERENCE = 2200, "invalidRouteReference"
    OBSOLETE_SKIP = 2400, "obsoleteSkip"
    INVALID_COMPONENT = 2500, "invalidComponent"

    DUPLICATE_STEP_ID = 3000, "duplicateStepId"
    EMPTY_STEP_ID = 3001, "emptyStepId"
    SELF_REFERENCE = 3002, "selfReference"
    UNDEFINED_STEP_REFERENCE = 3003, "undefinedStepReference"
    INVALID_REFERENCE_EXPRESSION = 3004, "invalidReferenceExpression"
    PARSE = 3400, "parse"

    @property
    def level(self) -> DiagnosticLevel:
        """How much it matters."""
        if self < 2000:
            return DiagnosticLevel.WARNING
        return DiagnosticLevel.ERROR if self < 3000 else DiagnosticLevel.FATAL
