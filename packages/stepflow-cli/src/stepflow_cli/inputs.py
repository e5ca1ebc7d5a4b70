"""Reading what the command line names: inputs, variables, overrides, tags."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError

from .exits import UsageError
from .paths import mode_of

if TYPE_CHECKING:
    from stepflow_core.documents import Document

    from .options import Format, InputOptions, OverrideOptions, VariableOptions

STDIN = "-"
MAX_BYTES = 32 * 1024 * 1024
_KINDS = {type(None): "null", bool: "true or false", int: "a number", float: "a number", str: "text", list: "an array"}


def parse(text: str | bytes, format: Format, name: str) -> Any:
    """The value of a JSON or YAML text; `name` is what messages call it. Raises `FlowLoadError`."""
    return document_of(text, format, name).data


def document_of(text: str | bytes, format: Format, name: str) -> Document:
    """A JSON or YAML text with the places of everything in it. Raises `FlowLoadError`."""
    from stepflow_core.documents import read_text

    return read_text(text, format=format, file=name)


def read(source: str, stdin: BinaryIO, stdin_format: Format = "json") -> Any:
    """The value in a file, which may be a pipe, or in standard input (`-`). Raises `FlowLoadError`."""
    return read_document(source, stdin, stdin_format).data


def read_document(source: str, stdin: BinaryIO, stdin_format: Format = "json") -> Document:
    """The same with the places of everything in it."""
    if source == STDIN:
        return document_of(stdin.read(MAX_BYTES + 1), stdin_format, "<stdin>")
    mode = mode_of(source)
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        return document_of(_read_pipe(Path(source)), "yaml", source)
    from stepflow_core.documents import read_file

    return read_file(source)


def input_of(options: InputOptions, stdin: BinaryIO | None = None) -> Any:
    """The one input that the options give; `null` where they give none.

    Raises `UsageError` where they name several, `FlowLoadError` where it cannot be read.
    """
    check_sources(options)
    stream = stdin or standard_input()
    if options.input is not None:
        return read(options.input, stream, options.stdin_format or "json")
    if options.input_json is not None:
        return parse(options.input_json, "json", "--input-json")
    if options.input_yaml is not None:
        return parse(options.input_yaml, "yaml", "--input-yaml")
    return read(STDIN, stream, options.stdin_format) if options.stdin_format is not None else None


def check_sources(options: InputOptions) -> None:
    """Raise `UsageError` where the options name more than one source of input."""
    given = _sources(options)
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} each give an input; keep one of them")


def has_input(options: InputOptions) -> bool:
    """Whether the options name a source of input at all."""
    return bool(_sources(options))


def _sources(options: InputOptions) -> list[str]:
    sources = {
        "--input": options.input,
        "--input-json": options.input_json,
        "--input-yaml": options.input_yaml,
        "--inputs": options.inputs,
        "--stdin-format": options.stdin_format if options.input != STDIN else None,
    }
    return [name for name, value in sources.items() if value is not None]


def variables_of(options: VariableOptions, stdin: BinaryIO | None = None) -> dict[str, Any]:
    """The variables of `--variables` and, over them, those of `--variables-json`."""
    given: dict[str, Any] = {}
    for name, document in _documents(options.variables, options.variables_json, "variables", stdin):
        given.update(_checked(document, name, "an object of names and values").data)
    return given


def overrides_of(options: OverrideOptions, stdin: BinaryIO | None = None) -> Document | None:
    """The overrides of `--overrides` or `--overrides-json`: a document that is an object."""
    if options.overrides is not None and options.overrides_json is not None:
        raise UsageError("--overrides and --overrides-json both give overrides; keep one of them")
    for name, document in _documents(options.overrides, options.overrides_json, "overrides", stdin):
        return _checked(document, name, "an object of step ids and patches")
    return None


def tags_of(texts: list[str]) -> dict[str, str] | None:
    """The tags written as `name=value`."""
    bad = [each for each in texts if not each.partition("=")[0].strip() or "=" not in each]
    if bad:
        raise UsageError(f"--tag needs name=value, got {', '.join(map(repr, bad))}")
    return {name: value for name, _, value in (each.partition("=") for each in texts)} or None


def standard_input() -> BinaryIO:
    """The bytes of standard input; none where the process has been started without one."""
    return io.BytesIO() if sys.stdin is None else sys.stdin.buffer


def check_stdin_once(*sources: str | None) -> None:
    """Raise `UsageError` where more than one option reads standard input."""
    if sum(each == STDIN for each in sources) > 1:
        raise UsageError("standard input (`-`) can be read once only; put the others in files")


def _documents(
    source: str | None, text: str | None, name: str, stdin: BinaryIO | None
) -> Iterator[tuple[str, Document]]:
    if source is not None:
        yield f"--{name} {source}", read_document(source, stdin or standard_input())
    if text is not None:
        yield f"--{name}-json", document_of(text, "json", f"--{name}-json")


def _checked(document: Document, name: str, wanted: str) -> Document:
    if isinstance(document.data, dict):
        return document
    raise UsageError(f"{name} holds {_KINDS[type(document.data)]}, not {wanted}")


def _read_pipe(path: Path) -> bytes:
    try:
        with path.open("rb") as pipe:
            return pipe.read(MAX_BYTES + 1)
    except OSError as error:
        raise FlowLoadError(diagnostics=[unreadable(str(path), f"it cannot be read: {error.strerror}")]) from None


def unreadable(file: str, text: str, line: int | None = None, column: int | None = None) -> Diagnostic:
    """The diagnostic of a file, or of a line of one, that cannot be read."""
    return Diagnostic(
        code=3400, kind="parse", level=DiagnosticLevel.FATAL, text=text, file=file, line=line, column=column
    )
