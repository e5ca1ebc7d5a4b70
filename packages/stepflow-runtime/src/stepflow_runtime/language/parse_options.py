"""Reading how a step is run: `onError`, `retry`, and the options that have no effect yet."""

from __future__ import annotations

from typing import Any

from .catalogue import Code
from .keys import BACKOFF, CACHE, ON_ERROR, RETRY
from .members import Members
from .mentions import Part
from .model import Backoff, OnError, Retry
from .parse_expression import parse_expression
from .wording import listed, named, quoted

ACTIONS = ("fail", "useDefault", "retry")
BACKOFF_TYPES = ("exponential", "constant", "fibonacci")
CACHE_SCOPES = ("flow", "global")
INTERRUPT_ACTIONS = ("rerun", "fail")
RETRIED_KINDS = ("invalid_output", "exception", "worker_died", "timeout", "transport", "interrupted", "secret_lost")
NEVER_RETRIED_KINDS = ("invalid_input", "not_found", "not_json", "invalid_flow", "cancelled")

_DEFAULT = Backoff()


def parse_failures(step: Members) -> tuple[OnError | None, Retry | None]:
    """`onError` and `retry` of a step. `onError: {action: retry}` is short for a `retry` on any failure."""
    source = step.source.get("onError")
    short = f"write onError: {{action: {source}}}" if isinstance(source, str) and source in ACTIONS else None
    on_error = step.members("onError", short or "write onError: {action: fail}")
    retry = _parse_retry(step)
    action = _parse_action(on_error) if on_error else None
    if on_error and action == "retry":
        retry = _parse_short_retry(on_error, step, retry)
    if on_error and action == "useDefault":
        return OnError(use_default=True, default=on_error.source.get("defaultValue")), retry
    return None, retry


def parse_unsupported(step: Members, part: Part) -> None:
    """Check the options that this version knows but does not act on, and say so."""
    if step.has("cache") and step.source["cache"] is not False:
        _parse_cache(step, part)
        _warn_unsupported(step, "cache")
    if step.has("concurrencyKey"):
        parse_expression(step.source["concurrencyKey"], step.at("concurrencyKey"), part)
        _warn_unsupported(step, "concurrencyKey")
    if step.choice("onInterrupt", INTERRUPT_ACTIONS) == "fail":
        _warn_unsupported(step, "onInterrupt")


def _parse_action(on_error: Members) -> str | None:
    on_error.warn_of_unknown(ON_ERROR)
    if not on_error.has("action"):
        on_error.missing("action", "fail, useDefault or retry")
    action = on_error.choice("action", ACTIONS)
    if action:
        _warn_of_idle_keys(on_error, action)
    return action


def _warn_of_idle_keys(on_error: Members, action: str) -> None:
    for key, owner in (("defaultValue", "useDefault"), ("maxRetries", "retry")):
        if on_error.has(key) and action != owner:
            text, hint = f"`{key}` has no effect with `action: {action}`", f"it belongs to `action: {owner}`"
            on_error.problems.report(Code.IGNORED_KEY, text, on_error.at(key), hint)


def _parse_short_retry(on_error: Members, step: Members, retry: Retry | None) -> Retry:
    short = Retry(max_retries=on_error.count("maxRetries", Retry().max_retries), on=("any",))
    if not step.has("retry"):
        return short
    text = "`onError: {action: retry}` is short for `retry`; both together say it twice"
    step.invalid("onError", text, "write retry: {maxRetries: 3, on: [any]} and leave `onError` out")
    return retry or short


def _parse_retry(step: Members) -> Retry | None:
    source = step.source.get("retry")
    hint = f"write retry: {{maxRetries: {source}}}" if type(source) is int else "write retry: {maxRetries: 3}"
    retry = step.members("retry", hint)
    if retry is None:
        return None
    retry.warn_of_unknown(RETRY)
    max_retries = retry.count("maxRetries", Retry().max_retries)
    return Retry(max_retries, _parse_backoff(retry), _parse_on(retry))


def _parse_backoff(retry: Members) -> Backoff:
    source = retry.source.get("backoff")
    hint = f"write backoff: {{type: {source}}}" if isinstance(source, str) and source in BACKOFF_TYPES else None
    backoff = retry.members("backoff", hint or "write backoff: {type: exponential}")
    if backoff is None:
        return _DEFAULT
    backoff.warn_of_unknown(BACKOFF)
    initial, longest = backoff.duration("initial"), backoff.duration("max")
    return Backoff(
        type=backoff.choice("type", BACKOFF_TYPES) or _DEFAULT.type,
        initial=_DEFAULT.initial if initial is None else initial,
        max=_DEFAULT.max if longest is None else longest,
        factor=backoff.number("factor", _DEFAULT.factor, 1, 1e6),
        jitter=backoff.number("jitter", _DEFAULT.jitter, 0, 1),
    )


def _parse_on(retry: Members) -> tuple[str | int, ...]:
    causes = retry.array("on") or []
    return tuple(cause for index, cause in enumerate(causes) if _is_cause(cause, index, retry))


def _is_cause(cause: Any, index: int, retry: Members) -> bool:
    """Whether a failure can be retried for this cause; what is none is reported."""
    if type(cause) is int or cause in ("any", *RETRIED_KINDS):
        return True
    if cause in NEVER_RETRIED_KINDS:
        text = f"a failure of the kind {quoted(cause)} is never retried"
        retry.problems.report(Code.SCHEMA_VIOLATION, text, retry.at("on", index), "leave it out")
        return False
    text = f"`on` of `retry` takes `any`, codes and kinds of failure, not {named(cause)}"
    retry.problems.report(Code.PARSE, text, retry.at("on", index), _hint_for_cause(cause, retry))
    return False


def _hint_for_cause(cause: Any, retry: Members) -> str:
    if not isinstance(cause, str):
        return "write on: [any], on: [408] or on: [timeout]"
    if cause.strip().isdigit():
        return f"write {cause.strip():.20} without quotes"
    return retry.problems.suggest(cause, ("any", *RETRIED_KINDS)) or f"kinds are {listed(RETRIED_KINDS)}"


def _parse_cache(step: Members, part: Part) -> None:
    if step.source["cache"] is True:
        return
    cache = step.members("cache", "write cache: true or cache: {ttl: 1h}")
    if cache is None:
        return
    cache.warn_of_unknown(CACHE)
    if cache.has("key"):
        parse_expression(cache.source["key"], cache.at("key"), part)
    cache.duration("ttl")
    cache.choice("scope", CACHE_SCOPES)


def _warn_unsupported(step: Members, key: str) -> None:
    text = f"`{key}` is not supported by this version yet; it has no effect"
    step.problems.report(Code.NOT_SUPPORTED_YET, text, step.at(key))
