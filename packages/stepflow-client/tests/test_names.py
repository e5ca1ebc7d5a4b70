"""What the package offers, and what it does not load."""

from __future__ import annotations

import inspect
import subprocess
import sys

import stepflow_client
import stepflow_core
from stepflow_client import StepflowClient
from stepflow_core import StepflowExecutor


def test_the_types_are_those_of_the_core() -> None:
    """All of them, and the client beside them."""
    assert set(stepflow_client.__all__) == {*stepflow_core.__all__, "StepflowClient", "StepflowClientError"}
    for name in stepflow_core.__all__:
        assert getattr(stepflow_client, name) is getattr(stepflow_core, name)


def test_the_client_has_the_members_of_the_protocol() -> None:
    """Called in the same way."""
    members = [name for name in vars(StepflowExecutor) if not name.startswith("_") and name != "url"]
    assert members
    for name in members:
        ours, theirs = (inspect.signature(getattr(each, name)) for each in (StepflowClient, StepflowExecutor))
        assert ours == theirs, name


def test_making_a_client_loads_little() -> None:
    """What HTTP takes is loaded with the first request."""
    code = (
        "import sys, stepflow_client as s; s.StepflowClient('http://localhost'); "
        "print(*{'httpx', 'httpx_sse', 'attrs', 'cattrs', 'stepflow_api', 'yaml'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
