"""Short ways to compile and render texts."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_runtime.language.templates import (
    Template,
    TemplateError,
    compile_expression,
    compile_template,
)


def values(input: Any = None, steps: Any = None, vars: Any = None, **names: Any) -> dict[str, Any]:
    """The values of a rendering."""
    return {"input": input, "steps": steps or {}, "vars": vars or {}, **names}


def text(source: str, /, *args: Any, **more: Any) -> str:
    """What a template renders to."""
    result: str = compile_template(source).render(values(*args, **more))
    return result


def value(source: str, /, *args: Any, **more: Any) -> Any:
    """What an expression gives."""
    return compile_expression(source).render(values(*args, **more))


def refused(source: str, expression: bool = False) -> TemplateError:
    """The error that a text gives when it is compiled."""
    with pytest.raises(TemplateError) as caught:
        (compile_expression if expression else compile_template)(source)
    return caught.value


def failure(template: Template, **more: Any) -> TemplateError:
    """The error that a text gives when it is rendered."""
    with pytest.raises(TemplateError) as caught:
        template.render(values(**more))
    return caught.value


def place(error: TemplateError) -> tuple[int | None, int | None]:
    """Where an error is."""
    return error.line, error.column


def references(source: str) -> list[str]:
    """The steps that a template names."""
    return [each.id for each in compile_template(source).steps]
