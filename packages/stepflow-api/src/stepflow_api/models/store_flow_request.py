from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.store_flow_request_flow import StoreFlowRequestFlow


T = TypeVar("T", bound="StoreFlowRequest")


@_attrs_define
class StoreFlowRequest:
    """A flow to store, or with `dryRun` only to check.

    Attributes:
        flow (StoreFlowRequestFlow): The flow, as the flow language describes it.
        name (None | str | Unset):
        dry_run (bool | Unset): Check the flow without storing it. Default: False.
        named (bool | Unset): Whether it is stored under its name too, which then stands for this flow. Default: True.
    """

    flow: StoreFlowRequestFlow
    name: None | str | Unset = UNSET
    dry_run: bool | Unset = False
    named: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        flow = self.flow.to_dict()

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        dry_run = self.dry_run

        named = self.named

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "flow": flow,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if dry_run is not UNSET:
            field_dict["dryRun"] = dry_run
        if named is not UNSET:
            field_dict["named"] = named

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.store_flow_request_flow import StoreFlowRequestFlow  # noqa: PLC0415

        d = dict(src_dict)
        flow = StoreFlowRequestFlow.from_dict(d.pop("flow"))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        dry_run = d.pop("dryRun", UNSET)

        named = d.pop("named", UNSET)

        store_flow_request = cls(
            flow=flow,
            name=name,
            dry_run=dry_run,
            named=named,
        )

        return store_flow_request
