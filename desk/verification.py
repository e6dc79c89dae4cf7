"""A study's files, with the wave's key, go in; whether its plan is the one that they give comes out, check by check.

Nothing of the store is used: whoever has the files can verify them, on another machine, years later.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from desk.folder import StudyFolder
from desk.plan_files import planned_elsewhere, planned_frame, unzipped
from testing.pairing.history import EarlierTest
from testing.pairing.plan import Plan, plan_from_json
from testing.study.errors import EvenhandError
from testing.study.listing import Listing

MOST_SHOWN = 3
LINE = b"\n"
NOTHING = hashlib.sha256(b"").hexdigest()
"""Hash of no tests of other waves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFrom:
    """What a batch was drawn from, besides protocol, letters and names."""

    frame: list[Listing]
    elsewhere: tuple[EarlierTest, ...]
    first_day: date | None
    """None for the first batch, which begins with the wave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    holds: bool
    said: str


def verify(folder: StudyFolder, key: bytes, seal: str | None = None) -> list[Check]:
    """Check a plan against its seal, its inputs, its promises, and what the key draws from them.

    Args:
        folder: the study's files; ``plan/plan.json`` and ``plan/frame.jsonl.gz`` among them.
        key: the wave's secret key, revealed.
        seal: as it was published; None takes the plan's own, and then only says what it is.

    Raises:
        EvenhandError: the plan cannot be read at all.
        StudyFileInvalid: protocol, letters or names do not hold what they must.
    """
    try:
        content = folder.plan.read_bytes()
        plan = plan_from_json(content)
    except OSError as error:
        raise EvenhandError(
            f"{folder.plan} cannot be read ({error.strerror}); there is nothing to verify"
        ) from error
    except ValueError as error:
        raise EvenhandError(f"{folder.plan} is no plan ({error}); restore it from a copy") from error
    found = hashlib.sha256(content).hexdigest()
    if seal is None:
        checks = [
            Check(name="seal", holds=True, said=f"{found} (no published seal was given to hold it against)")
        ]
    else:
        same = found == seal.strip().lower()
        checks = [
            Check(name="seal", holds=same, said="as published" if same else f"{found}, not the published one")
        ]
    committed = hashlib.sha256(key).hexdigest() == plan.key_commitment
    said = (
        "the key that was committed to"
        if committed
        else f"another key: {plan.key_commitment} was committed to"
    )
    checks.append(Check(name="key", holds=committed, said=said))
    checks += _inputs(folder, plan)
    drawn_from = _drawn_from(folder, plan, checks)
    checks.append(_promises(folder, plan))
    if drawn_from is None or not all(it.holds for it in checks if it.name not in ("seal", "promises")):
        said = "not tried: it would only repeat what differs above"
        return [*checks, Check(name="redraw", holds=False, said=said)]
    return [*checks, _redrawn(folder, plan, content, drawn_from, key)]


def _inputs(folder: StudyFolder, plan: Plan) -> Iterator[Check]:
    from testing.study.reading import study_inputs

    found = study_inputs(folder.root)
    for name, place in (("protocol", folder.protocol), ("letters", folder.letters), ("names", folder.names)):
        same = plan.inputs.get(name) == found[name]
        yield Check(
            name=name,
            holds=same,
            said=f"{place}: " + ("as sealed" if same else "changed since it was sealed"),
        )


def _drawn_from(folder: StudyFolder, plan: Plan, checks: list[Check]) -> list[DrawnFrom] | None:
    """What each batch was drawn from, with a check for each file; None where any is not the one."""
    first = (plan.inputs.get("frame", ""), plan.inputs.get("elsewhere", NOTHING), None)
    later = [(it.frame, it.elsewhere, date.fromisoformat(it.first_day)) for it in plan.batches]
    found: list[DrawnFrom] = []
    for number, (frame, elsewhere, first_day) in enumerate([first, *later], start=1):
        mine = [_file("frame", folder.planned_frame_of(number), frame)]
        if elsewhere != NOTHING:
            mine.append(_file("elsewhere", folder.planned_elsewhere_of(number), elsewhere))
        checks += mine
        if all(it.holds for it in mine):
            found.append(
                DrawnFrom(
                    frame=planned_frame(folder, number),
                    elsewhere=() if elsewhere == NOTHING else planned_elsewhere(folder, number),
                    first_day=first_day,
                )
            )
    return found if len(found) == 1 + len(later) else None


def _file(name: str, path: Path, sha256: str) -> Check:
    try:
        content = unzipped(path)
    except EvenhandError as error:
        return Check(name=name, holds=False, said=str(error))
    if hashlib.sha256(content).hexdigest() != sha256:
        what = "the adverts" if name == "frame" else "the tests of other waves"
        return Check(name=name, holds=False, said=f"{path}: not {what} that the plan was drawn with")
    return Check(name=name, holds=True, said=f"{path}: {content.count(LINE):,} lines, as sealed")


def _promises(folder: StudyFolder, plan: Plan) -> Check:
    from testing.pairing.checks import broken_promises
    from testing.study.reading import read_letters, read_protocol

    protocol = read_protocol(folder.protocol)
    broken = broken_promises(plan, protocol, read_letters(folder.letters, protocol))
    said = f"caps, balance, times and letters of {len(plan.applications):,} applications"
    if broken:
        said = f"{len(broken)} broken: " + "; ".join(broken[:MOST_SHOWN])
    return Check(name="promises", holds=not broken, said=said)


def _redrawn(
    folder: StudyFolder, plan: Plan, content: bytes, drawn_from: list[DrawnFrom], key: bytes
) -> Check:
    from testing.pairing.drawing import draw_up
    from testing.pairing.history import Before
    from testing.study.reading import read_letters, read_names, read_protocol, study_inputs

    protocol = read_protocol(folder.protocol)
    letters, names = read_letters(folder.letters, protocol), read_names(folder.names, protocol)
    again, frames, inputs = None, list[list[Listing]](), study_inputs(folder.root)
    for batch in drawn_from:
        before = Before(elsewhere=batch.elsewhere, plan=again, frames=tuple(frames))
        again = draw_up(
            protocol,
            letters,
            names,
            batch.frame,
            key=key,
            inputs=inputs,
            before=before,
            first_day=batch.first_day,
        )
        frames.append(batch.frame)
    assert again is not None, "a plan has a first batch"
    if again.canonical() == content:
        return Check(
            name="redraw", holds=True, said="the key draws this very plan from these files, byte for byte"
        )
    return Check(name="redraw", holds=False, said="the key draws another plan: " + _differences(plan, again))


def _differences(plan: Plan, again: Plan) -> str:
    """Which applications are not those that are drawn."""
    there, drawn = ({it.id: it for it in each.applications} for each in (plan, again))
    said = [f"application {it} is not drawn" for it in there if it not in drawn]
    said += [f"application {it} is missing" for it in drawn if it not in there]
    said += [f"application {it} differs" for it in there if it in drawn and there[it] != drawn[it]]
    said = said or ["strata, exclusions or order differ"]
    more = f"; and {len(said) - MOST_SHOWN} more" if len(said) > MOST_SHOWN else ""
    return "; ".join(said[:MOST_SHOWN]) + more
