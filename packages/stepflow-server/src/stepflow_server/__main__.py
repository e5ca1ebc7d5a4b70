"""`python -m stepflow_server`."""

from __future__ import annotations

import sys

from .command import main

sys.exit(main())
