from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.failed import Failed
    from ..models.skipped import Skipped
    from ..models.success import Success


T = TypeVar("T", bound="DebugView")


@_attrs_define
class DebugView:
    """A step of a debugged run: its input once that can be evaluated, its result once it has ended.

    Attributes:
        step_id (str):
        completed (bool):
        input_ (Any | Unset):
        result (Failed | Skipped | Success | Unset): What a flow, an item or a step came to.
    """

    step_id: str
    completed: bool
    input_: Any | Unset = UNSET
    result: Failed | Skipped | Success | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        step_id = self.step_id

        completed = self.completed

        input_ = self.input_

        result: dict[str, Any] | Unset
        if isinstance(self.result, Unset):
            result = UNSET
        elif isinstance(self.result, Success):
            result = self.result.to_dict()
        elif isinstance(self.result, Failed):
            result = self.result.to_dict()
        else:
            result = self.result.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "stepId": step_id,
                "completed": completed,
            }
        )
        if input_ is not UNSET:
            field_dict["input"] = input_
        if result is not UNSET:
            field_dict["result"] = result

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.skipped import Skipped  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        d = dict(src_dict)
        step_id = d.pop("stepId")

        completed = d.pop("completed")

        input_ = d.pop("input", UNSET)

        def _parse_result(data: object) -> Failed | Skipped | Success | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_flow_result_type_0 = Success.from_dict(data)

                return componentsschemas_flow_result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_flow_result_type_1 = Failed.from_dict(data)

                return componentsschemas_flow_result_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_flow_result_type_2 = Skipped.from_dict(data)

            return componentsschemas_flow_result_type_2

        result = _parse_result(d.pop("result", UNSET))

        debug_view = cls(
            step_id=step_id,
            completed=completed,
            input_=input_,
            result=result,
        )

        debug_view.additional_properties = d
        return debug_view

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
