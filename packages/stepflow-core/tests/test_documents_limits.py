"""Reading takes bounded time and memory, whatever the text."""

from __future__ import annotations

import pytest
import yaml
from stepflow_core import Diagnostic, FlowLoadError
from stepflow_core.documents import Format, Limits, read_text


@pytest.fixture(params=["libyaml", "python"])
def scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML with libyaml, and built without it."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


def refused(text: str | bytes, format: Format = "yaml", limits: Limits | None = None) -> Diagnostic:
    with pytest.raises(FlowLoadError) as refusal:
        read_text(text, format=format, limits=limits or Limits())
    [diagnostic] = refusal.value.diagnostics
    assert diagnostic.code == 3400
    assert diagnostic.hint
    return diagnostic


def test_the_limits_are_known() -> None:
    """The limits are 32 MiB, 128 levels and a million values; other ones can be set."""
    assert Limits() == Limits(max_bytes=32 * 1024 * 1024, max_depth=128, max_nodes=1_000_000)


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "[\n" * 100_000, "{a: " * 100_000, "- " * 100_000, "- " * 60 + "[" * 50_000, "[? " * 50_000],
    ids=["flow", "flow lines", "objects", "block", "mixed", "keys"],
)
def test_deep_yaml_is_refused_at_the_limit(text: str) -> None:
    """Reading stops where the text gets too deep, long before its end."""
    diagnostic = refused(text)
    assert "more than 128 levels" in diagnostic.text or "as a key" in diagnostic.text
    assert (diagnostic.line or 0) < 200


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '[{"a":\n' * 100_000])
def test_deep_json_is_refused_at_the_limit(text: str) -> None:
    """JSON is not read by recursion either."""
    assert "more than 128 levels" in refused(text, "json").text


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_depth_counts_arrays_and_objects(format: Format) -> None:
    """128 levels are read, one more is not; scalars are no level."""
    assert read_text("[" * 128 + "1" + "]" * 128, format=format).data
    diagnostic = refused("[" * 129 + "]" * 129, format)
    assert (diagnostic.line, diagnostic.column) == (1, 129)
    assert read_text("1", format=format, limits=Limits(max_depth=0)).data == 1
    assert refused("[]", format, Limits(max_depth=0))


def test_depth_can_be_set_beyond_the_recursion_limit() -> None:
    """A higher limit holds too, for aliases as well."""
    deep = "&a " + "[" * 3000 + "]" * 3000
    limits = Limits(max_depth=5000)
    assert read_text(f"- {deep}\n- *a\n", limits=limits).data
    assert refused(f"- {deep}\n- " + "[" * 2500 + "*a" + "]" * 2500, limits=limits)


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_values_are_counted(format: Format) -> None:
    """Texts, numbers, arrays and objects count, keys do not."""
    text = '{"a": [1, {}], "b": "x"}'
    assert read_text(text, format=format, limits=Limits(max_nodes=5)).data
    diagnostic = refused(text, format, Limits(max_nodes=4))
    assert "more than 4 values" in diagnostic.text
    assert (diagnostic.line, diagnostic.column) == (1, 21)


@pytest.mark.usefixtures("scanner")
def test_aliases_count_as_what_they_stand_for() -> None:
    """A few lines of aliases that stand for billions of values are refused before they are made."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
    )
    assert "more than 1,000,000 values" in refused(bomb).text
    text = "- &a [1, 2]\n- *a\n- *a\n"
    assert read_text(text, limits=Limits(max_nodes=10)).data
    assert refused(text, limits=Limits(max_nodes=9)).line == 3


def test_aliases_nest_as_what_they_stand_for() -> None:
    """A chain of aliases of aliases gets deep too."""
    chain = "- &a0 [x]\n" + "".join(f"- &a{number} [*a{number - 1}]\n" for number in range(1, 5000))
    diagnostic = refused(chain)
    assert "levels deep" in diagnostic.text
    assert diagnostic.line == 128


@pytest.mark.parametrize(("text", "fits"), [("é" * 50, True), ("é" * 51, False), ("e" * 100, True), ("e" * 101, False)])
def test_size_counts_bytes(text: str, fits: bool) -> None:
    """The size is that of the text as UTF-8, given as text or bytes."""
    limits = Limits(max_bytes=100)
    for content in (text, text.encode()):
        if fits:
            assert read_text(content, limits=limits).data == text
        else:
            assert "more than the limit of 100 bytes" in refused(content, limits=limits).text


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_large_texts_are_refused_unread(format: Format) -> None:
    """A text of 40 MiB is refused for its size, whatever it holds."""
    diagnostic = refused(b"\xff" * (40 * 1024 * 1024), format)
    assert diagnostic.text == "it has 41,943,040 bytes, more than the limit of 32 MiB (33,554,432 bytes)"
    assert diagnostic.line is None


def test_many_lines_take_no_longer() -> None:
    """A fault behind a million lines is located."""
    assert refused(b"\n" * 1_000_000 + b"\xff").line == 1_000_001
