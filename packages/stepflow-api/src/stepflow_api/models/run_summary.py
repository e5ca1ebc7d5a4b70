from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.execution_status import ExecutionStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.item_counts import ItemCounts
    from ..models.run_summary_tags import RunSummaryTags


T = TypeVar("T", bound="RunSummary")


@_attrs_define
class RunSummary:
    """A run in a listing.

    Attributes:
        run_id (str):
        flow_id (str):
        flow_name (None | str):
        status (ExecutionStatus): The state of a run; an item may also be pending, waiting or skipped.
        items (ItemCounts): How many items of a run are in which state.
        created_at (datetime.datetime):
        root_run_id (str):
        debug_mode (bool):
        tags (RunSummaryTags):
        paused_by (str | Unset):
        completed_at (datetime.datetime | Unset):
        parent_run_id (str | Unset):
    """

    run_id: str
    flow_id: str
    flow_name: None | str
    status: ExecutionStatus
    items: ItemCounts
    created_at: datetime.datetime
    root_run_id: str
    debug_mode: bool
    tags: RunSummaryTags
    paused_by: str | Unset = UNSET
    completed_at: datetime.datetime | Unset = UNSET
    parent_run_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        run_id = self.run_id

        flow_id = self.flow_id

        flow_name: None | str
        flow_name = self.flow_name

        status = self.status.value

        items = self.items.to_dict()

        created_at = self.created_at.isoformat()

        root_run_id = self.root_run_id

        debug_mode = self.debug_mode

        tags = self.tags.to_dict()

        paused_by = self.paused_by

        completed_at: str | Unset = UNSET
        if not isinstance(self.completed_at, Unset):
            completed_at = self.completed_at.isoformat()

        parent_run_id = self.parent_run_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "runId": run_id,
                "flowId": flow_id,
                "flowName": flow_name,
                "status": status,
                "items": items,
                "createdAt": created_at,
                "rootRunId": root_run_id,
                "debugMode": debug_mode,
                "tags": tags,
            }
        )
        if paused_by is not UNSET:
            field_dict["pausedBy"] = paused_by
        if completed_at is not UNSET:
            field_dict["completedAt"] = completed_at
        if parent_run_id is not UNSET:
            field_dict["parentRunId"] = parent_run_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.item_counts import ItemCounts  # noqa: PLC0415
        from ..models.run_summary_tags import RunSummaryTags  # noqa: PLC0415

        d = dict(src_dict)
        run_id = d.pop("runId")

        flow_id = d.pop("flowId")

        def _parse_flow_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        flow_name = _parse_flow_name(d.pop("flowName"))

        status = ExecutionStatus(d.pop("status"))

        items = ItemCounts.from_dict(d.pop("items"))

        created_at = datetime.datetime.fromisoformat(d.pop("createdAt"))

        root_run_id = d.pop("rootRunId")

        debug_mode = d.pop("debugMode")

        tags = RunSummaryTags.from_dict(d.pop("tags"))

        paused_by = d.pop("pausedBy", UNSET)

        _completed_at = d.pop("completedAt", UNSET)
        completed_at: datetime.datetime | Unset
        if isinstance(_completed_at, Unset):
            completed_at = UNSET
        else:
            completed_at = datetime.datetime.fromisoformat(_completed_at)

        parent_run_id = d.pop("parentRunId", UNSET)

        run_summary = cls(
            run_id=run_id,
            flow_id=flow_id,
            flow_name=flow_name,
            status=status,
            items=items,
            created_at=created_at,
            root_run_id=root_run_id,
            debug_mode=debug_mode,
            tags=tags,
            paused_by=paused_by,
            completed_at=completed_at,
            parent_run_id=parent_run_id,
        )

        run_summary.additional_properties = d
        return run_summary

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
