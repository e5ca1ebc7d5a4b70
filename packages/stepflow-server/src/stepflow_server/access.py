"""Who may use the API: the key, the names of the server, and the web pages of other origins."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from .messages import Headers, Request
from .problems import ProblemError

_METHODS = "GET, HEAD, POST, PUT, DELETE"
_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
_EXPOSED = "Location, Retry-After"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="stepflow"'}


class KeyCheck:
    """Lets requests pass that carry the key; all of them where there is none."""

    def __init__(self, key: str | None) -> None:
        self._digest = None if key is None else sha256(key.encode()).digest()

    def check(self, request: Request) -> None:
        """Raise `ProblemError` (401) where the key is missing or another one."""
        if self._digest is None:
            return
        scheme, _, given = (request.header("Authorization") or "").partition(" ")
        # Digests are of one length, so that comparing takes the same time for every key.
        digest = sha256(given.strip().encode("utf-8", "surrogateescape")).digest()
        if scheme.lower() != "bearer" or not hmac.compare_digest(digest, self._digest):
            text = "an API key is needed: Authorization: Bearer <key>" if not given else "the API key is not valid"
            raise ProblemError(401, text, headers=_CHALLENGE)


class LocalNames:
    """Lets requests pass that call this machine by its own names, or by that on which it listens.

    For a server that needs no key because only this machine reaches it. A web page reaches it too, from the
    browser of this machine, once the page's own name stands for the address of this machine (DNS rebinding):
    to the browser it is the same origin then, but it still says the page's name in `Host`.
    """

    def __init__(self, host: str) -> None:
        own = r"(?:[a-z0-9-]+\.)*localhost\.?|127(?:\.[0-9]{1,3}){3}|\[::1\]"
        self._matches = re.compile(rf"(?:{own}|{re.escape(host)})(?::[0-9]{{0,5}})?", re.IGNORECASE).fullmatch

    def check(self, request: Request) -> None:
        """Raise `ProblemError` (421) for another name; who sends no name is no browser."""
        host = request.header("Host")
        if host and not self._matches(host):
            raise ProblemError(
                421,
                f"this server answers to localhost, not to {host!r:.80}: without an API key it is for this machine "
                "alone (give it one by STEPFLOW_API_KEY, or start it with --insecure)",
            )


class Origins:
    """Which web pages may use the API from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol).

    `any` says whether any may.
    """

    def __init__(self, origins: tuple[str, ...]) -> None:
        self.any = bool(origins)
        self._all = "*" in origins
        self._origins = frozenset(each.lower() for each in origins)

    def headers(self, request: Request) -> dict[str, str]:
        """What lets the page that asks read the answer."""
        origin = request.header("Origin")
        if origin is None or not (self._all or origin.lower() in self._origins):
            return {"Vary": "Origin"}
        allowed = "*" if self._all else origin
        return {"Access-Control-Allow-Origin": allowed, "Access-Control-Expose-Headers": _EXPOSED, "Vary": "Origin"}

    def preflight(self, request: Request) -> Headers:
        """What a browser asks before it sends a request of such a page."""
        headers = self.headers(request) if self.any else {}
        if "Access-Control-Allow-Origin" in headers and request.header("Access-Control-Request-Method") is not None:
            headers |= {
                "Access-Control-Allow-Methods": _METHODS,
                "Access-Control-Allow-Headers": _HEADERS,
                "Access-Control-Max-Age": "600",
            }
        return headers
