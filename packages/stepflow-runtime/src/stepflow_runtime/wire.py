"""Results as plain JSON values, as components and users of the data see them."""

from __future__ import annotations

from typing import Any

from stepflow_core import Failed, FlowResult, Success


def to_wire(result: FlowResult) -> dict[str, Any]:
    """`{outcome, result}`, `{outcome, error}` or `{outcome, reason?}`."""
    match result:
        case Success(output=output):
            return {"outcome": "success", "result": output}
        case Failed(error=error):
            described = {"code": error.code, "message": error.message}
            if error.data is not None:
                described["data"] = error.data
            return {"outcome": "failed", "error": described}
        case _:
            reason = result.skipped_reason
            return {"outcome": "skipped"} if reason is None else {"outcome": "skipped", "reason": reason}
