"""How much of each field a crawl could read, by portal, and where it reads less than before: a portal that changed."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from testing.store import crawls
from testing.store.crawl_tables import ListingRow, ObservationRow

WATCHED = (
    "rent_amount", "rent_kind", "rent_period", "currency", "street", "postcode", "city", "dwelling_type", "area_m2",
    "bedrooms", "language", "landlord",
)  # fmt: skip
"""Fields whose absence changes what can be sampled; ``landlord`` is a landlord type that is known."""
FEWEST = 20
"""Adverts of a portal in either crawl, below which a drop says nothing."""
DROP = 0.15
"""Least drop of a share that is worth an alarm; chance alone must also be unlikely (three standard errors)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A field that is read less often than before."""

    portal: str
    field: str
    before: float
    """Share of the adverts of the crawl before."""
    now: float

    def __str__(self) -> str:
        return (
            f"{self.portal}: {self.field} was read on {self.before:.0%} of the adverts, now on {self.now:.0%}; look at "
            f"a page, then mend crawler/portals/{self.portal}.toml and run: evenhand crawl --offline"
        )


def filled(session: Session, crawl_id: str) -> dict[str, int]:
    """Count on how many adverts of a crawl each watched field was read: ``<portal>.filled.<field>``."""
    seen = exists().where(ObservationRow.listing == ListingRow.key, ObservationRow.crawl == crawl_id)
    rows = session.execute(
        select(ListingRow.portal, ListingRow.payload).where(seen).execution_options(yield_per=1000)
    )
    found: Counter[str] = Counter()
    for portal, payload in rows:
        advert = json.loads(payload)
        found[f"{portal}.filled"] += 1
        for name in WATCHED:
            value = advert["landlord"]["type"] if name == "landlord" else advert[name]
            found[f"{portal}.filled.{name}"] += value not in (None, "unknown")
    return dict(found)


def shares(counts: dict[str, int]) -> dict[str, dict[str, float]]:
    """Share of the adverts of each portal on which each watched field was read, out of a crawl's counts."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for name, count in counts.items():
        portal, mark, field = name.partition(".filled.")
        total = counts.get(f"{portal}.filled", 0)
        if mark and total:
            found[portal][field] = count / total
    return dict(found)


def alarms(session: Session, expected: Mapping[str, Mapping[str, float]] | None = None) -> list[Alarm]:
    """Fields that a portal's last crawl read clearly less often than the one before, or than its profile expects.

    Args:
        session: of the study's store.
        expected: by portal and field, the share of adverts on which it was read when the profile was verified.
    """
    by_portal: dict[str, list[dict[str, int]]] = defaultdict(list)
    for crawl in crawls.finished(session):
        for portal in crawl.portals:
            if crawl.counts.get(f"{portal}.filled"):
                by_portal[portal].append(dict(crawl.counts))
    found = []
    for portal, history in sorted(by_portal.items()):
        now = history[-1]
        wanted = (expected or {}).get(portal, {})
        if now[f"{portal}.filled"] >= FEWEST:
            read = shares(now)[portal]
            found += [
                Alarm(portal=portal, field=field, before=share, now=read.get(field, 0.0))
                for field, share in wanted.items()
                if share - read.get(field, 0.0) > DROP
            ]
        if len(history) < 2:
            continue
        before = history[-2]
        n, m = before[f"{portal}.filled"], now[f"{portal}.filled"]
        if min(n, m) < FEWEST:
            continue
        for field in WATCHED:
            p, q = before.get(f"{portal}.filled.{field}", 0) / n, now.get(f"{portal}.filled.{field}", 0) / m
            pooled = (p * n + q * m) / (n + m)
            known = any(it.portal == portal and it.field == field for it in found)
            if not known and p - q > DROP and p - q > 3 * math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)):
                found.append(Alarm(portal=portal, field=field, before=p, now=q))
    return found
