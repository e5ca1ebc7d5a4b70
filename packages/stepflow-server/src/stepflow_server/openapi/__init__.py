"""The OpenAPI document and the page that shows it, made from the table of operations."""

from __future__ import annotations
