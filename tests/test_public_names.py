"""The names that users may rely on: changing one of these lists is a decision, never an accident."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import stepflow_core
from stepflow_core import StepflowError, StepflowExecutor
from stepflow_runtime import BlockingStepContext, StepContext, StepflowRuntime

MODULES = {
    "stepflow_core": """
        AuthenticationError BatchResult BlockingExecutor ComponentInfo ConflictError ConnectionFailedError
        CreateRunResponse DebugNext DebugQueue DebugQueued DebugQueuedStep DebugRunQueue DebugStepResult DebugView
        Diagnostic DiagnosticLevel Durability ExecutionStatus Failed Flow FlowError FlowGraph
        FlowLoadError FlowResult FlowResultStatus FlowSource FlowSummary ForbiddenError GraphEdge GraphNode
        HealthResponse InvalidInputError ItemCounts ItemResult ListItemsResponse ListRunsResponse ListStepsResponse
        NotFoundError Overrides RateLimitError RunDetails RunEvent RunSummary RunTimeoutError ServerError Skipped Step
        StepRun StepStatus StepflowError StepflowExecutor StoreFlowResponse Success ValidationResult __version__
        blocking
    """,
    "stepflow_runtime": "BlockingStepContext ComponentError StepContext StepflowRuntime __version__ component",
}

EXECUTOR = {
    "url": "property",
    "run": "flow, input, overrides, *, variables, tags, durability, timeout",
    "submit": "flow, input, overrides, *, variables, tags, durability, idempotency_key",
    "get_result": "run_id, *, timeout",
    "run_batch": "flow, inputs, *, max_concurrency, on_item, overrides, variables, tags, durability",
    "submit_batch": "flow, inputs, *, max_concurrency, overrides, variables, tags, durability, idempotency_key",
    "get_batch": "run_id, *, timeout",
    "validate": "flow, *, strict",
    "list_components": "",
    "store_flow": "flow, *, name, dry_run, named",
    "get_flow": "flow_id",
    "delete_flow": "flow_id",
    "list_flows": "*, limit, cursor",
    "get_flow_variables": "flow_id",
    "get_flow_graph": "flow_id",
    "create_run": "flow_id, input, *, flow_name, overrides, variables, debug, batch, max_concurrency, wait, "
    "timeout_secs, tags, durability, idempotency_key",
    "get_run": "run_id, *, wait, timeout_secs",
    "list_runs": "*, status, flow_name, flow_id, root_run_id, parent_run_id, max_depth, roots_only, tags, "
    "created_after, created_before, limit, cursor",
    "get_run_items": "run_id, *, status, limit, cursor",
    "get_run_steps": "run_id, *, item_index, status, limit, cursor",
    "get_run_flow": "run_id",
    "get_step": "run_id, address, *, item_index, attempt",
    "put_blob": "data, blob_type",
    "get_blob": "blob_id",
    "cancel_run": "run_id, reason",
    "delete_run": "run_id",
    "debug_queue": "run_id, step_ids",
    "debug_queued": "run_id",
    "debug_next": "run_id",
    "debug_run_queue": "run_id",
    "debug_eval": "run_id, *, step_id, expression",
    "debug_show": "run_id, step_id",
    "debug_continue": "run_id",
    "events": "run_id, *, since, follow, event_types, include_results",
    "health_check": "",
    "close": "",
}

RUNTIME_BESIDE = {
    "component": "path, *, description, inline",
    "start": "config, *, store",
}

STEP_CONTEXT = {
    "blocking": "property",
    "emit": "chunk, kind",
    "get_blob": "blob_id",
    "idempotency_key": "property",
    "logger": "property",
    "put_blob": "data, blob_type",
    "run_flow": "flow, input, *, variables",
}
STEP_CONTEXT_FIELDS = "run_id step_id address item_index attempt component deadline cancelled"
BLOCKING_STEP_CONTEXT = {
    "get_blob": "blob_id",
    "put_blob": "data, blob_type",
    "run_flow": "flow, input, *, variables",
}

FIELDS = {
    "BatchResult": "run results",
    "ComponentInfo": "path description input_schema output_schema",
    "CreateRunResponse": "run_id item_count status debug result",
    "DebugNext": "step_id result ready",
    "DebugQueue": "queued ready",
    "DebugQueued": "queued ready",
    "DebugQueuedStep": "step_id status",
    "DebugRunQueue": "executed_count results",
    "DebugStepResult": "step_id result",
    "DebugView": "step_id completed input result",
    "Diagnostic": "code kind level text path pointer file line column hint",
    "Failed": "error",
    "Flow": "name description version schemas steps output test examples metadata",
    "FlowError": "code message data",
    "FlowGraph": "nodes edges",
    "FlowResult": "",
    "FlowSummary": "flow_id name description version",
    "GraphEdge": "source target kind",
    "GraphNode": "id kind label component",
    "HealthResponse": "status timestamp version",
    "ItemCounts": "total pending running waiting completed failed skipped cancelled",
    "ItemResult": "index item_index status result completed_at",
    "ListItemsResponse": "item_count items next_cursor",
    "ListRunsResponse": "runs next_cursor",
    "ListStepsResponse": "steps next_cursor",
    "RunDetails": "run_id flow_id flow_name status paused_by items created_at completed_at root_run_id parent_run_id "
    "debug_mode tags inputs overrides pending",
    "RunEvent": "sequence_number timestamp event run_id item_index address step_id attempt flow_id item_count "
    "parent_run_id rerun_of step_ids component kind chunk chunk_index error delay status duration_ms result cached "
    "paused_by",
    "RunSummary": "run_id flow_id flow_name status paused_by items created_at completed_at root_run_id parent_run_id "
    "debug_mode tags",
    "Skipped": "skipped_reason",
    "Step": "id component on_error input must_execute metadata when after timeout retry cache concurrency_key "
    "on_interrupt",
    "StepRun": "address step_id step_index item_index component status attempt result started_at completed_at reason "
    "input",
    "StoreFlowResponse": "flow_id stored diagnostics",
    "Success": "output",
    "ValidationResult": "valid diagnostics",
}

ENUMS = {
    "DiagnosticLevel": "fatal error warning",
    "ExecutionStatus": "running completed failed cancelled paused pending waiting skipped",
    "FlowResultStatus": "success failed skipped",
    "StepStatus": "blocked runnable running waiting completed skipped failed cancelled unneeded",
}

ERRORS = {
    "AuthenticationError": 401,
    "ConflictError": 409,
    "ConnectionFailedError": None,
    "FlowLoadError": 400,
    "ForbiddenError": 403,
    "InvalidInputError": 400,
    "NotFoundError": 404,
    "RateLimitError": 429,
    "RunTimeoutError": 408,
    "ServerError": 500,
    "StepflowError": None,
}

CONFIG = {
    "stepflow_runtime.config_reader": {
        "KEYS": "plugins routes workingDirectory",
        "PLUGIN_TYPES": "builtin mock python",
    },
    "stepflow_runtime.route_reader": {
        "RULE_KEYS": "plugin conditions componentAllow componentDeny component",
        "CONDITION_KEYS": "path value in exists",
    },
    "stepflow_runtime.mock_config": {
        "PLUGIN_KEYS": "type components",
        "COMPONENT_KEYS": "input_schema output_schema behaviors",
        "BEHAVIOR_KEYS": "input result error",
    },
}


def arguments(function: Callable[..., Any]) -> str:
    """The names of a function's arguments, with the `*` before those that must be named."""
    given = [each for each in inspect.signature(function).parameters.values() if each.name not in {"self", "cls"}]
    named = [each.name for each in given if each.kind is each.KEYWORD_ONLY]
    others = [each.name for each in given if each.kind is not each.KEYWORD_ONLY]
    return ", ".join([*others, *(["*", *named] if named else [])])


def members(owner: type) -> dict[str, str]:
    """The public members of a class and what each is called with."""
    public = {name: value for name, value in inspect.getmembers_static(owner) if not name.startswith("_")}
    shown = {name: value.__func__ if isinstance(value, classmethod) else value for name, value in public.items()}
    return {
        name: arguments(value) if callable(value) else "property"
        for name, value in shown.items()
        if callable(value) or isinstance(value, property)
    }


@pytest.mark.parametrize("module", MODULES)
def test_names_of_a_package(module: str) -> None:
    """A package offers exactly the names listed here, and each of them is there."""
    imported = importlib.import_module(module)
    assert sorted(imported.__all__) == sorted(MODULES[module].split())
    assert [name for name in imported.__all__ if not hasattr(imported, name)] == []


def test_members_of_the_executor() -> None:
    """The executor protocol has exactly these members, called with these arguments."""
    assert members(StepflowExecutor) == EXECUTOR


def test_runtime_is_an_executor() -> None:
    """The runtime has the protocol's members, with the same arguments and defaults, and few others."""
    assert members(StepflowRuntime) == EXECUTOR | RUNTIME_BESIDE
    for name in EXECUTOR.keys() - {"url"}:
        ours, theirs = (inspect.signature(getattr(each, name)) for each in (StepflowRuntime, StepflowExecutor))
        assert ours == theirs, name


def test_members_of_the_step_context() -> None:
    """What a component knows of its step and may ask of the engine."""
    assert members(StepContext) == STEP_CONTEXT
    assert members(BlockingStepContext) == BLOCKING_STEP_CONTEXT
    fields = [name for name in StepContext.__struct_fields__ if not name.startswith("_")]
    assert fields == STEP_CONTEXT_FIELDS.split()


def test_fields_of_the_answers() -> None:
    """The fields of every public struct."""
    public = {name: getattr(stepflow_core, name) for name in stepflow_core.__all__}
    structs = {name: each for name, each in public.items() if isinstance(each, msgspec.StructMeta)}
    assert {name: " ".join(each.__struct_fields__) for name, each in structs.items()} == FIELDS


@pytest.mark.parametrize("name", ENUMS)
def test_values_of_the_enums(name: str) -> None:
    """The values of a public enum, each of which prints as its value."""
    enum = getattr(stepflow_core, name)
    assert " ".join(f"{each}" for each in enum) == ENUMS[name]


def test_errors_and_their_status() -> None:
    """The public exceptions, each with the HTTP status that it stands for."""
    public = {name: getattr(stepflow_core, name) for name in stepflow_core.__all__}
    errors = {name: each for name, each in public.items() if isinstance(each, type) and issubclass(each, StepflowError)}
    assert {name: each("because").status_code for name, each in errors.items()} == ERRORS


@pytest.mark.parametrize("module", CONFIG)
def test_keys_of_the_config(module: str) -> None:
    """The keys that a config may have."""
    imported = importlib.import_module(module)
    assert {name: " ".join(getattr(imported, name)) for name in CONFIG[module]} == CONFIG[module]
