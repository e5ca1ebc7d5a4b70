from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.put_blob_request_blob_type import PutBlobRequestBlobType
from ..types import UNSET, Unset

T = TypeVar("T", bound="PutBlobRequest")


@_attrs_define
class PutBlobRequest:
    """A value to keep; with `blobType` `binary` it is base64 text that stands for bytes.

    Attributes:
        data (Any):
        blob_type (PutBlobRequestBlobType | Unset):  Default: PutBlobRequestBlobType.DATA.
    """

    data: Any
    blob_type: PutBlobRequestBlobType | Unset = PutBlobRequestBlobType.DATA

    def to_dict(self) -> dict[str, Any]:
        data = self.data

        blob_type: str | Unset = UNSET
        if not isinstance(self.blob_type, Unset):
            blob_type = self.blob_type.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "data": data,
            }
        )
        if blob_type is not UNSET:
            field_dict["blobType"] = blob_type

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        data = d.pop("data")

        _blob_type = d.pop("blobType", UNSET)
        blob_type: PutBlobRequestBlobType | Unset
        if isinstance(_blob_type, Unset):
            blob_type = UNSET
        else:
            blob_type = PutBlobRequestBlobType(_blob_type)

        put_blob_request = cls(
            data=data,
            blob_type=blob_type,
        )

        return put_blob_request
