from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.flow_error import FlowError


T = TypeVar("T", bound="Failed")


@_attrs_define
class Failed:
    """It failed with this error.

    Attributes:
        outcome (Literal['failed']):
        error (FlowError): Why something failed.
    """

    outcome: Literal["failed"]
    error: FlowError
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        outcome = self.outcome

        error = self.error.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "outcome": outcome,
                "error": error,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.flow_error import FlowError  # noqa: PLC0415

        d = dict(src_dict)
        outcome = cast(Literal["failed"], d.pop("outcome"))
        if outcome != "failed":
            raise ValueError(f"outcome must match const 'failed', got '{outcome}'")

        error = FlowError.from_dict(d.pop("error"))

        failed = cls(
            outcome=outcome,
            error=error,
        )

        failed.additional_properties = d
        return failed

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
