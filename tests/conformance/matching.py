"""How what a case expects is compared with what came out (the rules of embedded tests)."""

from __future__ import annotations

from typing import Any

MISSING = object()


def mismatch(expected: dict[str, Any], actual: dict[str, Any]) -> str | None:
    """Where an outcome (`{outcome, result | error}`) departs from the expected one; `None` where it does not."""
    if expected["outcome"] != actual["outcome"]:
        return f"expected the outcome {expected['outcome']}, got {actual}"
    if expected["outcome"] == "failed":
        return _error(expected.get("error", {}), actual["error"])
    if "result" in expected:
        return difference(expected["result"], actual.get("result", MISSING), "$")
    return None


def _error(expected: dict[str, Any], actual: dict[str, Any]) -> str | None:
    for member in ("code", "message"):
        if member in expected and expected[member] != actual[member]:
            return f"expected the {member} {expected[member]!r}, got {actual}"
    if "data" in expected:
        return difference(expected["data"], actual.get("data", MISSING), "$.error.data")
    return None


def difference(expected: Any, actual: Any, place: str, key: str = "") -> str | None:
    """The first place where a value does not match a pattern, in words; `None` where it matches."""
    if actual is MISSING:
        return f"{place} is missing"
    if type(expected) is not type(actual):
        return f"{place}: expected {expected!r}, got {actual!r}"
    if isinstance(expected, dict):
        return _objects(expected, actual, place)
    if isinstance(expected, list):
        return _arrays(expected, actual, place)
    same = expected == actual or (key == "run_id" and isinstance(expected, str))
    return None if same else f"{place}: expected {expected!r}, got {actual!r}"


def _objects(expected: dict[str, Any], actual: dict[str, Any], place: str) -> str | None:
    wanted = [key for key in expected if key != "backtrace"]
    found = (difference(expected[key], actual.get(key, MISSING), f"{place}.{key}", key) for key in wanted)
    return next((each for each in found if each), None)


def _arrays(expected: list[Any], actual: list[Any], place: str) -> str | None:
    if len(expected) != len(actual):
        return f"{place}: expected {len(expected)} elements, got {actual!r}"
    found = (difference(*pair, f"{place}[{index}]") for index, pair in enumerate(zip(expected, actual, strict=True)))
    return next((each for each in found if each), None)
