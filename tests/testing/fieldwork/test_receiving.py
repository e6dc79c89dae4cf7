"""What comes in is kept once, given to its application by what cannot be guessed, and never stops the reading."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testing.fieldwork.reading import read_mail
from testing.fieldwork.receiving import close_windows, receive
from testing.store import applications as kept
from testing.study.application import State
from tests.testing.fieldwork.mails import AT, delivered, kept_responses, mail, report


@pytest.fixture
def sent(approved: Any, pair_of: Any, monday: datetime) -> Callable[..., tuple[Any, list[Any]]]:
    """A store in which both letters of some pairs have been sent."""

    def make(pairs: int = 1) -> tuple[Any, list[Any]]:
        drawn = [pair_of(number) for number in range(1, pairs + 1)]
        store = approved(drawn)
        applications = [it for pair in drawn for it in pair]
        with store.begin() as session:
            for it in applications:
                for before, after in (
                    (State.APPROVED, State.CLAIMED),
                    (State.CLAIMED, State.TRANSMITTING),
                    (State.TRANSMITTING, State.SENT),
                ):
                    kept.transition(session, it.id, before, after, monday)
        return store, applications

    return make


def put(store: Any, it: Any, *path: State) -> None:
    with store.begin() as session:
        for before, after in pairwise(path):
            kept.transition(session, it.id, before, after, AT)


def state(store: Any, it: Any) -> State:
    with store.read() as session:
        return kept.get(session, it.id).state


def test_the_message_that_a_mail_answers_decides_whatever_mailbox_it_came_to(
    sent: Any, tmp_path: Path
) -> None:
    store, (first, mate) = sent()
    raw = mail(mate.identity.email, answers=first.message_id)
    counts = receive(store, delivered(tmp_path / "m", raw), now=AT)
    (found,) = kept_responses(store)
    assert (counts.new, counts.matched) == (1, 1)
    assert (found.application, found.matched_by) == (first.id, "message-id")
    assert (state(store, first), state(store, mate)) == (State.ANSWERED, State.SENT)


def test_the_last_of_the_references_that_is_ours_decides(sent: Any, tmp_path: Path) -> None:
    store, (first, mate) = sent()
    thread = f"{mate.message_id} {first.message_id} <other@portal.example>"
    receive(store, delivered(tmp_path / "m", mail(references=thread)), now=AT)
    assert kept_responses(store)[0].application == first.id


def test_without_a_thread_the_mailbox_decides_because_every_application_has_its_own(
    sent: Any, tmp_path: Path
) -> None:
    store, (first, _) = sent()
    raw = mail(first.identity.email.upper(), sender="relay@portal.example")
    receive(store, delivered(tmp_path / "m", raw), now=AT)
    found = kept_responses(store)[0]
    assert (found.application, found.matched_by) == (first.id, "mailbox")


def test_a_mail_to_two_of_our_mailboxes_or_to_none_stays_unmatched(sent: Any, tmp_path: Path) -> None:
    store, (first, mate) = sent()
    both = mail(f"{first.identity.email}, {mate.identity.email}")
    counts = receive(store, delivered(tmp_path / "m", both, mail("info@postvak.example")), now=AT)
    assert (counts.matched, counts.unmatched) == (0, 2)
    assert {state(store, first), state(store, mate)} == {State.SENT}


def test_the_same_mail_twice_is_one_response(sent: Any, tmp_path: Path) -> None:
    store, (first, _) = sent()
    raw = mail(answers=first.message_id)
    counts = receive(store, delivered(tmp_path / "m", raw, raw), now=AT)
    assert (counts.read, counts.new, len(kept_responses(store))) == (2, 1, 1)


def test_a_program_killed_before_it_marked_a_mail_as_seen_reads_it_again_and_keeps_it_once(
    sent: Any, tmp_path: Path
) -> None:
    store, (first, _) = sent()
    mails = delivered(tmp_path / "m", mail(answers=first.message_id))

    def killed(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        receive(store, mails, now=AT, seen=killed)
    assert len(kept_responses(store)) == 1
    counts = receive(store, delivered(tmp_path / "m"), now=AT)
    assert (counts.read, counts.new) == (1, 0)
    assert delivered(tmp_path / "m") == []
    # Planted: marked as seen before it is kept, a mail would be lost with the program.
    lost = delivered(tmp_path / "lost", mail(answers=first.message_id, subject="Re: lost"))
    for it in lost:
        it.path.rename(tmp_path / "lost" / "cur" / f"{it.path.name}:2,S")
    assert receive(store, delivered(tmp_path / "lost"), now=AT).read == 0


def test_a_bounce_makes_its_application_undeliverable(sent: Any, tmp_path: Path) -> None:
    store, (first, mate) = sent()
    counts = receive(store, delivered(tmp_path / "m", report(first.message_id)), now=AT)
    assert counts.bounced == 1
    assert (state(store, first), state(store, mate)) == (State.UNDELIVERABLE, State.SENT)


def test_a_report_of_delay_is_no_bounce(sent: Any, tmp_path: Path) -> None:
    store, (first, _) = sent()
    counts = receive(store, delivered(tmp_path / "m", report(first.message_id, "delayed", "4.4.7")), now=AT)
    assert (counts.bounced, counts.automatic) == (0, 1)
    assert state(store, first) is State.ANSWERED


@pytest.mark.parametrize("raw", [lambda it: mail(answers=it.message_id), lambda it: report(it.message_id)])
def test_what_comes_in_settles_an_uncertain_application(
    raw: Callable[[Any], bytes], approved: Any, pair_of: Any, tmp_path: Path
) -> None:
    pair = pair_of(1)
    store = approved([pair])
    put(store, pair[0], State.APPROVED, State.CLAIMED, State.TRANSMITTING, State.UNCERTAIN)
    receive(store, delivered(tmp_path / "m", raw(pair[0])), now=AT)
    assert state(store, pair[0]) in (State.ANSWERED, State.UNDELIVERABLE)


def test_what_never_left_cannot_be_answered(approved: Any, pair_of: Any, tmp_path: Path) -> None:
    pair = pair_of(1)
    store = approved([pair])
    receive(store, delivered(tmp_path / "m", mail(answers=pair[0].message_id)), now=AT)
    assert state(store, pair[0]) is State.APPROVED
    assert kept_responses(store)[0].application == pair[0].id


def test_windows_close_after_the_mailbox_was_read_and_not_before_their_time(
    sent: Any, protocol_with: Any, monday: datetime, tmp_path: Path
) -> None:
    store, (first, mate) = sent()
    receive(store, delivered(tmp_path / "m", mail(answers=first.message_id)), now=AT)
    protocol = protocol_with()
    end = monday + timedelta(days=protocol.wave.response_days)
    assert close_windows(store, protocol=protocol, now=end) == 0
    assert close_windows(store, protocol=protocol, now=end + timedelta(seconds=1)) == 1
    assert (state(store, first), state(store, mate)) == (State.ANSWERED, State.SILENT)


def test_an_answer_after_the_window_is_kept_and_still_known(
    sent: Any, protocol_with: Any, monday: datetime, tmp_path: Path
) -> None:
    store, (first, _) = sent()
    close_windows(store, protocol=protocol_with(), now=monday + timedelta(days=15))
    late = monday + timedelta(days=16)
    mails = delivered(tmp_path / "m", mail(answers=first.message_id))
    receive(store, mails, now=late, received_at_of=lambda _: late)
    assert state(store, first) is State.ANSWERED
    assert kept_responses(store)[0].received_at == late


BROKEN = {
    "nothing": b"",
    "no header": b"\n\nhello",
    "only a header": b"Subject: x",
    "bytes": bytes(range(256)) * 40,
    "an unknown character set": b"Content-Type: text/plain; charset=klingon\n\nnuqneH \xff\xfe",
    "a broken base64": b"Content-Transfer-Encoding: base64\n\n####",
    "parts without end": b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nhi',
    "a boundary that is missing": b"Content-Type: multipart/mixed\n\nhi",
    "a deep nest": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(60)
    )
    + b"\nhi",
    "an address with a newline": b"From: a@b.example\n\tBcc: x@y.example\nTo: <\n>\n\nhi",
    "a subject that decodes to newlines": b"Subject: =?utf-8?q?a=0D=0ABcc=3A_x=40y=2Eexample?=\n\nhi",
    "headers only of colons": b":::\n:::\n\nhi",
    "html": b"Content-Type: text/html\n\n<style>p{}</style><p>Kom <b>vrijdag</b></p><script>x()</script>",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_mail_is_kept_and_the_next_one_read(name: str, sent: Any, tmp_path: Path) -> None:
    store, (first, _) = sent()
    counts = receive(store, delivered(tmp_path / "m", BROKEN[name], mail(answers=first.message_id)), now=AT)
    assert (counts.read, counts.matched) == (2, 1)
    assert BROKEN[name] in [it.raw for it in kept_responses(store)]


def test_the_words_of_an_html_mail_are_read_without_its_code() -> None:
    assert read_mail(BROKEN["html"], AT).text.split() == ["Kom", "vrijdag"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=st.binary(max_size=400), at=st.integers(0, 300))
def test_any_bytes_are_read_without_an_error(raw: bytes, at: int) -> None:
    whole = mail(answers="<a@b.example>", text="Kom vrijdag. " * 10)
    for damaged in (raw, whole[:at] + raw + whole[at:]):
        found = read_mail(damaged, AT)
        assert found.raw == damaged
        assert "\x00" not in found.text


def test_what_a_mail_says_of_its_own_date_is_not_believed() -> None:
    assert read_mail(mail(Date="Mon, 01 Jan 2001 00:00:00 +0000"), AT).received_at == AT
