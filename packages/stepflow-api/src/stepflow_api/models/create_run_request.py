from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.create_run_request_durability_type_0 import CreateRunRequestDurabilityType0
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.create_run_request_overrides_type_0 import CreateRunRequestOverridesType0
    from ..models.create_run_request_tags_type_0 import CreateRunRequestTagsType0
    from ..models.create_run_request_variables_type_0 import CreateRunRequestVariablesType0


T = TypeVar("T", bound="CreateRunRequest")


@_attrs_define
class CreateRunRequest:
    """A run of a stored flow: exactly one of `flowId` and `flowName`, and one input for each item.

    Attributes:
        input_ (list[Any]): Always an array, one element for each item; to run one item on an array, nest it. Only a
            `batch` may have none.
        flow_id (None | str | Unset):
        flow_name (None | str | Unset):
        overrides (CreateRunRequestOverridesType0 | None | Unset):
        variables (CreateRunRequestVariablesType0 | None | Unset):
        max_concurrency (int | None | Unset):
        debug (bool | Unset): Start paused, to be moved step by step; one item only. Default: False.
        batch (bool | Unset): A batch, whatever its length: an input that violates the flow's schema fails its item
            alone, also where it is the only one. Default: False.
        wait (bool | Unset): Whether the answer waits until the run has ended or is paused. Default: True.
        timeout_secs (float | None | Unset):
        tags (CreateRunRequestTagsType0 | None | Unset):
        durability (CreateRunRequestDurabilityType0 | None | Unset):
    """

    input_: list[Any]
    flow_id: None | str | Unset = UNSET
    flow_name: None | str | Unset = UNSET
    overrides: CreateRunRequestOverridesType0 | None | Unset = UNSET
    variables: CreateRunRequestVariablesType0 | None | Unset = UNSET
    max_concurrency: int | None | Unset = UNSET
    debug: bool | Unset = False
    batch: bool | Unset = False
    wait: bool | Unset = True
    timeout_secs: float | None | Unset = UNSET
    tags: CreateRunRequestTagsType0 | None | Unset = UNSET
    durability: CreateRunRequestDurabilityType0 | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.create_run_request_overrides_type_0 import CreateRunRequestOverridesType0  # noqa: PLC0415
        from ..models.create_run_request_tags_type_0 import CreateRunRequestTagsType0  # noqa: PLC0415
        from ..models.create_run_request_variables_type_0 import CreateRunRequestVariablesType0  # noqa: PLC0415

        input_ = self.input_

        flow_id: None | str | Unset
        if isinstance(self.flow_id, Unset):
            flow_id = UNSET
        else:
            flow_id = self.flow_id

        flow_name: None | str | Unset
        if isinstance(self.flow_name, Unset):
            flow_name = UNSET
        else:
            flow_name = self.flow_name

        overrides: dict[str, Any] | None | Unset
        if isinstance(self.overrides, Unset):
            overrides = UNSET
        elif isinstance(self.overrides, CreateRunRequestOverridesType0):
            overrides = self.overrides.to_dict()
        else:
            overrides = self.overrides

        variables: dict[str, Any] | None | Unset
        if isinstance(self.variables, Unset):
            variables = UNSET
        elif isinstance(self.variables, CreateRunRequestVariablesType0):
            variables = self.variables.to_dict()
        else:
            variables = self.variables

        max_concurrency: int | None | Unset
        if isinstance(self.max_concurrency, Unset):
            max_concurrency = UNSET
        else:
            max_concurrency = self.max_concurrency

        debug = self.debug

        batch = self.batch

        wait = self.wait

        timeout_secs: float | None | Unset
        if isinstance(self.timeout_secs, Unset):
            timeout_secs = UNSET
        else:
            timeout_secs = self.timeout_secs

        tags: dict[str, Any] | None | Unset
        if isinstance(self.tags, Unset):
            tags = UNSET
        elif isinstance(self.tags, CreateRunRequestTagsType0):
            tags = self.tags.to_dict()
        else:
            tags = self.tags

        durability: None | str | Unset
        if isinstance(self.durability, Unset):
            durability = UNSET
        elif isinstance(self.durability, CreateRunRequestDurabilityType0):
            durability = self.durability.value
        else:
            durability = self.durability

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "input": input_,
            }
        )
        if flow_id is not UNSET:
            field_dict["flowId"] = flow_id
        if flow_name is not UNSET:
            field_dict["flowName"] = flow_name
        if overrides is not UNSET:
            field_dict["overrides"] = overrides
        if variables is not UNSET:
            field_dict["variables"] = variables
        if max_concurrency is not UNSET:
            field_dict["maxConcurrency"] = max_concurrency
        if debug is not UNSET:
            field_dict["debug"] = debug
        if batch is not UNSET:
            field_dict["batch"] = batch
        if wait is not UNSET:
            field_dict["wait"] = wait
        if timeout_secs is not UNSET:
            field_dict["timeoutSecs"] = timeout_secs
        if tags is not UNSET:
            field_dict["tags"] = tags
        if durability is not UNSET:
            field_dict["durability"] = durability

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.create_run_request_overrides_type_0 import CreateRunRequestOverridesType0  # noqa: PLC0415
        from ..models.create_run_request_tags_type_0 import CreateRunRequestTagsType0  # noqa: PLC0415
        from ..models.create_run_request_variables_type_0 import CreateRunRequestVariablesType0  # noqa: PLC0415

        d = dict(src_dict)
        input_ = cast(list[Any], d.pop("input"))

        def _parse_flow_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        flow_id = _parse_flow_id(d.pop("flowId", UNSET))

        def _parse_flow_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        flow_name = _parse_flow_name(d.pop("flowName", UNSET))

        def _parse_overrides(data: object) -> CreateRunRequestOverridesType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                overrides_type_0 = CreateRunRequestOverridesType0.from_dict(data)

                return overrides_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CreateRunRequestOverridesType0 | None | Unset, data)

        overrides = _parse_overrides(d.pop("overrides", UNSET))

        def _parse_variables(data: object) -> CreateRunRequestVariablesType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                variables_type_0 = CreateRunRequestVariablesType0.from_dict(data)

                return variables_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CreateRunRequestVariablesType0 | None | Unset, data)

        variables = _parse_variables(d.pop("variables", UNSET))

        def _parse_max_concurrency(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_concurrency = _parse_max_concurrency(d.pop("maxConcurrency", UNSET))

        debug = d.pop("debug", UNSET)

        batch = d.pop("batch", UNSET)

        wait = d.pop("wait", UNSET)

        def _parse_timeout_secs(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        timeout_secs = _parse_timeout_secs(d.pop("timeoutSecs", UNSET))

        def _parse_tags(data: object) -> CreateRunRequestTagsType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                tags_type_0 = CreateRunRequestTagsType0.from_dict(data)

                return tags_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CreateRunRequestTagsType0 | None | Unset, data)

        tags = _parse_tags(d.pop("tags", UNSET))

        def _parse_durability(data: object) -> CreateRunRequestDurabilityType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                durability_type_0 = CreateRunRequestDurabilityType0(data)

                return durability_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CreateRunRequestDurabilityType0 | None | Unset, data)

        durability = _parse_durability(d.pop("durability", UNSET))

        create_run_request = cls(
            input_=input_,
            flow_id=flow_id,
            flow_name=flow_name,
            overrides=overrides,
            variables=variables,
            max_concurrency=max_concurrency,
            debug=debug,
            batch=batch,
            wait=wait,
            timeout_secs=timeout_secs,
            tags=tags,
            durability=durability,
        )

        return create_run_request
