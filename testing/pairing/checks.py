"""What every plan must keep: takes a plan with the study, gives each promise that it breaks, in words.

The plan is drawn up to keep them; this says so again from the finished plan alone, by other means, before a
person approves it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from testing.pairing.letters import differences, filled_slots, letter_sha256
from testing.pairing.matching import block_size
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
    pairs = pairs_of(plan.applications)
    return [
        *_uniqueness(plan),
        *_caps(plan, protocol),
        *(fault for pair in pairs.values() for fault in _pair(pair, protocol, letters)),
        *_calendar(plan, protocol, pairs),
        *_balance(protocol, pairs),
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
        names[it.landlord, it.identity.full_name] += 1
        types[it.landlord].add(it.landlord_type)
    for landlord, theirs in met.items():
        cap = min(cap_of(protocol, kind) for kind in types[landlord])
        if len(theirs) > cap:
            yield f"landlord {landlord} gets {len(theirs)} pairs, over the cap of {cap}"
    for (landlord, name), count in names.items():
        if count > 1:
            yield f"landlord {landlord} meets {name} {count} times"
    for listing, count in Counter(it.listing for it in plan.applications).items():
        if count != 2:
            yield f"listing {listing} gets {count} applications, not one pair"


def _pair(pair: list[Application], protocol: Protocol, letters: Letters) -> Iterator[str]:
    if len(pair) != 2 or pair[0].reference == pair[1].reference or [it.order for it in pair] != [1, 2]:
        yield f"pair {pair[0].pair} is not a reference and a treated applicant, one first and one second"
        return
    reference, treated = sorted(pair, key=lambda it: not it.reference)
    where = f"pair {reference.pair}"
    if reference.letter.form == treated.letter.form:
        yield f"{where}: both use letter form {reference.letter.form}"
    if reference.identity.name.sex != treated.identity.name.sex:
        yield f"{where}: the two are not of one sex"
    if dict(reference.arms) != protocol.cell() or dict(treated.arms) != protocol.cell(treated.contrast):
        yield f"{where}: the arms are not those of contrast {treated.contrast}"
    for what in ("household", "age", "income_amount"):
        if getattr(reference.identity, what) != getattr(treated.identity, what):
            yield f"{where}: the two differ in {what}"
    for what in ("listing", "landlord", "landlord_type", "stratum", "contrast", "to", "weight"):
        if getattr(reference, what) != getattr(treated, what):
            yield f"{where}: the two differ in {what}"
    for it in pair:
        yield from _letter(it, letters)
    yield from _gap(pair, protocol)


def _letter(it: Application, letters: Letters) -> Iterator[str]:
    where = f"application {it.id}"
    form = letters.form(it.letter.language, it.letter.form)
    if it.letter.sha256 != letter_sha256(it.letter.subject, it.letter.body):
        yield f"{where}: the letter is not the one that was hashed"
    if it.letter.subject != form.subject:
        yield f"{where}: the subject is not that of form {form.name}"
    found = filled_slots(form, it.arms, it.letter.body)
    if found is None:
        yield f"{where}: the letter differs from form {form.name} outside its slots"
        return
    wanted = {
        "name": it.identity.full_name,
        "household": it.identity.household,
        "age": str(it.identity.age),
        "amount": str(it.identity.income_amount),
        "job": it.identity.occupation,
    }
    for slot, values in found.items():
        if values != {wanted[slot]}:
            yield f"{where}: slot {slot} holds {', '.join(sorted(values))}, not {wanted[slot]}"


def _gap(pair: list[Application], protocol: Protocol) -> Iterator[str]:
    low, high = protocol.design.gap_hours
    hours = (pair[1].due_at - pair[0].due_at).total_seconds() / 3600
    if not low <= hours <= high:
        yield f"pair {pair[0].pair}: {hours:.2f} hours between the two, not {low:g} to {high:g}"
    if protocol.design.order == "test_first" and pair[0].reference:
        yield f"pair {pair[0].pair}: the reference applicant writes first"


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
            yield f"pair {pair[0].pair}: the two are not due on one day"


def _balance(protocol: Protocol, pairs: Mapping[str, list[Application]]) -> Iterator[str]:
    by_stratum: dict[str, list[list[Application]]] = defaultdict(list)
    for pair in pairs.values():
        by_stratum[pair[0].stratum].append(pair)
    shares = {name: contrast.share for name, contrast in protocol.contrasts.items()}
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
        yield from _form_balance(stratum, theirs)


def _order_balance(protocol: Protocol, stratum: str, pairs: list[list[Application]]) -> Iterator[str]:
    for contrast in protocol.contrasts:
        theirs = [pair for pair in pairs if pair[0].contrast == contrast]
        treated_first = sum(not pair[0].reference for pair in theirs)
        if protocol.design.order == "random" and abs(2 * treated_first - len(theirs)) > 1:
            yield f"stratum {stratum}, {contrast}: treated first in {treated_first} of {len(theirs)} pairs"
        women = sum(pair[0].identity.name.sex == "f" for pair in theirs)
        if protocol.design.sex == "both" and abs(2 * women - len(theirs)) > 1:
            yield f"stratum {stratum}, {contrast}: women in {women} of {len(theirs)} pairs"


def _form_balance(stratum: str, pairs: list[list[Application]]) -> Iterator[str]:
    uneven: Counter[tuple[str, str, bool, str]] = Counter()
    for pair in pairs:
        for it in pair:
            cell = (it.contrast, it.letter.language, pair[0].reference, it.letter.form)
            uneven[cell] += 1 if it.reference else -1
    for (contrast, language, _, form), count in uneven.items():
        if abs(count) > 1:
            yield (
                f"stratum {stratum}, {contrast}: form {language}/{form} goes {abs(count)} times more often to "
                f"the {'reference' if count > 0 else 'treated'} applicant"
            )


def _calendar_place(pair: list[Application]) -> tuple[datetime, str]:
    return pair[0].due_at, pair[0].listing


__all__ = ["broken_promises", "differences"]
