"""Draws up a wave: takes protocol, letters, names, frame and key, gives the plan that a person seals."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date

from testing.pairing.identities import ApplicantProvider, applicants, identity_of, name_arm
from testing.pairing.letters import Printer, states_job
from testing.pairing.matching import Match, match
from testing.pairing.plan import Plan
from testing.pairing.sampling import Sample, draw_sample
from testing.pairing.schedule import schedule
from testing.pairing.stream import Stream
from testing.study.application import Application
from testing.study.identity import Name
from testing.study.letter_forms import Letters
from testing.study.listing import Listing
from testing.study.protocol import Protocol
from testing.study.sameness import landlord_groups

ID_DIGITS = 16
"""Hexadecimal digits of an application's, pair's and landlord's key: 64 bits."""
MESSAGE_DIGITS = 32


def draw_up(
    protocol: Protocol,
    letters: Letters,
    names: Sequence[Name],
    listings: Iterable[Listing],
    *,
    key: bytes,
    inputs: Mapping[str, str],
) -> Plan:
    """Draw the sample and draw up every application of the wave.

    The same arguments give the same plan, byte for byte, whatever the order of the listings.

    Args:
        protocol: the study.
        letters: its letter forms.
        names: its table of names.
        listings: the frame.
        key: the wave's secret key.
        inputs: SHA-256 (hex) of protocol, letters and names as files; the frame's is added.

    Raises:
        EvenhandError: a stratum without listings, a wave too short, or names too few.
    """
    frame = list(listings)
    stream = Stream(key, f"plan/{protocol.wave.name}")
    sample, matches = design_pairs(protocol, letters, frame, key=key, stream=stream)
    expected = sum(len(it.applicants) for it in matches)
    people = applicants(protocol, names, expected=expected, stream=stream.substream("applicants"))
    printer = Printer(letters)
    cells = _cells(protocol)
    drawn_up = [
        application
        for it in matches
        for application in _test(protocol, letters, it, people, printer, stream, cells)
    ]
    return Plan(
        study=protocol.study.name,
        wave=protocol.wave.name,
        inputs={**inputs, "frame": frame_sha256(frame)},
        key_commitment=hashlib.sha256(key).hexdigest(),
        strata=sample.strata,
        excluded=sample.excluded,
        applications=tuple(sorted(drawn_up, key=lambda it: (it.due_at, it.id))),
    )


def design_pairs(
    protocol: Protocol, letters: Letters, frame: Sequence[Listing], *, key: bytes, stream: Stream
) -> tuple[Sample, list[Match]]:
    """Draw the sample and design its tests, without people or letters in them yet.

    Args:
        protocol: the study.
        letters: its letter forms.
        frame: the listings.
        key: of the landlords' pseudonyms.
        stream: random stream of the wave.
    """
    landlords = landlord_keys(key, frame)
    sample = draw_sample(protocol, frame, lambda listing: landlords[listing.key], stream)
    moments = schedule(protocol, sample.drawn, stream.substream("schedule"))
    return sample, match(protocol, letters, sample.drawn, moments, stream.substream("matching"))


def landlord_keys(key: bytes, frame: Sequence[Listing]) -> dict[str, str]:
    """Pseudonymous landlord key for the key of each advert: HMAC-SHA256(key, the landlord's strongest mark), 16 digits.

    Adverts that share any mark share the landlord, so that its cap holds over all portals.
    """
    group = landlord_groups(frame)
    marks: dict[str, str] = {}
    for listing in frame:
        material = listing.landlord.key_material(listing.key)
        head = group[listing.key]
        marks[head] = min(marks.get(head, material), material, key=_strongest)
    return {
        it.key: hmac.digest(key, marks[group[it.key]].encode(), "sha256").hex()[:ID_DIGITS] for it in frame
    }


def _strongest(material: str) -> tuple[int, str]:
    kind = material.partition(":")[0]
    return ("company", "licence", "email", "name", "listing").index(kind), material


def frame_sha256(listings: Iterable[Listing]) -> str:
    """SHA-256 (hex) of the frame: its listings by key, as canonical JSON lines."""
    whole = hashlib.sha256()
    for line in frame_lines(listings):
        whole.update(line)
    return whole.hexdigest()


def frame_lines(listings: Iterable[Listing]) -> Iterator[bytes]:
    """The frame as canonical JSON lines, by key: what is hashed, and kept beside the plan."""
    for listing in sorted(listings, key=lambda it: it.key):
        line = json.dumps(listing, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        yield line.encode() + b"\n"


def _cells(protocol: Protocol) -> dict[tuple[str, str | None], dict[str, str]]:
    """Arms by the contrast of a listing and the one that an applicant stands for, None for the reference applicant."""
    return {
        (lead, contrast): protocol.cell(contrast) if contrast else protocol.reference_cell(lead)
        for lead, served in protocol.tests().items()
        for contrast in (None, *served)
    }


def _test(
    protocol: Protocol,
    letters: Letters,
    it: Match,
    people: ApplicantProvider,
    printer: Printer,
    stream: Stream,
    cells: Mapping[tuple[str, str | None], dict[str, str]],
) -> list[Application]:
    """The applications to one listing, the reference applicant's first."""
    listing, language = it.drawn.listing, str(it.drawn.listing.language)
    profile, jobs, domains = (
        people.applicant_profile(language),
        people.applicant_jobs(language, len(it.applicants)),
        people.applicant_domains(len(it.applicants)),
    )
    tokens = stream.substream(f"ids/{listing.key}")
    pair, built, met = tokens.token(ID_DIGITS), list[Application](), list[Name]()
    for contrast, place, form, job, domain in zip(
        it.applicants, it.places, it.forms, jobs, domains, strict=True
    ):
        cell = cells[it.contrast, contrast]
        sex = cell.get(protocol.signalled_by("sex") or "", it.sex)
        role = f"{contrast or it.contrast}/{'treated' if contrast else 'reference'}"
        name = people.applicant_name(name_arm(protocol, cell), sex, role, it.drawn.landlord, met)
        met.append(name)
        works = states_job(letters.form(language, form), cell)
        identity = identity_of(
            name, profile, job=job if works else None, email=people.applicant_mailbox(name, domain)
        )
        built.append(
            Application(
                id=tokens.token(ID_DIGITS),
                pair=pair,
                listing=listing.key,
                landlord=it.drawn.landlord,
                landlord_type=listing.landlord.type.value,
                stratum=it.drawn.stratum,
                contrast=it.contrast,
                arms=cell,
                reference=contrast is None,
                identity=identity,
                letter=printer.render(language=language, form=form, cell=cell, identity=identity),
                to=str(listing.landlord.email),
                order=place,
                due_at=it.moments[place - 1],
                message_id=f"<{tokens.token(MESSAGE_DIGITS)}@{domain}>",
                weight=max(1.0, 1 / it.drawn.probability),
            )
        )
    return built


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return {each.name: getattr(value, each.name) for each in fields(value)}  # type: ignore[arg-type]
