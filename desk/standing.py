"""Where a study stands: the record, and the command that moves it on from there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk.folder import StudyFolder

SHOWN = 12
"""Characters of a response's id that are enough to name it."""
NOT_BEGUN = ("planned", "approved", "claimed", "transmitting")
"""States of applications that a sender must still look at; the last two where one was killed."""
NOT_LEFT = ("pending", "transmitting")
"""The same of declines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a study stands."""

    study: str
    wave: str
    next: str = ""
    """The command to run next; a word in capitals is for the person to fill in."""
    listings: int = 0
    crawl: str = "never"
    """finished, unfinished or never."""
    seal: str | None = None
    approved_by: str | None = None
    approved_until: str | None = None
    approval_expired: bool = False
    wave_over: bool = False
    """Whether the wave's last day has passed."""
    halted: str | None = None
    """Reason of the halt in force."""
    applications: Mapping[str, int] = field(default_factory=dict)
    """Count by state."""
    uncertain: Sequence[Mapping[str, str | None]] = ()
    """Applications of which nobody knows whether they were sent, with what to look for in the server's log."""
    unread: int = 0
    """Mails in the mailbox that were not received yet."""
    responses: Mapping[str, int] = field(default_factory=dict)
    uncoded: int = 0
    """Responses that no rule has looked at yet."""
    codings_open: int = 0
    """Responses that only a person can code."""
    open_responses: Sequence[str] = ()
    """Their ids."""
    declines: Mapping[str, int] = field(default_factory=dict)
    """Count by state."""
    declines_by_hand: Sequence[Mapping[str, str]] = ()
    """Owed declines that only a person can settle, with the reason."""
    declines_overdue: int = 0
    keeps_open: Sequence[str] = ()
    """What keeps the wave from being closed."""
    kept_until: Mapping[str, str] = field(default_factory=dict)
    """Last day on which answers, contacts and key may be kept, by the protocol; known once there is a plan."""
    to_erase: Sequence[str] = ()
    """Kinds of these whose day has passed; a person erases them, and this is not known to be done or not."""
    ledger_lines: int = 0
    ledger_faults: Sequence[str] = ()


def next_step(folder: StudyFolder, it: Status) -> str:
    """Say which command to run next.

    What came in is looked at first, because it may create obligations; then what only a person can settle; then
    what is owed or may be sent; then the windows that must close; then what follows from a closed wave.
    """
    place = folder.typed
    if it.seal is None:
        return f"evenhand {'plan' if it.crawl == 'finished' else 'crawl'} {place}"
    if it.approved_by is None and it.wave_over:
        return f"evenhand plan {place} --replace (when protocol.toml gives the wave days to come)"
    if it.approved_by is None:
        return f"evenhand approve {place}"
    return _in_the_field(place, it) or _when_closed(folder, place, it.seal)


def _in_the_field(place: str, it: Status) -> str | None:
    waiting = sum(it.applications.get(state, 0) for state in NOT_BEGUN)
    if it.unread:
        return f"evenhand receive {place}"
    if it.uncoded:
        return f"evenhand code {place}"
    if it.open_responses:
        return f"evenhand code {place} --set {it.open_responses[0][:SHOWN]} CATEGORY --coder NAME"
    if it.uncertain:
        return f"evenhand send {place} --reconcile {it.uncertain[0]['application']} --as FOUND --by NAME"
    if it.declines_by_hand:
        return f"evenhand send {place} --declined {it.declines_by_hand[0]['application']} --by NAME"
    if any(it.declines.get(state) for state in NOT_LEFT) or (waiting and it.wave_over):
        return f"evenhand send {place} --live"
    if waiting and it.halted:
        return f"evenhand send {place} --resume-after-halt --by NAME (when the reason is gone)"
    if waiting:
        return f"evenhand {f'approve {place}' if it.approval_expired else f'send {place} --live'}"
    if any("--again" in reason for reason in it.keeps_open):
        return f"evenhand code {place} --again --coder NAME"
    if any("--coder" in reason for reason in it.keeps_open):
        return f"evenhand code {place} --set RESPONSE CATEGORY --coder NAME"
    return f"evenhand receive {place}" if it.keeps_open else None


def _when_closed(folder: StudyFolder, place: str, seal: str) -> str:
    released = _read(folder.release / "outcomes.dictionary.json")
    notes = released.get("notes", {})
    if not released or notes.get("interim") or notes.get("plan_seal") != seal:
        return f"evenhand release {place}"
    estimated = _read(folder.release / "results.json").get("outcomes_sha256")
    if estimated is None or estimated != released.get("sha256", {}).get("csv"):
        return f"evenhand estimate {place}"
    return f"evenhand report {place}"


def _read(path: Path) -> dict[str, Any]:
    """A JSON table, empty where it is absent or cannot be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
