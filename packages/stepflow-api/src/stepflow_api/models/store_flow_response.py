from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.diagnostics import Diagnostics


T = TypeVar("T", bound="StoreFlowResponse")


@_attrs_define
class StoreFlowResponse:
    """Whether a flow was stored, under which id, and what validation said of it.

    Attributes:
        stored (bool):
        diagnostics (Diagnostics): All problems of a flow, and how many of each level there are.
        flow_id (str | Unset):
    """

    stored: bool
    diagnostics: Diagnostics
    flow_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        stored = self.stored

        diagnostics = self.diagnostics.to_dict()

        flow_id = self.flow_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "stored": stored,
                "diagnostics": diagnostics,
            }
        )
        if flow_id is not UNSET:
            field_dict["flowId"] = flow_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.diagnostics import Diagnostics  # noqa: PLC0415

        d = dict(src_dict)
        stored = d.pop("stored")

        diagnostics = Diagnostics.from_dict(d.pop("diagnostics"))

        flow_id = d.pop("flowId", UNSET)

        store_flow_response = cls(
            stored=stored,
            diagnostics=diagnostics,
            flow_id=flow_id,
        )

        store_flow_response.additional_properties = d
        return store_flow_response

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
