"""Plans, approvals and halts: what may be sent, who allowed it, and whether all sending stands still."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from testing.pairing.plan import Plan, Stratum, batches_from
from testing.store import ledger
from testing.store.payloads import application_from, canonical
from testing.store.tables import ApplicationRow, ApprovalRow, HaltRow, PlanRow
from testing.study.application import Application, State
from testing.study.errors import EvenhandError, LockMismatch, Refused

AT_ONCE = 1000
"""Applications that are handed to the database together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person's approval of one plan."""

    seal: str
    by: str
    at: datetime
    until: date
    """Last day on which it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one application of a plan stands, without the application itself."""

    application: str
    state: State
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A halt of all sending of applications that nobody has ended."""

    by: str
    reason: str
    at: datetime


def record_plan(session: Session, plan: Plan, now: datetime, *, replace: bool = False) -> str:
    """Keep a sealed plan and all its applications, once for each wave.

    Args:
        session: an open write transaction.
        plan: as drawn up.
        now: when, aware.
        replace: give up the wave's earlier plan, possible only while nothing of it was sent.

    Returns:
        The plan's seal. The same plan recorded again changes nothing.

    Raises:
        Refused: the wave has another plan, and it is not replaced or something of it has left.
    """
    seal = plan.seal
    earlier = session.scalar(
        select(PlanRow).where(PlanRow.wave == plan.wave, PlanRow.replaced_at.is_(None)).limit(1)
    )
    if earlier is not None and earlier.seal == seal:
        return seal
    if earlier is not None:
        _give_up(session, earlier, now, replace=replace)
    again = session.get(PlanRow, seal)
    if again is None:
        session.add(
            PlanRow(seal=seal, study=plan.study, wave=plan.wave, head=canonical(plan.head()), recorded_at=now)
        )
    else:
        again.recorded_at, again.replaced_at = now, None
    session.flush()
    _insert(session, seal, plan.applications)
    ledger.append(
        session, "plan-sealed", seal, {"wave": plan.wave, "applications": len(plan.applications)}, now
    )
    return seal


def plan_of(session: Session, wave: str) -> Plan | None:
    """Return the wave's plan exactly as it was recorded, or None.

    Raises:
        LockMismatch: the plan in the store no longer has the seal under which it was recorded.
    """
    row = _current(session, wave)
    if row is None:
        return None
    # Before anything is read: what was changed may no longer be a plan at all.
    if not intact(session, row.seal):
        raise LockMismatch(
            f"the plan of wave {wave} in the store was changed after it was sealed ({row.seal[:12]}…); "
            "restore the store from a copy"
        )
    payloads = session.scalars(
        select(ApplicationRow.payload)
        .where(ApplicationRow.seal == row.seal)
        .order_by(ApplicationRow.position)
    )
    head = json.loads(row.head)
    strata = tuple(Stratum(**stratum) for stratum in head.pop("strata"))
    batches = batches_from(head.pop("batches", ()))
    applications = tuple(application_from(it) for it in payloads)
    return Plan(**head, strata=strata, batches=batches, applications=applications)


def seal_of(session: Session, wave: str) -> str | None:
    """Return the seal of the wave's plan, or None."""
    row = _current(session, wave)
    return None if row is None else row.seal


def places(session: Session, seal: str) -> list[Place]:
    """Return where each application of a plan stands, in the plan's order."""
    rows = session.execute(
        select(ApplicationRow.id, ApplicationRow.state, ApplicationRow.sent_at)
        .where(ApplicationRow.seal == seal)
        .order_by(ApplicationRow.position)
    )
    return [Place(application=row.id, state=row.state, sent_at=row.sent_at) for row in rows]


def inputs_of(session: Session, seal: str) -> dict[str, str]:
    """Return the hash of each input that a plan was drawn from, by name."""
    row = session.get(PlanRow, seal)
    return {} if row is None else dict(json.loads(row.head)["inputs"])


def intact(session: Session, seal: str) -> bool:
    """Whether the rows of a plan still hash to its seal; quick, because they are kept as canonical text."""
    row = session.get(PlanRow, seal)
    if row is None:
        return False
    payloads = session.scalars(
        select(ApplicationRow.payload).where(ApplicationRow.seal == seal).order_by(ApplicationRow.position)
    )
    # The canonical plan has its keys sorted and "applications" comes first of all.
    whole = '{"applications":[' + ",".join(payloads) + "]," + row.head[1:]
    return hashlib.sha256(whole.encode()).hexdigest() == seal


def record_approval(session: Session, *, seal: str, by: str, now: datetime, until: date) -> int:
    """Approve a recorded plan: its planned applications may be sent when due.

    Args:
        session: an open write transaction.
        seal: of the plan that the person saw.
        by: who approves, by name.
        now: when, aware.
        until: last day on which the approval holds.

    Returns:
        How many applications became approved.

    Raises:
        Refused: no such plan, it was replaced, nobody is named, or the approval has already expired.
    """
    row = session.get(PlanRow, seal)
    if row is None or row.replaced_at is not None:
        raise Refused(f"no plan in force has the seal {seal[:12]}…; look at it with: evenhand status")
    if not by.strip():
        raise Refused("an approval needs the name of the person who gives it")
    if until < now.date():
        raise Refused(f"the approval would end on {until}, before today; give a later day")
    session.add(ApprovalRow(seal=seal, by=by, at=now, until=until))
    planned = (ApplicationRow.seal == seal, ApplicationRow.state == State.PLANNED)
    changed = session.scalar(select(func.count()).select_from(ApplicationRow).where(*planned)) or 0
    session.execute(
        update(ApplicationRow)
        .where(*planned)
        .values(state=State.APPROVED)
        .execution_options(synchronize_session=False)
    )
    detail = {"by": by, "until": until.isoformat(), "applications": changed}
    ledger.append(session, "plan-approved", seal, detail, now)
    return changed


def approval(session: Session, seal: str) -> Approval | None:
    """Return the latest approval of a plan, or None; whether it has expired is for the caller to see."""
    row = session.scalar(
        select(ApprovalRow).where(ApprovalRow.seal == seal).order_by(ApprovalRow.id.desc()).limit(1)
    )
    return None if row is None else Approval(seal=row.seal, by=row.by, at=row.at, until=row.until)


def halt(session: Session, *, by: str, reason: str, now: datetime) -> None:
    """Stop the sending of every application; declines that are owed go on."""
    if not reason.strip() or not by.strip():
        raise Refused("a halt needs a reason and the name of the person who orders it")
    session.add(HaltRow(by=by, reason=reason, at=now))
    ledger.append(session, "halted", "study", {"by": by, "reason": reason}, now)


def resume_after_halt(session: Session, *, by: str, now: datetime) -> int:
    """End every halt in force.

    Returns:
        How many halts ended.

    Raises:
        EvenhandError: nothing is halted.
    """
    ended = session.execute(
        update(HaltRow)
        .where(HaltRow.resumed_at.is_(None))
        .values(resumed_by=by, resumed_at=now)
        .returning(HaltRow.id)
    ).all()
    if not ended:
        raise EvenhandError("nothing is halted, so there is nothing to resume")
    ledger.append(session, "resumed", "study", {"by": by, "halts": len(ended)}, now)
    return len(ended)


def halted(session: Session) -> Halt | None:
    """Return the first halt in force, or None."""
    row = session.scalar(select(HaltRow).where(HaltRow.resumed_at.is_(None)).order_by(HaltRow.id).limit(1))
    return None if row is None else Halt(by=row.by, reason=row.reason, at=row.at)


def _current(session: Session, wave: str) -> PlanRow | None:
    return session.scalar(select(PlanRow).where(PlanRow.wave == wave, PlanRow.replaced_at.is_(None)).limit(1))


def _give_up(session: Session, earlier: PlanRow, now: datetime, *, replace: bool) -> None:
    untouched = (State.PLANNED, State.APPROVED)
    left = session.scalar(
        select(func.count())
        .select_from(ApplicationRow)
        .where(ApplicationRow.seal == earlier.seal, ApplicationRow.state.not_in(untouched))
    )
    if left:
        raise Refused(
            f"wave {earlier.wave} has a plan of which {left} applications are no longer untouched; "
            "a wave under way keeps its plan, so give the new one another wave name"
        )
    if not replace:
        raise Refused(
            f"wave {earlier.wave} already has another plan (seal {earlier.seal[:12]}…); nothing of it was "
            "sent, so it can be replaced: say so explicitly"
        )
    # Its approvals go too: should the same plan come back, a person must approve it again.
    session.execute(delete(ApprovalRow).where(ApprovalRow.seal == earlier.seal))
    session.execute(delete(ApplicationRow).where(ApplicationRow.seal == earlier.seal))
    earlier.replaced_at = now
    ledger.append(session, "plan-replaced", earlier.seal, {"wave": earlier.wave}, now)


def _insert(session: Session, seal: str, applications: tuple[Application, ...]) -> None:
    rows = rows_of(seal, applications)
    while some := list(islice(rows, AT_ONCE)):
        session.execute(insert(ApplicationRow.__table__), some)  # type: ignore[arg-type]


def rows_of(seal: str, applications: Sequence[Application]) -> Iterator[dict[str, Any]]:
    """The rows of a plan's applications, planned."""
    return (
        {
            "id": it.id,
            "seal": seal,
            "position": position,
            "pair": it.pair,
            "order": it.order,
            "landlord": it.landlord,
            "mailbox": it.identity.email.casefold(),
            "message_id": it.message_id,
            "due_at": it.due_at,
            "state": State.PLANNED,
            "note": "",
            "payload": canonical(it),
        }
        for position, it in enumerate(applications)
    )
