"""A portal and what is recorded of the right to crawl it in; nothing out, or a refusal. First guard of every crawl."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

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
