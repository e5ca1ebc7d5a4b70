from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.diagnostic_level import DiagnosticLevel
from ..types import UNSET, Unset

T = TypeVar("T", bound="Diagnostic")


@_attrs_define
class Diagnostic:
    """One problem of a flow: what, where (`path` to read, `pointer` as a JSON pointer), and how to mend it.

    Attributes:
        code (int):
        kind (str):
        level (DiagnosticLevel): How much a diagnostic matters: fatal refuses the flow, error and warning let it run.
        text (str):
        path (str):
        pointer (str):
        file (str | Unset):
        line (int | Unset):
        column (int | Unset):
        hint (str | Unset):
    """

    code: int
    kind: str
    level: DiagnosticLevel
    text: str
    path: str
    pointer: str
    file: str | Unset = UNSET
    line: int | Unset = UNSET
    column: int | Unset = UNSET
    hint: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        kind = self.kind

        level = self.level.value

        text = self.text

        path = self.path

        pointer = self.pointer

        file = self.file

        line = self.line

        column = self.column

        hint = self.hint

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "kind": kind,
                "level": level,
                "text": text,
                "path": path,
                "pointer": pointer,
            }
        )
        if file is not UNSET:
            field_dict["file"] = file
        if line is not UNSET:
            field_dict["line"] = line
        if column is not UNSET:
            field_dict["column"] = column
        if hint is not UNSET:
            field_dict["hint"] = hint

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        kind = d.pop("kind")

        level = DiagnosticLevel(d.pop("level"))

        text = d.pop("text")

        path = d.pop("path")

        pointer = d.pop("pointer")

        file = d.pop("file", UNSET)

        line = d.pop("line", UNSET)

        column = d.pop("column", UNSET)

        hint = d.pop("hint", UNSET)

        diagnostic = cls(
            code=code,
            kind=kind,
            level=level,
            text=text,
            path=path,
            pointer=pointer,
            file=file,
            line=line,
            column=column,
            hint=hint,
        )

        diagnostic.additional_properties = d
        return diagnostic

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
