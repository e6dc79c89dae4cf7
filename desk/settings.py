"""Settings from the environment: the mail server that a live wave sends through; read here and nowhere else."""

import os
from dataclasses import dataclass

from testing.study.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    user: str | None
    password: str | None
    starttls: bool


def mail_server() -> MailServer:
    """Read EVENHAND_SMTP_HOST, _PORT, _USER, _PASSWORD and _STARTTLS.

    A server beyond this machine is spoken to encrypted unless EVENHAND_SMTP_STARTTLS is ``no``.

    Raises:
        Refused: no host is given, or the port is no number.
    """
    host = os.environ.get("EVENHAND_SMTP_HOST", "").strip()
    port = os.environ.get("EVENHAND_SMTP_PORT", "587")
    if not host:
        raise Refused("no mail server is named; set EVENHAND_SMTP_HOST (and _PORT, _USER, _PASSWORD)")
    if not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise Refused(f"EVENHAND_SMTP_PORT is {port!r}; make it a port number, for example 587")
    from testing.fieldwork.channels.smtp import is_loopback

    wanted = os.environ.get("EVENHAND_SMTP_STARTTLS") or ("no" if is_loopback(host) else "yes")
    return MailServer(
        host=host,
        port=int(port),
        user=os.environ.get("EVENHAND_SMTP_USER") or None,
        password=os.environ.get("EVENHAND_SMTP_PASSWORD") or None,
        starttls=wanted.casefold() not in ("no", "0", "false"),
    )
