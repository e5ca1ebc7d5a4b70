from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="DebugQueueRequest")


@_attrs_define
class DebugQueueRequest:
    """Steps that a debugged run is to run, with all that they need.

    Attributes:
        step_ids (list[str]): The ids of steps, as they stand in the flow.
    """

    step_ids: list[str]

    def to_dict(self) -> dict[str, Any]:
        step_ids = self.step_ids

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "stepIds": step_ids,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        step_ids = cast(list[str], d.pop("stepIds"))

        debug_queue_request = cls(
            step_ids=step_ids,
        )

        return debug_queue_request
