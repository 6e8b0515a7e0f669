"""What a message is about."""

from dataclasses import dataclass

from crm_store.service.states import Kind


@dataclass(frozen=True)
class Intent:
    kind: Kind
    confidence: float
    best: Kind
    second: Kind
    urgent: bool
