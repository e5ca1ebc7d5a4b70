"""What a type annotation means for a component: which values it lets in, and its JSON Schema."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, is_typeddict

JSON_TYPES: frozenset[type] = frozenset({str, int, float, bool, dict, list, type(None)})
"""The Python types of JSON's values."""

_SCALARS = JSON_TYPES - {dict, list}


def is_anything(annotation: Any) -> bool:
    """Whether the annotation says nothing about the value."""
    return annotation is Any or annotation is object


def is_record(annotation: Any) -> bool:
    """Whether it is a class with named fields (msgspec, attrs, dataclass, TypedDict) or a union of such and `None`."""
    members = [each for each in union_members(annotation) if each is not type(None)]
    return bool(members) and all(_has_fields(each) for each in members)


def is_object_of_anything(annotation: Any) -> bool:
    """Whether it is `dict`, `dict[str, Any]` or a mapping like it."""
    if (get_origin(annotation) or annotation) not in (dict, Mapping):
        return False
    arguments = get_args(annotation)
    return not arguments or (arguments[0] is str and is_anything(arguments[1]))


def is_plain(annotation: Any) -> bool:
    """Whether its values are JSON as they are, so that nothing has to be converted."""
    if _is_json_type(annotation) or annotation is Any:
        return True
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return all(type(each) in _SCALARS for each in arguments)
    if origin is dict:
        return is_object_of_anything(annotation) or (arguments[0] is str and is_plain(arguments[1]))
    return (origin is list or is_union(annotation)) and all(is_plain(each) for each in arguments)


def quick_types(annotation: Any) -> frozenset[type]:
    """The exact Python types whose JSON values fit the annotation as they are, with nothing to check or convert."""
    if is_anything(annotation):
        return JSON_TYPES
    if _is_json_type(annotation):
        return frozenset({type(None) if annotation is None else annotation})
    if is_union(annotation):
        return frozenset().union(*map(quick_types, get_args(annotation)))
    if is_object_of_anything(annotation):
        return frozenset({dict})
    is_open_list = get_origin(annotation) is list and all(map(is_anything, get_args(annotation)))
    return frozenset({list} if is_open_list else ())


def is_union(annotation: Any) -> bool:
    """Whether it is a union, in either spelling."""
    return get_origin(annotation) in (Union, types.UnionType)


def union_members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; of another annotation itself. `Annotated` is looked through."""
    if get_origin(annotation) is Annotated:
        return union_members(get_args(annotation)[0])
    return get_args(annotation) if is_union(annotation) else (annotation,)


def with_null(annotation: Any) -> Any:
    """The annotation with `None` let in."""
    return annotation if is_anything(annotation) or annotation is None else annotation | None


def problem_of(annotation: Any) -> str | None:
    """Why the annotation cannot be converted from and to JSON, in one line; `None` where it can."""
    if is_anything(annotation):
        return None
    variable = _type_variable(annotation)
    if variable is not None:
        return f"the type variable {variable} stands for no type here"
    try:
        schemas_of([annotation])
        _probe(annotation)
    except Exception as error:
        return f"{show(annotation)} has no JSON form: {_last_line(error)}"
    return None


def schemas_of(annotations: Sequence[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The JSON Schemas of annotations, and the definitions that they refer to as `#/$defs/Name`."""
    import msgspec

    known = [Any if is_anything(each) else each for each in annotations]
    schemas, definitions = msgspec.json.schema_components(known, ref_template="#/$defs/{name}")
    return list(schemas), definitions


def whole_schema(annotation: Any) -> dict[str, Any]:
    """The JSON Schema of an annotation as a document of its own."""
    schemas, definitions = schemas_of([annotation])
    return document(_unfold(schemas[0], definitions), definitions)


def document(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A schema together with those of the definitions that it needs."""
    used: dict[str, Any] = {}
    pending = [schema]
    while pending:
        for name in _references(pending.pop()):
            if name in definitions and name not in used:
                used[name] = definitions[name]
                pending.append(definitions[name])
    return {**schema, "$defs": used} if used else schema


def show(annotation: Any) -> str:
    """An annotation as it is written."""
    return annotation.__qualname__ if isinstance(annotation, type) and not get_args(annotation) else repr(annotation)


def _is_json_type(annotation: Any) -> bool:
    return annotation is None or (isinstance(annotation, type) and annotation in JSON_TYPES)


def _has_fields(annotation: Any) -> bool:
    known = get_origin(annotation) or annotation
    if not isinstance(known, type):
        return False
    marks = ("__struct_fields__", "__attrs_attrs__", "__dataclass_fields__")
    # typing_extensions has a TypedDict of its own, which `is_typeddict` does not know.
    return is_typeddict(known) or any(hasattr(known, each) for each in marks) or _is_foreign_typeddict(known)


def _is_foreign_typeddict(known: type) -> bool:
    return issubclass(known, dict) and hasattr(known, "__total__") and hasattr(known, "__required_keys__")


def _type_variable(annotation: Any) -> str | None:
    if isinstance(annotation, TypeVar):
        return annotation.__name__
    found = (_type_variable(each) for each in get_args(annotation) if get_origin(annotation) is not Literal)
    return next((each for each in found if each is not None), None)


def _probe(annotation: Any) -> None:
    """Have msgspec look at the whole annotation; whether it accepts the value does not matter."""
    import msgspec

    try:
        msgspec.convert(None, annotation)
    except msgspec.ValidationError:
        return


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


def _unfold(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The definition itself where a schema is nothing but a reference to it."""
    name = next(_references(schema), None) if set(schema) == {"$ref"} else None
    return schema if name is None else definitions[name]


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix("#/$defs/")
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list | tuple):
        for each in schema:
            yield from _references(each)
