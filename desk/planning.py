"""Drawing up a wave's plan, or its next batch, from a study's folder: sealed in the store and written beside it."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from desk.folder import StudyFolder, study_folder
from desk.plan_files import draft_of, manifest_of, planned_frame, unzipped, write_draft, zipped
from testing.study.errors import EvenhandError, LockMismatch, Refused

if TYPE_CHECKING:
    from testing.pairing.history import Before, EarlierTest
    from testing.pairing.plan import Batch, Plan
    from testing.store.engine import Session, Store
    from testing.study.listing import Listing
    from testing.study.protocol import Protocol


def plan_wave(
    folder: StudyFolder, *, key: bytes, now: datetime, replace: bool = False, earlier: Sequence[Path] = ()
) -> "Plan":
    """Draw up the wave's plan, record it in the store and write ``plan/plan.json``.

    Args:
        folder: the study.
        key: the wave's secret key.
        now: when, aware.
        replace: give up an earlier plan of the wave, possible only while nothing of it was sent.
        earlier: folders of other studies whose landlords are left alone; other waves of this store always are.

    Raises:
        StudyFileInvalid: protocol, letters or names do not hold what they must.
        Refused: the frame is not whole, or the wave has another plan.
        EvenhandError: a stratum without listings, a wave too short, names too few, or no room to write.
    """
    from testing.pairing.history import Before
    from testing.store import waves
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        before = Before(elsewhere=_elsewhere(folder, store, protocol.wave.name, earlier))
        plan, listings = _drawn(folder, store, protocol, key, before)

        def record(session: "Session") -> None:
            waves.record_plan(session, plan, now, replace=replace)

        _keep(folder, store, plan, listings, before, record)
    return plan


def add_batch(folder: StudyFolder, *, key: bytes, now: datetime, earlier: Sequence[Path] = ()) -> "Plan":
    """Add a batch to the wave's plan: of adverts that came since, from tomorrow on; what stands there stays.

    Args:
        folder: the study.
        key: the wave's secret key.
        now: when, aware.
        earlier: as for ``plan_wave``.

    Raises:
        LockMismatch: plan, protocol, letters, names or an earlier batch's adverts are not those that were sealed.
        Refused: the wave has no plan, it ends before tomorrow, or no new advert can be drawn.
        EvenhandError: too few days are left, or names too few, or no room to write.
    """
    from desk.sealed import check_sealed
    from testing.pairing.history import Before
    from testing.pairing.plan import plan_from_json
    from testing.store import batches
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    with open_store(folder.store, create=False) as store:
        with store.read() as session:
            _write_again(folder, session, protocol)
            check_sealed(folder, session, protocol)
        plan = plan_from_json(folder.plan.read_bytes())
        sealed = (plan.inputs["frame"], *(it.frame for it in plan.batches))
        frames = tuple(_sealed_frame(folder, number, it) for number, it in enumerate(sealed, start=1))
        before = Before(
            elsewhere=_elsewhere(folder, store, protocol.wave.name, earlier), plan=plan, frames=frames
        )
        first_day = _tomorrow(protocol, now)
        if first_day > protocol.wave.last_day:
            raise Refused(
                f"wave {protocol.wave.name} ends on {protocol.wave.last_day}; a batch would begin after it"
            )
        longer, listings = _drawn(folder, store, protocol, key, before, first_day)
        batch = longer.batches[-1]
        if not batch.pairs:
            raise Refused(_nothing_new(batch))
        _keep(
            folder, store, longer, listings, before, lambda session: batches.extend_plan(session, longer, now)
        )
    return longer


def _sealed_frame(folder: StudyFolder, number: int, sealed: str) -> "list[Listing]":
    path = folder.planned_frame_of(number)
    if hashlib.sha256(unzipped(path)).hexdigest() != sealed:
        raise LockMismatch(f"{path}: not the adverts that the plan was drawn with; restore it from a copy")
    return planned_frame(folder, number)


def _nothing_new(batch: "Batch") -> str:
    if not any(it.wanted for it in batch.strata):
        return "every landlord type has the pairs that the protocol wants; there is nothing to add"
    why = ", ".join(f"{count} {reason}" for reason, count in batch.excluded.items())
    return f"no new advert can be drawn: {why or 'none came'}; crawl again, or leave the plan as it is"


def _drawn(
    folder: StudyFolder,
    store: "Store",
    protocol: "Protocol",
    key: bytes,
    before: "Before",
    first_day: date | None = None,
) -> "tuple[Plan, list[Listing]]":
    from testing.pairing.checks import broken_promises
    from testing.pairing.drawing import draw_up
    from testing.pairing.letter_checks import mates_alike
    from testing.store import crawls, frame
    from testing.study.reading import read_letters, read_names, study_inputs

    letters = read_letters(folder.letters, protocol)
    names = read_names(folder.names, protocol)
    inputs = study_inputs(folder.root)
    with store.read() as session:
        crawls.require_whole_frame(session)
        listings = frame.listings(session)
    plan = draw_up(
        protocol, letters, names, listings, key=key, inputs=inputs, before=before, first_day=first_day
    )
    broken = broken_promises(plan, protocol, letters)
    if broken and broken == mates_alike(plan, letters):
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise EvenhandError(
            f"{broken[0]}{more}; word one of their forms anew, or take occupations that are less alike "
            "(see: evenhand letters preview)"
        )
    if broken:
        raise AssertionError("the plan drawn up breaks its own promises: " + "; ".join(broken[:5]))
    return plan, listings


def _keep(
    folder: StudyFolder,
    store: "Store",
    plan: "Plan",
    listings: "Sequence[Listing]",
    before: "Before",
    record: Callable[["Session"], object],
) -> None:
    """Write the plan's files and record it: a kill at any moment leaves what the next start understands."""
    from testing.pairing.drawing import elsewhere_lines, frame_lines

    beside = {folder.planned_frame_of(before.number): frame_lines(listings)}
    if before.elsewhere:
        beside[folder.planned_elsewhere_of(before.number)] = elsewhere_lines(before.elsewhere)
    drafts: dict[Path, Path] = {}
    try:
        drafts[folder.plan] = write_draft(folder.plan, plan.parts())
        drafts[folder.manifest] = write_draft(folder.manifest, [manifest_of(plan)])
        for target, lines in beside.items():
            drafts[target] = write_draft(target, zipped(lines))
        with store.begin() as session:
            record(session)
    except BaseException:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
        raise
    # A plan without its frame could not be verified; a frame without its plan is only a file too many.
    for target in (*beside, folder.manifest, folder.plan):
        drafts[target].replace(target)


def _write_again(folder: StudyFolder, session: "Session", protocol: "Protocol") -> None:
    """Finish a batch that was recorded and whose files a kill kept from their places."""
    from testing.store import batches, waves

    seal = waves.seal_of(session, protocol.wave.name)
    if seal is None or not folder.plan.is_file():
        return
    found = hashlib.sha256(folder.plan.read_bytes()).hexdigest()
    if found == seal or found not in batches.seals_of(session, protocol.wave.name):
        return
    plan = waves.plan_of(session, protocol.wave.name)
    assert plan is not None
    for number in range(1, 2 + len(plan.batches)):
        for target in (folder.planned_frame_of(number), folder.planned_elsewhere_of(number)):
            draft = draft_of(target)
            if draft.is_file():
                draft.replace(target)
    write_draft(folder.manifest, [manifest_of(plan)]).replace(folder.manifest)
    write_draft(folder.plan, plan.parts()).replace(folder.plan)


def _elsewhere(
    folder: StudyFolder, store: "Store", wave: str, earlier: Sequence[Path]
) -> "tuple[EarlierTest, ...]":
    """Tests of other waves: of this store, and of the studies in other folders."""
    from testing.store import batches
    from testing.store.engine import open_store

    with store.read() as session:
        found = batches.tested_by(session, but=wave)
    for path in earlier:
        other = study_folder(path)
        if other.root.resolve() == folder.root.resolve():
            raise EvenhandError(
                f"{path} is this study itself, whose other waves count anyway; name another folder"
            )
        with open_store(other.store_within, create=False) as there, there.read() as session:
            found += batches.tested_by(session)
    return tuple(found)


def _tomorrow(protocol: "Protocol", now: datetime) -> date:
    return now.astimezone(ZoneInfo(protocol.study.timezone)).date() + timedelta(days=1)
