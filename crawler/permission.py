"""A portal and what is recorded of the right to crawl it in; nothing out, or a refusal. First guard of every crawl."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from crawler.frontier import Closure, Pace
from testing.study.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The recorded legal basis for crawling one portal."""

    basis: str
    """For example «text and data mining for research (directive 2019/790 art. 3)» or «agreement with the portal»."""
    recorded_by: str
    """Who answers for it."""
    recorded_on: date
    note: str = ""
    """Where the paper is."""


def require_permission(portal: str, permission: Permission | None) -> None:
    """Refuse a portal without a complete recorded legal basis.

    Raises:
        Refused: naming the portal and what to record.
    """
    if permission is None:
        raise Refused(
            f"portal {portal!r} has no recorded legal basis, so no page of it is asked for; record basis, "
            f"recorded_by and recorded_on for it in the study file"
        )
    missing = [name for name in ("basis", "recorded_by") if not getattr(permission, name).strip()]
    if missing:
        raise Refused(
            f"the legal basis of portal {portal!r} lacks {' and '.join(missing)}; complete it in the study file"
        )


def require_not_halted(halted: Callable[[], bool]) -> None:
    """Refuse while the study is halted.

    Raises:
        Refused: the study is halted.
    """
    if halted():
        raise Refused("the study is halted, so nothing is crawled; lift the halt first")


def require_open(pace: Pace, now: datetime) -> None:
    """Refuse outside the hours in which the study crawls.

    Raises:
        Refused: with the hours.
    """
    if pace.hours is not None and not pace.is_open(now):
        first, last = pace.hours
        raise Refused(
            f"portals are asked between {first:%H:%M} and {last:%H:%M} only ({pace.timezone}); run this again then"
        )


def require_some_door(portals: Sequence[str], closed: Mapping[str, Closure]) -> None:
    """Refuse where every portal closed its door before and is still to be left alone.

    Raises:
        Refused: naming each, why, and until when.
    """
    if portals and all(name in closed for name in portals):
        told = "; ".join(
            f"{name}: {closed[name].why}, until {closed[name].until:%Y-%m-%d %H:%M} UTC" for name in portals
        )
        raise Refused(
            f"every portal closed its door and is left alone ({told}); until then import what the portal or a broker "
            "gives you, or ask the portal for leave"
        )


def require_contact(contact: str) -> str:
    """The address that stands in the user agent, or a refusal.

    Raises:
        Refused: no mail address or web page in it.
    """
    shown = contact.strip()
    if ("@" not in shown and not shown.startswith(("http://", "https://"))) or any(
        sign in shown for sign in "\r\n"
    ):
        raise Refused(
            f"a crawl needs a contact (a mail address or a web page) that portals can reach, "
            f"got {contact!r}; set it in the study file"
        )
    return shown
