"""The builtin components that are called: messages, blobs, files, noop; and the listing of all."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepflow_core import FlowError, NotFoundError
from stepflow_core.canonical import content_id
from stepflow_runtime.builtins import Builtins
from stepflow_runtime.builtins.files import FileLoader
from stepflow_runtime.component_model import ComponentError, Kind
from stepflow_runtime.context import StepContext
from stepflow_runtime.failures import to_error

HARVEST = '{"year": 2019, "tons": [3, 4.5], "note": null}\n'


class Store:
    """Blobs in memory, as a step's services offer them."""

    def __init__(self) -> None:
        self.blobs: dict[str, tuple[Any, str]] = {}

    async def put_blob(self, data: Any, blob_type: str) -> str:
        """Store a value or bytes."""
        blob_id = hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else content_id(data)
        self.blobs[blob_id] = (data, blob_type)
        return blob_id

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes."""
        if blob_id not in self.blobs:
            raise NotFoundError("no such blob")
        return self.blobs[blob_id][0]


@pytest.fixture
def store() -> Store:
    """An empty store."""
    return Store()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with a few files, beside which others lie."""
    folder = tmp_path / "work"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "harvest.json").write_text(HARVEST, encoding="utf-8")
    (folder / "rota.yaml").write_text("day: 2024-05-06\non: yes\nlist: [1, 2.0, true]\n", encoding="utf-8")
    (folder / "label.txt").write_text("Windfall cider\n6 % vol « café »\n", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


def call(path: str, input: Any, store: Store | None = None, folder: Path = Path()) -> Any:
    """What a builtin gives, or the awaitable of it."""
    component = Builtins(folder).find(path)
    assert component is not None
    return component.call(input, StepContext(store, "run", "step", "step"))


def error(path: str, input: Any, folder: Path = Path()) -> FlowError:
    """The error with which a builtin that is no coroutine refuses an input."""
    with pytest.raises(ComponentError) as caught:
        call(path, input, folder=folder)
    return to_error(caught.value, path)


async def blob_error(path: str, input: Any) -> FlowError:
    """The error with which a blob component refuses an input."""
    with pytest.raises(ComponentError) as caught:
        await call(path, input, Store())
    return to_error(caught.value, path)


class TestListing:
    """All builtins are listed, with what one has to know of them."""

    def test_all_are_there(self) -> None:
        """The builtins of the language, and the control components."""
        assert {each.path for each in Builtins(Path()).components()} == {
            "/call", "/create_messages", "/eval", "/get_blob", "/iterate", "/load_file", "/loop", "/map", "/noop",
            "/openai", "/put_blob", "/sleep", "/switch",
        }  # fmt: skip

    def test_each_is_described(self) -> None:
        """Each has a name, a description and schemas that are JSON Schema."""
        builtins = Builtins(Path())
        for component in builtins.components():
            assert component.path == f"/{component.name}"
            assert builtins.find(component.path) is component
            assert component.description
            assert component.input_schema is not None
            assert component.output_schema is not None
            jsonschema_rs.validator_for(component.input_schema)
            jsonschema_rs.validator_for(component.output_schema)

    def test_what_the_engine_does_is_not_called(self) -> None:
        """Components that the engine carries out itself say so."""
        for name in ("eval", "map", "iterate", "call", "switch", "loop", "sleep"):
            component = Builtins(Path()).find(f"/{name}")
            assert component is not None
            assert component.kind is Kind.ENGINE
            with pytest.raises(RuntimeError, match="not called"):
                component.call(None, StepContext(None, "run", "step", "step"))

    def test_unknown(self) -> None:
        """An unknown path has no component."""
        assert Builtins(Path()).find("/unheard_of") is None


class TestNoop:
    """`noop` gives back its input."""

    @pytest.mark.parametrize("value", [None, 1, 1.0, "x", [], {"a": [1]}])
    def test_same_value(self, value: Any) -> None:
        """Any value comes back as it is."""
        assert call("/noop", value) is value


class TestCreateMessages:
    """`create_messages` makes a chat of prompts."""

    @pytest.mark.parametrize(
        ("input", "roles"),
        [
            ({"user_prompt": "When?"}, ["user"]),
            ({"user_prompt": "When?", "system_instructions": "Briefly."}, ["system", "user"]),
            ({"user_prompt": "", "system_instructions": None, "mood": "calm"}, ["user"]),
            ({"user_prompt": "When?", "system_instructions": ""}, ["system", "user"]),
        ],
    )
    def test_messages(self, input: dict[str, Any], roles: list[str]) -> None:
        """The system's message comes first where it is given; other members are ignored."""
        messages = call("/create_messages", input)["messages"]
        assert [each["role"] for each in messages] == roles
        assert messages[-1] == {"role": "user", "content": input["user_prompt"]}

    @pytest.mark.parametrize(
        ("input", "pointers"),
        [
            ({}, ["/user_prompt"]),
            ({"user_prompt": None}, ["/user_prompt"]),
            ({"user_prompt": ["When?"], "system_instructions": 5}, ["/system_instructions", "/user_prompt"]),
            (None, [""]),
            ("When?", [""]),
        ],
    )
    def test_refusals(self, input: Any, pointers: list[str]) -> None:
        """A prompt that is missing or no text is refused, everything together."""
        refused = error("/create_messages", input)
        assert (refused.code, refused.kind, refused.data["component"]) == (500, "invalid_input", "/create_messages")
        assert [each["pointer"] for each in refused.data["errors"]] == pointers


class TestBlobs:
    """`put_blob` and `get_blob`."""

    @given(data=st.none() | st.booleans() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.none()))
    async def test_round_trip(self, data: Any) -> None:
        """What was put comes back, under its content's hash; null is a value."""
        store = Store()
        blob_id = (await call("/put_blob", {"data": data, "blob_type": "data"}, store))["blob_id"]
        assert blob_id == content_id(data)
        assert await call("/get_blob", {"blob_id": blob_id}, store) == {"data": data}

    async def test_flow(self, store: Store) -> None:
        """A flow is kept like any other content."""
        flow = {"output": {"$input": "$.x"}}
        blob_id = (await call("/put_blob", {"data": flow, "blob_type": "flow", "more": 1}, store))["blob_id"]
        assert store.blobs[blob_id] == (flow, "flow")

    async def test_binary(self, store: Store) -> None:
        """Bytes are written in base64, both ways; the id is that of the bytes."""
        content = bytes(range(256))
        text = base64.b64encode(content).decode()
        blob_id = (await call("/put_blob", {"data": text, "blob_type": "binary"}, store))["blob_id"]
        assert blob_id == hashlib.sha256(content).hexdigest()
        assert store.blobs[blob_id] == (content, "binary")
        assert await call("/get_blob", {"blob_id": blob_id}, store) == {"data": text}

    @pytest.mark.parametrize(
        ("input", "pointers"),
        [
            ({"data": 1}, ["/blob_type"]),
            ({"blob_type": "data"}, ["/data"]),
            ({"data": 1, "blob_type": "painting"}, ["/blob_type"]),
            ({"data": 1, "blob_type": None}, ["/blob_type"]),
            ({"data": [], "blob_type": "flow"}, ["/data"]),
            ({"data": "not base64!", "blob_type": "binary"}, ["/data"]),
            ({"data": "é", "blob_type": "binary"}, ["/data"]),
            ({"data": 7, "blob_type": "binary"}, ["/data"]),
            ({}, ["/data", "/blob_type"]),
            ([], [""]),
        ],
    )
    async def test_put_refusals(self, input: Any, pointers: list[str]) -> None:
        """Data of the wrong type and unknown types of blobs are refused, everything together."""
        refused = await blob_error("/put_blob", input)
        assert (refused.code, refused.kind) == (500, "invalid_input")
        assert [each["pointer"] for each in refused.data["errors"]] == pointers

    @pytest.mark.parametrize(
        ("blob_id", "kind"),
        [("1" * 64, "not_found"), ("short", "not_found"), ("A" * 64, "not_found"), (7, "invalid_input")],
    )
    async def test_get_refusals(self, blob_id: Any, kind: str) -> None:
        """An id that is unknown, malformed or no text."""
        refused = await blob_error("/get_blob", {"blob_id": blob_id})
        assert (refused.code, refused.kind, refused.data["pointer"]) == (500, kind, "/blob_id")


class TestLoadFile:
    """`load_file` reads files of the working directory."""

    @pytest.mark.parametrize(
        ("input", "data", "format"),
        [
            ({"path": "data/harvest.json"}, {"year": 2019, "tons": [3, 4.5], "note": None}, "json"),
            ({"path": "data/harvest.json", "format": "yaml"}, {"year": 2019, "tons": [3, 4.5], "note": None}, "yaml"),
            ({"path": "data/harvest.json", "format": "text"}, HARVEST, "text"),
            ({"path": "data/harvest.json", "format": None}, {"year": 2019, "tons": [3, 4.5], "note": None}, "json"),
            ({"path": "rota.yaml"}, {"day": "2024-05-06", "on": "yes", "list": [1, 2.0, True]}, "yaml"),
            ({"path": "./data/../label.txt"}, "Windfall cider\n6 % vol « café »\n", "text"),
        ],
    )
    def test_formats(self, folder: Path, input: dict[str, Any], data: Any, format: str) -> None:
        """The extension decides unless a format is given; YAML is that of the core schema."""
        loaded = call("/load_file", input, folder=folder)
        file = (folder / input["path"]).resolve()
        assert loaded["data"] == data
        assert loaded["metadata"] == {
            "resolved_path": str(file), "size_bytes": file.stat().st_size, "format": format,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "format"), [("a.JSON", "json"), ("a.yml", "yaml"), ("a.csv", "text"), ("a", "text")]
    )
    def test_extensions(self, folder: Path, name: str, format: str) -> None:
        """The case of an extension does not matter; an unknown one means text."""
        (folder / name).write_text("1", encoding="utf-8")
        assert call("/load_file", {"path": name}, folder=folder)["metadata"]["format"] == format

    def test_absolute_path_inside(self, folder: Path) -> None:
        """An absolute path is accepted where it lies in the working directory."""
        loaded = call("/load_file", {"path": str(folder / "label.txt")}, folder=folder)
        assert loaded["data"].startswith("Windfall")

    def test_link_inside(self, folder: Path) -> None:
        """A link inside the directory is followed; its own name's extension counts."""
        (folder / "latest.json").symlink_to(folder / "data" / "harvest.json")
        loaded = call("/load_file", {"path": "latest.json"}, folder=folder)
        assert loaded["data"]["year"] == 2019
        assert loaded["metadata"]["resolved_path"] == str((folder / "data/harvest.json").resolve())

    def test_directory_that_is_a_link(self, folder: Path, tmp_path: Path) -> None:
        """The working directory may itself be reached by a link."""
        (tmp_path / "link").symlink_to(folder)
        assert call("/load_file", {"path": "label.txt"}, folder=tmp_path / "link")["data"].startswith("Windfall")

    def test_byte_order_mark(self, folder: Path) -> None:
        """A byte order mark is no part of the text."""
        (folder / "marked.txt").write_bytes(b"\xef\xbb\xbftext")
        assert call("/load_file", {"path": "marked.txt"}, folder=folder)["data"] == "text"

    @pytest.mark.parametrize(
        "path", ["../secret.txt", "data/../../secret.txt", "/etc/passwd", "link.txt", "way/secret.txt"]
    )
    def test_confined(self, folder: Path, tmp_path: Path, path: str) -> None:
        """Nothing outside of the working directory is read, by whatever way."""
        (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
        (folder / "way").symlink_to(tmp_path)
        refused = error("/load_file", {"path": path}, folder)
        assert (refused.code, refused.kind, refused.data["pointer"]) == (500, "invalid_input", "/path")
        assert "outside of the working directory" in refused.message

    @pytest.mark.parametrize("path", ["nowhere.json", "label.txt/deeper", "data/nowhere/x.txt"])
    def test_missing(self, folder: Path, path: str) -> None:
        """A file that is not there is not found."""
        refused = error("/load_file", {"path": path}, folder)
        assert (refused.code, refused.kind) == (500, "not_found")
        assert path in refused.message

    @pytest.mark.parametrize(
        ("path", "reason"),
        [
            ("data", "directory"),
            ("", "directory"),
            (".", "directory"),
            ("a\0b", "null"),
            ("x" * 5000, "too long"),
            ("loop", "symbolic links"),
        ],
    )
    def test_unreadable(self, folder: Path, path: str, reason: str) -> None:
        """What is no file, or has no name that a file could have, is refused with the reason."""
        (folder / "loop").symlink_to(folder / "loop")
        refused = error("/load_file", {"path": path}, folder)
        assert refused.kind == "invalid_input"
        assert reason in refused.message

    def test_pipes_and_sockets(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pipe or a socket is refused at once: reading it could wait for ever."""
        os.mkfifo(folder / "pipe")
        monkeypatch.chdir(folder)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket")
            for name in ("pipe", "socket"):
                assert "no regular file" in error("/load_file", {"path": name}, folder).message

    def test_size_limit(self, folder: Path) -> None:
        """A file that is too large is refused, one of just that size is not."""
        (folder / "large.txt").write_bytes(b"x" * 11)
        context = StepContext(None, "run", "step", "step")
        with pytest.raises(ComponentError, match="limit of 10 bytes"):
            FileLoader(folder, 10).load({"path": "large.txt"}, context)
        assert FileLoader(folder, 11).load({"path": "large.txt"}, context)["data"] == "x" * 11

    @pytest.mark.parametrize(
        ("content", "format", "reason"),
        [
            (b"Windfall", "json", "the file is no JSON: file:1:1: "),
            (b"a: [1", "yaml", "the file is no YAML: file:1:"),
            (b"a: 1\na: 2", "yaml", "file:2:1: "),
            (b"", "json", "the file is no JSON"),
            (b"\xff\xfe\xff", "text", "not text in UTF-8"),
        ],
    )
    def test_content_that_is_something_else(self, folder: Path, content: bytes, format: str, reason: str) -> None:
        """Content that does not fit the format is refused, with its place in the file."""
        (folder / "file").write_bytes(content)
        refused = error("/load_file", {"path": "file", "format": format}, folder)
        assert refused.kind == "invalid_input"
        assert reason in refused.message

    @pytest.mark.parametrize(
        ("input", "pointers"),
        [({}, ["/path"]), ({"path": None}, ["/path"]), ({"path": 7, "format": "xml"}, ["/path", "/format"])],
    )
    def test_bad_input(self, folder: Path, input: dict[str, Any], pointers: list[str]) -> None:
        """The path is a required text, the format one of those known."""
        refused = error("/load_file", input, folder)
        assert [each["pointer"] for each in refused.data["errors"]] == pointers

    def test_not_allowed(self) -> None:
        """Where there is no working directory no file is read, and the message says what to do."""
        component = Builtins(None).find("/load_file")
        assert component is not None
        with pytest.raises(ComponentError, match="workingDirectory"):
            component.call({"path": "label.txt"}, StepContext(None, "run", "step", "step"))

    def test_missing_directory(self, tmp_path: Path) -> None:
        """A working directory that does not exist has no files."""
        assert error("/load_file", {"path": "a.txt"}, tmp_path / "gone").kind == "not_found"
