"""The numbers of the frame and a language in, the page's tables out, ready to print."""

from collections.abc import Mapping
from typing import Any

from babel.dates import format_datetime

from analysis.report.words import Words, mark
from desk.frame_page.facts import BAND, FrameFacts
from desk.frame_page.vocabulary import FIELDS, KINDS, OTHER_REASON, REASONS, RUNGS, TYPES

PLACES = 15
"""Places that are named; the others are counted together."""
View = dict[str, Any]


def reason(words: Words, said: str) -> str:
    """A reason of the crawl or the sample in the language of the page."""
    return words.t(next((sentence for start, sentence in REASONS if said.startswith(start)), OTHER_REASON))


def _rows(words: Words, counts: Mapping[str, int], of: int) -> list[View]:
    return [
        _row(words, name, count, of) for name, count in sorted(counts.items(), key=lambda it: (-it[1], it[0]))
    ]


def _row(words: Words, name: str, count: int, of: int, *more: str) -> View:
    share = count / of if of else 0.0
    return {
        "name": name,
        "cells": [words.number(count), words.percent(share, 0) if of else "", *more],
        "share": f"{min(1.0, share) * 100:.1f}",
    }


def _table(key: str, title: str, note: str, heads: list[str], rows: list[View], *, bars: bool = True) -> View:
    return {"id": key, "title": title, "note": note, "heads": heads, "rows": rows, "bars": bars}


def funnel(facts: FrameFacts, words: Words) -> View:
    """Pages, adverts that stand, those left out and why, those that can be tested."""
    excluded: dict[str, int] = {}
    for said, count in facts.excluded.items():
        told = words.t("not tested: {reason}", reason=reason(words, said))
        excluded[told] = excluded.get(told, 0) + count
    left: dict[str, int] = {}
    for said, count in facts.left_out.items():
        told = words.t("left out: {reason}", reason=reason(words, said))
        left[told] = left.get(told, 0) + count
    whole = facts.adverts
    rows = [
        _row(words, words.t("Answers and files of the last crawl or import"), facts.answers, 0),
        *_rows(words, left, 0),
        _row(words, words.t("Adverts that stand in the frame"), whole, whole),
        *_rows(words, excluded, whole),
        _row(words, words.t("Adverts that can be tested"), facts.testable, whole),
        _row(words, words.t("Pairs of adverts that are one dwelling"), facts.twice, 0),
    ]
    return _table(
        "funnel", words.t("From all pages to the adverts that can be tested"),
        words.t("Shares are of the adverts that stand in the frame. Each advert has one reason, the first that holds."),
        [words.t("Step"), words.t("Number"), words.t("Share")], rows,
    )  # fmt: skip


def types(facts: FrameFacts, words: Words) -> View:
    """Adverts by type of landlord, with the evidence."""
    rows = [
        _row(
            words, words.t(TYPES[kind]), count, facts.adverts, words.number(testable), _evidence(words, rungs),
        )
        for kind, (count, testable, rungs) in facts.by_type.items()
    ]  # fmt: skip
    return _table(
        "types", words.t("Adverts by type of landlord"),
        words.t(
            "The type rests on the strongest evidence that the advert gives. Without any it is not known, never"
            " guessed."
        ),
        [words.t(it) for it in (
            mark("Type"), mark("Number"), mark("Share"), mark("Can be tested"), mark("Strongest evidence")
        )],
        rows,
    )  # fmt: skip


def _evidence(words: Words, rungs: Mapping[int, int]) -> str:
    strongest = sorted(rungs.items(), key=lambda it: it[0] or len(RUNGS))
    return words.listing([f"{words.t(RUNGS[rung])} ({words.number(n)})" for rung, n in strongest])


def rents(facts: FrameFacts, words: Words) -> View:
    """Adverts by rent."""
    rows = [
        _row(words, _band(words, low), count, facts.adverts)
        for low, count in facts.by_rent.items()
    ]  # fmt: skip
    if facts.rent_unknown:
        rows.append(_row(words, words.t("not known, or not by month"), facts.rent_unknown, facts.adverts))
    heads = [words.t("Rent by month"), words.t("Number"), words.t("Share")]
    return _table("rents", words.t("Adverts by rent"), "", heads, rows)


def _band(words: Words, low: int) -> str:
    return words.t("{low} to {high} euro", low=words.number(low), high=words.number(low + BAND - 1))


def places(facts: FrameFacts, words: Words) -> View:
    """Adverts by place."""
    named = [(name or words.t("not known"), count) for name, count in facts.by_place]
    rows = [_row(words, name, count, facts.adverts) for name, count in named[:PLACES]]
    if rest := sum(count for _, count in named[PLACES:]):
        rows.append(_row(words, words.t("other places"), rest, facts.adverts))
    heads = [words.t("Place"), words.t("Number"), words.t("Share")]
    return _table("places", words.t("Adverts by place"), "", heads, rows)


def fields(facts: FrameFacts, words: Words) -> View:
    """What could be read, by source."""
    shown = [it for it in facts.sources if it.shares]
    rows = [
        {
            "name": words.t(label),
            "cells": [words.percent(it.shares[field], 0) if field in it.shares else "" for it in shown],
            "share": "0",
        }
        for field, label in FIELDS.items()
        if shown
    ]
    return _table(
        "fields", words.t("What could be read, by source"),
        words.t(
            "Share of the adverts of the last crawl on which it stood. What stood nowhere is left open, never filled"
            " in."
        ),
        [words.t("Field"), *(it.name for it in shown)], rows, bars=False,
    )  # fmt: skip


def changes(facts: FrameFacts, words: Words) -> View:
    """What the last crawl saw change."""
    portals = sorted({name.rpartition(".")[0] for name in facts.changes})
    rows = [
        {
            "name": portal,
            "cells": [words.number(facts.changes.get(f"{portal}.{kind}", 0)) for kind in KINDS],
            "share": "0",
        }
        for portal in portals
    ]
    note = words.t(
        "Rents that went down: {down}; up: {up}. An advert counts as taken off when two crawls saw it in no list and"
        " its own page is gone.",
        down=words.number(facts.rents_down),
        up=words.number(facts.rents_up),
    )
    heads = [words.t("Source"), *(words.t(it) for it in KINDS.values())]
    return _table("changes", words.t("Changes since the crawl before"), note, heads, rows, bars=False)


def unseen(facts: FrameFacts, words: Words) -> View:
    """How many dwellings there may be, by capture and recapture."""
    rows = [
        {
            "name": words.t("{one} and {other}", one=it.one, other=it.other),
            "cells": [
                words.number(it.seen), words.number(it.both), words.number(it.estimate),
                words.t("{lower} to {upper}", lower=words.number(it.lower), upper=words.number(it.upper)),
            ],
            "share": "0",
        }
        for it in facts.unseen
    ]  # fmt: skip
    note = words.t(
        "Estimated from the dwellings that two portals both advertise (capture and recapture). It holds only if being"
        " on one portal says nothing about being on the other; where landlords use both, it is too low."
    )
    heads = [
        words.t("Portals"),
        words.t("Seen"),
        words.t("On both"),
        words.t("Estimate of all"),
        words.t("Margin"),
    ]
    return _table("unseen", words.t("How many dwellings there may be"), note, heads, rows, bars=False)


def sources(facts: FrameFacts, words: Words) -> View:
    """Sources with their legal basis."""
    rows = []
    for it in facts.sources:
        notes = [words.t("crawled") if it.crawled else words.t("imported")]
        if it.unverified:
            notes.append(words.t("profile unverified: never held against real pages"))
        notes += [
            words.t("{n} pages say {words}", n=words.number(n), words=said)
            for said, n in sorted(it.opt_outs.items())
        ]
        if it.closed_until:
            day = format_datetime(it.closed_until, "d MMMM y, HH:mm 'UTC'", locale=words.locale)
            notes.append(words.t("closed its door until {day}", day=day))
        rows.append(
            {
                "name": it.name,
                "cells": [words.number(it.adverts), it.basis, it.recorded_by, "; ".join(notes)],
                "share": "0",
            }
        )
    heads = [
        words.t("Source"),
        words.t("Adverts"),
        words.t("Legal basis"),
        words.t("Recorded by"),
        words.t("Notes"),
    ]
    return _table("sources", words.t("Sources, and the right to use them"), "", heads, rows, bars=False)
