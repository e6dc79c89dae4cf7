"""The two ends of the crawl's pipe: no more is in flight than there are slots, and no answer stops a crawl for ever."""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

import pytest

from crawler.frontier import Ask, MemorySink, Outcome, Pace
from crawler.parent import Parent, Tally
from crawler.spiders.scheduler import FrontierScheduler

ASKS = [Ask(portal="evenstad", url=f"http://evenstad.example/advert/{n}") for n in range(6)]
PACES = {"evenstad": Pace(per_day=None, seconds=0.0)}


class SlowSink(MemorySink):
    """Keeps nothing before it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let, self.kept = threading.Semaphore(0), list[str]()
        self.begin(ASKS, PACES)

    def keep(self, outcome: Outcome) -> None:
        assert self.let.acquire(timeout=20)
        self.kept.append(outcome.url)
        super().keep(outcome)


@contextmanager
def serving(sink: SlowSink, slots: int) -> Iterator[tuple[Connection, Tally]]:
    ours, theirs = Pipe()
    tally = Tally()
    parent = Parent(sink, PACES, lambda: datetime.now(UTC), tally, None, lambda: False, slots)
    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(parent.serve, ours)
        try:
            yield theirs, tally
        finally:
            for _ in ASKS:
                sink.let.release()
            theirs.close()
            served.result(20)
            ours.close()


def given(child: Connection, wait: float) -> Ask | None:
    child.send(("claim",))
    return ready(child, wait)


def ready(child: Connection, wait: float) -> Ask | None:
    if not child.poll(wait):
        return None
    kind, ask = child.recv()
    assert kind == "given"
    found: Ask = ask
    return found


def third(child: Connection, wait: float) -> Ask | None:
    """What is given while one address is under way and one was told and is not kept."""
    first, second = given(child, 20), given(child, 20)
    assert first and second
    child.send(("claim",))
    child.send(("page", Outcome(portal="evenstad", url=first.url)))
    return ready(child, wait)


def test_what_was_told_and_is_not_kept_holds_its_slot() -> None:
    sink = SlowSink()
    with serving(sink, slots=2) as (child, _):
        assert third(child, 0.3) is None
        assert sink.kept == []
        sink.let.release()
        assert ready(child, 20) == ASKS[2]
        assert sink.kept == [ASKS[0].url]


def test_planted_bug_a_slot_too_many_is_seen() -> None:
    sink = SlowSink()
    with serving(sink, slots=3) as (child, _):
        assert third(child, 20) == ASKS[2]
        assert sink.kept == []


def test_a_question_is_answered_while_pages_wait_to_be_kept() -> None:
    sink = SlowSink()
    with serving(sink, slots=3) as (child, _):
        assert given(child, 20) == ASKS[0]
        child.send(("take", "evenstad"))
        child.send(("page", Outcome(portal="evenstad", url=ASKS[0].url)))
        assert child.recv() == ("answer", True)
        assert sink.kept == []


def test_what_a_crawling_process_told_before_it_died_is_kept_though_answers_were_left_unread() -> None:
    sink = SlowSink()
    with serving(sink, slots=2) as (child, tally):
        first = given(child, 20)
        assert first
        child.send(("claim",))
        assert child.poll(20)
        child.send(("page", Outcome(portal="evenstad", url=first.url)))
        child.close()  # the answer lies unread: the next receiving fails with a reset connection
    assert sink.kept == [first.url] and not tally.ended


class Line:
    """A line to a parent that answers when the test says so."""

    def __init__(self) -> None:
        self.given, self.told, self.said = deque[Any](), 0, 0

    def listen(self, woken: Any) -> None:
        """Nothing comes by itself."""

    def say(self, message: tuple[str, ...]) -> None:
        assert message == ("claim",)
        self.said += 1


def scheduler(line: Line, slots: int = 4) -> FrontierScheduler:
    crawler: Any = SimpleNamespace(settings=SimpleNamespace(getint=lambda _: slots), engine=None)
    made = FrontierScheduler(crawler)
    made.open(SimpleNamespace(line=line, in_hand={}, request_of=lambda ask: ask.url))
    return made


def test_nothing_left_is_asked_again_when_a_page_was_told_after_the_question() -> None:
    line = Line()
    queue = scheduler(line)
    assert queue.next_request() is None and line.said == 1
    line.told += 1  # a list page, on its way when the parent said that nothing is left
    line.given.append(None)
    assert queue.next_request() is None and line.said == 2


def test_nothing_left_is_not_asked_again_before_anything_came() -> None:
    line = Line()
    queue = scheduler(line)
    queue.next_request()
    line.given.append(None)
    for _ in range(3):
        assert queue.next_request() is None
    assert line.said == 1
    line.told += 1
    queue.next_request()
    assert line.said == 2


@pytest.mark.parametrize(("in_hand", "claims"), [(3, 1), (4, 0)])
def test_no_address_is_claimed_without_a_free_slot(in_hand: int, claims: int) -> None:
    line = Line()
    queue = scheduler(line)
    queue._spider.in_hand = dict.fromkeys(range(in_hand))
    queue.next_request()
    assert line.said == claims
