"""What the numbers were measured on."""

import os
import platform
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from crm_store.engine import sqlite_driver

FSYNCS = 50


def describe() -> str:
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{cores} cores, {memory:.0f} GB, load {os.getloadavg()[0]:.1f} before; fsync {_fsync_ms():.2f} ms; "
        f"Python {platform.python_version()}, SQLite {sqlite_driver().sqlite_version}"
    )


def _fsync_ms() -> float:
    """What a commit waits for: a slow disk makes groups worth more."""
    took = []
    with TemporaryDirectory(prefix="zhanggui-bench-") as folder, (Path(folder) / "probe").open("wb") as file:
        for _ in range(FSYNCS):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - start)
    return median(took) * 1000
