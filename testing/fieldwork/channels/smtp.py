"""A mail server spoken to step by step (MAIL, RCPT, then DATA), so that the outcome of each step is known."""

import ipaddress
import re
import smtplib
import ssl
from types import TracebackType
from typing import Self

from testing.fieldwork.channels.channel import Answer, Verdict
from testing.study.errors import Refused

TIMEOUT = 30.0
"""Seconds to wait for the server; a reply to DATA that takes longer is uncertain."""
OWN_NAME = "localhost"
"""How we greet; never the host's own name, which would give the study away and may need a look-up."""
ADDRESS = re.compile(r"[^\x00-\x20<>,;@\x7f-\U0010ffff]+@[^\x00-\x20<>,;@\x7f-\U0010ffff]+")
"""One mail address that a command can carry as it is."""
SHUTTING_DOWN = 421
"""Reply of a server that closes the connection."""


class SmtpChannel:
    """One connection to one mail server, opened at the first message and used for all that follow."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        starttls: bool = False,
        user: str | None = None,
        password: str | None = None,
        allow_remote: bool = False,
        timeout: float = TIMEOUT,
    ) -> None:
        """Take a server; nothing is opened yet.

        Args:
            host: name or address of the server.
            port: its port.
            starttls: whether to encrypt, with the certificate checked.
            user: name to log in with; None for none.
            password: for the log-in.
            allow_remote: whether the server may be anywhere but on this machine.
            timeout: seconds to wait for each reply.

        Raises:
            Refused: the server is not on loopback and ``allow_remote`` is not given.
        """
        self._loopback = is_loopback(host)
        if not self._loopback and not allow_remote:
            raise Refused(
                f"mail server {host} is not on this machine; only a live wave may send beyond it "
                "(evenhand send --live)"
            )
        self._host, self._port, self._timeout = host, port, timeout
        self._starttls, self._user, self._password = starttls, user, password
        self._smtp: smtplib.SMTP | None = None
        self._under_way = False
        """Whether the server holds an offer that was not transmitted."""

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine."""
        return self._loopback

    def offer(self, sender: str, recipient: str) -> Answer:
        """Speak MAIL and RCPT."""
        for address in (sender, recipient):
            if not ADDRESS.fullmatch(address):
                return Answer(
                    verdict=Verdict.REFUSED, words=f"not an address that mail can carry: {address!r}"
                )
        try:
            return self._offered(sender, recipient)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(verdict=Verdict.UNREACHABLE, words=f"{self._host}:{self._port}: {error}")

    def transmit(self, message: bytes) -> Answer:
        """Speak DATA; from here nothing may be tried again."""
        if self._smtp is None:
            return Answer(verdict=Verdict.UNCERTAIN, words="the connection was gone before DATA")
        self._under_way = False
        try:
            code, said = self._smtp.data(message)
        except smtplib.SMTPDataError as error:
            # The server said no to DATA itself: it knows nothing of the message.
            self._reset()
            return _answer(Verdict.REFUSED, error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(verdict=Verdict.UNCERTAIN, words=f"connection lost during DATA: {error}")
        if 200 <= code < 300:
            return _answer(Verdict.ACCEPTED, code, said)
        self._reset()
        return _answer(Verdict.REFUSED if code >= 400 else Verdict.UNCERTAIN, code, said)

    def close(self) -> None:
        """End the connection; what the server says to it no longer matters."""
        self._under_way = False
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            # Broken off perhaps within DATA, where QUIT would become part of the message.
            self._drop()

    def _offered(self, sender: str, recipient: str) -> Answer:
        if self._under_way:
            # Stopped after the last offer: without this the server would refuse a MAIL within a MAIL.
            self._reset()
        reused = self._smtp is not None
        try:
            code, said = self._connected().mail(sender)
        except smtplib.SMTPServerDisconnected:
            if not reused:
                raise
            # The server ended a line that had been idle; nothing of this message was said yet.
            self._drop()
            code, said = self._connected().mail(sender)
        if code // 100 == 2:
            code, said = self._connected().rcpt(recipient)
        if code // 100 == 2:
            self._under_way = True
            return Answer(verdict=Verdict.ACCEPTED, words="")
        if code == SHUTTING_DOWN or code // 100 not in (4, 5):
            self._drop()
            return _answer(Verdict.UNREACHABLE, code, said)
        self._reset()
        return _answer(Verdict.REFUSED if code >= 500 else Verdict.DEFERRED, code, said)

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            smtp = smtplib.SMTP(self._host, self._port, local_hostname=OWN_NAME, timeout=self._timeout)
            self._smtp = smtp
            if self._starttls:
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if self._user is not None:
                smtp.login(self._user, self._password or "")
        return self._smtp

    def _reset(self) -> None:
        self._under_way = False
        if self._smtp is not None:
            try:
                self._smtp.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()

    def _drop(self) -> None:
        """Let the connection go without a word: nobody listens, or a word would be taken for the message's."""
        self._under_way = False
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "mail.example")]
    [True, True, True, False]
    """
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _answer(verdict: Verdict, code: int, said: bytes | str) -> Answer:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Answer(verdict=verdict, words=f"{code} {words}".strip())
