"""Seconds and peak memory of drawing up a plan, over 1,000, 10,000 and 100,000 pairs, each in a fresh process."""

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

from testing.pairing.drawing import draw_up
from testing.study.listing import Evidence, Landlord, LandlordType, Listing, RentPeriod, Transaction
from testing.study.protocol import Protocol
from testing.study.reading import read_letters, read_names
from testing.study.toml_file import load_toml

SIZES = (1_000, 10_000, 100_000)
TEMPLATE = Path(__file__).parent.parent / "desk" / "templates" / "belgium"
PER_AGENCY = 3


def frame(pairs: int) -> list[Listing]:
    """Half private owners with one advert each, half agencies with four adverts each."""
    return [advert(number, private=number < pairs) for number in range(2 * pairs)]


def advert(number: int, *, private: bool) -> Listing:
    """One made-up advert."""
    kind = LandlordType.PRIVATE if private else LandlordType.AGENCY
    owner = number if private else number // 4
    return Listing(
        portal="made_up",
        listing_id=str(number),
        url=f"https://www.example.org/{number}",
        seen_at=datetime(2027, 1, 4, 9, tzinfo=UTC),
        transaction=Transaction.RENT,
        landlord=Landlord(
            type=kind,
            evidence=(Evidence(rung=2, source="made up", says=kind, quote="x"),),
            email=f"{kind.value}{owner}@example.org",
        ),
        language="nl",
        rent_amount=700,
        rent_period=RentPeriod.MONTH,
        dwelling_type="apartment",
        bedrooms=1,
    )


def study(pairs: int) -> Protocol:
    """The Belgian template, with a wave long enough."""
    data = load_toml(TEMPLATE / "protocol.toml").data or {}
    data["study"] |= {"name": "bench"}
    data["wave"] |= {"last_day": date(2028, 2, 29)}
    data["sample"] |= {"pairs": {"private": pairs // 2, "agency": pairs // 2}, "per_agency": PER_AGENCY}
    data["sending"] |= {"daily_cap": 1000}
    return Protocol.model_validate(data)


def main(pairs: int) -> None:
    """Draw up one plan and print what it took as JSON."""
    protocol = study(pairs)
    letters, names = (
        read_letters(TEMPLATE / "letters", protocol),
        read_names(TEMPLATE / "names.csv", protocol),
    )
    listings = frame(pairs)
    began = time.perf_counter()
    plan = draw_up(protocol, letters, names, listings, key=bytes(range(32)), inputs={})
    drawn = time.perf_counter()
    seal = plan.seal
    sealed = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = {
        "pairs": len(plan.applications) // 2,
        "draw": drawn - began,
        "seal": sealed - drawn,
        "mib": peak,
        "sealed": seal[:12],
    }
    print(json.dumps(row))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(int(sys.argv[1]))
    else:
        print(f"{'pairs':>8} {'draw up, s':>11} {'seal, s':>8} {'peak MiB':>9} {'ms a pair':>10}")
        for size in SIZES:
            out = subprocess.run(
                [sys.executable, __file__, str(size)], check=True, capture_output=True
            ).stdout
            row = json.loads(out)
            each = 1000 * (row["draw"] + row["seal"]) / row["pairs"]
            print(f"{row['pairs']:8} {row['draw']:11.2f} {row['seal']:8.2f} {row['mib']:9.0f} {each:10.3f}")
