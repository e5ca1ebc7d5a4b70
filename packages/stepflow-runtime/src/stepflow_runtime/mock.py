"""Components with written answers, for tests: the plugin of type `mock`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stepflow_core import FlowLoadError, FlowResult

from .component_model import Component, ComponentError, Kind
from .failures import BadInputError, ComponentSkipped, UnusableError
from .mock_config import MockComponent, input_key, read_mock

if TYPE_CHECKING:
    from stepflow_core import Diagnostic

    from .context import StepContext
    from .language.problems import Location

MOST_SHOWN = 8
"""How many of the known inputs a message shows."""

LONGEST_SHOWN = 80
"""How many bytes of an input a message shows."""


class Mock:
    """Components that answer an input equal to one of theirs with the result written for it.

    Equal means the same JSON value: `1`, `1.0` and `true` differ, the order of keys does not matter.
    """

    def __init__(self, components: Mapping[str, MockComponent], warnings: list[Diagnostic] | None = None) -> None:
        self._components = {path: _component(path, each) for path, each in components.items()}
        self.warnings = warnings or []

    @classmethod
    def from_config(cls, config: Mapping[str, Any], location: Location = ()) -> Mock:
        """The plugin of `{type: mock, components: {path: {input_schema?, output_schema?, behaviors}}}`.

        A behaviour is `{input, result: FlowResult}` or `{input, error: message}`. `location` is where the
        configuration has the plugin. Raises `FlowLoadError` with everything that is wrong; what is only odd
        (keys without meaning, an input that has an answer already) is in `warnings`.
        """
        components, problems = read_mock(config, location)
        if problems.broken:
            raise FlowLoadError(diagnostics=problems.diagnostics)
        return cls(components, problems.diagnostics)

    def find(self, path: str) -> Component | None:
        """The component at `path`, if there is one."""
        return self._components.get(path)

    def components(self) -> list[Component]:
        """All of them."""
        return list(self._components.values())


def _component(path: str, config: MockComponent) -> Component:
    return Component(
        path=path,
        kind=Kind.INLINE,
        call=_answering(path, config.answers),
        input_schema=config.input_schema,
        output_schema=config.output_schema,
    )


def _answering(path: str, answers: dict[bytes, FlowResult | str]) -> Callable[[Any, StepContext], Any]:
    def answer(input: Any, context: StepContext) -> Any:
        result = answers.get(input_key(input))
        if result is None:
            raise BadInputError(_unmatched(path, input, answers), pointer="")
        return _output(result)

    return answer


def _output(result: FlowResult | str) -> Any:
    """The output of a success; raises what the engine makes a failure or a skip of."""
    if isinstance(result, str):
        raise UnusableError(result)
    if result.error is not None:
        raise ComponentError(result.error.message, result.error.code, result.error.data)
    if result.is_skipped:
        raise ComponentSkipped(result.skipped_reason)
    return result.output


def _unmatched(path: str, input: Any, answers: Mapping[bytes, object]) -> str:
    known = [_shown(key) for key in list(answers)[:MOST_SHOWN]]
    more = len(answers) - len(known)
    listed = "; ".join(known) + (f"; and {more} more" if more else "")
    return f"the mock {path} has no behaviour for {_shown(input_key(input))}; it has one for: {listed or 'nothing'}"


def _shown(key: bytes) -> str:
    text = key[:LONGEST_SHOWN].decode(errors="ignore")
    return text if len(key) <= LONGEST_SHOWN else f"{text}…"
