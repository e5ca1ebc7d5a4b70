from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.example import Example
    from ..models.flow_response_flow import FlowResponseFlow


T = TypeVar("T", bound="FlowResponse")


@_attrs_define
class FlowResponse:
    """A flow, its id, and its examples merged with its test cases.

    Attributes:
        flow (FlowResponseFlow):
        flow_id (str):
        all_examples (list[Example] | Unset):
    """

    flow: FlowResponseFlow
    flow_id: str
    all_examples: list[Example] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        flow = self.flow.to_dict()

        flow_id = self.flow_id

        all_examples: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.all_examples, Unset):
            all_examples = []
            for all_examples_item_data in self.all_examples:
                all_examples_item = all_examples_item_data.to_dict()
                all_examples.append(all_examples_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "flow": flow,
                "flowId": flow_id,
            }
        )
        if all_examples is not UNSET:
            field_dict["allExamples"] = all_examples

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.example import Example  # noqa: PLC0415
        from ..models.flow_response_flow import FlowResponseFlow  # noqa: PLC0415

        d = dict(src_dict)
        flow = FlowResponseFlow.from_dict(d.pop("flow"))

        flow_id = d.pop("flowId")

        _all_examples = d.pop("allExamples", UNSET)
        all_examples: list[Example] | Unset = UNSET
        if _all_examples is not UNSET:
            all_examples = []
            for all_examples_item_data in _all_examples:
                all_examples_item = Example.from_dict(all_examples_item_data)

                all_examples.append(all_examples_item)

        flow_response = cls(
            flow=flow,
            flow_id=flow_id,
            all_examples=all_examples,
        )

        flow_response.additional_properties = d
        return flow_response

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
