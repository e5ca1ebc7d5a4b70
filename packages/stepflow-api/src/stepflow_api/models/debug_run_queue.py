from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.debug_step_result import DebugStepResult


T = TypeVar("T", bound="DebugRunQueue")


@_attrs_define
class DebugRunQueue:
    """All steps that ran until the queue was empty.

    Attributes:
        executed_count (int):
        results (list[DebugStepResult]):
    """

    executed_count: int
    results: list[DebugStepResult]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        executed_count = self.executed_count

        results = []
        for results_item_data in self.results:
            results_item = results_item_data.to_dict()
            results.append(results_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "executedCount": executed_count,
                "results": results,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.debug_step_result import DebugStepResult  # noqa: PLC0415

        d = dict(src_dict)
        executed_count = d.pop("executedCount")

        results = []
        _results = d.pop("results")
        for results_item_data in _results:
            results_item = DebugStepResult.from_dict(results_item_data)

            results.append(results_item)

        debug_run_queue = cls(
            executed_count=executed_count,
            results=results,
        )

        debug_run_queue.additional_properties = d
        return debug_run_queue

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
