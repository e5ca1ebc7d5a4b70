from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.run_flow_response_flow import RunFlowResponseFlow


T = TypeVar("T", bound="RunFlowResponse")


@_attrs_define
class RunFlowResponse:
    """The flow that a run runs, and its id.

    Attributes:
        flow (RunFlowResponseFlow):
        flow_id (str):
    """

    flow: RunFlowResponseFlow
    flow_id: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        flow = self.flow.to_dict()

        flow_id = self.flow_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "flow": flow,
                "flowId": flow_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.run_flow_response_flow import RunFlowResponseFlow  # noqa: PLC0415

        d = dict(src_dict)
        flow = RunFlowResponseFlow.from_dict(d.pop("flow"))

        flow_id = d.pop("flowId")

        run_flow_response = cls(
            flow=flow,
            flow_id=flow_id,
        )

        run_flow_response.additional_properties = d
        return run_flow_response

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
