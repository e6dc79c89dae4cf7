"""Draws up a wave: takes protocol, letters, names, frame and key, gives the plan that a person seals."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date

from testing.pairing.history import Before, EarlierTest, History, history_of
from testing.pairing.identities import ApplicantProvider, applicants, identity_of, name_arm
from testing.pairing.landlords import ID_DIGITS
from testing.pairing.letters import Printer, states_job
from testing.pairing.matching import Match, match
from testing.pairing.plan import Batch, Plan, merged
from testing.pairing.sampling import Sample, draw_sample
from testing.pairing.schedule import load_of, schedule
from testing.pairing.stream import Stream
from testing.study.application import Application
from testing.study.identity import Name
from testing.study.letter_forms import Letters
from testing.study.listing import Listing
from testing.study.protocol import Protocol

MESSAGE_DIGITS = 32


def draw_up(
    protocol: Protocol,
    letters: Letters,
    names: Sequence[Name],
    listings: Iterable[Listing],
    *,
    key: bytes,
    inputs: Mapping[str, str],
    before: Before | None = None,
    first_day: date | None = None,
) -> Plan:
    """Draw the sample and draw up every application of the wave, or of its next batch.

    The same arguments give the same plan, byte for byte, whatever the order of the listings.

    Args:
        protocol: the study.
        letters: its letter forms.
        names: its table of names.
        listings: the frame.
        key: the wave's secret key.
        inputs: SHA-256 (hex) of protocol, letters and names as files; the frame's is added.
        before: what went before: other waves, and the wave's earlier batches, which stand in the plan that is given
            back as they were.
        first_day: first day on which the batch may write; None takes the wave's.

    Raises:
        EvenhandError: a stratum without listings, a wave too short, or names too few.
    """
    frame, before = list(listings), before or Before()
    first_day = max(first_day or protocol.wave.first_day, protocol.wave.first_day)
    label = f"plan/{protocol.wave.name}" + (f"/batch{before.number}" if before.number > 1 else "")
    stream = Stream(key, label)
    history = history_of(protocol, frame, before, key=key, first_day=first_day)
    sample, matches = _designed(protocol, letters, frame, stream, history, before.plan, first_day)
    earlier = before.plan.applications if before.plan else ()
    expected = len(earlier) + sum(len(it.applicants) for it in matches)
    people = applicants(protocol, names, expected=expected, stream=stream.substream("applicants"))
    for it in earlier:
        people.has_met(history.landlords[it.listing], it.identity)
    printer = Printer(letters)
    cells = _cells(protocol)
    drawn_up = [
        application
        for it in matches
        for application in _test(protocol, letters, it, people, printer, stream, cells)
    ]
    if before.plan is not None:
        batch = Batch(
            frame=frame_sha256(frame),
            elsewhere=elsewhere_sha256(before.elsewhere),
            first_day=first_day.isoformat(),
            pairs=tuple(dict.fromkeys(it.pair for it in drawn_up)),
            strata=sample.strata,
            excluded=sample.excluded,
        )
        return merged(before.plan, batch, drawn_up)
    elsewhere = {"elsewhere": elsewhere_sha256(before.elsewhere)} if before.elsewhere else {}
    return Plan(
        study=protocol.study.name,
        wave=protocol.wave.name,
        inputs={**inputs, "frame": frame_sha256(frame), **elsewhere},
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
    first_day = protocol.wave.first_day
    history = history_of(protocol, frame, Before(), key=key, first_day=first_day)
    return _designed(protocol, letters, frame, stream, history, None, first_day)


def _designed(
    protocol: Protocol,
    letters: Letters,
    frame: Sequence[Listing],
    stream: Stream,
    history: History,
    plan: Plan | None,
    first_day: date,
) -> tuple[Sample, list[Match]]:
    sample = draw_sample(protocol, frame, history, stream)
    load = load_of(protocol, plan.applications if plan else ())
    moments = schedule(
        protocol,
        sample.drawn,
        stream.substream("schedule"),
        first_day=first_day,
        load=load,
        days_of=history.days,
    )
    return sample, match(protocol, letters, sample.drawn, moments, stream.substream("matching"))


def frame_sha256(listings: Iterable[Listing]) -> str:
    """SHA-256 (hex) of the frame: its listings by key, as canonical JSON lines."""
    whole = hashlib.sha256()
    for line in frame_lines(listings):
        whole.update(line)
    return whole.hexdigest()


def frame_lines(listings: Iterable[Listing]) -> Iterator[bytes]:
    """The frame as canonical JSON lines, by key: what is hashed, and kept beside the plan."""
    for listing in sorted(listings, key=lambda it: it.key):
        yield _line(listing)


def elsewhere_lines(tests: Iterable[EarlierTest]) -> Iterator[bytes]:
    """Tests of other waves as canonical JSON lines, by advert and day: what is hashed, and kept beside the plan."""
    for it in sorted(tests, key=lambda it: (it.listing.key, it.day)):
        yield _line(it)


def elsewhere_sha256(tests: Iterable[EarlierTest]) -> str:
    """SHA-256 (hex) of the tests of other waves."""
    return hashlib.sha256(b"".join(elsewhere_lines(tests))).hexdigest()


def _line(record: object) -> bytes:
    line = json.dumps(record, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return line.encode() + b"\n"


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
    for contrast, place, form, variants, job, domain in zip(
        it.applicants, it.places, it.forms, it.variants, jobs, domains, strict=True
    ):
        cell = cells[it.contrast, contrast]
        sex = cell.get(protocol.signalled_by("sex") or "", it.sex)
        role = f"{contrast or it.contrast}/{'treated' if contrast else 'reference'}"
        arm, landlord = name_arm(protocol, cell), it.drawn.landlord
        name = people.applicant_name(arm, sex, role, landlord, met, age=profile.age)
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
                letter=printer.render(
                    language=language, form=form, cell=cell, identity=identity, variants=variants
                ),
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
