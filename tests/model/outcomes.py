"""What the interpreter decides, and whether that is what an engine says."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias


class Open(NamedTuple):
    """A part of a value that the language leaves to the engine; a text has to name `names`."""

    names: str = ""


class Good(NamedTuple):
    """A success."""

    value: Any


class Failed(NamedTuple):
    """A failure. Of `data` only the kind is fixed; without a kind (`None`) there is none, and `""` leaves it open.

    `own` tells a failure of the work itself from one that was inherited.
    """

    code: int
    message: Any
    kind: str | None = None
    own: bool = True


class Skipped(NamedTuple):
    """A skip and why."""

    reason: Open = Open()


Outcome: TypeAlias = Good | Failed | Skipped


def wire(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the JSON of a FlowResult."""
    match outcome:
        case Good(value):
            return {"outcome": "success", "result": value}
        case Failed(code, message, kind):
            error = {"code": code, "message": message}
            return {"outcome": "failed", "error": error if kind is None else {**error, "data": Open()}}
        case Skipped(reason):
            return {"outcome": "skipped", "reason": reason}


def agree(model: Any, real: Any) -> bool:
    """Whether a value is the same of the same kind, but for what is left open."""
    if isinstance(model, Open):
        return not model.names or (isinstance(real, str) and model.names in real)
    if isinstance(model, dict) and isinstance(real, dict):
        # What is quite open may be absent.
        wanted = {key for key, each in model.items() if key in real or each != Open()}
        return wanted == real.keys() and all(agree(model[key], real[key]) for key in wanted)
    if isinstance(model, list) and isinstance(real, list):
        return len(model) == len(real) and all(map(agree, model, real))
    return type(model) is type(real) and repr(model) == repr(real)


def outcomes_agree(model: Outcome, real: dict[str, Any]) -> bool:
    """Whether an engine says the same of a step or an item: outcome, value, error with its kind, reason."""
    if isinstance(model, Failed) and model.kind:
        data = real.get("error", {}).get("data") or {}
        return bool(data.get("kind") == model.kind) and agree(wire(model), real)
    return agree(wire(model), real)
