"""What every part of Stepflow shares: the executor protocol, results, events, the flow document, errors."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .diagnostics import Diagnostic, DiagnosticLevel, ValidationResult
from .errors import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    FlowLoadError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RateLimitError,
    RunTimeoutError,
    ServerError,
    StepflowError,
)
from .events import RunEvent
from .flow import Flow, Step
from .results import Failed, FlowError, FlowResult, FlowResultStatus, Skipped, Success
from .runs import (
    BatchResult,
    ComponentInfo,
    CreateRunResponse,
    DebugNext,
    DebugQueue,
    DebugQueued,
    DebugQueuedStep,
    DebugRunQueue,
    DebugStepResult,
    DebugView,
    ExecutionStatus,
    FlowGraph,
    FlowSummary,
    GraphEdge,
    GraphNode,
    HealthResponse,
    ItemCounts,
    ItemResult,
    ListItemsResponse,
    ListRunsResponse,
    ListStepsResponse,
    RunDetails,
    RunSummary,
    StepRun,
    StepStatus,
    StoreFlowResponse,
)

if TYPE_CHECKING:
    from ._blocking import BlockingExecutor, blocking
    from .executor import Durability, FlowSource, Overrides, StepflowExecutor

__version__ = "0.1.0"

__all__ = [
    "AuthenticationError",
    "BatchResult",
    "BlockingExecutor",
    "ComponentInfo",
    "ConflictError",
    "ConnectionFailedError",
    "CreateRunResponse",
    "DebugNext",
    "DebugQueue",
    "DebugQueued",
    "DebugQueuedStep",
    "DebugRunQueue",
    "DebugStepResult",
    "DebugView",
    "Diagnostic",
    "DiagnosticLevel",
    "Durability",
    "ExecutionStatus",
    "Failed",
    "Flow",
    "FlowError",
    "FlowGraph",
    "FlowLoadError",
    "FlowResult",
    "FlowResultStatus",
    "FlowSource",
    "FlowSummary",
    "ForbiddenError",
    "GraphEdge",
    "GraphNode",
    "HealthResponse",
    "InvalidInputError",
    "ItemCounts",
    "ItemResult",
    "ListItemsResponse",
    "ListRunsResponse",
    "ListStepsResponse",
    "NotFoundError",
    "Overrides",
    "RateLimitError",
    "RunDetails",
    "RunEvent",
    "RunSummary",
    "RunTimeoutError",
    "ServerError",
    "Skipped",
    "Step",
    "StepRun",
    "StepStatus",
    "StepflowError",
    "StepflowExecutor",
    "StoreFlowResponse",
    "Success",
    "ValidationResult",
    "__version__",
    "blocking",
]


# What only some importers need: asyncio for those that block, the protocol for those that name it.
_LAZY = {
    "BlockingExecutor": "_blocking",
    "Durability": "executor",
    "FlowSource": "executor",
    "Overrides": "executor",
    "StepflowExecutor": "executor",
    "blocking": "_blocking",
}


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{module}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
