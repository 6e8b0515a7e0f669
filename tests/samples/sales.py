"""What the variables of the templates about products and orders can hold."""

from typing import Any

from tests.samples import orders, own_orders

VALUES: dict[str, list[Any]] = {**own_orders.VALUES, **orders.VALUES}
"""By name, where no template asks for something else."""

FITTING: dict[str, list[dict[str, Any]]] = {**own_orders.FITTING, **orders.FITTING}
"""By template, where a name means something else or several go together."""
