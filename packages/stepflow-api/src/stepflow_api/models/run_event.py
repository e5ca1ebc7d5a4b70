from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.failed import Failed
    from ..models.flow_error import FlowError
    from ..models.skipped import Skipped
    from ..models.success import Success


T = TypeVar("T", bound="RunEvent")


@_attrs_define
class RunEvent:
    """One thing that happened in a run or one of its sub-runs.

    Attributes:
        sequence_number (int):
        timestamp (datetime.datetime):
        event (str):
        run_id (str):
        item_index (int | Unset):
        address (str | Unset):
        step_id (str | Unset):
        attempt (int | Unset):
        flow_id (str | Unset):
        item_count (int | Unset):
        parent_run_id (str | Unset):
        rerun_of (str | Unset):
        step_ids (list[str] | Unset):
        component (str | Unset):
        kind (str | Unset):
        chunk (Any | Unset):
        chunk_index (int | Unset):
        error (FlowError | Unset): Why something failed.
        delay (float | Unset):
        status (str | Unset):
        duration_ms (float | Unset):
        result (Failed | Skipped | Success | Unset): What a flow, an item or a step came to.
        cached (bool | Unset):
        paused_by (str | Unset):
    """

    sequence_number: int
    timestamp: datetime.datetime
    event: str
    run_id: str
    item_index: int | Unset = UNSET
    address: str | Unset = UNSET
    step_id: str | Unset = UNSET
    attempt: int | Unset = UNSET
    flow_id: str | Unset = UNSET
    item_count: int | Unset = UNSET
    parent_run_id: str | Unset = UNSET
    rerun_of: str | Unset = UNSET
    step_ids: list[str] | Unset = UNSET
    component: str | Unset = UNSET
    kind: str | Unset = UNSET
    chunk: Any | Unset = UNSET
    chunk_index: int | Unset = UNSET
    error: FlowError | Unset = UNSET
    delay: float | Unset = UNSET
    status: str | Unset = UNSET
    duration_ms: float | Unset = UNSET
    result: Failed | Skipped | Success | Unset = UNSET
    cached: bool | Unset = UNSET
    paused_by: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        sequence_number = self.sequence_number

        timestamp = self.timestamp.isoformat()

        event = self.event

        run_id = self.run_id

        item_index = self.item_index

        address = self.address

        step_id = self.step_id

        attempt = self.attempt

        flow_id = self.flow_id

        item_count = self.item_count

        parent_run_id = self.parent_run_id

        rerun_of = self.rerun_of

        step_ids: list[str] | Unset = UNSET
        if not isinstance(self.step_ids, Unset):
            step_ids = self.step_ids

        component = self.component

        kind = self.kind

        chunk = self.chunk

        chunk_index = self.chunk_index

        error: dict[str, Any] | Unset = UNSET
        if not isinstance(self.error, Unset):
            error = self.error.to_dict()

        delay = self.delay

        status = self.status

        duration_ms = self.duration_ms

        result: dict[str, Any] | Unset
        if isinstance(self.result, Unset):
            result = UNSET
        elif isinstance(self.result, Success):
            result = self.result.to_dict()
        elif isinstance(self.result, Failed):
            result = self.result.to_dict()
        else:
            result = self.result.to_dict()

        cached = self.cached

        paused_by = self.paused_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "sequenceNumber": sequence_number,
                "timestamp": timestamp,
                "event": event,
                "runId": run_id,
            }
        )
        if item_index is not UNSET:
            field_dict["itemIndex"] = item_index
        if address is not UNSET:
            field_dict["address"] = address
        if step_id is not UNSET:
            field_dict["stepId"] = step_id
        if attempt is not UNSET:
            field_dict["attempt"] = attempt
        if flow_id is not UNSET:
            field_dict["flowId"] = flow_id
        if item_count is not UNSET:
            field_dict["itemCount"] = item_count
        if parent_run_id is not UNSET:
            field_dict["parentRunId"] = parent_run_id
        if rerun_of is not UNSET:
            field_dict["rerunOf"] = rerun_of
        if step_ids is not UNSET:
            field_dict["stepIds"] = step_ids
        if component is not UNSET:
            field_dict["component"] = component
        if kind is not UNSET:
            field_dict["kind"] = kind
        if chunk is not UNSET:
            field_dict["chunk"] = chunk
        if chunk_index is not UNSET:
            field_dict["chunkIndex"] = chunk_index
        if error is not UNSET:
            field_dict["error"] = error
        if delay is not UNSET:
            field_dict["delay"] = delay
        if status is not UNSET:
            field_dict["status"] = status
        if duration_ms is not UNSET:
            field_dict["durationMs"] = duration_ms
        if result is not UNSET:
            field_dict["result"] = result
        if cached is not UNSET:
            field_dict["cached"] = cached
        if paused_by is not UNSET:
            field_dict["pausedBy"] = paused_by

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.failed import Failed  # noqa: PLC0415
        from ..models.flow_error import FlowError  # noqa: PLC0415
        from ..models.skipped import Skipped  # noqa: PLC0415
        from ..models.success import Success  # noqa: PLC0415

        d = dict(src_dict)
        sequence_number = d.pop("sequenceNumber")

        timestamp = datetime.datetime.fromisoformat(d.pop("timestamp"))

        event = d.pop("event")

        run_id = d.pop("runId")

        item_index = d.pop("itemIndex", UNSET)

        address = d.pop("address", UNSET)

        step_id = d.pop("stepId", UNSET)

        attempt = d.pop("attempt", UNSET)

        flow_id = d.pop("flowId", UNSET)

        item_count = d.pop("itemCount", UNSET)

        parent_run_id = d.pop("parentRunId", UNSET)

        rerun_of = d.pop("rerunOf", UNSET)

        step_ids = cast(list[str], d.pop("stepIds", UNSET))

        component = d.pop("component", UNSET)

        kind = d.pop("kind", UNSET)

        chunk = d.pop("chunk", UNSET)

        chunk_index = d.pop("chunkIndex", UNSET)

        _error = d.pop("error", UNSET)
        error: FlowError | Unset
        if isinstance(_error, Unset):
            error = UNSET
        else:
            error = FlowError.from_dict(_error)

        delay = d.pop("delay", UNSET)

        status = d.pop("status", UNSET)

        duration_ms = d.pop("durationMs", UNSET)

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

        cached = d.pop("cached", UNSET)

        paused_by = d.pop("pausedBy", UNSET)

        run_event = cls(
            sequence_number=sequence_number,
            timestamp=timestamp,
            event=event,
            run_id=run_id,
            item_index=item_index,
            address=address,
            step_id=step_id,
            attempt=attempt,
            flow_id=flow_id,
            item_count=item_count,
            parent_run_id=parent_run_id,
            rerun_of=rerun_of,
            step_ids=step_ids,
            component=component,
            kind=kind,
            chunk=chunk,
            chunk_index=chunk_index,
            error=error,
            delay=delay,
            status=status,
            duration_ms=duration_ms,
            result=result,
            cached=cached,
            paused_by=paused_by,
        )

        run_event.additional_properties = d
        return run_event

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
