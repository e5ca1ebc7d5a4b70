"""What schemathesis cannot know of the API: what the document says in words only, and what the server has.

`scripts/fuzz` names this module in `SCHEMATHESIS_HOOKS`, and the server and its key in `FUZZ_URL` and `FUZZ_KEY`.
Nothing here weakens a check: requests that are wrong on purpose stay as they are, but for how long they wait.
"""

from __future__ import annotations

import base64
import os
import re
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import schemathesis
from schemathesis import Case, GenerationMode, HookContext

API = "/api/v1"
NOT_IN_NAMES = re.compile(r"[@/\\\x00]")
PATIENCE = 0.05
"""Seconds that a request waits at most for a run that may never end."""


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Give sound requests what exists, and have none wait for ever."""
    operation = operation_of(case)
    if is_sound(case, "path") and not is_stateful(case):
        give_what_exists(operation, case)
    if is_sound(case, "query") and isinstance(case.query, dict):
        mend_query(operation, case.query)
    if is_sound(case, "body") and isinstance(case.body, dict):
        mend_body(operation, case.body, is_stateful(case) and bool(case.body.get("flowId")))
        if is_stateful(case):
            case.body.pop("dryRun", None)  # what comes next is to find the flow
    if is_sound(case, "header") and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = known().new_key()
    hurry(operation, case)


def operation_of(case: Case[Any]) -> str:
    """The id of the operation that a case is for."""
    return str(case.operation.definition.raw.get("operationId", ""))


def is_stateful(case: Case[Any]) -> bool:
    """Whether a case goes on from what another one left."""
    return case.meta is not None and case.meta.phase.name.value == "stateful"


def is_sound(case: Case[Any], part: str) -> bool:
    """Whether a part of a case is as the document wants it."""
    if case.meta is None:
        return False
    if case.meta.phase.name.value == "examples":
        return True
    components = {location.value: each for location, each in case.meta.components.items()}
    return part in components and components[part].mode == GenerationMode.POSITIVE


# ---- what the document says in words only


def mend_query(operation: str, query: dict[str, Any]) -> None:
    """A cursor is one that a listing gave, and does not go with an offset; a step is one that there is."""
    if "cursor" in query:
        query["cursor"] = "0"
        query.pop("offset", None)
    if operation == "get_step":
        query |= {"address": "a", "itemIndex": 0}
        query.pop("attempt", None)
    if operation == "list_runs" and "tag" in query:
        query["tag"] = [f"{number}:{text}" for number, text in enumerate(as_list(query["tag"]))]
    if operation == "stream_events" and "eventTypes" in query:
        query["eventTypes"] = "run_created,run_completed"


def as_list(value: Any) -> list[Any]:
    """A value as a list, which it may be."""
    return value if isinstance(value, list) else [value]


def mend_body(operation: str, body: dict[str, Any], linked: bool) -> None:
    """Of members that exclude each other one stays; data is of the kind that it is said to be."""
    mend: Callable[[dict[str, Any]], None] | None = {
        "create_run": lambda body: mend_run(body, linked),
        "store_flow": mend_flow,
        "put_blob": mend_blob,
        "debug_eval": mend_expression,
    }.get(operation)
    if mend is not None:
        mend(body)


def mend_run(body: dict[str, Any], given: bool) -> None:
    """Exactly one flow (a `given` one stays), overrides of a step that it has, one item where it is debugged.

    What has no items is a batch, and what is debugged is none.
    To JSON Schema 1.0 is an integer; here it is another value than 1, as in the flow language.
    """
    if isinstance(body.get("maxConcurrency"), float):
        body["maxConcurrency"] = int(body["maxConcurrency"])
    body.pop("flowName", None)
    if not given:
        body["flowId"] = known().flow
    if given:
        body.pop("overrides", None)
    elif body.get("overrides"):
        body["overrides"] = {"b": {"value": {"input": {"value": body["overrides"]}}}}
    if body.get("debug"):
        body["input"] = body["input"][:1] or [None]
        body.pop("batch", None)
    elif not body["input"]:
        body["batch"] = True


def mend_flow(body: dict[str, Any]) -> None:
    """A flow that is not to be named has no name; another one's reads as nothing else."""
    if body.get("named") is False:
        body.pop("name", None)
    elif body.get("name"):
        body["name"] = f"a {NOT_IN_NAMES.sub('', body['name'])}."


def mend_blob(body: dict[str, Any]) -> None:
    """Bytes are base64; an object is none that a flow could be, since a blob is found under a flow's id too."""
    if body.get("blobType") == "binary":
        body["data"] = base64.b64encode(str(body["data"]).encode("utf-8", "replace")).decode()
    elif isinstance(body["data"], dict):
        body["data"] = {"blob": body["data"]}


def mend_expression(body: dict[str, Any]) -> None:
    """Exactly one of a step and an expression, which is one."""
    if body.get("stepId") is None:
        body.pop("stepId", None)
        body["expression"] = {"$literal": body.get("expression")}
    else:
        body.pop("expression", None)


# ---- what the server has


def give_what_exists(operation: str, case: Case[Any]) -> None:
    """Most ids become those of something that exists; an operation that ends it gets one of its own."""
    parameters = case.path_parameters
    for name in parameters:
        if name == "step_id":
            parameters[name] = "a"
        elif zlib.crc32(str(parameters[name]).encode("utf-8", "replace")) % 8:
            parameters[name] = known().id_for(operation, name, case.query or {})


class Known:
    """What the server has: made once, but for what an operation takes away."""

    def __init__(self) -> None:
        headers = {"Authorization": f"Bearer {os.environ['FUZZ_KEY']}"}
        self._client = httpx.Client(base_url=os.environ["FUZZ_URL"] + API, headers=headers, trust_env=False)
        self.flow = self.store("known", "/own/tell")
        self._never = self.store("never", "/own/never")
        failing = self.store("failing", "/own/fail")
        self._blob = str(self._post("/blobs", {"data": [1.0, None, "\x00"]})["blobId"])
        self.ended = [self.run(self.flow), self.run(failing), self.run(self.flow, input=[1] * 3)]
        self._runs = [*self.ended, self.run(self._never, wait=False), self.run(self.flow, debug=True)]
        self._turn = 0

    def id_for(self, operation: str, name: str, query: dict[str, Any]) -> str:
        """The id of something for an operation."""
        self._turn += 1
        if name == "blob_id":
            return self._blob
        if name == "flow_id":
            return self.store(f"own{self._turn}", "/own/same") if operation == "delete_flow" else self.flow
        return self._run_for(operation, query)

    def _run_for(self, operation: str, query: dict[str, Any]) -> str:
        own: dict[str, Callable[[], str]] = {
            "delete_run": lambda: self.run(self.flow),
            "cancel_run": lambda: self.run(self._never, wait=False),
        }
        if operation in own and self._turn % 4:
            return own[operation]()
        if operation.startswith("debug_") and self._turn % 4:
            return self.run(self.flow, debug=True)
        runs = self.ended if is_followed(operation, query) or operation == "delete_run" else self._runs
        return runs[self._turn % len(runs)]

    def new_key(self) -> str:
        """A key that no request has had: the same one with another request is refused."""
        return f"key {uuid4()}"

    def store(self, name: str, component: str) -> str:
        """A flow of two steps, the first with a component."""
        steps = [
            {"id": "a", "component": component},
            {"id": "b", "component": "/own/same", "input": {"value": {"$step": "a"}}},
        ]
        flow = {"name": name, "description": name, "steps": steps, "output": {"$step": "b"}}
        return str(self._post("/flows", {"flow": flow})["flowId"])

    def run(self, flow_id: str, **more: Any) -> str:
        """A run of a flow."""
        return str(self._post("/runs", {"flowId": flow_id, "input": [{}], **more})["runId"])

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        response = self._client.post(path, json=body)
        response.raise_for_status()
        return response.json()


@cache
def known() -> Known:
    """What the server has."""
    return Known()


# ---- nothing waits for ever


def hurry(operation: str, case: Case[Any]) -> None:
    """Shorten what a request waits, where that is sound; a stream that might not end ends with what there is."""
    if operation == "create_run" and isinstance(case.body, dict):
        shorten(case.body)
    if operation == "get_run" and isinstance(case.query, dict):
        shorten(case.query)
    endless = case.path_parameters.get("run_id") not in known().ended
    if endless and is_followed(operation, case.query or {}):
        case.query = {**(case.query or {}), "follow": "false"}


def shorten(members: dict[str, Any]) -> None:
    """Shorten the time that is waited for a run."""
    given = members.get("timeoutSecs")
    if isinstance(given, int | float) and not isinstance(given, bool) and PATIENCE < given <= 10 * 366 * 86_400:
        members["timeoutSecs"] = PATIENCE


def is_followed(operation: str, query: dict[str, Any]) -> bool:
    """Whether a request for events waits for more of them."""
    return operation == "stream_events" and str(query.get("follow", "true")).lower() in {"true", "1"}
