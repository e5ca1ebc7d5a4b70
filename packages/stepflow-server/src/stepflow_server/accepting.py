"""What kind of content a client would rather have."""

from __future__ import annotations


def prefers(accept: str | None, wanted: str, usual: str) -> bool:
    """Whether an `Accept` header names `wanted`, and gives it more weight than `usual`.

    Wildcards speak for what is usual.
    """
    if accept is None or wanted not in accept:
        return False
    weights = dict(_weights(accept))
    return weights.get(wanted, 0.0) > 0 and weights[wanted] >= weights.get(usual, 0.0)


def _weights(accept: str) -> list[tuple[str, float]]:
    found = []
    for each in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in each.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        found.append((kind, _quality(quality)))
    return found


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
