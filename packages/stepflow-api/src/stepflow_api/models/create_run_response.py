from __future__ import annotations

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


T = TypeVar("T", bound="CreateRunResponse")


@_attrs_define
class CreateRunResponse:
    """A created run; `result` is there for one item that has ended.

    Attributes:
        run_id (str):
        item_count (int):
        status (ExecutionStatus): The state of a run; an item may also be pending, waiting or skipped.
        debug (bool):
        result (Failed | Skipped | Success | Unset): What a flow, an item or a step came to.
    """

    run_id: str
    item_count: int
    status: ExecutionStatus
    debug: bool
    result: Failed | Skipped | Success | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        run_id = self.run_id

        item_count = self.item_count

        status = self.status.value

        debug = self.debug

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
                "runId": run_id,
                "itemCount": item_count,
                "status": status,
                "debug": debug,
            }
        )
        if result is not UNSET:
            field_dict["result"] = result

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.skipped import Skipped  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        d = dict(src_dict)
        run_id = d.pop("runId")

        item_count = d.pop("itemCount")

        status = ExecutionStatus(d.pop("status"))

        debug = d.pop("debug")

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

        create_run_response = cls(
            run_id=run_id,
            item_count=item_count,
            status=status,
            debug=debug,
            result=result,
        )

        create_run_response.additional_properties = d
        return create_run_response

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
