from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.step_status import StepStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.failed import Failed
    from ..models.skipped import Skipped
    from ..models.success import Success


T = TypeVar("T", bound="StepRun")


@_attrs_define
class StepRun:
    """One step execution.

    Attributes:
        address (str):
        step_id (str):
        step_index (int):
        item_index (int):
        component (str):
        status (StepStatus): The state of a step execution.
        attempt (int):
        result (Failed | Skipped | Success | Unset): What a flow, an item or a step came to.
        started_at (datetime.datetime | Unset):
        completed_at (datetime.datetime | Unset):
        reason (str | Unset):
        input_ (Any | Unset):
    """

    address: str
    step_id: str
    step_index: int
    item_index: int
    component: str
    status: StepStatus
    attempt: int
    result: Failed | Skipped | Success | Unset = UNSET
    started_at: datetime.datetime | Unset = UNSET
    completed_at: datetime.datetime | Unset = UNSET
    reason: str | Unset = UNSET
    input_: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        address = self.address

        step_id = self.step_id

        step_index = self.step_index

        item_index = self.item_index

        component = self.component

        status = self.status.value

        attempt = self.attempt

        result: dict[str, Any] | Unset
        if isinstance(self.result, Unset):
            result = UNSET
        elif isinstance(self.result, Success):
            result = self.result.to_dict()
        elif isinstance(self.result, Failed):
            result = self.result.to_dict()
        else:
            result = self.result.to_dict()

        started_at: str | Unset = UNSET
        if not isinstance(self.started_at, Unset):
            started_at = self.started_at.isoformat()

        completed_at: str | Unset = UNSET
        if not isinstance(self.completed_at, Unset):
            completed_at = self.completed_at.isoformat()

        reason = self.reason

        input_ = self.input_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "address": address,
                "stepId": step_id,
                "stepIndex": step_index,
                "itemIndex": item_index,
                "component": component,
                "status": status,
                "attempt": attempt,
            }
        )
        if result is not UNSET:
            field_dict["result"] = result
        if started_at is not UNSET:
            field_dict["startedAt"] = started_at
        if completed_at is not UNSET:
            field_dict["completedAt"] = completed_at
        if reason is not UNSET:
            field_dict["reason"] = reason
        if input_ is not UNSET:
            field_dict["input"] = input_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.skipped import Skipped  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        d = dict(src_dict)
        address = d.pop("address")

        step_id = d.pop("stepId")

        step_index = d.pop("stepIndex")

        item_index = d.pop("itemIndex")

        component = d.pop("component")

        status = StepStatus(d.pop("status"))

        attempt = d.pop("attempt")

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

        _started_at = d.pop("startedAt", UNSET)
        started_at: datetime.datetime | Unset
        if isinstance(_started_at, Unset):
            started_at = UNSET
        else:
            started_at = datetime.datetime.fromisoformat(_started_at)

        _completed_at = d.pop("completedAt", UNSET)
        completed_at: datetime.datetime | Unset
        if isinstance(_completed_at, Unset):
            completed_at = UNSET
        else:
            completed_at = datetime.datetime.fromisoformat(_completed_at)

        reason = d.pop("reason", UNSET)

        input_ = d.pop("input", UNSET)

        step_run = cls(
            address=address,
            step_id=step_id,
            step_index=step_index,
            item_index=item_index,
            component=component,
            status=status,
            attempt=attempt,
            result=result,
            started_at=started_at,
            completed_at=completed_at,
            reason=reason,
            input_=input_,
        )

        step_run.additional_properties = d
        return step_run

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
