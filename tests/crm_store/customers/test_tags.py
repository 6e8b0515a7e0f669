"""Tags are renamed for everybody who has them."""

import pytest
from sqlalchemy import Engine

from crm_store.customers import customers, records, tags
from crm_store.customers.refusals import NoSuchTag, TooManyTags
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from tests.crm_store.people import NOW, staff


def test_a_tag_keeps_its_members_under_its_new_name(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, role=Role.MANAGER)
        for name, has in (("Ann <3", ["old", "tea"]), ("张", ["old", "new"]), ("Bob", ["tea"])):
            records.create(
                session, name=name, tags=has, language="zh", source=None, channel="staff", actor=mary, now=NOW
            )

        renamed = tags.rename(session, was="#OLD", to="New", by=mary, now=NOW)

    with transaction(engine) as session:
        found = [records.tags(session, customer=customers.get(session, customer_id=id)) for id in (1, 2, 3)]
    assert renamed == 2
    assert found == [["new", "tea"], ["new"], ["tea"]]


def test_a_tag_that_nobody_has_and_a_name_that_is_none_are_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, role=Role.MANAGER)
        with pytest.raises(NoSuchTag):
            tags.rename(session, was="old", to="new", by=mary, now=NOW)
        with pytest.raises(TooManyTags):
            tags.rename(session, was="old", to="#", by=mary, now=NOW)
        with pytest.raises(TooManyTags):
            tags.rename(session, was="old", to="x" * 31, by=mary, now=NOW)
