from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="DebugEvalRequest")


@_attrs_define
class DebugEvalRequest:
    """What to evaluate in a debugged run: exactly one of `stepId` and `expression`.

    Attributes:
        step_id (None | str | Unset):
        expression (Any | Unset): Any expression of the flow language; `null` is one too.
    """

    step_id: None | str | Unset = UNSET
    expression: Any | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        step_id: None | str | Unset
        if isinstance(self.step_id, Unset):
            step_id = UNSET
        else:
            step_id = self.step_id

        expression = self.expression

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if step_id is not UNSET:
            field_dict["stepId"] = step_id
        if expression is not UNSET:
            field_dict["expression"] = expression

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_step_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        step_id = _parse_step_id(d.pop("stepId", UNSET))

        expression = d.pop("expression", UNSET)

        debug_eval_request = cls(
            step_id=step_id,
            expression=expression,
        )

        return debug_eval_request
