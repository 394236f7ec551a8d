"""Many rows in one statement: what arrives is what was given."""

from datetime import timedelta

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from spm_monitor import bulk
from spm_monitor.models import Customer, JournalEntry, Order, Service
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db

STRANGE = ["PT 'Petik' \"Ganda\"", "PT \\ garis % miring", "PT Ürün – 東 🎁\nbaris", "", "{}", "1"]


def test_rows_differ_where_they_were_given_so_and_keys_follow_their_order():
    keys = bulk.insert(Customer, [{"name": name} for name in STRANGE])
    assert [Customer.objects.get(pk=key).name for key in keys] == STRANGE
    assert Customer.objects.filter(pk__in=keys, accepts_gifts=True).count() == len(STRANGE)


def test_instants_numbers_and_nothing_arrive_as_they_were():
    [customer] = bulk.insert(Customer, [{"name": "PT Satu"}])
    service = Service.objects.get(code="KAL")
    dues = [MONDAY, None, MONDAY + timedelta(microseconds=1)]
    keys = bulk.insert(Order, [
        {
            "number": f"B-{i}", "customer_id": customer, "service_id": service.pk,
            "section_id": service.section_id, "received_at": MONDAY - timedelta(days=i),
            "due_at": due, "contract": bool(i % 2),
        }
        for i, due in enumerate(dues)
    ])  # fmt: skip
    found = [Order.objects.get(pk=key) for key in keys]
    assert [order.due_at for order in found] == dues
    assert [order.contract for order in found] == [False, True, False]
    assert [order.received_at for order in found] == [MONDAY - timedelta(days=i) for i in range(3)]


def test_texts_of_json_stay_texts():
    rows = [
        {"seq": i, "at": MONDAY, "verb": "x", "subject": "y", "subject_id": i, "digest": "",
         "previous": "", "before": {}, "after": {"n": words, "deep": [1, None]}}
        for i, words in enumerate(STRANGE, 1)
    ]  # fmt: skip
    bulk.insert(JournalEntry, rows)
    found = JournalEntry.objects.order_by("seq").values_list("after", flat=True)
    assert list(found) == [{"n": words, "deep": [1, None]} for words in STRANGE]


def test_it_is_one_statement_however_many_and_none_for_none():
    with CaptureQueriesContext(connection) as queries:
        bulk.insert(Customer, [{"name": f"PT {i}"} for i in range(1200)])
        bulk.insert(Customer, [])
    assert len(queries) == 1
    assert Customer.objects.count() == 1200


@pytest.mark.postgres_only
def test_what_is_too_long_is_refused_never_cut():
    with pytest.raises(DataError):
        bulk.insert(Customer, [{"name": "x" * 201}, {"name": "y"}])


@pytest.mark.parametrize("second", [{"name": "b", "accepts_gifts": False}, {}])
def test_rows_that_do_not_say_the_same_columns_are_refused(second):
    with pytest.raises(TypeError):
        bulk.insert(Customer, [{"name": "a"}, second])


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(TypeError):
        bulk.insert(Customer, [{"name": "a", "acepts_gifts": False}])


# --- replacing ---------------------------------------------------------------------------------


def some_orders(*dues) -> list[int]:
    [customer] = bulk.insert(Customer, [{"name": "PT Satu"}])
    service = Service.objects.get(code="KAL")
    return bulk.insert(Order, [
        {
            "number": f"B-{i}", "customer_id": customer, "service_id": service.pk,
            "section_id": service.section_id, "received_at": MONDAY, "due_at": due,
        }
        for i, due in enumerate(dues)
    ])  # fmt: skip


def test_a_column_is_replaced_where_it_still_holds_what_was_read():
    later = MONDAY + timedelta(days=1)
    keys = some_orders(MONDAY, None, MONDAY, later)
    Order.objects.filter(pk=keys[2]).update(withdrawn_at=MONDAY)
    done = bulk.replace(Order.objects.open(), "due_at", {
        keys[0]: (MONDAY, later), keys[1]: (None, later), keys[2]: (MONDAY, later),
        keys[3]: (MONDAY, None),
    })  # fmt: skip
    assert done == {keys[0], keys[1]}
    assert [Order.objects.get(pk=key).due_at for key in keys] == [later, later, MONDAY, later]
    assert bulk.replace(Order.objects.all(), "due_at", {}) == set()


def test_other_columns_get_one_value_in_each_that_is_replaced():
    keys = some_orders(MONDAY, MONDAY)
    Order.objects.update(flagged_due_at=MONDAY)
    bulk.replace(Order.objects.all(), "due_at", {keys[0]: (MONDAY, None)}, flagged_due_at=None)
    assert [Order.objects.get(pk=key).flagged_due_at for key in keys] == [None, MONDAY]
