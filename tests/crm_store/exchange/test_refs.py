"""Other systems' numbers: told twice, it is the same one of ours."""

from sqlalchemy import Engine

from crm_store.engine import transaction
from crm_store.exchange import refs

THEIRS = {"system": "shop", "entity": refs.ORDER, "external_id": 'A-1 "张" <3'}


def test_a_number_is_found_by_who_calls_it_what(engine: Engine) -> None:
    with transaction(engine) as session:
        assert refs.find(session, **THEIRS) is None
        assert refs.put(session, **THEIRS, entity_id=7) is True

        assert refs.find(session, **THEIRS) == 7
        assert refs.find(session, **THEIRS | {"system": "another"}) is None
        assert refs.find(session, **THEIRS | {"entity": refs.CUSTOMER}) is None


def test_a_number_never_changes_hands(engine: Engine) -> None:
    with transaction(engine) as session:
        refs.put(session, **THEIRS, entity_id=7)

    with transaction(engine) as session:
        assert refs.put(session, **THEIRS, entity_id=8) is False
        assert refs.find(session, **THEIRS) == 7


def test_a_batch_is_found_at_once(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in (1, 2):
            refs.put(session, system="shop", entity=refs.CUSTOMER, external_id=f"u{number}", entity_id=number)

        found = refs.find_all(
            session, system="shop", entity=refs.CUSTOMER, external_ids=["u1", "u2", "nobody"]
        )

        assert found == {"u1": 1, "u2": 2}
        assert [
            (one.system, one.external_id) for one in refs.of(session, entity=refs.CUSTOMER, entity_id=2)
        ] == [("shop", "u2")]
