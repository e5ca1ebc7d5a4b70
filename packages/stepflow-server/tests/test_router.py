"""Which operation a path leads to, and what clients accept."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_kit import NEVER, refusal
from stepflow_server.accepting import prefers
from stepflow_server.problems import ProblemError
from stepflow_server.queries import ListRunsQuery, QueryReader, StreamEventsQuery
from stepflow_server.router import Router
from stepflow_server.waiting import offset_of


@pytest.fixture(scope="module")
def router() -> Router[str]:
    made: Router[str] = Router()
    made.add("GET", "/runs", "list")
    made.add("POST", "/runs", "create")
    made.add("GET", "/runs/{run_id}", "get")
    made.add("GET", "/runs/{run_id}/show/{step_id}", "show")
    made.add("GET", "/runs/latest/show", "latest")
    return made


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/runs", ("list", {})),
        ("HEAD", "/runs", ("list", {})),
        ("POST", "/runs", ("create", {})),
        ("GET", f"/runs/{NEVER}", ("get", {"run_id": NEVER})),
        ("GET", f"/runs/{NEVER}/show/a%20b", ("show", {"run_id": NEVER, "step_id": "a b"})),
        ("GET", "/runs/latest/show", ("latest", {})),
    ],
)
def test_paths_that_lead_somewhere(router: Router[str], method: str, path: str, expected: object) -> None:
    """Fixed parts win, parameters are decoded."""
    assert router.find(method, path) == expected


@pytest.mark.parametrize("path", ["", "/", "runs", "/runs/", "//runs", f"/runs/{NEVER}/show", f"/runs/{NEVER}/show/"])
def test_paths_that_lead_nowhere(router: Router[str], path: str) -> None:
    """Everything else is not found."""
    with pytest.raises(ProblemError) as refused:
        router.find("GET", path)
    assert refused.value.problem.status == 404


def test_method_that_a_path_lacks(router: Router[str]) -> None:
    """The methods that there are are told."""
    with pytest.raises(ProblemError) as refused:
        router.find("DELETE", "/runs")
    assert (refused.value.problem.status, refused.value.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")


@given(st.text(min_size=1, max_size=30))
def test_any_text_as_a_parameter(router: Router[str], text: str) -> None:
    """A parameter is what was encoded, unless it is not Unicode or has a NUL."""
    path = f"/runs/{NEVER}/show/{quote(text, safe='', errors='surrogatepass')}"
    refused = refusal(router.find, "GET", path)
    is_odd = "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text)
    assert (refused is not None) == is_odd
    assert is_odd or router.find("GET", path)[1] == {"run_id": NEVER, "step_id": text}


@given(st.text(max_size=60))
def test_any_path_is_answered(router: Router[str], path: str) -> None:
    """Whatever the path is, it leads somewhere or is a problem."""
    refused = refusal(router.find, "GET", path)
    assert refused is None or refused.status == 404


@given(st.text(max_size=60))
def test_any_query_is_answered(query: str) -> None:
    """Whatever the query is, it is read or is a problem."""
    for kind in (ListRunsQuery, StreamEventsQuery):
        refused = refusal(QueryReader(kind).read, query)
        assert refused is None or refused.status == 400


def test_operations_without_parameters_take_none() -> None:
    """A parameter that nothing knows is refused, not passed over."""
    assert QueryReader(None).read("") is None
    with pytest.raises(ProblemError):
        QueryReader(None).read("limit=1")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, False), ("", False), ("*/*", False), ("b/x", True), ("a/x", False), ("b/x ; q=0.5", True),
        ("a/x, b/x", True), ("a/x;q=0.9, b/x;q=0.5", False), ("a/x;q=0.5, b/x", True), ("b/x;q=0", False),
        ("b/x;q=x", False), ("*/*, b/x", True), ("b/xy", False),
    ],
)  # fmt: skip
def test_what_clients_prefer(accept: str | None, expected: bool) -> None:
    """Something else than usual is given only to who names it, and gives it no less weight."""
    assert prefers(accept, "b/x", "a/x") is expected


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.0", "٣", "9" * 19])
def test_cursors_are_ours(cursor: str) -> None:
    """A cursor that no listing gave is refused."""
    with pytest.raises(ProblemError):
        offset_of(cursor)
    assert (offset_of(None), offset_of("12")) == (0, 12)
