"""Who tells: another system, with the key it came in by."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_store.exchange.tables import ApiKey
from handlers.voice import Voice

CHANNEL = "api"


@dataclass(frozen=True)
class Teller:
    """``now`` is when it tells; ``voice`` is how customers hear of it."""

    key: ApiKey
    voice: Voice
    now: datetime

    @property
    def system(self) -> str:
        """What its references and events are filed under: the next key of the same name goes on with them."""
        return self.key.name

    @property
    def actor(self) -> str:
        """As the trail writes it."""
        return f"{CHANNEL}:{self.key.id}"


def digest(told: Any) -> str:
    """Tells apart what is told now from what was told before; text of it is nowhere kept."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
