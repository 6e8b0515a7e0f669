"""The shipped model, trained once for all tests: it takes seconds."""

import pytest

from crm_store.analysis.intent import IntentModel
from crm_store.analysis.training import train


@pytest.fixture(scope="session")
def shipped() -> IntentModel:
    return train()
