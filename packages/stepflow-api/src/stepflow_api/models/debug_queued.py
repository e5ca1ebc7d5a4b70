from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.debug_queued_step import DebugQueuedStep


T = TypeVar("T", bound="DebugQueued")


@_attrs_define
class DebugQueued:
    """The queue of a debugged run, with the state of each step.

    Attributes:
        queued (list[DebugQueuedStep]):
        ready (list[str]):
    """

    queued: list[DebugQueuedStep]
    ready: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        queued = []
        for queued_item_data in self.queued:
            queued_item = queued_item_data.to_dict()
            queued.append(queued_item)

        ready = self.ready

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "queued": queued,
                "ready": ready,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.debug_queued_step import DebugQueuedStep  # noqa: PLC0415

        d = dict(src_dict)
        queued = []
        _queued = d.pop("queued")
        for queued_item_data in _queued:
            queued_item = DebugQueuedStep.from_dict(queued_item_data)

            queued.append(queued_item)

        ready = cast(list[str], d.pop("ready"))

        debug_queued = cls(
            queued=queued,
            ready=ready,
        )

        debug_queued.additional_properties = d
        return debug_queued

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
