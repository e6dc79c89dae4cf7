"""``evenhand plan``: takes a study with a whole frame, draws the sample and the pairs, seals the plan."""

import json
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.folder import StudyFolder, study_folder
from desk.rehearsal.clock import clock_of
from desk.unverified import unverified_profiles
from desk.wave_key import wave_key
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from testing.pairing.plan import Plan


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--replace", is_flag=True, help="Give up an earlier plan of the wave of which nothing was sent."
)
@click.option("--json", "as_json", is_flag=True, help="Print strata, exclusions, balance and seal as JSON.")
def command(folder: Path, replace: bool, as_json: bool) -> None:
    """Draw the sample, draw up the pairs and seal the plan.

    Nothing is sent: a person approves the sealed plan first. The same files, frame and key give the same
    plan; where the wave has another one already, this is refused.
    """
    study = study_folder(folder)
    now = clock_of(study)()
    plan = plan_wave(study, key=wave_key(study), now=now, replace=replace)
    told = summary(plan, unverified_profiles(study, plan))
    if as_json:
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        click.echo(summary_text(told))
    click.echo(f"\nNext: read {study.plan}, then: evenhand approve {study.typed}", err=True)


def plan_wave(folder: StudyFolder, *, key: bytes, now: datetime, replace: bool = False) -> "Plan":
    """Draw up the wave's plan, record it in the store and write ``plan/plan.json``.

    Args:
        folder: the study.
        key: the wave's secret key.
        now: when, aware.
        replace: give up an earlier plan of the wave, possible only while nothing of it was sent.

    Raises:
        StudyFileInvalid: protocol, letters or names do not hold what they must.
        Refused: the frame is not whole, or the wave has another plan.
        EvenhandError: a stratum without listings, a wave too short, names too few, or no room to write.
    """
    from testing.pairing.checks import broken_promises
    from testing.pairing.drawing import draw_up, frame_lines
    from testing.store import crawls, frame, waves
    from testing.store.engine import open_store
    from testing.study.reading import read_letters, read_names, read_protocol, study_inputs

    protocol = read_protocol(folder.protocol)
    letters = read_letters(folder.letters, protocol)
    names = read_names(folder.names, protocol)
    inputs = study_inputs(folder.root)
    with open_store(folder.store, create=False) as store:
        with store.read() as session:
            crawls.require_whole_frame(session)
            listings = frame.listings(session)
        plan = draw_up(protocol, letters, names, listings, key=key, inputs=inputs)
        broken = broken_promises(plan, protocol, letters)
        if broken:
            raise AssertionError("the plan drawn up breaks its own promises: " + "; ".join(broken[:5]))
        draft = _draft(folder.plan, plan.parts())
        drawn_from = _draft(folder.planned_frame, _zipped(frame_lines(listings)))
        try:
            with store.begin() as session:
                waves.record_plan(session, plan, now, replace=replace)
        except BaseException:
            draft.unlink(missing_ok=True)
            drawn_from.unlink(missing_ok=True)
            raise
        # A plan without its frame could not be verified; a frame without its plan is only a file too many.
        drawn_from.replace(folder.planned_frame)
        draft.replace(folder.plan)
    return plan


def summary(plan: "Plan", unverified: Sequence[str] = ()) -> dict[str, Any]:
    """What a person looks at before approving: strata, exclusions, balance, calendar and seal.

    Args:
        plan: sealed.
        unverified: profiles that read its adverts and were never held against real pages.
    """
    first = [it for it in plan.applications if it.order == 1]
    cells = Counter((it.stratum, it.contrast) for it in first)
    treated_first = Counter((it.stratum, it.contrast) for it in first if not it.reference)
    women = Counter((it.stratum, it.contrast) for it in first if it.identity.name.sex == "f")
    forms = Counter((it.letter.language, it.letter.form, it.reference) for it in plan.applications)
    return {
        "study": plan.study,
        "wave": plan.wave,
        "pairs": len(first),
        "applications": len(plan.applications),
        "landlords": len({it.landlord for it in first}),
        "first_due": plan.applications[0].due_at.isoformat(),
        "last_due": plan.applications[-1].due_at.isoformat(),
        "strata": [asdict(stratum) for stratum in plan.strata],
        "excluded": dict(plan.excluded),
        "unverified_profiles": list(unverified),
        "contrasts": [
            {
                "stratum": stratum,
                "contrast": contrast,
                "pairs": count,
                "treated_first": treated_first[stratum, contrast],
                "women": women[stratum, contrast],
            }
            for (stratum, contrast), count in sorted(cells.items())
        ],
        "forms": [
            {
                "language": language,
                "form": form,
                "reference": forms[language, form, True],
                "treated": forms[language, form, False],
            }
            for language, form in sorted({(language, form) for language, form, _ in forms})
        ],
        "seal": plan.seal,
        "key_commitment": plan.key_commitment,
    }


def summary_text(told: Mapping[str, Any]) -> str:
    """The summary as a page of text."""
    unit = (
        "pairs"
        if told["applications"] == 2 * told["pairs"]
        else f"tests, {told['applications']} applications"
    )
    lines = [f"Wave {told['wave']} of {told['study']}: {told['pairs']} {unit}, {told['landlords']} landlords"]
    lines += [f"due from {told['first_due']} to {told['last_due']} (UTC)", ""]
    lines.append(f"{'stratum':24} {'eligible':>8} {'wanted':>7} {'drawn':>6}")
    for it in told["strata"]:
        short = "  fewer than wanted: all that the caps allow" if it["drawn"] < it["wanted"] else ""
        lines.append(f"{it['name']:24} {it['eligible']:8} {it['wanted']:7} {it['drawn']:6}{short}")
    lines += ["", f"{'stratum':24} {'contrast':20} {'pairs':>6} {'treated first':>14} {'women':>6}"]
    for it in told["contrasts"]:
        lines.append(
            f"{it['stratum']:24} {it['contrast']:20} {it['pairs']:6} {it['treated_first']:14} {it['women']:6}"
        )
    lines += ["", f"{'letter form':24} {'reference':>10} {'treated':>8}"]
    for it in told["forms"]:
        lines.append(f"{it['language'] + '/' + it['form']:24} {it['reference']:10} {it['treated']:8}")
    lines += ["", f"Not eligible: {sum(told['excluded'].values())}"]
    lines += [f"  {count:6} {reason}" for reason, count in told["excluded"].items()]
    if told["unverified_profiles"]:
        names = ", ".join(told["unverified_profiles"])
        lines += [
            "",
            f"UNVERIFIED profiles, never held against real pages, read adverts of this plan: {names}",
        ]
    lines += ["", f"Seal: {told['seal']}", f"Key commitment: {told['key_commitment']}"]
    return "\n".join(
        [
            *lines,
            "Publish both before the first message: afterwards nobody can say that the draw was made to fit.",
        ]
    )


def _zipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip without a time or a name in it: the same content gives the same bytes."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def _draft(target: Path, parts: Iterable[bytes]) -> Path:
    """Write beside the target, so that the disk is known to hold it before the store says so."""
    draft = target.with_name(f".{target.name}.draft")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise EvenhandError(
            f"{target} cannot be written ({error.strerror}); make room and mind who may write there"
        ) from error
    return draft
