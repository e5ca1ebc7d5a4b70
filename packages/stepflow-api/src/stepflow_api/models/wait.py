from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.wait_kind import WaitKind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.wait_approvals import WaitApprovals


T = TypeVar("T", bound="Wait")


@_attrs_define
class Wait:
    """What a run waits for: a person's input or an event.

    Attributes:
        wait_id (str):
        run_id (str):
        item_index (int):
        address (str):
        kind (WaitKind):
        opened_at (datetime.datetime):
        name (str | Unset):
        prompt (str | Unset):
        context (Any | Unset):
        schema (Any | Unset):
        choices (list[Any] | Unset):
        default (Any | Unset):
        assignee (str | Unset):
        approvals (WaitApprovals | Unset):
        answers (list[Any] | Unset):
        expires_at (datetime.datetime | Unset):
    """

    wait_id: str
    run_id: str
    item_index: int
    address: str
    kind: WaitKind
    opened_at: datetime.datetime
    name: str | Unset = UNSET
    prompt: str | Unset = UNSET
    context: Any | Unset = UNSET
    schema: Any | Unset = UNSET
    choices: list[Any] | Unset = UNSET
    default: Any | Unset = UNSET
    assignee: str | Unset = UNSET
    approvals: WaitApprovals | Unset = UNSET
    answers: list[Any] | Unset = UNSET
    expires_at: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        wait_id = self.wait_id

        run_id = self.run_id

        item_index = self.item_index

        address = self.address

        kind = self.kind.value

        opened_at = self.opened_at.isoformat()

        name = self.name

        prompt = self.prompt

        context = self.context

        schema = self.schema

        choices: list[Any] | Unset = UNSET
        if not isinstance(self.choices, Unset):
            choices = self.choices

        default = self.default

        assignee = self.assignee

        approvals: dict[str, Any] | Unset = UNSET
        if not isinstance(self.approvals, Unset):
            approvals = self.approvals.to_dict()

        answers: list[Any] | Unset = UNSET
        if not isinstance(self.answers, Unset):
            answers = self.answers

        expires_at: str | Unset = UNSET
        if not isinstance(self.expires_at, Unset):
            expires_at = self.expires_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "waitId": wait_id,
                "runId": run_id,
                "itemIndex": item_index,
                "address": address,
                "kind": kind,
                "openedAt": opened_at,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if prompt is not UNSET:
            field_dict["prompt"] = prompt
        if context is not UNSET:
            field_dict["context"] = context
        if schema is not UNSET:
            field_dict["schema"] = schema
        if choices is not UNSET:
            field_dict["choices"] = choices
        if default is not UNSET:
            field_dict["default"] = default
        if assignee is not UNSET:
            field_dict["assignee"] = assignee
        if approvals is not UNSET:
            field_dict["approvals"] = approvals
        if answers is not UNSET:
            field_dict["answers"] = answers
        if expires_at is not UNSET:
            field_dict["expiresAt"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.wait_approvals import WaitApprovals  # noqa: PLC0415

        d = dict(src_dict)
        wait_id = d.pop("waitId")

        run_id = d.pop("runId")

        item_index = d.pop("itemIndex")

        address = d.pop("address")

        kind = WaitKind(d.pop("kind"))

        opened_at = datetime.datetime.fromisoformat(d.pop("openedAt"))

        name = d.pop("name", UNSET)

        prompt = d.pop("prompt", UNSET)

        context = d.pop("context", UNSET)

        schema = d.pop("schema", UNSET)

        choices = cast(list[Any], d.pop("choices", UNSET))

        default = d.pop("default", UNSET)

        assignee = d.pop("assignee", UNSET)

        _approvals = d.pop("approvals", UNSET)
        approvals: WaitApprovals | Unset
        if isinstance(_approvals, Unset):
            approvals = UNSET
        else:
            approvals = WaitApprovals.from_dict(_approvals)

        answers = cast(list[Any], d.pop("answers", UNSET))

        _expires_at = d.pop("expiresAt", UNSET)
        expires_at: datetime.datetime | Unset
        if isinstance(_expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = datetime.datetime.fromisoformat(_expires_at)

        wait = cls(
            wait_id=wait_id,
            run_id=run_id,
            item_index=item_index,
            address=address,
            kind=kind,
            opened_at=opened_at,
            name=name,
            prompt=prompt,
            context=context,
            schema=schema,
            choices=choices,
            default=default,
            assignee=assignee,
            approvals=approvals,
            answers=answers,
            expires_at=expires_at,
        )

        wait.additional_properties = d
        return wait

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
