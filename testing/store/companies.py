"""Companies of the register: takes a whole extract, gives what one number is known for."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from testing.store import ledger
from testing.store.crawl_tables import CompanyRow
from testing.study.listing import Company, LandlordType

_AT_ONCE = 5_000


def replace_all(session: Session, companies: Iterable[Company], as_of: date, now: datetime) -> int:
    """Keep an extract instead of the one before; the number of companies."""
    session.execute(delete(CompanyRow))
    rows = [
        {"number": it.number, "says": it.says.value, "activity": it.activity, "as_of": it.as_of}
        for it in companies
    ]
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(insert(CompanyRow), rows[start : start + _AT_ONCE])
    detail = {"as_of": as_of.isoformat(), "companies": len(rows)}
    ledger.append(session, "company-register", "BE", detail, now)
    return len(rows)


def known(session: Session, number: str) -> Company | None:
    """The company of a number, where the register says what landlord it is."""
    row = session.get(CompanyRow, number)
    if row is None:
        return None
    return Company(number=row.number, says=LandlordType(row.says), activity=row.activity, as_of=row.as_of)


def count(session: Session) -> int:
    """Count the companies."""
    return session.scalar(select(func.count()).select_from(CompanyRow)) or 0
