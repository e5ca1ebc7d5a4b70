from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.flow_variables_response_variables import FlowVariablesResponseVariables


T = TypeVar("T", bound="FlowVariablesResponse")


@_attrs_define
class FlowVariablesResponse:
    """The variables that a flow declares, by name.

    Attributes:
        variables (FlowVariablesResponseVariables):
    """

    variables: FlowVariablesResponseVariables
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        variables = self.variables.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "variables": variables,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.flow_variables_response_variables import FlowVariablesResponseVariables  # noqa: PLC0415

        d = dict(src_dict)
        variables = FlowVariablesResponseVariables.from_dict(d.pop("variables"))

        flow_variables_response = cls(
            variables=variables,
        )

        flow_variables_response.additional_properties = d
        return flow_variables_response

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
