from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.execution_status import ExecutionStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.failed import Failed
    from ..models.skipped import Skipped
    from ..models.success import Success


T = TypeVar("T", bound="ItemResult")


@_attrs_define
class ItemResult:
    """One item of a run; `itemIndex` is the older name of `index` and always equal.

    Attributes:
        index (int):
        item_index (int): The older name of `index`; always equal.
        status (ExecutionStatus): The state of a run; an item may also be pending, waiting or skipped.
        result (Failed | Skipped | Success | Unset): What a flow, an item or a step came to.
        completed_at (datetime.datetime | Unset):
    """

    index: int
    item_index: int
    status: ExecutionStatus
    result: Failed | Skipped | Success | Unset = UNSET
    completed_at: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        index = self.index

        item_index = self.item_index

        status = self.status.value

        result: dict[str, Any] | Unset
        if isinstance(self.result, Unset):
            result = UNSET
        elif isinstance(self.result, Success):
            result = self.result.to_dict()
        elif isinstance(self.result, Failed):
            result = self.result.to_dict()
        else:
            result = self.result.to_dict()

        completed_at: str | Unset = UNSET
        if not isinstance(self.completed_at, Unset):
            completed_at = self.completed_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "index": index,
                "itemIndex": item_index,
                "status": status,
            }
        )
        if result is not UNSET:
            field_dict["result"] = result
        if completed_at is not UNSET:
            field_dict["completedAt"] = completed_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.skipped import Skipped  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        d = dict(src_dict)
        index = d.pop("index")

        item_index = d.pop("itemIndex")

        status = ExecutionStatus(d.pop("status"))

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

        _completed_at = d.pop("completedAt", UNSET)
        completed_at: datetime.datetime | Unset
        if isinstance(_completed_at, Unset):
            completed_at = UNSET
        else:
            completed_at = datetime.datetime.fromisoformat(_completed_at)

        item_result = cls(
            index=index,
            item_index=item_index,
            status=status,
            result=result,
            completed_at=completed_at,
        )

        item_result.additional_properties = d
        return item_result

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
