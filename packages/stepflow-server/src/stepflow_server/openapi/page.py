"""The page that shows the API: one static document without scripts, so that it works without a network."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from html import escape
from typing import Any

from ..operations import BASE
from .document import openapi_document
from .schemas import REF

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: #2563eb; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre, .path { font-family: ui-monospace, monospace; font-size: .92em; }
pre { background: var(--soft); padding: .7rem; overflow-x: auto; border-radius: .4rem; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; padding: 0 .8rem; }
summary { cursor: pointer; padding: .5rem 0; } summary .about { opacity: .75; margin-left: .6rem; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1rem; }
td, th { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
.must { color: #b91c1c; } nav a { margin-right: 1rem; }
"""

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "style-src 'sha256-" + base64.b64encode(sha256(STYLE.encode()).digest()).decode() + "'",
    "X-Content-Type-Options": "nosniff",
}
"""The headers that let a browser show this page and do nothing else with it."""


def docs_page(mount: str = "") -> bytes:
    """The page, for an API that was mounted under a path."""
    document = openapi_document(mount)
    parts = [_head(document, mount)]
    for tag in document["tags"]:
        parts.append(f'<h2 id="tag-{tag["name"]}">{escape(tag["name"])}</h2><p>{_text(tag["description"])}</p>')
        parts += [
            _operation(method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
    parts.append('<h2 id="types">Types</h2>')
    parts += [_schema(name, schema) for name, schema in document["components"]["schemas"].items()]
    return f"{''.join(parts)}</body></html>\n".encode()


def _head(document: dict[str, Any], mount: str) -> str:
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    about = "".join(f"<p>{_text(each)}</p>" for each in info["description"].split("\n\n"))
    links = "".join(f'<a href="#tag-{tag["name"]}">{escape(tag["name"])}</a>' for tag in document["tags"])
    where = escape(f"{mount}{BASE}/openapi.json", quote=True)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f'<h1>{title}</h1>{about}<nav>{links}<a href="#types">types</a><a href="{where}">openapi.json</a></nav>'
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    name = operation["operationId"]
    return (
        f'<details id="{name}"><summary><span class="method">{method.upper()}</span>'
        f'<span class="path">{escape(path)}</span><span class="about">{_text(operation["summary"])}</span></summary>'
        f"<p><code>{name}</code> {_text(operation.get('description', ''))}</p>"
        f"{_parameters(operation.get('parameters', []))}{_body(operation.get('requestBody'))}"
        f"{_responses(operation['responses'])}</details>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = [
        (each["name"], each["required"], f"{each['in']}, {_type(each['schema'])}", each.get("description", ""))
        for each in parameters
    ]
    return _table("Parameters", rows)


def _body(body: dict[str, Any] | None) -> str:
    if body is None:
        return ""
    parts = ["<h3>Request</h3>"]
    for media, content in body["content"].items():
        parts.append(f"<p><code>{escape(media)}</code>: {_type(content['schema'])}</p>")
        if "example" in content:
            parts.append(f"<pre>{escape(json.dumps(content['example'], indent=2), quote=False)}</pre>")
    return "".join(parts)


def _responses(responses: dict[str, Any]) -> str:
    rows = []
    for status, response in responses.items():
        kinds = [
            f"<code>{escape(media)}</code> {_type(content['schema'])}"
            for media, content in response.get("content", {}).items()
        ]
        rows.append(f"<tr><td>{escape(status)}</td><td>{'<br>'.join(kinds)}</td>{_cell(response['description'])}</tr>")
    return f"<h3>Responses</h3><table>{''.join(rows)}</table>"


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = [
        (each, each in required, _type(member), member.get("description", ""))
        for each, member in schema.get("properties", {}).items()
    ]
    values = ", ".join(f"<code>{escape(each)}</code>" for each in schema.get("enum", []))
    choices = " or ".join(_type(each) for each in schema.get("oneOf", []))
    return (
        f'<details id="type-{name}"><summary><span class="path">{name}</span>'
        f'<span class="about">{_text(schema.get("description", ""))}</span></summary>'
        f"<p>{values or choices}</p>{_table('', rows)}</details>"
    )


def _table(title: str, rows: list[tuple[str, bool, str, str]]) -> str:
    if not rows:
        return ""
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code>{_MUST if required else ''}</td><td>{kind}</td>{_cell(text)}</tr>"
        for name, required, kind, text in rows
    )
    return f"{f'<h3>{title}</h3>' if title else ''}<table>{lines}</table>"


_MUST = ' <span class="must" title="required">*</span>'


def _cell(text: str) -> str:
    return f"<td>{_text(text)}</td>"


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to the types that it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(REF))
        return f'<a href="#type-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"array of {_type(schema['items'])}"
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    return escape(_plain(schema))


def _plain(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "any value")
    form = schema.get("format")
    limits = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    default = f", default {json.dumps(schema['default'])}" if schema.get("default") not in (None, "", []) else ""
    return f"{kind}{f' ({form})' if form else ''}{''.join(f' {each}' for each in limits)}{default}"


def _text(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
