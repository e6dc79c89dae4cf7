"""The conductor: takes a folder and a seed, runs a whole study in the made-up town, gives results and truth.

Every stage is the one that its command runs. A stage that finished before a kill is not run again; one that
was cut off is taken up where the store says it stands.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from analysis.reading import estimate_path
from analysis.results import Results, write_results
from desk.commands.approve import approve_plan
from desk.commands.crawl import crawl_study, frame_is_whole
from desk.commands.release import release_outcomes
from desk.commands.report import write_reports
from desk.folder import StudyFolder
from desk.planning import plan_wave
from desk.rehearsal.behaviour import Truth, truths
from desk.rehearsal.clock import Clock
from desk.rehearsal.fieldwork import do_fieldwork
from desk.rehearsal.folder import FORMAT, Marker, RehearsalFolder
from desk.rehearsal.landlords import Landlords
from desk.rehearsal.post_office import PostOffice
from desk.rehearsal.site import Site, require_free
from desk.rehearsal.study import crawled_at, study_texts
from desk.rehearsal.town import Advert, build
from desk.rehearsal.town_file import TownFile, read_town
from desk.wave_key import wave_key, write_key
from testing.store import waves
from testing.store.engine import open_store
from testing.study.protocol import Protocol
from testing.study.reading import file_sha256, read_names, read_protocol

STAGES = ("town", "crawl", "plan", "fieldwork", "release", "estimate", "report")
Truths = Mapping[tuple[str, str], Truth]
"""Truth by contrast and landlord type."""
Say = Callable[[str, str], None]
"""Told the stage that is under way and, in words, how far it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What a rehearsal ends with."""

    results: Results
    truths: Truths
    pages: tuple[Path, ...]
    """The report, one page per language."""


def rehearse(root: Path, *, seed: str, town_file: Path | None, port: int, say: Say) -> Rehearsed:
    """Run a whole study in a made-up town, or take up the one that was begun in ``root``.

    Args:
        root: folder of the rehearsal; empty, absent, or one that was begun with the same seed, town and port.
        seed: any words; the same seed gives the same town, plan, outcomes table and results.
        town_file: the town's file; None for the one that comes with the program.
        port: port on 127.0.0.1 for the town's listings site.
        say: told where it is.

    Raises:
        Refused: the folder is not a rehearsal's, is held by another process, or the port is taken.
        LockMismatch: another rehearsal was begun there.
        StudyFileInvalid: the town's file is wrong.
    """
    source = town_file or Path(str(files("desk.rehearsal").joinpath("town.toml")))
    town = read_town(source)
    place = RehearsalFolder(root=root)
    wanted = Marker(format=FORMAT, seed=seed, port=port, town_sha256=file_sha256(source), complete=False)
    if place.read_marker() is None:
        require_free(port)
    marker = place.begin(wanted)
    with place.held():
        shutil.copyfile(source, place.town / "town.toml")
        adverts = build(town, seed)
        say("town", f"{len(adverts)} adverts in {town.town.name}")
        protocol = _study(place, town, port)
        clock = Clock(place.study.virtual_clock, crawled_at(town))
        known = _tell_truth(place, town, protocol)
        if not marker.complete:
            _until_release(place, town, protocol, adverts, seed=seed, port=port, clock=clock, say=say)
        rehearsed = _conclude(place, known, say)
        place.write_marker(replace(marker, complete=True))
    return rehearsed


def _until_release(
    place: RehearsalFolder,
    town: TownFile,
    protocol: Protocol,
    adverts: tuple[Advert, ...],
    *,
    seed: str,
    port: int,
    clock: Clock,
    say: Say,
) -> None:
    study = place.study
    if not frame_is_whole(study):
        with Site(adverts, port):
            counts = crawl_study(
                study,
                clock=clock,
                delay=0,
                progress=lambda rentals, skipped: say("crawl", f"{rentals} rentals, {skipped} skipped"),
            )
        say("crawl", "; ".join(str(portal) for portal in counts.portals))
    say("plan", "drawing up the pairs")
    if not study.key.exists():
        write_key(study, hashlib.sha256(f"evenhand rehearsal wave key {seed}".encode()).digest())
    plan = plan_wave(study, key=wave_key(study), now=clock())
    if not _is_approved(study, plan.seal):
        approve_plan(study, by="the rehearsal", seal=plan.seal, now=clock())
    say("plan", f"{len(plan.applications)} applications, seal {plan.seal[:12]}, approved by the rehearsal")
    landlords = Landlords(town, seed, adverts, read_names(study.names))
    with PostOffice(place.town, study.mail, landlords, clock) as office:
        do_fieldwork(
            study,
            protocol,
            office,
            clock,
            lambda moment, share: say("fieldwork", f"{moment:%a %d %b %Hh}, {share:.0%} of the calendar"),
        )
        say("fieldwork", f"landlords received {office.received} mails, declines among them")
    say("release", "writing the outcomes table")
    where = release_outcomes(study, now=clock())
    say("release", f"outcomes table in {where}")


def _is_approved(study: StudyFolder, seal: str) -> bool:
    with open_store(study.store, create=False) as store, store.read() as session:
        return waves.approval(session, seal) is not None


def _tell_truth(place: RehearsalFolder, town: TownFile, protocol: Protocol) -> Truths:
    """Write what the release and every page made of it must say: that this is a rehearsal, and the truth."""
    cells = {
        name: (set(protocol.reference_cell(name).values()), set(protocol.cell(name).values()))
        for name in protocol.contrasts
    }
    known = truths(town, cells)
    kinds = [str(kind.value) for kind in protocol.frame.landlord_types]
    said = {
        contrast: {
            kind: {"gap": it.gap, "net_rate": it.net_rate, "relative_gap": it.relative_gap}
            for (name, kind), it in known.items()
            if name == contrast and kind in kinds
        }
        for contrast in protocol.contrasts
    }
    draft = place.study.truth.with_suffix(".draft")
    draft.write_text(json.dumps({"rehearsal": True, "truth": said}, indent=1) + "\n", "utf-8")
    draft.replace(place.study.truth)
    return known


def _conclude(place: RehearsalFolder, known: Truths, say: Say) -> Rehearsed:
    study = place.study
    say("estimate", "reading the outcomes table")
    results = estimate_path(study.root)
    write_results(study.release / "results.json", results)
    say("estimate", f"{len(results.estimates)} estimates in {study.release / 'results.json'}")
    pages = write_reports(results, study.report)
    say("report", ", ".join(str(page) for page in pages))
    return Rehearsed(results=results, truths=known, pages=tuple(pages))


def _study(place: RehearsalFolder, town: TownFile, port: int) -> Protocol:
    """Write the study's files, where they are not there yet, and read them."""
    study = place.study
    if not study.protocol.exists():
        # The protocol comes last: where it stands, all of them do.
        texts = study_texts(town, port=port)
        for name in sorted(texts, key=lambda it: it == "protocol.toml"):
            file = place.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_suffix(".draft")
            draft.write_text(texts[name], "utf-8")
            draft.replace(file)
    return read_protocol(study.protocol)
