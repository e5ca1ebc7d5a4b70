"""The document as the file that is kept in the repository."""

from __future__ import annotations

from typing import Any

from .document import openapi_document

HEAD = "# The HTTP API of Stepflow. Written by scripts/openapi from the server's table of operations; do not edit.\n"


def openapi_yaml() -> str:
    """The document as YAML."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes what is the same in several places in each of them."""

        def ignore_aliases(self, data: Any) -> bool:
            """Use no anchors."""
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            """Indent the items of lists."""
            super().increase_indent(flow, False)

    text: str = yaml.dump(openapi_document(), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return HEAD + text
