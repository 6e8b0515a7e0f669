"""New rows: their defaults, and what is known of them once they are written."""

from datetime import UTC, datetime

from sqlalchemy import Engine, event

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.marketing.tables import CampaignArm

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_row_has_the_defaults_of_what_it_is_not_given() -> None:
    row = Customer(name="Ann", language="en", created_at=NOW, updated_at=NOW)

    assert (row.name, row.reachable, row.remark, row.id) == ("Ann", True, None, None)


def test_no_two_rows_share_a_list() -> None:
    one, other = (CampaignArm(campaign_id=1, name=name, body={}) for name in "AB")
    one.buttons.append({"text": "Look"})

    assert (one.buttons, other.buttons) == ([{"text": "Look"}], [])


def test_of_a_row_that_was_written_everything_is_known_and_its_changes_are_kept(engine: Engine) -> None:
    asked: list[str] = []
    with transaction(engine) as session:
        row = Customer(name="Ann", language="en", created_at=NOW, updated_at=NOW)
        session.add(row)
        session.flush()
        event.listen(engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
        before = row.model_dump()
        assert asked == []
        row.name = 'Ann <3 & "张"'
    with transaction(engine) as session:
        assert session.get_one(Customer, row.id).model_dump() == before | {
            "name": 'Ann <3 & "张"',
            "version": 2,
        }
