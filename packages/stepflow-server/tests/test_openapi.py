"""The OpenAPI document, the file that is kept of it, and the page that shows it."""

from __future__ import annotations

import html.parser
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from server_kit import API, Client
from stepflow_server.openapi.document import openapi_document, openapi_json
from stepflow_server.openapi.page import STYLE, docs_page
from stepflow_server.openapi.yaml import openapi_yaml
from stepflow_server.problems import title_of
from stepflow_server.table import OPERATIONS, TAGS

ROOT = Path(__file__).resolve().parents[3]

OPERATION_IDS = {
    "health": {"health_check"},
    "component": {"list_components"},
    "flow": {"store_flow", "list_flows", "get_flow", "delete_flow", "get_flow_variables", "get_flow_graph"},
    "run": {
        "create_run", "list_runs", "get_run", "delete_run", "cancel_run", "get_run_flow", "get_run_items",
        "get_run_steps", "get_step", "stream_events",
    },
    "debug": {
        "debug_queue", "debug_queued", "debug_next", "debug_run_queue", "debug_eval", "debug_show", "debug_continue",
    },
    "blob": {"put_blob", "get_blob"},
}  # fmt: skip
WITHOUT_BODY = {"debug_next", "debug_run_queue", "debug_continue"}
"""What is posted without saying anything more than its path does."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openapi_json())
    return found


def parts_of(value: Any) -> Iterator[Any]:
    yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts_of(each)


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_operations_are_those_of_the_table(document: dict[str, Any]) -> None:
    """Every operation is there under its tag: generated clients name their modules after these."""
    found: dict[str, set[str]] = {}
    for _, _, operation in operations_of(document):
        (tag,) = operation["tags"]
        found.setdefault(tag, set()).add(operation["operationId"])
    assert found == OPERATION_IDS
    assert set(TAGS) == set(found)
    assert len({each.id for each in OPERATIONS}) == len(OPERATIONS)


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    """Every reference is to a schema that is there, and every schema is used or is an event's."""
    named = set(document["components"]["schemas"])
    used = {each["$ref"].rpartition("/")[2] for each in parts_of(document) if isinstance(each, dict) and "$ref" in each}
    assert used <= named
    assert named - used == {"RunEvent"}


def test_schemas_are_schemas(document: dict[str, Any]) -> None:
    """Every schema is valid JSON Schema, and none contains itself: client generators drop those."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert name not in reached(schemas, name)


def reached(schemas: dict[str, Any], name: str) -> set[str]:
    found: set[str] = set()
    open_ = [name]
    while open_:
        for each in parts_of(schemas[open_.pop()]):
            if isinstance(each, dict) and "$ref" in each:
                target = each["$ref"].rpartition("/")[2]
                if target not in found:
                    found.add(target)
                    open_.append(target)
    return found


def test_operations_are_complete(document: dict[str, Any]) -> None:
    """Every operation has a summary, its path's parameters, and a problem for what can go wrong."""
    for path, method, operation in operations_of(document):
        declared = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))
        assert operation["summary"]
        assert "\n" not in operation["summary"]
        assert "default" in operation["responses"]
        assert ("requestBody" in operation) == (method == "post" and operation["operationId"] not in WITHOUT_BODY)
        problems = [each for status, each in operation["responses"].items() if status == "default" or status >= "4"]
        assert all("application/problem+json" in each["content"] or "HealthResponse" in str(each) for each in problems)
        if operation["operationId"] != "health_check":
            assert "401" in operation["responses"]


def test_shape_that_client_generators_need(document: dict[str, Any]) -> None:
    """Ids are texts with a pattern, results are told apart by a constant, data is free, lines of JSON are left out."""
    schemas = document["components"]["schemas"]
    result = schemas["FlowResult"]
    assert result["discriminator"]["propertyName"] == "outcome"
    constants = {schemas[each["$ref"].rpartition("/")[2]]["properties"]["outcome"]["const"] for each in result["oneOf"]}
    assert constants == {"success", "failed", "skipped"}
    assert schemas["Success"]["properties"]["result"] == {}
    assert schemas["StoreFlowRequest"]["properties"]["flow"]["type"] == "object"
    assert schemas["ItemResult"]["properties"]["itemIndex"]["deprecated"] is True
    assert not any(isinstance(each, dict) and each.get("format") == "uuid" for each in parts_of(document))
    assert not any(isinstance(each, dict) and "application/x-ndjson" in each for each in parts_of(document))
    required = set(schemas["RunDetails"]["required"])
    assert {"runId", "flowName", "items", "tags", "inputs", "pending", "debugMode"} <= required
    assert "overrides" not in required


def test_file_is_current() -> None:
    """openapi/stepflow.yaml is what the table says, and reads as the same document."""
    text = (ROOT / "openapi" / "stepflow.yaml").read_text("utf-8")
    assert text == openapi_yaml()
    assert yaml.safe_load(text) == openapi_document()


def test_script_checks(tmp_path: Path) -> None:
    """`scripts/openapi --check` passes, and other arguments are refused."""
    script = [sys.executable, str(ROOT / "scripts" / "openapi")]
    environment = {"PYTHONPATH": ":".join(each for each in sys.path if each)}
    for arguments, code in ((["--check"], 0), (["--chek"], 2)):
        done = subprocess.run([*script, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr


async def test_document_is_served(client: Client) -> None:
    """The server describes itself."""
    response = await client.get(f"{API}/openapi.json")
    assert response.headers["content-type"] == "application/json"
    assert response.json() == openapi_document()


class Page(html.parser.HTMLParser):
    """What a page has: its ids, where its links lead, its elements that load something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loading: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [str(found["id"])] if "id" in found else []
        if tag == "a":
            self.links.append(str(found["href"]))
        if tag in {"script", "link", "img", "iframe"} or "src" in found:
            self.loading.append(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_page_shows_everything_without_a_network(client: Client) -> None:
    """The page has every operation and type, links only inside itself and to the document, and loads nothing."""
    response = await client.get("/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = Page(response.text)
    assert page.open == []
    assert page.loading == []
    assert len(page.ids) == len(set(page.ids))
    assert {each.id for each in OPERATIONS} <= set(page.ids)
    inside = {each[1:] for each in page.links if each.startswith("#")}
    assert inside <= set(page.ids)
    assert [each for each in page.links if not each.startswith("#")] == [f"{API}/openapi.json"]


def test_page_is_below_its_mount() -> None:
    """A mounted page links below the mount, whatever characters are in it."""
    text = docs_page('/a"<b').decode()
    assert 'href="/a&quot;&lt;b/api/v1/openapi.json"' in text
    assert STYLE in text


@pytest.mark.parametrize(
    ("status", "title"), [(404, "Not Found"), (413, "Content Too Large"), (499, "Client Closed Request")]
)
def test_statuses_have_one_name(status: int, title: str) -> None:
    """What a status is called does not depend on the version of Python."""
    assert title_of(status) == title
