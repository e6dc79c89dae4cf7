"""Twin adverts in a made-up frame: what our pairs find and cost, beside Splink's on the same adverts in the same run.

    python bench/linkage_bench.py [--adverts 20000] [--most 100000] [--seed 7]

The frame is made by rules that neither side was fitted to: a fifth of the dwellings stand on two portals, where the
second advert loses or rewords what second adverts lose (number, reference, street's spelling, language, rounding);
half of the flats share their building, street and asking rent with others. Splink learns its weights from the adverts
themselves (random pairs and expectation-maximisation); ours are written down, the same for every frame.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from testing.study.listing import Landlord, Listing, Transaction  # noqa: E402
from testing.study.sameness import landlord_marks, pairs  # noqa: E402

NOW = datetime(2026, 11, 2, tzinfo=UTC)
FIRST = "Kerk Molen Station School Nieuw Linden Kasteel Berg Veld Hoog Laag Oever Haven Markt Park Abdij Klooster Dorp"
LAST = ("straat", "laan", "weg", "plein", "dreef", "steenweg", "kaai", "baan")
FRENCH = {"straat": "rue", "laan": "avenue", "weg": "chemin", "plein": "place", "dreef": "drève"}
Pair = frozenset[str]


def frame(count: int, seed: int = 7) -> tuple[list[Listing], set[Pair]]:
    """Adverts, and the keys of those that are one dwelling."""
    draw = random.Random(seed)
    streets = [f"{first}{last}" for first in FIRST.split() for last in LAST]
    postcodes = [str(1000 + 10 * n) for n in range(max(8, count // 1500))]
    adverts: list[Listing] = []
    truth: set[Pair] = set()
    while len(adverts) < count:
        postcode, street, number = draw.choice(postcodes), draw.choice(streets), str(draw.randint(1, 180))
        flats = draw.choice((1, 1, 2, 3))
        rent = float(draw.randrange(550, 1600, 10))
        for flat in range(flats):
            office = draw.randrange(max(20, count // 60))
            area = float(draw.randint(35, 140))
            place = len(adverts)
            first = Listing(
                portal="one", listing_id=str(place), url=f"https://one.example/{place}", seen_at=NOW,
                transaction=Transaction.RENT, sources={}, language="nl",
                landlord=Landlord(name=f"Kantoor {office}", email=f"huur@k{office}.example"),
                title=f"Appartement met {draw.choice(('terras', 'tuin', 'garage', 'lift'))} te huur",
                rent_amount=rent if draw.random() < 0.5 else float(draw.randrange(550, 1600, 5)), currency="EUR",
                street=street, house_number=number + (f" bus {flat + 1}" if flats > 1 else ""), postcode=postcode,
                city=f"Stad {postcode}", dwelling_type="apartment", area_m2=area,
                bedrooms=float(min(5, 1 + int(area // 45))), energy_label=draw.choice("ABCDEF"),
                reference=f"{office}-{draw.randrange(10**5):05d}" if draw.random() < 0.7 else None,
            )  # fmt: skip
            adverts.append(first)
            if draw.random() < 0.2:
                adverts.append(_second(first, draw, len(adverts)))
                truth.add(frozenset((first.key, adverts[-1].key)))
    return adverts, truth


def _second(first: Listing, draw: random.Random, place: int) -> Listing:
    """The same dwelling on another portal."""
    street, number = first.street or "", first.house_number
    language = "fr" if draw.random() < 0.1 else "nl"
    if language == "fr":
        ending = next((it for it in FRENCH if street.endswith(it)), None)
        street = f"{FRENCH[ending]} {street.removesuffix(ending)}" if ending else street
    elif draw.random() < 0.1:
        at = draw.randrange(1, len(street) - 1)
        street = street[:at] + street[at + 1 :]  # a letter is lost
    if draw.random() < 0.25:
        number = None if draw.random() < 0.5 else (number or "").split(" ")[0]
    return replace(
        first, portal="two", listing_id=str(place), url=f"https://two.example/{place}", language=language,
        street=street, house_number=number, title="Mooie woning" if draw.random() < 0.6 else first.title,
        rent_amount=(first.rent_amount or 0) + draw.choice((0, 0, 0, 0, 0, 0, 0, 50)),
        area_m2=round((first.area_m2 or 0) * draw.choice((1, 1, 1, 1.02, 0.97)), 0),
        bedrooms=first.bedrooms if draw.random() < 0.8 else None,
        energy_label=first.energy_label if draw.random() < 0.7 else None,
        reference=first.reference if draw.random() < 0.4 else f"T{draw.randrange(10**6)}",
        landlord=first.landlord if draw.random() < 0.6 else Landlord(),
    )  # fmt: skip


def ours(adverts: list[Listing]) -> Iterable[Pair]:
    return [frozenset((it.one, it.other)) for it in pairs(adverts)]


def splinks(adverts: list[Listing]) -> Iterable[Pair]:
    """Splink's pairs from a probability of 0.95 on, by comparisons and blocks as its documentation has them."""
    import splink.comparison_level_library as levels
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    def near(name: str) -> Any:
        return compare.CustomComparison(
            output_column_name=name,
            comparison_levels=[
                levels.NullLevel(name),
                levels.AbsoluteDifferenceLevel(name, 1),
                levels.PercentageDifferenceLevel(name, 0.05),
                levels.ElseLevel(),
            ],
        )

    blocks = [
        block_on("postcode", "street", "number"),
        block_on("reference"),
        block_on("postcode", "rent", "area"),
        block_on("postcode", "street", "rent"),
        block_on("postcode", "number", "rent"),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="key", retain_matching_columns=False,
        blocking_rules_to_generate_predictions=blocks,
        comparisons=[
            compare.JaroWinklerAtThresholds("street", [0.92, 0.85]), compare.ExactMatch("number"),
            compare.ExactMatch("box"), compare.ExactMatch("reference"), compare.ExactMatch("landlord"),
            near("rent"), near("area"), compare.ExactMatch("bedrooms"), compare.ExactMatch("label"),
            compare.ExactMatch("postcode"),
        ],
    )  # fmt: skip
    database = DuckDBAPI()
    linker = Linker(database.register(_table(adverts)), settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(blocks[:2], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for block in (blocks[0], blocks[2]):
        linker.training.estimate_parameters_using_expectation_maximisation(block)
    found = linker.inference.predict(threshold_match_probability=0.95).as_pandas_dataframe()
    return [frozenset(pair) for pair in zip(found["key_l"], found["key_r"], strict=True)]


def _table(adverts: list[Listing]) -> pd.DataFrame:
    rows = []
    for it in adverts:
        number, _, box = (it.house_number or "").partition(" ")
        mark = next((f"{kind} {value}" for kind, value in landlord_marks(it.landlord, it.postcode)), None)
        rows.append(
            {
                "key": it.key, "postcode": it.postcode, "street": (it.street or "").casefold() or None,
                "number": number or None, "box": box or None, "reference": it.reference, "rent": it.rent_amount,
                "area": it.area_m2, "bedrooms": it.bedrooms, "label": it.energy_label, "landlord": mark,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def measure(name: str, find: Any, adverts: list[Listing], truth: set[Pair]) -> None:
    started = time.perf_counter()
    found = set(find(adverts))
    seconds = time.perf_counter() - started
    right = len(found & truth)
    mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:7s} {len(adverts):9,d} adverts, {len(truth):7,d} twins: precision {right / max(1, len(found)):.4f}, "
        f"recall {right / len(truth):.4f}, {seconds:7.2f} s (memory so far {mebibytes:,.0f} MiB)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adverts", type=int, default=20_000, help="Adverts that both sides are given.")
    parser.add_argument("--most", type=int, default=100_000, help="Adverts that ours is given at most.")
    parser.add_argument("--seed", type=int, default=7, help="Of the frame that both sides are given.")
    asked = parser.parse_args()
    adverts, truth = frame(asked.adverts, asked.seed)
    measure("ours", ours, adverts, truth)
    try:
        measure("splink", splinks, adverts, truth)
    except ValueError as error:  # its training can end in a probability that it refuses itself
        print(f"splink  {len(adverts):9,d} adverts: gave up: {str(error)[:90]}")
    measure("ours", ours, *frame(asked.most))


if __name__ == "__main__":
    main()
