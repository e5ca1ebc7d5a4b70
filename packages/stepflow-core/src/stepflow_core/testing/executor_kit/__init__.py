"""The tests that every executor passes, part by part; `ExecutorKit` is all of them."""

from __future__ import annotations

from ._base import KitPart
from ._batches import Batches
from ._blobs import Blobs
from ._blocking import Blocking
from ._cancelling import Cancelling
from ._created_runs import CreatedRuns
from ._debugging import Debugging
from ._events import Events
from ._flows import Flows
from ._items_and_steps import ItemsAndSteps
from ._life import Life
from ._overrides import Overrides
from ._refusals import Refusals
from ._requests import Requests
from ._results import Results
from ._run_listings import RunListings
from ._sources import Sources
from ._step_names import StepNames
from ._validation import Validation
from ._values import Values
from ._variables import Variables
from ._waiting import Waiting

__all__ = ["ExecutorKit", "KitPart"]


class ExecutorKit(
    Batches,
    Blobs,
    Blocking,
    Cancelling,
    CreatedRuns,
    Debugging,
    Events,
    Flows,
    ItemsAndSteps,
    Life,
    Overrides,
    Refusals,
    Requests,
    Results,
    RunListings,
    Sources,
    StepNames,
    Validation,
    Values,
    Variables,
    Waiting,
):
    """Everything that an executor promises; see `stepflow_core.testing` for how to use it."""
