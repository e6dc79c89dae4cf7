"""What every plan must keep: takes a plan with the study, gives each promise that it breaks, in words.

The plan is drawn up to keep them; this says so again from the finished plan alone, by other means, before a
person approves it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from testing.pairing.letter_checks import (
    arms_label,
    cell_label,
    form_balance,
    letters_of_pair,
    variant_balance,
)
from testing.pairing.matching import block_size, orders_of, shares_of
from testing.pairing.plan import Plan, pairs_of
from testing.pairing.sampling import cap_of
from testing.study.application import Application
from testing.study.letter_forms import Letters
from testing.study.misfits import working_days
from testing.study.protocol import Protocol

OPAQUE = re.compile(r"[0-9a-f]{16,32}")


def broken_promises(plan: Plan, protocol: Protocol, letters: Letters) -> list[str]:
    """Check a plan against caps, balance, timing, equivalence and secrecy.

    Args:
        plan: as drawn up or as read from disk.
        protocol: the study it was drawn up for.
        letters: its letter forms.

    Returns:
        One sentence for each promise that is broken; empty where all are kept.
    """
    pairs, cells = pairs_of(plan.applications), _cells(protocol)
    return [
        *_uniqueness(plan),
        *_caps(plan, protocol),
        *(fault for pair in pairs.values() for fault in _pair(pair, protocol, letters, cells)),
        *_calendar(plan, protocol, pairs),
        *(
            fault
            for batch in plan.of_batches()
            for fault in _balance(
                protocol, letters, {key: pairs[key] for key in batch if key in pairs}, cells
            )
        ),
    ]


def _uniqueness(plan: Plan) -> Iterator[str]:
    values: dict[str, list[str]] = {
        "application id": [it.id for it in plan.applications],
        "mailbox": [it.identity.email.casefold() for it in plan.applications],
        "message id": [it.message_id for it in plan.applications],
    }
    for what, found in values.items():
        for value, count in Counter(found).items():
            if count > 1:
                yield f"{what} {value} is used {count} times"
    for it in plan.applications:
        for token in (it.id, it.pair, it.landlord, it.message_id[1:].partition("@")[0]):
            if not OPAQUE.fullmatch(token):
                yield f"application {it.id}: {token!r} is not an opaque key"


def _caps(plan: Plan, protocol: Protocol) -> Iterator[str]:
    met: dict[str, set[str]] = defaultdict(set)
    names: Counter[tuple[str, str]] = Counter()
    types: dict[str, set[str]] = defaultdict(set)
    for it in plan.applications:
        met[it.landlord].add(it.pair)
        names[it.landlord, it.identity.name.root] += 1
        types[it.landlord].add(it.landlord_type)
    for landlord, theirs in met.items():
        cap = min(cap_of(protocol, kind) for kind in types[landlord])
        if len(theirs) > cap:
            yield f"landlord {landlord} gets {len(theirs)} pairs, over the cap of {cap}"
    for (landlord, name), count in names.items():
        if count > 1:
            yield f"landlord {landlord} meets {name} {count} times"
    for listing, theirs in _tests_by_listing(plan).items():
        if len(theirs) != 1:
            yield f"listing {listing} gets {len(theirs)} tests, not one"


def _tests_by_listing(plan: Plan) -> dict[str, set[str]]:
    tests: dict[str, set[str]] = defaultdict(set)
    for it in plan.applications:
        tests[it.listing].add(it.pair)
    return tests


def _cells(protocol: Protocol) -> dict[str, list[dict[str, str]]]:
    """The cells that each test must have: the reference applicant's first."""
    return {
        name: [protocol.reference_cell(name), *(protocol.cell(contrast) for contrast in contrasts)]
        for name, contrasts in protocol.tests().items()
    }


def _pair(
    pair: list[Application],
    protocol: Protocol,
    letters: Letters,
    cells: Mapping[str, list[dict[str, str]]],
) -> Iterator[str]:
    where, wanted = f"pair {pair[0].pair}", cells.get(pair[0].contrast, [])
    reference = wanted[0] if wanted else {}
    if protocol.design.applicants == "one":
        wanted = [cell for cell in wanted if cell == dict(pair[0].arms)]
    if [it.order for it in pair] != list(range(1, len(wanted) + 1)):
        yield f"{where} is not {len(wanted)} applicants, one after the other"
        return
    if sorted(map(arms_label, pair)) != sorted(map(cell_label, wanted)):
        yield f"{where}: the arms are not those of contrast {pair[0].contrast}"
    if any(it.reference != (dict(it.arms) == reference) for it in pair):
        yield f"{where}: the reference applicant is not the one in the reference arms"
    for form, count in Counter(it.letter.form for it in pair).items():
        if count > 1:
            yield f"{where}: {count} use letter form {form}"
    told = protocol.signalled_by("sex")
    if told is None and len({it.identity.name.sex for it in pair}) > 1:
        yield f"{where}: they are not of one sex"
    if told is not None and any(it.identity.name.sex != it.arms[told] for it in pair):
        yield f"{where}: the sex is not that of the arm"
    for part in ("first", "last"):
        if len({getattr(it.identity.name, part) for it in pair}) < len(pair):
            yield f"{where}: two share a {part} name"
    for what in ("household", "age", "income_amount"):
        if len({getattr(it.identity, what) for it in pair}) > 1:
            yield f"{where}: they differ in {what}"
    for what in ("listing", "landlord", "landlord_type", "stratum", "contrast", "to", "weight"):
        if len({getattr(it, what) for it in pair}) > 1:
            yield f"{where}: they differ in {what}"
    yield from letters_of_pair(pair, letters)
    for it in pair:
        if not it.identity.name.fits(it.identity.age, protocol.wave.first_day.year):
            yield f"{where}: {it.identity.full_name}, born {it.identity.name.born}, is not {it.identity.age}"
    yield from _gap(pair, protocol)


def _gap(pair: list[Application], protocol: Protocol) -> Iterator[str]:
    low, high = protocol.design.gap_hours
    for first, second in pairwise(pair):
        hours = (second.due_at - first.due_at).total_seconds() / 3600
        if not low <= hours <= high:
            yield f"pair {pair[0].pair}: {hours:.2f} hours between two, not {low:g} to {high:g}"
    if protocol.design.order == "test_first" and len(pair) > 1 and not pair[-1].reference:
        yield f"pair {pair[0].pair}: the reference applicant does not write last"


def _calendar(plan: Plan, protocol: Protocol, pairs: Mapping[str, list[Application]]) -> Iterator[str]:
    zone = ZoneInfo(protocol.study.timezone)
    days = set(working_days(protocol.wave.first_day, protocol.wave.last_day, protocol.sending.weekends))
    load: Counter[object] = Counter()
    for it in plan.applications:
        local = it.due_at.astimezone(zone)
        load[local.date()] += 1
        if local.date() not in days:
            yield f"application {it.id} is due on {local.date()}, not a working day of the wave"
        if not protocol.sending.opens <= local.time() <= protocol.sending.closes:
            yield f"application {it.id} is due at {local.time()}, outside opening hours"
    for day, count in load.items():
        if count > protocol.sending.daily_cap:
            yield f"{day}: {count} applications, over the daily cap of {protocol.sending.daily_cap}"
    for pair in pairs.values():
        if len({it.due_at.astimezone(zone).date() for it in pair}) > 1:
            yield f"pair {pair[0].pair}: they are not due on one day"


def _balance(
    protocol: Protocol,
    letters: Letters,
    pairs: Mapping[str, list[Application]],
    cells: Mapping[str, list[dict[str, str]]],
) -> Iterator[str]:
    by_stratum: dict[str, list[list[Application]]] = defaultdict(list)
    for pair in pairs.values():
        by_stratum[pair[0].stratum].append(pair)
    shares = shares_of(protocol)
    size = block_size(list(shares.values()))
    for stratum, theirs in by_stratum.items():
        theirs = sorted(theirs, key=_calendar_place)
        blocks = [theirs[at : at + size] for at in range(0, len(theirs), size)] if size else [theirs]
        for number, block in enumerate(blocks, start=1):
            found = Counter(pair[0].contrast for pair in block)
            for name, share in shares.items():
                if abs(found[name] - share * len(block)) >= 1:
                    yield f"stratum {stratum}, block {number}: {found[name]} pairs of {name} in {len(block)}"
        yield from _order_balance(protocol, stratum, theirs)
        yield from form_balance(stratum, theirs, cells)
        yield from variant_balance(stratum, theirs, letters)


def _order_balance(protocol: Protocol, stratum: str, pairs: list[list[Application]]) -> Iterator[str]:
    one = protocol.design.applicants == "one"
    for contrast, served in protocol.tests().items():
        theirs = [pair for pair in pairs if pair[0].contrast == contrast]
        # One applicant each: as many of every arm in each language. Else as many of every order.
        orders: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        women: dict[str, Counter[str]] = defaultdict(Counter)
        for pair in theirs:
            arms = tuple(arms_label(it) for it in pair)
            orders[pair[0].letter.language if one else ""][arms] += 1
            women[arms[0] if one else ""][pair[0].identity.name.sex] += 1
        possible = 1 + len(served) if one else len(orders_of(protocol, 1 + len(served)))
        for found in orders.values():
            most, least = max(found.values()), min(found.values()) if len(found) == possible else 0
            if most - least > 1:
                yield f"stratum {stratum}, {contrast}: one order in {most} pairs, another in {least}"
        for sexes in women.values():
            balanced = protocol.design.sex == "both" and protocol.signalled_by("sex") is None
            if balanced and abs(sexes["f"] - sexes["m"]) > 1:
                yield f"stratum {stratum}, {contrast}: women in {sexes['f']} of {sexes.total()} pairs"


def _calendar_place(pair: list[Application]) -> tuple[datetime, str]:
    return pair[0].due_at, pair[0].listing
