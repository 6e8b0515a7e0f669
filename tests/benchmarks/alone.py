"""A measurement as the bot runs such work: in a process of its own, on one core."""

import json
import os
import subprocess
import sys
from typing import Any


def measured(module: str, url: str) -> dict[str, Any]:
    """What ``python -m module url`` prints, which is JSON."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", module, url], env=environment, capture_output=True, check=True, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told
