from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Variable")


@_attrs_define
class Variable:
    """A variable that a flow declares.

    Attributes:
        schema (Any):
        is_secret (bool):
        default (Any | Unset):
        env_var (str | Unset):
    """

    schema: Any
    is_secret: bool
    default: Any | Unset = UNSET
    env_var: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        schema = self.schema

        is_secret = self.is_secret

        default = self.default

        env_var = self.env_var

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "schema": schema,
                "isSecret": is_secret,
            }
        )
        if default is not UNSET:
            field_dict["default"] = default
        if env_var is not UNSET:
            field_dict["envVar"] = env_var

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        schema = d.pop("schema")

        is_secret = d.pop("isSecret")

        default = d.pop("default", UNSET)

        env_var = d.pop("envVar", UNSET)

        variable = cls(
            schema=schema,
            is_secret=is_secret,
            default=default,
            env_var=env_var,
        )

        variable.additional_properties = d
        return variable

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
