"""A server as its users start it, in a process of its own, and a place to work for programs that use it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import files
from .older import RISING, OlderClient

COMPONENTS = """
import asyncio
from stepflow_runtime import ComponentError, component


@component("/bakery/bake", description="Bakes a loaf")
def bake(loaf: str, minutes: int = 40) -> dict[str, str | int]:
    if loaf == "burnt":
        raise ComponentError("smoke in the oven", code=8, data={"loaf": loaf})
    return {"loaf": loaf, "minutes": minutes}


@component("/bakery/rise", description="Lets dough rise, for ever")
async def rise() -> None:
    await asyncio.Event().wait()
"""
CONFIG = """\
plugins:
  builtin: {type: builtin}
  bakery: {type: python, module: bakery, path: .}
routes:
  "/builtin/{*component}": [{plugin: builtin}]
  "/{*component}": [{plugin: bakery}]
"""
PATIENCE = 60.0
READY = "Stepflow is ready at "


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server with the components of a bakery; at the end it is asked to end, and does."""
    place = tmp_path_factory.mktemp("server")
    (place / "bakery.py").write_text(COMPONENTS, "utf-8")
    (place / "stepflow-config.yml").write_text(CONFIG, "utf-8")
    command = [sys.executable, "-m", "stepflow_server", "--port", "0", "--config", str(place / "stepflow-config.yml")]
    log = place / "log.jsonl"
    with (
        log.open("w") as lines,
        subprocess.Popen([*command, "--shutdown-timeout", "5"], stdout=subprocess.PIPE, stderr=lines) as process,
    ):
        assert process.stdout is not None
        told = process.stdout.readline().decode()
        assert told.startswith(READY), log.read_text("utf-8")
        try:
            yield told.removeprefix(READY).strip()
        finally:
            process.terminate()
            ended = process.wait(PATIENCE)
    assert ended == 0, log.read_text("utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which a program is run, with its files."""
    files.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def older(server: str) -> Iterator[OlderClient]:
    """A client of the older API."""
    made = OlderClient(server)
    with made.http:
        yield made


@pytest.fixture
def rising(older: OlderClient) -> Iterator[str]:
    """The id of a run that goes on for the time of the test."""
    run = older.run(RISING, {}, wait=False)
    yield run["runId"]
    older.http.post(f"/runs/{run['runId']}/cancel")
