"""The fuzzing's modules, which are no installed package."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "scripts"


class Fuzzing:
    """The modules of the fuzzing by name, and the corpus."""

    def __init__(self) -> None:
        self.read: Any = self.corpus.read_corpus()

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f"document_fuzzing.{name}")

    def problem(self, kind: str, value: Any) -> str | None:
        """Why an input fails, if it does."""
        problem: str | None = self.working.problem_of(self.read, self.inputs.Input(kind, value, "1"))
        return problem


@pytest.fixture(scope="session")
def fuzzing() -> Any:
    """The fuzzing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        yield Fuzzing()
