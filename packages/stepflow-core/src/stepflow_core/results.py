"""What a flow, an item or a step came to: success, failure or skip."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct


class FlowResultStatus(StrEnum):
    """Which of the three outcomes a result is."""

    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"


class FlowError(Struct, frozen=True, omit_defaults=True):
    """Why something failed.

    `code` is an integer of the flow language (1, 400, 404, 408, 409, 499, 500, 503) or one that a
    component set; `message` is the cause in words; `data` is any JSON value, by convention an object
    whose `kind` names the cause (`invalid_input`, `timeout`, `exception`, …).
    """

    code: int
    message: str
    data: Any = None

    @property
    def details(self) -> Any:
        """The same as `data`."""
        return self.data

    @property
    def kind(self) -> str | None:
        """`data.kind`, where there is one."""
        kind = self.data.get("kind") if isinstance(self.data, dict) else None
        return kind if isinstance(kind, str) else None


class FlowResult(Struct, frozen=True):
    """The outcome of a flow, an item or a step: one of `Success`, `Failed`, `Skipped`.

    Every member can be read on every result: `output`, `error` and `skipped_reason` are `None` where
    they do not apply. Written as JSON it is `{outcome: "success", result}`,
    `{outcome: "failed", error}` or `{outcome: "skipped", reason?}`.
    """

    @property
    def status(self) -> FlowResultStatus:
        """Which outcome it is."""
        raise TypeError("a FlowResult is made by FlowResult.success, .failed or .skipped")

    @property
    def output(self) -> Any:
        """The output of a success, as it is."""
        return None

    @property
    def error(self) -> FlowError | Any:
        """The error of a failure; `None` where there is none.

        Its type does not say so, so that who has looked whether a result is a success need not look again.
        """
        return None

    @property
    def skipped_reason(self) -> str | None:
        """Why it was skipped, where that is known."""
        return None

    @property
    def is_success(self) -> bool:
        """Whether it succeeded."""
        return self.status is FlowResultStatus.SUCCESS

    @property
    def is_failed(self) -> bool:
        """Whether it failed."""
        return self.status is FlowResultStatus.FAILED

    @property
    def is_skipped(self) -> bool:
        """Whether it was skipped."""
        return self.status is FlowResultStatus.SKIPPED

    @staticmethod
    def success(output: Any = None) -> Success:
        """A success with any JSON value as its output."""
        return Success(output)

    @staticmethod
    def failed(code: int, message: str, data: Any = None) -> Failed:
        """A failure with its error."""
        return Failed(FlowError(code, message, data))

    @staticmethod
    def skipped(reason: str | None = None) -> Skipped:
        """A skip with its reason."""
        return Skipped(reason)


class Success(FlowResult, frozen=True, tag_field="outcome", tag="success", rename={"output": "result"}):
    """It succeeded with `output`."""

    output: Any = None

    @property
    def status(self) -> FlowResultStatus:
        """Always `success`."""
        return FlowResultStatus.SUCCESS


class Failed(FlowResult, frozen=True, tag_field="outcome", tag="failed"):
    """It failed with `error`."""

    error: FlowError

    @property
    def status(self) -> FlowResultStatus:
        """Always `failed`."""
        return FlowResultStatus.FAILED


class Skipped(
    FlowResult,
    frozen=True,
    omit_defaults=True,
    tag_field="outcome",
    tag="skipped",
    rename={"skipped_reason": "reason"},
):
    """It was skipped, for `skipped_reason`."""

    skipped_reason: str | None = None

    @property
    def status(self) -> FlowResultStatus:
        """Always `skipped`."""
        return FlowResultStatus.SKIPPED


if TYPE_CHECKING:
    Outcome: TypeAlias = FlowResult
else:
    # The base alone would not tell msgspec which of the three a JSON object is.
    Outcome = Success | Failed | Skipped
"""A `FlowResult` as a member of a struct that can be read from JSON."""
