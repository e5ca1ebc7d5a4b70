"""A result is a success, a failure or a skip, with the same members on each."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepflow_core import Failed, FlowError, FlowResult, FlowResultStatus, Skipped, Success

OUTCOMES = Success | Failed | Skipped


@pytest.mark.parametrize(
    ("result", "status", "output", "error", "reason"),
    [
        (FlowResult.success([1]), "success", [1], None, None),
        (FlowResult.success(), "success", None, None, None),
        (FlowResult.failed(408, "late", {"kind": "timeout"}), "failed", None, (408, "late", {"kind": "timeout"}), None),
        (FlowResult.skipped("no need"), "skipped", None, None, "no need"),
        (FlowResult.skipped(), "skipped", None, None, None),
    ],
)
def test_every_member_can_be_read_on_every_result(
    result: FlowResult, status: str, output: Any, error: Any, reason: str | None
) -> None:
    """What does not apply is `None`."""
    assert isinstance(result, FlowResult)
    assert result.status is FlowResultStatus(status)
    assert (result.is_success, result.is_failed, result.is_skipped) == (
        status == "success",
        status == "failed",
        status == "skipped",
    )
    assert result.output == output
    assert (result.error and (result.error.code, result.error.message, result.error.data)) == error
    assert result.skipped_reason == reason


@pytest.mark.parametrize(
    ("result", "wire"),
    [
        (FlowResult.success({"a": 1.0}), {"outcome": "success", "result": {"a": 1.0}}),
        (FlowResult.success(None), {"outcome": "success", "result": None}),
        (FlowResult.failed(1, "no"), {"outcome": "failed", "error": {"code": 1, "message": "no"}}),
        (
            FlowResult.failed(400, "no", {"kind": "not_found"}),
            {"outcome": "failed", "error": {"code": 400, "message": "no", "data": {"kind": "not_found"}}},
        ),
        (FlowResult.skipped("why"), {"outcome": "skipped", "reason": "why"}),
        (FlowResult.skipped(), {"outcome": "skipped"}),
    ],
)
def test_wire_forms(result: FlowResult, wire: dict[str, Any]) -> None:
    """As JSON a result tells its outcome first, and it reads back as itself."""
    text = msgspec.json.encode(result)
    assert msgspec.json.decode(text) == wire
    assert text.startswith(b'{"outcome":')
    assert msgspec.json.decode(text, type=OUTCOMES) == result


@given(st.integers(), st.text(), st.none() | st.dictionaries(st.text(), st.integers()))
def test_errors_read_back_as_themselves(code: int, message: str, data: Any) -> None:
    """An error of any content survives being written."""
    error = FlowError(code, message, data)
    if -(2**63) <= code < 2**64:
        assert msgspec.json.decode(msgspec.json.encode(error), type=FlowError) == error


def test_details_and_kind_of_an_error() -> None:
    """`details` is the data by another name, `kind` its text of that name."""
    assert FlowError(1, "no", {"kind": "timeout"}).details == {"kind": "timeout"}
    assert FlowError(1, "no", {"kind": "timeout"}).kind == "timeout"
    assert [FlowError(1, "no", data).kind for data in (None, [], {}, {"kind": 7}, "kind")] == [None] * 5


def test_results_are_values() -> None:
    """Equal results are equal, and none can be changed."""
    assert FlowResult.success(1) == FlowResult.success(1)
    assert FlowResult.success(1) != FlowResult.success(2)
    assert FlowResult.failed(1, "a") != FlowResult.skipped("a")
    with pytest.raises(AttributeError):
        FlowResult.success(1).output = 2  # type: ignore[misc]


def test_a_result_is_made_as_one_of_the_three() -> None:
    """A bare `FlowResult` has no status."""
    with pytest.raises(TypeError, match=r"FlowResult\.success"):
        FlowResult().status  # noqa: B018


def test_statuses_print_as_their_values() -> None:
    """A status is its text wherever it is shown."""
    assert [str(each) for each in FlowResultStatus] == ["success", "failed", "skipped"]
    assert f"{FlowResultStatus.SUCCESS} {FlowResultStatus.FAILED!s}" == "success failed"
