"""The builtin `openai`: what is sent, what comes back, and what goes wrong, against a server on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from stepflow_core import FlowError
from stepflow_runtime.builtins import Builtins
from stepflow_runtime.builtins.openai_answer import MAX_LINE
from stepflow_runtime.component_model import ComponentError
from stepflow_runtime.context import StepContext
from stepflow_runtime.failures import to_error

KEY = "sk-0123456789"
MESSAGES = [{"role": "user", "content": "When do we prune?"}]
ANSWER = {
    "id": "chatcmpl-1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "In March.", "refusal": None, "annotations": []},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 3},
}

Handler = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class Chunks:
    """The services of a step: notes what is emitted."""

    def __init__(self) -> None:
        self.emitted: list[tuple[Any, str]] = []

    def emit(self, context: StepContext, chunk: Any, kind: str) -> None:
        """Note a chunk."""
        self.emitted.append((chunk, kind))


class Model:
    """A chat model: answers with what it is made of, and notes what it is asked."""

    def __init__(self, status: int = 200, content: Any = None, headers: dict[str, str] | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._status = status
        self._content = content if isinstance(content, bytes) else json.dumps(content or ANSWER).encode()
        self._headers = headers

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, content=self._content, headers=self._headers)

    @property
    def body(self) -> Any:
        """What was sent last."""
        return json.loads(self.requests[-1].content)


async def ask(handler: Handler, input: Any, environment: dict[str, str] | None = None, services: Any = None) -> Any:
    """What the component gives where `handler` answers."""
    builtins = Builtins(Path(), environment=environment or {}, transport=httpx.MockTransport(handler))
    component = builtins.find("/openai")
    assert component is not None
    try:
        return await component.call(input, StepContext(services, "run", "step", "step"))
    finally:
        await builtins.aclose()


async def error(handler: Handler, input: Any = None, environment: dict[str, str] | None = None) -> FlowError:
    """The error with which the component fails."""
    with pytest.raises(ComponentError) as caught:
        await ask(handler, input or {"messages": MESSAGES, "api_key": KEY}, environment)
    return to_error(caught.value, "/openai")


def stream(*events: Any) -> Model:
    """A model that answers in pieces."""
    lines = [f"data: {each if isinstance(each, str) else json.dumps(each)}\n\n" for each in events]
    return Model(200, "".join([": comment\n", *lines]).encode(), {"content-type": "text/event-stream; charset=utf-8"})


def piece(delta: dict[str, Any], index: int = 0, finish: str | None = None) -> dict[str, Any]:
    """A piece of a streamed answer."""
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


class TestRequest:
    """What is sent."""

    async def test_every_option_is_sent(self) -> None:
        """All members but those of ours are sent as they are; null means absent."""
        model = Model()
        options = {"model": "m", "max_tokens": 7, "temperature": 0.5, "seed": 1, "response_format": {"type": "json"}}
        ours = {"api_key": KEY, "base_url": "http://models.test/v1/", "timeout": 5, "stop": None}
        await ask(model, {"messages": MESSAGES, **options, **ours})
        assert model.body == {"messages": MESSAGES, **options}
        assert str(model.requests[0].url) == "http://models.test/v1/chat/completions"
        assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"

    async def test_defaults(self) -> None:
        """Without more than messages OpenAI is asked, with a default model and the key of the environment."""
        model = Model()
        await ask(model, {"messages": MESSAGES, "model": None}, {"OPENAI_API_KEY": f"{KEY}\n"})
        assert str(model.requests[0].url) == "https://api.openai.com/v1/chat/completions"
        assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert model.body == {"model": "gpt-4o-mini", "messages": MESSAGES}

    async def test_given_key_wins(self) -> None:
        """A key in the input is used before that of the environment."""
        model = Model()
        await ask(model, {"messages": MESSAGES, "api_key": "mine"}, {"OPENAI_API_KEY": KEY})
        assert model.requests[0].headers["authorization"] == "Bearer mine"

    async def test_other_servers_need_no_key(self) -> None:
        """Another server may be asked without a key."""
        model = Model()
        await ask(model, {"messages": MESSAGES, "base_url": "http://localhost:1/v1"})
        assert "authorization" not in model.requests[0].headers

    @pytest.mark.parametrize(
        ("input", "pointers"),
        [
            ({}, ["/messages", "/api_key"]),
            ({"messages": None}, ["/messages", "/api_key"]),
            ({"messages": [*MESSAGES, "hi", 1], "api_key": KEY}, ["/messages/1", "/messages/2"]),
            ({"messages": MESSAGES}, ["/api_key"]),
            ({"messages": MESSAGES, "api_key": "a\nb"}, ["/api_key"]),
            ({"messages": MESSAGES, "api_key": "clé"}, ["/api_key"]),
            ({"messages": MESSAGES, "api_key": 7}, ["/api_key"]),
            ({"messages": MESSAGES, "api_key": KEY, "base_url": "ftp://x"}, ["/base_url"]),
            ({"messages": MESSAGES, "api_key": KEY, "base_url": "http://"}, ["/base_url"]),
            ({"messages": MESSAGES, "api_key": KEY, "base_url": "http://x:y:z"}, ["/base_url"]),
            ({"messages": MESSAGES, "api_key": KEY, "timeout": 0}, ["/timeout"]),
            ({"messages": MESSAGES, "api_key": KEY, "timeout": "1m"}, ["/timeout"]),
            ({"messages": MESSAGES, "api_key": KEY, "timeout": 10**400}, ["/timeout"]),
            ([], [""]),
        ],
    )
    async def test_bad_input(self, input: Any, pointers: list[str]) -> None:
        """Everything that is wrong is refused together, before anything is sent, and no key is shown."""
        model = Model()
        with pytest.raises(ComponentError) as caught:
            await ask(model, input)
        assert (caught.value.code, caught.value.data["kind"]) == (500, "invalid_input")
        assert [each["pointer"] for each in caught.value.data["errors"]] == pointers
        assert model.requests == []


class TestAnswer:
    """What comes back."""

    async def test_text(self) -> None:
        """The text of the first choice, with usage and the reason of its end."""
        assert await ask(Model(), {"messages": MESSAGES, "api_key": KEY}) == {
            "response": "In March.",
            "usage": {"prompt_tokens": 5, "completion_tokens": 3},
            "finish_reason": "stop",
        }

    async def test_more_than_text(self) -> None:
        """Where the message holds more than text it is given whole."""
        message = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "f"}}]}
        answer = await ask(Model(content={"choices": [{"message": message}]}), {"messages": MESSAGES, "api_key": KEY})
        assert answer == {"response": None, "message": message}

    async def test_several_choices(self) -> None:
        """Several choices are all given, the first as the response."""
        choices = [{"message": {"content": text}} for text in "ab"]
        answer = await ask(Model(content={"choices": choices}), {"messages": MESSAGES, "api_key": KEY, "n": 2})
        assert answer == {"response": "a", "choices": choices}

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"<html>", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            (b"[]", "no choices"),
            ({"choices": []}, "no choices"),
            ({"choices": ["x"]}, "no message"),
            ({"choices": [{"message": "x"}]}, "no message"),
        ],
    )
    async def test_unusable(self, content: Any, reason: str) -> None:
        """An answer that is none fails with the reason."""
        failed = await error(Model(content=content))
        assert (failed.code, failed.kind) == (500, "exception")
        assert reason in failed.message

    async def test_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An answer is read up to a limit."""
        monkeypatch.setattr("stepflow_runtime.builtins.openai_answer.MAX_BYTES", 1000)
        assert "more than the limit" in (await error(Model(content=b"x" * 1001))).message


class TestStream:
    """Answers in pieces."""

    async def test_text(self) -> None:
        """The text is shown as it comes, and given whole."""
        model = stream(
            piece({"role": "assistant", "content": ""}),
            piece({"content": "In "}),
            piece({"content": "March."}),
            piece({}, finish="stop"),
            {"choices": [], "usage": {"total_tokens": 8}},
            "[DONE]",
            "this is not read",
        )
        chunks = Chunks()
        answer = await ask(model, {"messages": MESSAGES, "api_key": KEY, "stream": True}, services=chunks)
        assert answer == {"response": "In March.", "usage": {"total_tokens": 8}, "finish_reason": "stop"}
        assert chunks.emitted == [("In ", "token"), ("March.", "token")]
        assert model.body["stream"] is True

    async def test_tool_calls(self) -> None:
        """The pieces of tool calls are put together by their index."""

        def call(index: int, **function: str) -> dict[str, Any]:
            return piece({"tool_calls": [{"index": index, "function": function}]})

        first = {
            "tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]
        }
        model = stream(
            piece(first), call(0, arguments='{"x"'), call(1, name="g", arguments=""), call(0, arguments=":1}")
        )
        answer = await ask(model, {"messages": MESSAGES, "api_key": KEY, "stream": True}, services=Chunks())
        assert answer["response"] is None
        assert [each["function"] for each in answer["message"]["tool_calls"]] == [
            {"name": "f", "arguments": '{"x":1}'}, {"name": "g", "arguments": ""},
        ]  # fmt: skip

    async def test_several_choices(self) -> None:
        """Only the first choice is shown as it comes; all are given."""
        model = stream(piece({"content": "b"}, index=1), piece({"content": "a"}), "[DONE]")
        chunks = Chunks()
        answer = await ask(model, {"messages": MESSAGES, "api_key": KEY, "stream": True, "n": 2}, services=chunks)
        assert [each["message"]["content"] for each in answer["choices"]] == ["a", "b"]
        assert chunks.emitted == [("a", "token")]

    @pytest.mark.parametrize(
        ("events", "code", "reason"),
        [
            ((piece({"content": "a"}), {"error": {"message": "overloaded"}}), 503, "broke off: overloaded"),
            (({"error": "gone"},), 503, "broke off: gone"),
            (("{",), 500, "not JSON"),
            (("7",), 500, "no object"),
            ((), 500, "no choices"),
            (("x" * (MAX_LINE + 10),), 500, "in one piece"),
        ],
    )
    async def test_unusable(self, events: tuple[Any, ...], code: int, reason: str) -> None:
        """A stream that breaks off or is none fails with the reason."""
        with pytest.raises(ComponentError) as caught:
            await ask(stream(*events), {"messages": MESSAGES, "api_key": KEY, "stream": True}, services=Chunks())
        assert caught.value.code == code
        assert reason in caught.value.message


class TestRefusedByTheServer:
    """Answers that are errors."""

    @pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 529])
    async def test_later(self, status: int) -> None:
        """A server that is busy or broken may be asked again: 503."""
        failed = await error(Model(status, {"error": {"message": "too much", "type": "load", "code": "rate"}}))
        assert (failed.code, failed.kind) == (503, "transport")
        assert failed.message == f"api.openai.com answered {status}: too much"
        assert failed.data == {
            "kind": "transport", "status": status, "error_type": "load", "error_code": "rate", "component": "/openai",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "3"}, 3.0),
            ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
            ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 30.0),
            ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT", "date": "Wed, 21 Oct 2015 07:28:30 GMT"}, 0.0),
            ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, None),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "-1"}, None),
            ({"retry-after": "inf"}, None),
            ({}, None),
        ],
    )
    async def test_when_to_come_back(self, headers: dict[str, str], seconds: float | None) -> None:
        """`retry_after` says when to come back, where the server does; dates are read by its own clock."""
        failed = await error(Model(429, {"error": {"message": "m"}}, headers))
        assert failed.data.get("retry_after") == seconds

    @pytest.mark.parametrize(("status", "kind"), [(400, "invalid_input"), (401, "invalid_input"), (404, "not_found")])
    async def test_for_good(self, status: int, kind: str) -> None:
        """A request that the server refuses fails with the server's words."""
        failed = await error(Model(status, {"error": {"message": "no such model"}}))
        assert (failed.code, failed.kind, failed.data["status"]) == (500, kind, status)
        assert "no such model" in failed.message

    async def test_redirects_are_not_followed(self) -> None:
        """A key goes nowhere but to the server that was named."""
        model = Model(302, b"", {"location": "http://elsewhere.test/"})
        assert "answered 302: Found" in (await error(model)).message
        assert len(model.requests) == 1

    @pytest.mark.parametrize("content", [b"<html>down</html>", b'"down"', b'{"error": "down"}', b"[]", b""])
    async def test_errors_of_other_shapes(self, content: bytes) -> None:
        """Whatever the body of an error is, there is a message."""
        failed = await error(Model(503, content))
        assert failed.message in (
            "api.openai.com answered 503: down",
            "api.openai.com answered 503: Service Unavailable",
        )

    async def test_key_is_not_shown(self) -> None:
        """A server that repeats the key does not get it into a message."""
        failed = await error(Model(401, {"error": {"message": f"Incorrect API key: {KEY}"}}))
        assert failed.message.endswith("Incorrect API key: [REDACTED]")


class TestConnection:
    """Servers that are not reached, on real sockets."""

    @pytest.fixture
    async def server(self) -> AsyncIterator[Server]:
        """A server on loopback."""
        server = Server()
        await server.start()
        yield server
        await server.stop()

    async def test_real_exchange(self, server: Server) -> None:
        """Over a socket, two calls share one connection, which is closed in the end."""
        server.answer = json.dumps(ANSWER).encode()
        builtins = Builtins(Path(), environment={})
        component = builtins.find("/openai")
        assert component is not None
        context = StepContext(None, "run", "step", "step")
        for _ in range(2):
            answer = await component.call({"messages": MESSAGES, "base_url": server.url}, context)
            assert answer["response"] == "In March."
        await builtins.aclose()
        await builtins.aclose()
        assert server.connections == 1

    async def test_nobody_there(self, server: Server) -> None:
        """A server that is not there is a transport failure, which names it without credentials."""
        await server.stop()
        url = server.url.replace("http://", "http://user:password@")
        failed = await self.fail(url)
        assert (failed.code, failed.kind) == (503, "transport")
        assert "cannot be reached" in failed.message
        assert "password" not in failed.message

    async def test_hangs_up(self, server: Server) -> None:
        """A server that hangs up is a transport failure."""
        assert "cannot be reached" in (await self.fail(server.url)).message

    async def test_takes_too_long(self, server: Server) -> None:
        """A server that does not answer in time is a transport failure."""
        server.silent = True
        failed = await self.fail(server.url, timeout=0.05)
        assert (failed.code, failed.kind) == (503, "transport")
        assert "within 0.05 seconds" in failed.message

    async def fail(self, url: str, **options: Any) -> FlowError:
        """The error of a call that fails."""
        builtins = Builtins(Path(), environment={})
        component = builtins.find("/openai")
        assert component is not None
        with pytest.raises(ComponentError) as caught:
            await component.call({"messages": MESSAGES, "base_url": url, **options}, StepContext(None, "r", "s", "s"))
        await builtins.aclose()
        return to_error(caught.value, "/openai")


class Server:
    """Speaks just enough HTTP on a socket of its own. Without an `answer` it hangs up; `silent` it says nothing."""

    def __init__(self) -> None:
        self.answer: bytes | None = None
        self.silent = False
        self.connections = 0
        self.url = ""
        self._server: asyncio.Server | None = None
        self._ended = asyncio.Event()

    async def start(self) -> None:
        """Listen on loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def stop(self) -> None:
        """Listen no more."""
        self._ended.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await self._request(reader):
                assert head.startswith(b"POST /v1/chat/completions ")
                if self.silent:
                    await self._ended.wait()
                if self.answer is None or self.silent:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(self.answer), self.answer))
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        return head
