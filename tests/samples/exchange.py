"""What the variables of the templates about imports, exports and API keys can hold."""

from typing import Any

VALUES: dict[str, list[Any]] = {}
"""By name, where no template asks for something else."""

FITTING: dict[str, list[dict[str, Any]]] = {}
"""By template, where a name means something else or several go together."""
