"""What must hold for each input; `Checks.check` raises `Fault`, or whatever came out of the engine."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, FlowResult, StepflowError
from stepflow_core.canonical import NotJsonError, own
from stepflow_core.documents import read_text
from stepflow_runtime import StepflowRuntime
from stepflow_runtime.cases import cases_of, check_cases, judge
from stepflow_runtime.config import Config, load_config
from stepflow_runtime.language.model import FlowModel
from stepflow_runtime.language.parse import load_flow

from .corpus import SUITE, Corpus
from .inputs import Input
from .places import check_places, check_positions, demand
from .running import an_input, check_run
from .texts import as_json, as_yaml

LONGEST: Final = 20.0
"""How many seconds reading one input may take, on a machine that does much else."""

LOST_IN_NORMAL_FORM: Final = frozenset({2400, 2002})
"""Errors about what has no place in a normal form: keys of old, and a short form beside its long one."""

SAMPLE: Final = 0.25
"""How many of the documents that can be run are run, and how many are written and read again."""


class Checks:
    """The checks, with the runtime that they are made with; to be used inside an event loop of virtual time."""

    def __init__(self, corpus: Corpus, folder: Path) -> None:
        self._corpus = corpus
        self._folder = folder
        self._written = 0
        self._runtime = StepflowRuntime.start(_safe_config(corpus), store="memory:?keep=5")

    async def check(self, input: Input) -> str:
        """Check one input; what came of it in a word."""
        chance = random.Random(f"{input.chance}:checks")
        match input.kind:
            case "config" | "configText":
                outcome = self._config(input.value, chance)
            case "cases":
                outcome = _cases(input.value, chance)
            case "override":
                outcome = await self._override(input.value, chance)
            case "yaml" | "json":
                outcome = await self._text(input.value, input.kind, chance)
            case _:
                always = input.kind in {"path", "template", "schema"}
                outcome = await self._document(input.value, chance, always or chance.random() < SAMPLE)
        return outcome

    # ---- flows as data

    async def _document(self, document: Any, chance: random.Random, whole: bool) -> str:
        began = time.monotonic()
        diagnostics = await self._agreed(document)
        demand(time.monotonic() - began < LONGEST, "loading it took too long")
        if diagnostics is None:
            return "refused"
        check_places(document, diagnostics)
        if _is_fatal(diagnostics):
            return "fatal"
        if not whole:
            return "loaded"
        self._check_round_trips(document, diagnostics, chance)
        return await check_run(self._runtime, document, *an_input(document, self._corpus, chance))

    async def _agreed(self, source: Any) -> list[Diagnostic] | None:
        """The diagnostics, after validation and storing were found to agree on them; `None` where it is refused."""
        try:
            validated = (await self._runtime.validate(source)).diagnostics
        except StepflowError as refusal:
            demand(refusal.message, "the refusal says nothing")
            return None
        stored = await self._runtime.store_flow(source, dry_run=True)
        demand(validated == stored.diagnostics, f"validate says {validated}, store_flow {stored.diagnostics}")
        demand(_is_fatal(validated) == (stored.flow_id is None), f"stored as {stored.flow_id} with {validated}")
        return validated

    def _check_round_trips(self, document: Any, diagnostics: list[Diagnostic], chance: random.Random) -> None:
        model = load_flow(document).model
        assert model is not None
        again = load_flow(model.document)
        demand(again.model is not None, f"the normal form cannot be read: {again.diagnostics}")
        _check_same(model, again.model, "its normal form")
        before, after = _graves(load_flow(document).diagnostics), _graves(again.diagnostics)
        demand(before == after, f"grave diagnostics {dict(before)} became {dict(after)} in the normal form")
        plain = own(document)
        for format, text in (("json", as_json(plain, chance)), ("yaml", as_yaml(plain, chance))):
            read = read_text(text, format="json" if format == "json" else "yaml").data
            _check_same(model, load_flow(read).model, f"it as {format}")

    # ---- flows as text

    async def _text(self, content: bytes, format: str, chance: random.Random) -> str:
        self._written += 1
        path = self._folder / f"{self._written}.{format}"
        path.write_bytes(content)
        try:
            diagnostics = await self._agreed(str(path))
        finally:
            path.unlink()
        assert diagnostics is not None, "a text is refused by diagnostics alone"
        check_positions(content, diagnostics)
        try:
            data = read_text(content, format="json" if format == "json" else "yaml").data
        except FlowLoadError as refusal:
            check_positions(content, [msgspec.structs.replace(each, file="-") for each in refusal.diagnostics])
            demand(len(refusal.diagnostics) == 1, "one fault is told of a text that cannot be read")
            return "unreadable"
        check_places(data, diagnostics)
        if isinstance(data, dict):
            told = await self._agreed(data)
            bare = [msgspec.structs.replace(each, file=None, line=None, column=None) for each in diagnostics]
            demand(told == bare, f"the file says {bare}, its content {told}")
            return await self._document(data, chance, chance.random() < SAMPLE)
        return "fatal"

    # ---- the rest

    async def _override(self, value: Any, chance: random.Random) -> str:
        flow, overrides = value["flow"], value["overrides"]
        try:
            outcome = await check_run(self._runtime, flow, *an_input(flow, self._corpus, chance), overrides=overrides)
        except NotJsonError as error:
            raise AssertionError("what is not JSON came through") from error
        demand(await self._agreed(flow) is not None, "the flow was changed by an override")
        return outcome

    def _config(self, value: Any, chance: random.Random) -> str:
        try:
            config = self._config_of_text(value) if isinstance(value, bytes) else load_config(value, {"X": "y"})
        except FlowLoadError as refusal:
            demand(refusal.diagnostics, "the refusal says nothing")
            if not isinstance(value, bytes):
                check_places(value, refusal.diagnostics)
            return "fatal"
        except StepflowError as refusal:
            demand(refusal.message, "the refusal says nothing")
            return "refused"
        return _started(config)

    def _config_of_text(self, content: bytes) -> Config:
        self._written += 1
        path = self._folder / f"{self._written}.yml"
        path.write_bytes(content)
        try:
            config = load_config(path, {"X": "y"})
            check_positions(content, config.diagnostics)
        except FlowLoadError as refusal:
            check_positions(content, refusal.diagnostics)
            raise
        finally:
            path.unlink()
        return config


def _safe_config(corpus: Corpus) -> dict[str, Any]:
    """The suite's config, without the component that would reach out."""
    config: dict[str, Any] = json.loads(corpus.config)
    config["workingDirectory"] = str(SUITE / "data")
    config["routes"]["/builtin/{*component}"][0]["componentDeny"] = ["/openai"]
    return config


def _started(config: Config) -> str:
    if any(each.type == "python" for each in config.plugins.values()):
        return "loaded"  # Code is not imported by chance.
    try:
        StepflowRuntime.start(config)
    except FlowLoadError as refusal:
        demand(refusal.diagnostics, "the refusal says nothing")
        return "fatal"
    return "started"


def _cases(document: Any, chance: random.Random) -> str:
    try:
        section = own(document.get("test") if isinstance(document, Mapping) else document)
    except NotJsonError:
        return "refused"  # Sections come from documents, which are JSON.
    check_places({"test": section}, check_cases(section, ["a"]))
    try:
        cases = cases_of(section)
    except FlowLoadError:
        return "fatal"
    for case in cases:
        actual = FlowResult.success(case.input) if chance.random() < 0.5 else FlowResult.failed(1, "m", case.input)
        for mismatch in judge(case.output or {}, actual):
            demand(mismatch.message and mismatch.path, "the mismatch says nothing")
    return "judged"


def _is_fatal(diagnostics: list[Diagnostic]) -> bool:
    return any(each.level is DiagnosticLevel.FATAL for each in diagnostics)


def _graves(diagnostics: list[Diagnostic]) -> Counter[int]:
    graves = (each.code for each in diagnostics if each.level is not DiagnosticLevel.WARNING)
    return Counter(code for code in graves if code not in LOST_IN_NORMAL_FORM)


def _check_same(model: FlowModel, other: FlowModel | None, what: str) -> None:
    demand(other is not None, f"{what} cannot be read")
    assert other is not None
    demand(
        model.id == other.id, f"{what} has another id: {model.document!r:.1500}\nwas first\n{other.document!r:.1500}"
    )
