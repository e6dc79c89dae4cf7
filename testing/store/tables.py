"""The store's tables as typed models: named constraints, UTC times, states as checks."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from testing.study.application import State
from testing.study.outcome import Category

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can change it on SQLite too."""

Serial = BigInteger().with_variant(Integer, "sqlite")
"""Running number; SQLite counts by itself only where the type is INTEGER."""


class DeclineState(StrEnum):
    """Where the obligation to turn down an offered viewing stands."""

    PENDING = "pending"
    TRANSMITTING = "transmitting"
    """The sender began to talk to the mail server. Never retried by the machine."""
    SENT = "sent"
    REFUSED = "refused"
    """The mail server refused it for good: a person must decline in another way."""
    UNCERTAIN = "uncertain"
    """The sender died while transmitting."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; a naive one is refused, because nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time in the store must be aware, {value!r} is naive; give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware time in UTC (SQLite keeps none of the zone)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _checked(kind: type[StrEnum], name: str) -> Enum:
    """Keep an enum as text with a CHECK, so that SQLite and PostgreSQL refuse the same values."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Parent of every model."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {
        datetime: UTCDateTime,
        str: Text,
        bytes: LargeBinary,
        dict[str, Any]: JSON,
    }


class PlanRow(Base):
    """A sealed plan without its applications."""

    __tablename__ = "plan"
    seal: Mapped[str] = mapped_column(primary_key=True)
    study: Mapped[str]
    wave: Mapped[str] = mapped_column(index=True)
    head: Mapped[str]
    """Canonical JSON of the plan, its applications left out (each is a row)."""
    recorded_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class ApprovalRow(Base):
    """A person's approval of one plan."""

    __tablename__ = "approval"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    seal: Mapped[str] = mapped_column(ForeignKey("plan.seal"), index=True)
    by: Mapped[str]
    at: Mapped[datetime]
    until: Mapped[date]


class HaltRow(Base):
    """A halt of all sending of applications, until a person ends it."""

    __tablename__ = "halt"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    by: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    resumed_by: Mapped[str | None]
    resumed_at: Mapped[datetime | None]


class ApplicationRow(Base):
    """An application with its state; the row of everything."""

    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("seal", "position"),
        Index("ix_application_state_due_at", "state", "due_at"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    seal: Mapped[str] = mapped_column(ForeignKey("plan.seal"))
    position: Mapped[int]
    """Place in the plan, from 0."""
    pair: Mapped[str] = mapped_column(index=True)
    order: Mapped[int]
    landlord: Mapped[str] = mapped_column(index=True)
    mailbox: Mapped[str] = mapped_column(index=True)
    """Address of the identity: answers come there."""
    message_id: Mapped[str] = mapped_column(unique=True)
    due_at: Mapped[datetime]
    retry_at: Mapped[datetime | None]
    """Not before, after the mail server put it off."""
    state: Mapped[State] = mapped_column(_checked(State, "state"))
    day: Mapped[date | None] = mapped_column(index=True)
    """Local day on which it was claimed: what the daily cap counts."""
    sent_at: Mapped[datetime | None]
    note: Mapped[str]
    payload: Mapped[str]


class ResponseRow(Base):
    """One message that came in, with its raw bytes."""

    __tablename__ = "response"
    id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    read_at: Mapped[datetime]
    sender: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    raw: Mapped[bytes]
    in_reply_to: Mapped[list[str]] = mapped_column(JSON)
    automatic: Mapped[bool]
    bounce: Mapped[bool]
    application: Mapped[str | None] = mapped_column(ForeignKey("application.id"), index=True)
    matched_by: Mapped[str | None]


class CodingRow(Base):
    """One coding of one response by one coder; rows are only ever added, the latest of a coder counts."""

    __tablename__ = "coding"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    response: Mapped[str] = mapped_column(ForeignKey("response.id"), index=True)
    category: Mapped[Category | None] = mapped_column(_checked(Category, "category"))
    positive: Mapped[bool | None]
    automated: Mapped[bool]
    coder: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class DeclineRow(Base):
    """The obligation to turn down a viewing that was offered; one for each application."""

    __tablename__ = "decline"
    application: Mapped[str] = mapped_column(ForeignKey("application.id"), primary_key=True)
    response: Mapped[str] = mapped_column(ForeignKey("response.id"))
    landlord: Mapped[str] = mapped_column(index=True)
    due_from: Mapped[datetime] = mapped_column(index=True)
    due_until: Mapped[datetime]
    retry_at: Mapped[datetime | None]
    state: Mapped[DeclineState] = mapped_column(_checked(DeclineState, "state"), index=True)
    sent_at: Mapped[datetime | None]
    note: Mapped[str]


class LedgerRow(Base):
    """One line of the audit log; each holds the hash of the one before."""

    __tablename__ = "ledger"
    number: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    previous: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
