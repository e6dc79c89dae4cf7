"""How much of saved real pages is read, with and without their portals' profiles, and what a page costs.

Prints for each group of fields the share that is right, the landlord types' macro-F1, invented values, and
milliseconds of one core a page. The pages are not part of the project; where they are absent it says so and ends.

    python bench/extract_bench.py [FOLDER]     (default: ../shared/data/listings, with its index.json)
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from crawler.extract import extract_file
from crawler.portals.profile import GENERIC, load_profile

GROUPS = {
    "page kind": ("page_kind",),
    "transaction": ("transaction",),
    "rent, currency": ("rent_amount", "currency"),
    "rent kind, period": ("rent_kind", "rent_period"),
    "postcode, city": ("postcode", "city"),
    "street, number": ("street", "house_number"),
    "area, rooms": ("area_m2", "rooms", "bedrooms"),
    "dwelling": ("dwelling_type",),
    "identity": ("listing_id", "reference"),
    "posted": ("posted_date",),
    "landlord type": ("landlord_type",),
    "advertiser": ("advertiser_name", "licence_no", "company_no"),
}


def is_right(key: str, want: Any, got: Any, also: tuple[Any, ...]) -> bool:
    if want is None:
        return got in (None, "unknown")
    if isinstance(want, (int, float)) and not isinstance(want, bool):
        return isinstance(got, (int, float)) and abs(got - want) <= max(
            0.005, 0.01 * want * (key == "area_m2")
        )
    words = {" ".join(str(it).split()).casefold() for it in (want, *also)}
    return " ".join(str(got).split()).casefold() in words


def macro_f1(confusion: Counter[tuple[str, str]]) -> float:
    types = {want for want, _ in confusion}
    scores = []
    for kind in types:
        right = confusion[kind, kind]
        wrong = sum(n for (want, got), n in confusion.items() if (want == kind) != (got == kind))
        scores.append(2 * right / (2 * right + wrong) if right else 0.0)
    return sum(scores) / len(scores) if scores else 0.0


def score(folder: Path, index: list[dict[str, Any]], *, generic: bool) -> None:
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    confusion: Counter[tuple[str, str]] = Counter()
    invented, began = 0, time.process_time()
    for page in index:
        path = folder / page["file"]
        records = extract_file(path, load_profile(GENERIC) if generic else None)
        want = page.get("expected") or {}
        asked["page_kind"] += 1
        right["page_kind"] += records[0]["page_kind"] == page["page_kind"]
        expected = want if page["page_kind"] == "detail" else want.get("first", {})
        accept = tuple(expected.get("landlord_type_accept", ()))
        for key, value in expected.items():
            got = records[0].get(key)
            hit = is_right(key, value, got, accept if key == "landlord_type" else ())
            asked[key] += 1
            right[key] += hit
            invented += value is None and not hit
            if key == "landlord_type" and value:
                confusion[value, value if hit else str(got)] += 1
    cost = (time.process_time() - began) / len(index) * 1000
    print(f"\n{'without profiles' if generic else 'with profiles'}: {len(index)} files, {cost:.1f} ms a file")
    for name, keys in GROUPS.items():
        total = sum(asked[key] for key in keys)
        hits = sum(right[key] for key in keys)
        if total:
            print(f"  {name:18} {hits:3} of {total:3}  {hits / total:6.1%}")
    print(
        f"  landlord type macro-F1 {macro_f1(confusion):.3f}; values invented where there is none: {invented}"
    )


def main() -> None:
    default = Path(__file__).parents[2] / "shared" / "data" / "listings"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    if not (folder / "index.json").is_file():
        print(f"the saved pages are not here ({folder}); nothing is scored")
        return
    index = json.loads((folder / "index.json").read_text("utf-8"))["files"]
    for generic in (False, True):
        score(folder, index, generic=generic)


if __name__ == "__main__":
    main()
