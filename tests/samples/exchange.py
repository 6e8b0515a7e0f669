"""What the variables of the templates about imports, exports and API keys can hold."""

from typing import Any

VALUES: dict[str, list[Any]] = {}
"""By name, where no template asks for something else."""

FITTING: dict[str, list[dict[str, Any]]] = {
    "agent/job/progress": [
        {"kind": kind, "done": done, "total": total}
        for kind in ("import", "export")
        for done, total in ((0, 0), (1, 1), (3000, 10_000))
    ],
    "agent/job/failed": [{"kind": kind} for kind in ("import", "export")],
}
"""By template, where a name means something else or several go together."""
