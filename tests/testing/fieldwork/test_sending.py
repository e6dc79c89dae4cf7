"""What is sent, what waits, what is kept back for good, and that nothing is sent twice."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from testing.fieldwork.channels.channel import Verdict
from testing.fieldwork.declining import owe_decline, working_hours_after
from testing.fieldwork.permitting import preview
from testing.fieldwork.reading import read_mail
from testing.fieldwork.receiving import close_windows
from testing.fieldwork.safeguards import Go, live_wave_may_send
from testing.fieldwork.sending import reconcile, send_due
from testing.store import applications as kept
from testing.store import ledger, waves
from testing.store.declines import DeclineState, open_declines
from testing.store.engine import open_store
from testing.store.lease import sole_sender
from testing.store.responses import record_response
from testing.study.application import Application, State
from testing.study.errors import IllegalTransition, Refused
from testing.study.identity import Name
from testing.study.outcome import Category, Outcome


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: moment


def states(store: Any) -> dict[str, State]:
    with store.read() as session:
        return {it.application.id: it.state for it in kept.in_state(session, *State)}


def test_the_first_of_a_pair_goes_and_its_mate_follows_after_the_gap(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    pair, channel, protocol = pair_of(1), channel_that(), protocol_with()
    with approved([pair]) as store:
        assert send_due(store, protocol=protocol, channel=channel, clock=at(monday)).sent == 1
        early = monday + timedelta(hours=1, minutes=59)
        assert send_due(store, protocol=protocol, channel=channel, clock=at(early)).sent == 0
        assert (
            send_due(store, protocol=protocol, channel=channel, clock=at(monday + timedelta(hours=2))).sent
            == 1
        )
        assert set(states(store).values()) == {State.SENT}
    assert [str(mail["Message-ID"]) for mail in channel.taken] == [it.message_id for it in pair]
    mail = channel.taken[0]
    assert str(mail["From"]) == f"Lotte Peeters <{pair[0].identity.email}>"
    assert str(mail["To"]) == pair[0].to
    assert str(mail["Subject"]) == pair[0].letter.subject
    assert mail["Date"].datetime == monday
    assert mail.get_content() == pair[0].letter.body


def test_a_late_first_still_leaves_the_gap_before_its_mate(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    channel, protocol = channel_that(), protocol_with()
    with approved([pair_of(1)]) as store:
        late = monday + timedelta(hours=5)
        counts = send_due(store, protocol=protocol, channel=channel, clock=at(late))
        assert counts.sent == 1 and sum(counts.waiting.values()) == 1
        assert (
            send_due(store, protocol=protocol, channel=channel, clock=at(late + timedelta(hours=2))).sent == 1
        )


@pytest.mark.parametrize("when", ["2026-03-02T07:59:59Z", "2026-03-02T16:30:01Z", "2026-03-07T10:00:00Z"])
def test_nothing_leaves_at_night_or_on_weekends(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime, when: str
) -> None:
    channel = channel_that()
    with approved([pair_of(1, due=monday - timedelta(days=1))]) as store:
        counts = send_due(
            store, protocol=protocol_with(), channel=channel, clock=at(datetime.fromisoformat(when))
        )
        assert counts.sent == 0 and not channel.offered


def test_hours_are_the_studys_own_in_summer_time_too(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    # 2026-03-30 is the first working day of summer time: Brussels is two hours ahead of UTC.
    protocol = protocol_with(wave__last_day=date(2026, 4, 3))
    channel = channel_that()
    with approved([pair_of(1)]) as store:
        send_due(
            store, protocol=protocol, channel=channel, clock=at(datetime(2026, 3, 30, 6, 59, tzinfo=UTC))
        )
        assert not channel.taken
        send_due(store, protocol=protocol, channel=channel, clock=at(datetime(2026, 3, 30, 7, 0, tzinfo=UTC)))
        assert len(channel.taken) == 1


def test_what_is_left_when_the_wave_is_over_is_withheld_for_good(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    far = monday + timedelta(days=90)
    with approved([pair_of(1, due=far), pair_of(2)]) as store:
        counts = send_due(
            store,
            protocol=protocol_with(),
            channel=channel_that(),
            clock=at(datetime(2026, 3, 21, 1, tzinfo=UTC)),
        )
        assert counts.withheld == 4 and set(states(store).values()) == {State.WITHHELD}


@pytest.mark.parametrize("verdict", [Verdict.REFUSED])
@pytest.mark.parametrize("step", ["offer", "transmit"])
def test_a_refused_first_keeps_its_mate_back(
    approved: Any,
    pair_of: Any,
    protocol_with: Any,
    channel_that: Any,
    monday: datetime,
    verdict: Any,
    step: Any,
) -> None:
    pair = pair_of(1)
    channel = channel_that(lambda at, recipient: verdict if at == step else Verdict.ACCEPTED)
    with approved([pair]) as store:
        assert send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday)).refused == 1
        later = monday + timedelta(hours=3)
        assert send_due(store, protocol=protocol_with(), channel=channel, clock=at(later)).withheld == 1
        assert states(store) == {pair[0].id: State.REFUSED, pair[1].id: State.WITHHELD}
    assert not channel.taken


def test_a_message_that_the_server_put_off_is_tried_again_later(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    said = [Verdict.DEFERRED, Verdict.ACCEPTED]
    channel = channel_that(lambda at, recipient: said.pop(0) if at == "offer" else Verdict.ACCEPTED)
    pair = pair_of(1)
    with approved([pair]) as store:
        assert send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday)).deferred == 1
        assert states(store)[pair[0].id] is State.APPROVED
        soon = monday + timedelta(minutes=10)
        assert send_due(store, protocol=protocol_with(), channel=channel, clock=at(soon)).sent == 0
        later = monday + timedelta(minutes=31)
        assert send_due(store, protocol=protocol_with(), channel=channel, clock=at(later)).sent == 1
    assert max(channel.ids.values()) == 1


def test_the_third_of_a_triad_waits_for_the_second_and_is_kept_back_where_that_failed(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    def triad(number: int) -> list[Application]:
        first, second = pair_of(number)
        token = f"third{number}"
        person = replace(second.identity, email=f"{token}@postvak.example")
        third = replace(
            second, id=token, identity=person, order=3, message_id=f"<{token}@postvak.example>",
            due_at=second.due_at + timedelta(hours=2),
        )  # fmt: skip
        return [first, second, third]

    protocol, tests = protocol_with(), [triad(1), triad(2)]
    said = [*[Verdict.ACCEPTED] * 3, Verdict.REFUSED, Verdict.ACCEPTED]
    channel = channel_that(lambda step, _: said.pop(0) if step == "offer" else Verdict.ACCEPTED)
    with approved(tests) as store:
        for hours, sent in ((0, 2), (2, 1), (3.9, 0), (4, 1), (8, 0)):
            moment = at(monday + timedelta(hours=hours))
            assert send_due(store, protocol=protocol, channel=channel, clock=moment).sent == sent
        found = states(store)
    refused = next(name for name, state in found.items() if state is State.REFUSED)
    broken = next(test for test in tests if refused in {it.id for it in test})
    assert [found[it.id] for it in broken] == [State.SENT, State.REFUSED, State.WITHHELD]
    assert all(found[it.id] is State.SENT for test in tests for it in test if test is not broken)


def test_an_uncertain_message_is_never_sent_again_and_its_mate_waits(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    pair = pair_of(1)
    channel = channel_that(lambda at, _: Verdict.UNCERTAIN if at == "transmit" else Verdict.ACCEPTED)
    with approved([pair]) as store:
        assert send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday)).uncertain == 1
        for hours in range(1, 200, 5):
            send_due(
                store, protocol=protocol_with(), channel=channel, clock=at(monday + timedelta(hours=hours))
            )
        assert states(store) == {pair[0].id: State.UNCERTAIN, pair[1].id: State.APPROVED}
        assert channel.ids == {pair[0].message_id: 1}
        with store.begin() as session:
            reconcile(session, pair[0].id, sent=True, by="Ada", now=monday + timedelta(days=9))
            assert kept.get(session, pair[0].id).sent_at == monday, "when it was transmitted, not reconciled"
            with pytest.raises(IllegalTransition):
                reconcile(session, pair[0].id, sent=False, by="Ada", now=monday)


def test_an_unreachable_server_gives_everything_back(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    channel = channel_that(lambda at, _: Verdict.UNREACHABLE)
    with approved([pair_of(number) for number in range(20)]) as store:
        counts = send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday))
        assert counts.stopped is not None and "cannot be reached" in counts.stopped
        assert set(states(store).values()) == {State.APPROVED}
        with store.read() as session:
            assert kept.begun_on(session, monday.date()) == 0
    assert len(channel.offered) == 1, "one try says enough"


def test_transmitting_is_on_disk_before_the_message_leaves(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime, tmp_path: Path
) -> None:
    pair, seen = pair_of(1), []
    channel = channel_that()
    with approved([pair]) as store:

        def look() -> None:
            with open_store(f"sqlite:///{tmp_path / 'study.sqlite'}") as other:
                seen.append(states(other)[pair[0].id])

        channel.before_data = look
        send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday))
    assert seen == [State.TRANSMITTING]


def test_a_halt_stops_at_the_very_next_message_and_gives_the_claimed_back(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    channel = channel_that()
    with approved([pair_of(number) for number in range(30)]) as store:

        def pull() -> None:
            if len(channel.taken) == 4:
                with store.begin() as session:
                    waves.halt(session, by="Ada", reason="a landlord complained", now=monday)

        channel.before_data = pull
        counts = send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday))
        assert counts.sent == 5, "the one that was under way when the halt came, and no other"
        assert counts.stopped is not None and "a landlord complained" in counts.stopped
        found = states(store)
        assert list(found.values()).count(State.APPROVED) == 55
        channel.before_data = lambda: None
        again = send_due(
            store, protocol=protocol_with(), channel=channel, clock=at(monday + timedelta(hours=1))
        )
        assert again.sent == 0
        with store.begin() as session:
            waves.resume_after_halt(session, by="Ada", now=monday)
        again = send_due(
            store, protocol=protocol_with(), channel=channel, clock=at(monday + timedelta(hours=1))
        )
        assert again.sent == 25


def test_without_approval_or_after_it_nothing_leaves(
    tmp_path: Path, plan_with: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    plan, channel = plan_with([pair_of(1)]), channel_that()
    with open_store(f"sqlite:///{tmp_path / 's.sqlite'}") as store:
        with store.begin() as session:
            waves.record_plan(session, plan, monday)
        counts = send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday))
        assert counts.stopped is not None and "nobody has approved" in counts.stopped
        with store.begin() as session:
            waves.record_approval(session, seal=plan.seal, by="Ada", now=monday, until=date(2026, 3, 2))
        tuesday = monday + timedelta(days=1)
        counts = send_due(store, protocol=protocol_with(), channel=channel, clock=at(tuesday))
        assert counts.stopped is not None and "ended on 2026-03-02" in counts.stopped
        assert not channel.offered
        assert send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday)).sent == 1


def test_two_senders_at_once_are_refused(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    channel = channel_that()
    with (
        approved([pair_of(1)]) as store,
        sole_sender(store),
        pytest.raises(Refused, match="another program is sending"),
    ):
        send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday))
    assert not channel.offered


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sending__domains": ["other.example"]}, "not one that the study owns"),
        ({"sending__domains": ["postvak.example", "landlords.example"]}, "own mailboxes"),
    ],
)
def test_foreign_senders_and_own_recipients_are_withheld(
    approved: Any,
    pair_of: Any,
    protocol_with: Any,
    channel_that: Any,
    monday: datetime,
    change: Any,
    reason: str,
) -> None:
    channel, pair = channel_that(), pair_of(1)
    with approved([pair]) as store:
        assert (
            send_due(store, protocol=protocol_with(**change), channel=channel, clock=at(monday)).withheld == 1
        )
        with store.read() as session:
            assert reason in kept.get(session, pair[0].id).note
    assert not channel.offered


def test_a_rehearsal_writes_to_example_domains_only(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    pair = [replace(it, to="someone@example-agency.be") for it in pair_of(1)]
    channel = channel_that()
    with approved([pair]) as store:
        assert send_due(store, protocol=protocol_with(), channel=channel, clock=at(monday)).withheld == 1
    assert not channel.offered


def test_a_live_wave_needs_everything_at_once(pair_of: Any, protocol_with: Any) -> None:
    bare = protocol_with(wave__ethics="", wave__dpia="")
    unknown = Name(first="Ann", last="Vos", sex="f", arm="belgian")
    pair = [replace(it, identity=replace(it.identity, name=unknown)) for it in pair_of(1)]
    with pytest.raises(Refused) as caught:
        live_wave_may_send(bare, pair, typed=None)
    for sign in (
        "sending.live",
        "wave.ethics",
        "wave.dpia",
        "Ann Vos",
        "example domains",
        "--confirm spring",
    ):
        assert sign in str(caught.value)
    assert caught.value.exit_code == 4
    ready = protocol_with(sending__live=True, sending__domains=["mail.toytown-university.be"])
    owned = [
        replace(it, identity=replace(it.identity, email="x@mail.toytown-university.be")) for it in pair_of(1)
    ]
    live_wave_may_send(ready, owned, typed="spring")
    with pytest.raises(Refused, match="not typed"):
        live_wave_may_send(ready, owned, typed="Spring")


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({}, "Ann Vos (names.csv:12): nobody has rated it"),
        ({"perceived_share": 0.79, "raters": 100}, "Ann Vos (names.csv:12): seen as intended by 79 %;"),
        ({"perceived_share": 0.9, "raters": 29}, "Ann Vos (names.csv:12): 29 raters are few;"),
        ({"perceived_share": 0.9, "raters": 30, "sex_clear": 0.7}, "its sex is clear to 70 % only"),
        ({"perceived_share": 0.8, "raters": 30, "sex_clear": 0.8}, None),
    ],
)
def test_a_name_that_is_not_seen_as_intended_is_refused_live_with_its_line(
    pair_of: Any, protocol_with: Any, scores: dict[str, float], said: str | None
) -> None:
    ready = protocol_with(sending__live=True, sending__domains=["mail.toytown-university.be"])
    name = Name(first="Ann", last="Vos", sex="f", arm="belgian", **scores)  # type: ignore[arg-type]
    pair = [
        replace(it, identity=replace(it.identity, email="x@mail.toytown-university.be", name=name))
        for it in pair_of(1)
    ]
    if said is None:
        live_wave_may_send(ready, pair, typed="spring", lines={"Ann Vos": 12})
        return
    with pytest.raises(Refused) as caught:
        live_wave_may_send(ready, pair, typed="spring", lines={"Ann Vos": 12})
    assert said in str(caught.value) and "draw the plan up anew" in str(caught.value)


def test_a_preview_says_what_would_go_and_changes_nothing(
    approved: Any, pair_of: Any, protocol_with: Any, monday: datetime
) -> None:
    with approved([pair_of(1), pair_of(2, due=monday + timedelta(hours=1))]) as store:
        found = preview(store, protocol=protocol_with(), loopback=True, now=monday)
        assert [(it.pair, ruling.go) for it, ruling in found] == [("p00001", Go.SEND)]
        assert set(states(store).values()) == {State.APPROVED}


def offer(store: Any, protocol: Any, application: Any, at: datetime, extra: str = "") -> None:
    raw = (
        f"From: Verhuurder <owner@landlords.example>\r\nTo: {application.identity.email}\r\n"
        f"Message-ID: <offer-{application.id}-{'x' * 90}@landlords.example>\r\n{extra}"
        f"In-Reply-To: {application.message_id}\r\nSubject: Re\r\n\r\nKom vrijdag kijken.\r\n"
    )
    response = replace(read_mail(raw.encode(), at), application=application.id, matched_by="message-id")
    outcome = Outcome(
        response=response.id,
        category=Category.VIEWING_INVITATION,
        positive=True,
        automated=False,
        coder="rules/1",
        reason="",
    )
    with store.begin() as session:
        record_response(session, response, at)
        owe_decline(session, response, outcome, protocol=protocol, now=at)
        owe_decline(session, response, outcome, protocol=protocol, now=at)


def test_an_offered_viewing_is_turned_down_once_in_its_thread_even_while_halted(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, letters: Any, monday: datetime
) -> None:
    pair, channel, protocol = pair_of(1), channel_that(), protocol_with()
    with approved([pair]) as store:
        send_due(store, protocol=protocol, channel=channel, clock=at(monday))
        offer(store, protocol, pair[0], monday + timedelta(hours=1))
        with store.begin() as session:
            waves.halt(session, by="Ada", reason="stop", now=monday)

        def send(hours: float) -> Any:
            moment = monday + timedelta(hours=hours)
            return send_due(store, protocol=protocol, channel=channel, clock=at(moment), letters=letters)

        assert send(2.9).declines_sent == 0, "not before two hours have passed"
        assert send(3.1).declines_sent == 1
        assert send(4).declines_sent == 0
        with store.read() as session:
            assert open_declines(session) == []
    mail = channel.taken[1]
    assert str(mail["To"]) == "owner@landlords.example"
    offered = f"<offer-{pair[0].id}-{'x' * 90}@landlords.example>"
    assert str(mail["In-Reply-To"]) == offered
    assert str(mail["References"]).split() == [pair[0].message_id, offered]
    assert mail.get_content() == "Goede dag,\n\nIntussen vond ik iets anders.\n\nLotte Peeters\n"
    assert max(channel.ids.values()) == 1


def test_two_declines_to_one_landlord_are_an_hour_apart_and_of_one_text(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, letters: Any, monday: datetime
) -> None:
    pair, channel, protocol = pair_of(1), channel_that(), protocol_with()
    with approved([pair]) as store:
        for application in pair:
            offer(store, protocol, application, monday)
        counts = send_due(
            store, protocol=protocol, channel=channel, clock=at(monday + timedelta(hours=2)), letters=letters
        )
        assert (counts.declines_sent, counts.declines_waiting) == (1, 1)
        counts = send_due(
            store, protocol=protocol, channel=channel, clock=at(monday + timedelta(hours=3)), letters=letters
        )
        assert (counts.declines_sent, counts.declines_waiting) == (1, 0)
    declines = [mail for mail in channel.taken if mail["In-Reply-To"]]
    texts = {
        mail.get_content().replace("Lotte Peeters", "").replace("Yasmina Ouali", "") for mail in declines
    }
    assert len(declines) == 2 and len(texts) == 1


def test_an_uncertain_decline_is_never_repeated_and_stays_owed(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, letters: Any, monday: datetime
) -> None:
    pair, protocol = pair_of(1), protocol_with()
    channel = channel_that(lambda at, _: Verdict.UNCERTAIN if at == "transmit" else Verdict.ACCEPTED)
    with approved([pair]) as store:
        offer(store, protocol, pair[0], monday)
        with store.begin() as session:
            waves.halt(session, by="Ada", reason="stop", now=monday)
        for hours in range(2, 30):
            send_due(
                store,
                protocol=protocol,
                channel=channel,
                clock=at(monday + timedelta(hours=hours)),
                letters=letters,
            )
        with store.read() as session:
            assert [it.state for it in open_declines(session)] == [DeclineState.UNCERTAIN]
    assert list(channel.ids.values()) == [1]


def test_a_decline_never_goes_to_our_own_mailbox_or_beyond_the_rehearsal(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, letters: Any, monday: datetime
) -> None:
    pair, other, protocol = pair_of(1), pair_of(2), protocol_with()
    channel = channel_that()
    with approved([pair, other]) as store:
        offer(store, protocol, pair[0], monday, extra=f"Reply-To: {pair[1].identity.email}\r\n")
        offer(store, protocol, other[0], monday, extra="Reply-To: someone@real-agency.be\r\n")
        with store.begin() as session:
            waves.halt(session, by="Ada", reason="stop", now=monday)
        now = monday + timedelta(hours=2)
        counts = send_due(store, protocol=protocol, channel=channel, clock=at(now), letters=letters)
        assert counts.declines_refused == 2
    assert not channel.taken


def test_a_landlord_who_waits_for_our_no_gets_no_second_test(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, letters: Any, monday: datetime
) -> None:
    first = pair_of(1, landlord="agency-1", kind="agency")
    second = pair_of(2, landlord="agency-1", kind="agency", due=monday + timedelta(hours=1))
    channel, protocol = channel_that(), protocol_with()
    with approved([first, second]) as store:
        send_due(store, protocol=protocol, channel=channel, clock=at(monday))
        offer(store, protocol, first[0], monday + timedelta(minutes=30))
        one = send_due(
            store, protocol=protocol, channel=channel, clock=at(monday + timedelta(hours=1)), letters=letters
        )
        assert one.sent == 0 and "has not been turned down" in next(iter(one.waiting))
        three = send_due(
            store, protocol=protocol, channel=channel, clock=at(monday + timedelta(hours=3)), letters=letters
        )
        assert three.declines_sent == 1 and three.sent == 2, "the mate of the first, and the second pair"


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"),
        ("2026-03-06T11:00:00Z", "2026-03-09T11:00:00Z"),  # Friday noon in Brussels to Monday noon
        ("2026-03-07T11:00:00Z", "2026-03-09T23:00:00Z"),  # on Saturday the clock stands still
    ],
)
def test_the_time_to_decline_runs_on_working_days(protocol_with: Any, received: str, due: str) -> None:
    found = working_hours_after(protocol_with(), datetime.fromisoformat(received), 24)
    assert found == datetime.fromisoformat(due)


def test_an_application_is_silent_only_after_its_own_window(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    pair, protocol = pair_of(1), protocol_with()
    with approved([pair]) as store:
        send_due(store, protocol=protocol, channel=channel_that(), clock=at(monday))
        send_due(store, protocol=protocol, channel=channel_that(), clock=at(monday + timedelta(hours=2)))
        assert close_windows(store, protocol=protocol, now=monday + timedelta(days=14)) == 0
        assert close_windows(store, protocol=protocol, now=monday + timedelta(days=14, hours=1)) == 1
        assert states(store) == {pair[0].id: State.SILENT, pair[1].id: State.SENT}


def test_six_hundred_applications_take_seconds(
    approved: Any, pair_of: Any, protocol_with: Any, channel_that: Any, monday: datetime
) -> None:
    channel, protocol = channel_that(), protocol_with(sending__daily_cap=1000)
    with approved([pair_of(number) for number in range(300)]) as store:
        began = time.perf_counter()
        send_due(store, protocol=protocol, channel=channel, clock=at(monday))
        send_due(store, protocol=protocol, channel=channel, clock=at(monday + timedelta(hours=3)))
        assert time.perf_counter() - began < 20
        with store.read() as session:
            assert kept.counts_by_state(session) == {State.SENT: 600}
            assert ledger.verify(session) == []
    assert len(channel.ids) == 600 and max(channel.ids.values()) == 1
