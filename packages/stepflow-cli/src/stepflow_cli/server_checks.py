"""What `stepflow doctor` asks a server: whether it answers, its version, its clock, whether it lets one in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from stepflow_core import (
    AuthenticationError,
    ConnectionFailedError,
    ForbiddenError,
    HealthResponse,
    StepflowError,
    StepflowExecutor,
    __version__,
)

from . import remote
from .checks import Finding, failed, ok, warning
from .durations import spell
from .exits import UsageError
from .local_checks import release
from .remote_options import ServerOptions

MOST_SKEW = timedelta(seconds=5)
"""How far the clocks may be apart: listings by time and timeouts seen from here shift by as much."""

_START = "start one with `stepflow serve`, or name another with --url or STEPFLOW_URL"
_OTHER = "if that is no Stepflow server, name another with --url or STEPFLOW_URL; else look into its log"

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time by the clock of this computer."""
    return datetime.now(UTC)


async def check_server(server: ServerOptions, clock: Clock = utc_now) -> list[Finding]:
    """What there is to say of the server that the options name; of the default one only if it is there."""
    try:
        url = remote.url_of(server)
        client = remote.open_client(url, server.api_key or None)
    except UsageError as error:
        return [_unusable(error.message, named=bool(server.url))]
    async with client as executor:
        return await _asked(executor, url, server, clock)


async def _asked(executor: StepflowExecutor, url: str, server: ServerOptions, clock: Clock) -> list[Finding]:
    begin = clock()
    try:
        health = await executor.health_check()
    except StepflowError as error:
        advice = _START if isinstance(error, ConnectionFailedError) else _OTHER
        return [_unusable(error.message, named=bool(server.url), advice=advice)]
    end = clock()
    return [
        _reached(url, health, end - begin),
        _version(health.version),
        _clocks(health.timestamp, begin, end),
        await _access(executor, has_key=bool(server.api_key)),
    ]


def _unusable(text: str, *, named: bool, advice: str | None = None) -> Finding:
    """No server can be used, which matters to those who have named one."""
    return failed("server", text, advice) if named else warning("server", text, advice)


def _reached(url: str, health: HealthResponse, took: timedelta) -> Finding:
    text = f"{url} is {health.status}, answered in {spell(max(took.total_seconds(), 0))}"
    if health.status != "healthy":
        return failed("server", text, "look into its log; its store may be unreachable")
    return ok("server", text)


def _version(version: str) -> Finding:
    if release(version) != release(__version__):
        text = f"the server has version {version}, this command {__version__}"
        return warning("version", text, "bring them to one release: pip install --upgrade stepflow-cli")
    return ok("version", f"the server has version {version}, as this command")


def _clocks(there: datetime, begin: datetime, end: datetime) -> Finding:
    """How far the clocks are apart, by the middle of the request (as NTP has it, RFC 5905)."""
    skew = there - (begin + (end - begin) / 2)
    certain = abs(skew) - (end - begin) / 2
    text = f"the server's clock is {spell(abs(skew.total_seconds()))} {'ahead of' if skew > timedelta(0) else 'behind'}"
    if certain > MOST_SKEW:
        return warning("clock", f"{text} this one", "have both set by NTP; times that they tell differ until then")
    return ok("clock", "the clocks agree")


async def _access(executor: StepflowExecutor, *, has_key: bool) -> Finding:
    try:
        await executor.list_runs(limit=1)
    except (AuthenticationError, ForbiddenError) as error:
        advice = "the key is not the server's" if has_key else "give its key with --api-key or STEPFLOW_API_KEY"
        return failed("access", f"the server lets nobody in without its key: {error.message}", advice)
    except StepflowError as error:
        return failed("access", f"the server cannot list its runs: {error.message}", "look into its log")
    return ok("access", "the API key is accepted" if has_key else "runs can be listed")
