"""Three virtual weeks of fieldwork: sends what is due, lets landlords answer, reads, codes and declines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from desk.commands.code import code_responses
from desk.commands.receive import receive_mail
from desk.folder import StudyFolder
from desk.rehearsal.clock import Clock
from desk.rehearsal.post_office import PostOffice
from desk.sending import send_wave, settle, settle_declined
from testing.fieldwork.channels.smtp import SmtpChannel
from testing.store import applications, declines
from testing.store.engine import open_store
from testing.study.application import State
from testing.study.protocol import Protocol

BY = "the rehearsal"
"""Who settles what a kill left uncertain."""
GRACE_DAYS = 3
"""Days after the last response window in which declines may still leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When things may happen: every hour of every day on which the study's office is open."""

    first: date
    last: date
    opens: time
    closes: time
    zone: ZoneInfo

    def moments(self) -> list[datetime]:
        """Return the moments at which the rehearsal looks at its mail, in order."""
        found = []
        day = self.first
        while day <= self.last:
            if day.weekday() < 5:
                moment = datetime.combine(day, self.opens, self.zone)
                while moment.time() < self.closes:
                    found.append(moment)
                    moment += timedelta(hours=1)
            day += timedelta(days=1)
        found.append(datetime.combine(self.last, self.closes, self.zone) + timedelta(days=1))
        return found


def calendar(protocol: Protocol) -> Calendar:
    """Return the calendar of a wave, until the last window has closed and the last decline has left."""
    return Calendar(
        first=protocol.wave.first_day,
        last=protocol.wave.last_day + timedelta(days=protocol.wave.response_days + GRACE_DAYS),
        opens=protocol.sending.opens,
        closes=protocol.sending.closes,
        zone=ZoneInfo(protocol.study.timezone),
    )


def do_fieldwork(
    folder: StudyFolder,
    protocol: Protocol,
    office: PostOffice,
    clock: Clock,
    progress: Callable[[datetime, float], None],
) -> None:
    """Let the wave's time pass; a rehearsal that was killed goes on at the hour it had reached.

    Args:
        folder: the study's.
        protocol: the study's.
        office: the town's post office, open.
        clock: the virtual clock.
        progress: told the virtual moment and the share of the calendar that has passed.
    """
    moments = calendar(protocol).moments()
    _settle_uncertain(folder, office, clock())
    for number, moment in enumerate(moments):
        if moment < clock():
            continue
        clock.advance(moment)
        office.deliver_due()
        receive_mail(folder, now=clock())
        code_responses(folder, now=clock())
        with SmtpChannel("127.0.0.1", office.port) as channel:
            counts = send_wave(folder, channel=channel, clock=clock, live=True)
        if counts.uncertain or counts.declines_uncertain:
            _settle_uncertain(folder, office, clock())
        progress(moment, (number + 1) / len(moments))


def _settle_uncertain(folder: StudyFolder, office: PostOffice, now: datetime) -> None:
    """Settle what a kill left uncertain by the post office's own record, as a person would by a server's log."""
    with open_store(folder.store, create=False) as store, store.read() as session:
        uncertain = applications.in_state(session, State.UNCERTAIN)
        owed = declines.open_declines(session)
    for it in uncertain:
        took = office.has(it.application.message_id)
        settle(folder, it.application.id, sent=took, by=BY, now=now)
    for decline in owed:
        if decline.state is declines.DeclineState.UNCERTAIN:
            settle_declined(folder, decline.application, by=BY, now=now)
