from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.diagnostic import Diagnostic


T = TypeVar("T", bound="Diagnostics")


@_attrs_define
class Diagnostics:
    """All problems of a flow, and how many of each level there are.

    Attributes:
        diagnostics (list[Diagnostic]):
        num_fatal (int):
        num_error (int):
        num_warning (int):
    """

    diagnostics: list[Diagnostic]
    num_fatal: int
    num_error: int
    num_warning: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        diagnostics = []
        for diagnostics_item_data in self.diagnostics:
            diagnostics_item = diagnostics_item_data.to_dict()
            diagnostics.append(diagnostics_item)

        num_fatal = self.num_fatal

        num_error = self.num_error

        num_warning = self.num_warning

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "diagnostics": diagnostics,
                "numFatal": num_fatal,
                "numError": num_error,
                "numWarning": num_warning,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.diagnostic import Diagnostic  # noqa: PLC0415

        d = dict(src_dict)
        diagnostics = []
        _diagnostics = d.pop("diagnostics")
        for diagnostics_item_data in _diagnostics:
            diagnostics_item = Diagnostic.from_dict(diagnostics_item_data)

            diagnostics.append(diagnostics_item)

        num_fatal = d.pop("numFatal")

        num_error = d.pop("numError")

        num_warning = d.pop("numWarning")

        diagnostics = cls(
            diagnostics=diagnostics,
            num_fatal=num_fatal,
            num_error=num_error,
            num_warning=num_warning,
        )

        diagnostics.additional_properties = d
        return diagnostics

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
