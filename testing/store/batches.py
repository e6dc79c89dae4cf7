"""Batches: a wave's plan with applications added to it, and what other waves in the store have tested."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from testing.pairing.history import EarlierTest
from testing.pairing.plan import Plan
from testing.store import ledger
from testing.store.crawl_tables import ListingRow
from testing.store.payloads import application_from, canonical, listing_from
from testing.store.tables import ApplicationRow, PlanRow
from testing.store.waves import rows_of, seal_of
from testing.study.application import State
from testing.study.errors import LockMismatch, Refused
from testing.study.listing import Listing

NEVER = (State.WITHHELD, State.WITHDRAWN, State.REFUSED)
"""States of applications that no landlord received or will receive."""
AT_ONCE = 500
"""Keys that are asked for together."""


def extend_plan(session: Session, plan: Plan, now: datetime) -> str:
    """Keep a wave's plan with another batch in it; what stood there before keeps its state.

    The new applications are planned, and nothing of the wave is sent until a person approves the new seal.

    Args:
        session: an open write transaction.
        plan: the wave's plan with one batch more than the store has.
        now: when, aware.

    Returns:
        The new seal. The same plan kept again changes nothing.

    Raises:
        Refused: the wave has no plan yet.
        LockMismatch: an application of the plan in the store is not in the new one, or is another there.
    """
    earlier = seal_of(session, plan.wave)
    if earlier is None:
        raise Refused(f"wave {plan.wave} has no plan to add to; draw it up with: evenhand plan")
    if earlier == plan.seal:
        return earlier
    kept = {
        row.id: row.payload
        for row in session.execute(
            select(ApplicationRow.id, ApplicationRow.payload).where(ApplicationRow.seal == earlier)
        )
    }
    planned = {it.id: it for it in plan.applications}
    changed = [
        key for key, payload in kept.items() if key not in planned or canonical(planned[key]) != payload
    ]
    if changed:
        raise LockMismatch(
            f"the plan with another batch changes {len(changed)} applications that stand already, the first of them "
            f"{changed[0]}; nothing was recorded"
        )
    session.add(
        PlanRow(
            seal=plan.seal, study=plan.study, wave=plan.wave, head=canonical(plan.head()), recorded_at=now
        )
    )
    session.flush()
    rows = list(rows_of(plan.seal, plan.applications))
    table = ApplicationRow.__table__
    for row in rows:
        if row["id"] in kept:
            place = {"seal": plan.seal, "position": row["position"]}
            session.execute(update(ApplicationRow).where(ApplicationRow.id == row["id"]).values(**place))
    new = [row for row in rows if row["id"] not in kept]
    if new:
        session.execute(insert(table), new)  # type: ignore[arg-type]
    session.execute(update(PlanRow).where(PlanRow.seal == earlier).values(replaced_at=now))
    detail = {
        "wave": plan.wave,
        "applications": len(plan.applications),
        "added": len(new),
        "extends": earlier,
    }
    ledger.append(session, "plan-sealed", plan.seal, detail, now)
    return plan.seal


def seals_of(session: Session, wave: str) -> set[str]:
    """Every seal that the wave's plan has had."""
    return set(session.scalars(select(PlanRow.seal).where(PlanRow.wave == wave)))


def tested_by(session: Session, *, but: str | None = None) -> list[EarlierTest]:
    """Every test of the store's waves that reached a landlord or still may, with its advert as seen last.

    Args:
        session: of any study's store.
        but: a wave that is left out.
    """
    query = (
        select(ApplicationRow.payload, ApplicationRow.day)
        .join(PlanRow, PlanRow.seal == ApplicationRow.seal)
        .where(PlanRow.replaced_at.is_(None), ApplicationRow.state.not_in(NEVER))
    )
    if but is not None:
        query = query.where(PlanRow.wave != but)
    days: dict[str, date] = {}
    for payload, day in session.execute(query):
        it = application_from(payload)
        found = day or it.due_at.date()
        days[it.listing] = max(days.get(it.listing, found), found)
    adverts = listings_by_key(session, days)
    return [EarlierTest(listing=adverts[key], day=day) for key, day in sorted(days.items()) if key in adverts]


def listings_by_key(session: Session, keys: Iterable[str]) -> dict[str, Listing]:
    """Adverts by their keys, as seen last; one that was never in the frame is left out."""
    wanted: Sequence[str] = sorted(keys)
    found: dict[str, Listing] = {}
    for at in range(0, len(wanted), AT_ONCE):
        some = select(ListingRow.key, ListingRow.payload).where(ListingRow.key.in_(wanted[at : at + AT_ONCE]))
        found |= {row.key: listing_from(row.payload) for row in session.execute(some)}
    return found
