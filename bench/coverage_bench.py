"""Many rehearsed studies without mail or web: how often do 95 % intervals cover the town's built-in truth?

Every study has a town, a plan by the real pairing engine and landlords that decide as in a rehearsal; only the
listings site and the post office are left out, and landlords perceive every signal. Prints, for each contrast,
landlord type and interval, the share of studies that covers, with its Monte Carlo error.

    python bench/coverage_bench.py [STUDIES]        (default 400; 2,000 give a Monte Carlo error of 0.5 points)
"""

import hashlib
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from math import sqrt
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.dictionary import Contrast, Dictionary, Ground
from analysis.estimation import estimate
from analysis.outcomes import OutcomesTable
from analysis.plan import AnalysisPlan
from desk.rehearsal.behaviour import invites, truths
from desk.rehearsal.study import study_texts
from desk.rehearsal.town import Advert, build
from desk.rehearsal.town_file import TownFile, read_town
from testing.pairing.drawing import draw_up
from testing.study.letter_forms import Letters
from testing.study.listing import Evidence, Landlord, LandlordType, Listing, RentPeriod, Transaction
from testing.study.protocol import Protocol
from testing.study.reading import read_letters, read_names, read_protocol

SEEN = datetime(2027, 2, 26, 10, tzinfo=UTC)
PLAN = AnalysisPlan.model_validate(
    {
        "format": "evenhand-analysis/1",
        "primary": {"contrast": "origin", "estimand": "gap"},
        "step": [{"estimator": "pairs"}, {"estimator": "linear"}],
    }
)


@cache
def study() -> tuple[TownFile, Protocol, Letters, tuple[Any, ...]]:
    import tempfile

    town = read_town(Path(str(files("desk.rehearsal").joinpath("town.toml"))))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in study_texts(town, port=8173).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, "utf-8")
        protocol = read_protocol(root / "protocol.toml")
        return (
            town,
            protocol,
            read_letters(root / "letters", protocol),
            read_names(root / "names.csv", protocol),
        )


def listing(advert: Advert) -> Listing:
    kind = LandlordType(advert.landlord_type)
    return Listing(
        portal="evenstad",
        listing_id=advert.id,
        url=f"http://127.0.0.1/advert/{advert.id}",
        seen_at=SEEN,
        transaction=Transaction.RENT,
        landlord=Landlord(
            type=kind,
            evidence=(Evidence(rung=2, source="town", says=kind, quote=kind.value),),
            name=advert.landlord_name,
            licence_no=advert.licence_no,
            email=advert.email,
        ),
        language=advert.language,
        rent_amount=float(advert.rent),
        rent_period=RentPeriod.MONTH,
        currency="EUR",
        street=advert.street,
        house_number=advert.house_number,
        postcode=advert.postcode,
        city=advert.city,
        dwelling_type=advert.dwelling_type,
        area_m2=float(advert.area_m2),
        bedrooms=float(advert.bedrooms),
    )


def table(seed: str) -> OutcomesTable:
    town, protocol, letters, names = study()
    adverts = build(town, seed)
    by_key = {(found := listing(advert)).key: (advert, found) for advert in adverts}
    key = hashlib.sha256(seed.encode()).digest()
    plan = draw_up(protocol, letters, names, [it for _, it in by_key.values()], key=key, inputs={})
    rows = []
    for it in plan.applications:
        advert = by_key[it.listing][0]
        positive = invites(
            seed,
            town.behaviour[advert.landlord_type],
            landlord=advert.landlord,
            advert=advert.id,
            applicant=it.identity.email,
            perceived=list(it.arms.values()),
        )
        rows.append(
            {
                "study": plan.study,
                "wave": plan.wave,
                "pair": it.pair,
                "listing": it.listing,
                "landlord": it.landlord,
                "landlord_type": it.landlord_type,
                "stratum": it.stratum,
                "application": it.id,
                "order": it.order,
                "sent_at": it.due_at,
                "answered_at": pd.NaT,
                "delivered": True,
                "weight": it.weight,
                **{f"arm_{ground}": arm for ground, arm in it.arms.items()},
                "category": None,
                "outcome_positive": int(positive),
            }
        )
    dictionary = Dictionary(
        study=plan.study,
        wave=plan.wave,
        grounds={n: Ground(arms=tuple(g.arms), reference=g.reference) for n, g in protocol.grounds.items()},
        contrasts={
            n: Contrast(reference=protocol.reference_cell(n), other=protocol.cell(n))
            for n in protocol.contrasts
        },
        outcomes=("positive",),
        primary="positive",
        landlord_types=("private", "agency"),
    )
    return OutcomesTable(frame=pd.DataFrame(rows), dictionary=dictionary)


def intervals(seed: str) -> list[tuple[tuple[str, str, str, str], bool, float]]:
    town, protocol, _, _ = study()
    cells = {n: (protocol.reference_cell(n).values(), protocol.cell(n).values()) for n in protocol.contrasts}
    known = truths(town, cells)
    return list(_covered(estimate(table(seed), PLAN).estimates, known))


def _covered(estimates: Any, known: Any) -> Iterator[tuple[tuple[str, str, str, str], bool, float]]:
    for row in estimates:
        if row.value is None or row.lower is None or row.outcome != "positive":
            continue
        measure = {"regression_gap": "gap"}.get(row.estimand.value, row.estimand.value)
        if measure == "gap_difference":
            truth = known[row.contrast, "private"].gap - known[row.contrast, "agency"].gap
        elif measure in ("gap", "net_rate", "relative_gap") and (row.contrast, row.level) in known:
            truth = getattr(known[row.contrast, row.level], measure)
        else:
            continue
        key = (row.contrast, row.level, row.estimand.value, row.method)
        yield key, row.lower <= truth <= row.upper, row.value - truth


def main(studies: int) -> None:
    began = time.monotonic()
    covered: Counter[tuple[str, str, str, str]] = Counter()
    seen: Counter[tuple[str, str, str, str]] = Counter()
    errors: dict[tuple[str, str, str, str], float] = defaultdict(float)
    with ProcessPoolExecutor() as pool:
        for found in pool.map(intervals, (f"study {number}" for number in range(studies)), chunksize=4):
            for key, inside, error in found:
                seen[key] += 1
                covered[key] += inside
                errors[key] += error
    for key, n in sorted(seen.items()):
        share = covered[key] / n
        print(
            f"{key[0]:14} {key[1]:18} {key[2]:15} covers {share:6.1%} ± {1.96 * sqrt(share * (1 - share) / n):4.1%}"
            f"  bias {errors[key] / n:+7.2%}  studies {n:5}  {key[3]}"
        )
    print(f"{studies} studies in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
