"""`python -m stepflow_cli`: the same as `stepflow`."""

from __future__ import annotations

import sys

from .app import main

sys.exit(main())
