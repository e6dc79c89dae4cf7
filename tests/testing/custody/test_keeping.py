"""How long what leads back to landlords may be kept: days of the protocol, counted from the last that may count."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from testing.custody.keeping import PLACES, kept_until, overdue

BRUSSELS = ZoneInfo("Europe/Brussels")


def test_days_count_from_the_end_of_the_last_response_window(protocol_with: Any) -> None:
    # The wave ends on 20 March 2026; its last window, of 14 days, on 3 April. 180 days later it is 30 September, and
    # 365 days later 3 April 2027.
    found = {it.what: it.until for it in kept_until(protocol_with())}
    assert found == {"answers": date(2026, 9, 30), "contacts": date(2027, 4, 3), "key": date(2026, 9, 30)}
    assert found.keys() == PLACES.keys()


def test_contacts_stay_as_long_as_a_private_owner_rests_where_the_protocol_does_not_say(
    protocol_with: Any,
) -> None:
    [_, contacts, _] = kept_until(protocol_with(sample__private_rest_days=400))
    assert contacts.days == 400
    [_, contacts, _] = kept_until(protocol_with(retention__contacts_days=500))
    assert contacts.days == 500


def test_what_is_overdue_is_so_from_the_day_after_on_the_study_s_own_clock(protocol_with: Any) -> None:
    protocol = protocol_with(retention__answers_days=0, retention__key_days=1)
    assert overdue(protocol, datetime(2026, 4, 3, 23, 59, tzinfo=BRUSSELS)) == ()
    assert [it.what for it in overdue(protocol, datetime(2026, 4, 4, 0, 1, tzinfo=BRUSSELS))] == ["answers"]
    assert [it.what for it in overdue(protocol, datetime(2026, 4, 5, 0, 1, tzinfo=BRUSSELS))] == [
        "answers",
        "key",
    ]
