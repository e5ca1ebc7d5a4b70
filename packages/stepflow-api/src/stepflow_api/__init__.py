"""The HTTP API of Stepflow, operation by operation: generated from its OpenAPI document, not to be edited."""

from .client import AuthenticatedClient, Client

__version__ = "0.1.0"

__all__ = (
    "AuthenticatedClient",
    "Client",
    "__version__",
)
