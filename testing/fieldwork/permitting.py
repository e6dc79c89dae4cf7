"""Permitting: takes the store, gathers what the safeguards ask about, gives what they say."""

from datetime import datetime

from testing.fieldwork.safeguards import Circumstances, Ruling, local, rule, wave_may_send
from testing.store import applications as kept
from testing.store.engine import Session, Store
from testing.store.frame import standing
from testing.store.waves import approval, halted, seal_of
from testing.study.application import Application
from testing.study.errors import EvenhandError
from testing.study.protocol import Protocol


def preview(
    store: Store, *, protocol: Protocol, loopback: bool, now: datetime
) -> list[tuple[Application, Ruling]]:
    """Say what would be done with each approved application that is due, one by one; nothing is changed."""
    with store.read() as session:
        own = frozenset(kept.mailboxes(session))
        return [
            (
                it.application,
                rule(protocol, circumstances(session, it.application, protocol, now, own, loopback=loopback)),
            )
            for it in kept.due(session, now)
        ]


def refusal(session: Session, protocol: Protocol, now: datetime) -> EvenhandError | None:
    """Why no application of the wave may be sent at all now, or None."""
    seal = seal_of(session, protocol.wave.name)
    try:
        wave_may_send(
            seal=seal,
            approval=approval(session, seal) if seal else None,
            halt=halted(session),
            today=local(protocol, now).date(),
        )
    except EvenhandError as error:
        return error
    return None


def circumstances(
    session: Session,
    application: Application,
    protocol: Protocol,
    now: datetime,
    own: frozenset[str],
    *,
    loopback: bool,
) -> Circumstances:
    """Read what is true of one application now, in the caller's transaction."""
    advert = standing(session, application.listing)
    before = kept.one_before(session, application) if application.order > 1 else None
    return Circumstances(
        application=application,
        now=now,
        begun_today=kept.begun_on(session, local(protocol, now).date()),
        other_pairs=kept.other_pairs_begun(session, application),
        decline_owed=kept.decline_owed_to(session, application.landlord),
        before=before.application if before else None,
        before_state=before.state if before else None,
        before_sent_at=before.sent_at if before else None,
        own_mailboxes=own,
        loopback=loopback,
        advert_gone=advert is not None and advert.gone,
        advert_seen_at=advert.seen_at if advert else None,
    )
