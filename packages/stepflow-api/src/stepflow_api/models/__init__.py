"""Contains all the data models used in inputs/outputs"""

from .blob import Blob
from .blob_blob_type import BlobBlobType
from .cancel_run_request import CancelRunRequest
from .component import Component
from .component_input_schema import ComponentInputSchema
from .component_output_schema import ComponentOutputSchema
from .create_run_request import CreateRunRequest
from .create_run_request_durability_type_0 import CreateRunRequestDurabilityType0
from .create_run_request_overrides_type_0 import CreateRunRequestOverridesType0
from .create_run_request_tags_type_0 import CreateRunRequestTagsType0
from .create_run_request_variables_type_0 import CreateRunRequestVariablesType0
from .create_run_response import CreateRunResponse
from .debug_eval_request import DebugEvalRequest
from .debug_eval_response import DebugEvalResponse
from .debug_next import DebugNext
from .debug_queue import DebugQueue
from .debug_queue_request import DebugQueueRequest
from .debug_queued import DebugQueued
from .debug_queued_step import DebugQueuedStep
from .debug_run_queue import DebugRunQueue
from .debug_step_result import DebugStepResult
from .debug_view import DebugView
from .diagnostic import Diagnostic
from .diagnostic_level import DiagnosticLevel
from .diagnostics import Diagnostics
from .example import Example
from .execution_status import ExecutionStatus
from .failed import Failed
from .flow_error import FlowError
from .flow_graph import FlowGraph
from .flow_response import FlowResponse
from .flow_response_flow import FlowResponseFlow
from .flow_summary import FlowSummary
from .flow_variables_response import FlowVariablesResponse
from .flow_variables_response_variables import FlowVariablesResponseVariables
from .graph_edge import GraphEdge
from .graph_node import GraphNode
from .health_response import HealthResponse
from .item_counts import ItemCounts
from .item_result import ItemResult
from .list_components_response import ListComponentsResponse
from .list_flows_response import ListFlowsResponse
from .list_items_response import ListItemsResponse
from .list_runs_response import ListRunsResponse
from .list_steps_response import ListStepsResponse
from .problem import Problem
from .put_blob_request import PutBlobRequest
from .put_blob_request_blob_type import PutBlobRequestBlobType
from .put_blob_response import PutBlobResponse
from .run_details import RunDetails
from .run_details_overrides import RunDetailsOverrides
from .run_details_tags import RunDetailsTags
from .run_event import RunEvent
from .run_flow_response import RunFlowResponse
from .run_flow_response_flow import RunFlowResponseFlow
from .run_summary import RunSummary
from .run_summary_tags import RunSummaryTags
from .skipped import Skipped
from .step_run import StepRun
from .step_status import StepStatus
from .store_flow_request import StoreFlowRequest
from .store_flow_request_flow import StoreFlowRequestFlow
from .store_flow_response import StoreFlowResponse
from .success import Success
from .variable import Variable
from .violation import Violation
from .wait import Wait
from .wait_approvals import WaitApprovals
from .wait_kind import WaitKind

__all__ = (
    "Blob",
    "BlobBlobType",
    "CancelRunRequest",
    "Component",
    "ComponentInputSchema",
    "ComponentOutputSchema",
    "CreateRunRequest",
    "CreateRunRequestDurabilityType0",
    "CreateRunRequestOverridesType0",
    "CreateRunRequestTagsType0",
    "CreateRunRequestVariablesType0",
    "CreateRunResponse",
    "DebugEvalRequest",
    "DebugEvalResponse",
    "DebugNext",
    "DebugQueue",
    "DebugQueued",
    "DebugQueuedStep",
    "DebugQueueRequest",
    "DebugRunQueue",
    "DebugStepResult",
    "DebugView",
    "Diagnostic",
    "DiagnosticLevel",
    "Diagnostics",
    "Example",
    "ExecutionStatus",
    "Failed",
    "FlowError",
    "FlowGraph",
    "FlowResponse",
    "FlowResponseFlow",
    "FlowSummary",
    "FlowVariablesResponse",
    "FlowVariablesResponseVariables",
    "GraphEdge",
    "GraphNode",
    "HealthResponse",
    "ItemCounts",
    "ItemResult",
    "ListComponentsResponse",
    "ListFlowsResponse",
    "ListItemsResponse",
    "ListRunsResponse",
    "ListStepsResponse",
    "Problem",
    "PutBlobRequest",
    "PutBlobRequestBlobType",
    "PutBlobResponse",
    "RunDetails",
    "RunDetailsOverrides",
    "RunDetailsTags",
    "RunEvent",
    "RunFlowResponse",
    "RunFlowResponseFlow",
    "RunSummary",
    "RunSummaryTags",
    "Skipped",
    "StepRun",
    "StepStatus",
    "StoreFlowRequest",
    "StoreFlowRequestFlow",
    "StoreFlowResponse",
    "Success",
    "Variable",
    "Violation",
    "Wait",
    "WaitApprovals",
    "WaitKind",
)
