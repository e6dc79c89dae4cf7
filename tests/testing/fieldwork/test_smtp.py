"""What a mail server may do to a message, and what the study then holds to be true of it."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from testing.fieldwork.channels import smtp as module
from testing.fieldwork.channels.channel import Answer, Verdict
from testing.fieldwork.channels.smtp import SmtpChannel, is_loopback
from testing.fieldwork.sending import send_due
from testing.store import applications as kept
from testing.study.application import State
from testing.study.errors import Refused

SENDER, RECIPIENT = "lotte.1@postvak.example", "owner@landlords.example"
MESSAGE = b"Subject: Huis\r\n\r\n.een regel met een punt\r\n"


class Scripted(SMTP):
    """Refuses, or breaks the line, at the DATA command itself where its handler says so."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        said = self.event_handler.script.get("DATA command")
        if said is None:
            await super().smtp_DATA(arg)
        elif said == "drop":
            await self.push("354 go on")
            self.transport.abort()
        else:
            await self.push(said)


class Handler:
    """Answers each step as its script says, and remembers what it heard and took."""

    def __init__(self, script: dict[str, str]) -> None:
        self.script = script
        self.heard: list[str] = []
        self.taken: list[bytes] = []
        self.transport: Any = None

    async def handle_MAIL(self, server: SMTP, _: Session, envelope: Envelope, address: str, *__: Any) -> str:  # noqa: N802
        self.heard.append(f"MAIL {address}")
        self.transport = server.transport
        envelope.mail_from = address
        return self.script.get("MAIL", "250 OK")

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, *___: Any) -> str:  # noqa: N802
        self.heard.append(f"RCPT {address}")
        said = self.script.get("RCPT", "250 OK")
        if said == "drop":
            self.transport.abort()
        elif said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        said = self.script.get("DATA", "250 taken")
        if said[0] not in "45":
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
        if said == "drop":
            self.transport.abort()
        elif said == "slow":
            await asyncio.sleep(1.2)
        elif said == "hang up after":
            asyncio.get_running_loop().call_later(0.02, self.transport.close)
        return said if said[0].isdigit() or said.startswith("what") else "250 taken"


@contextmanager
def server(script: dict[str, str] | None = None, **options: Any) -> Iterator[tuple[int, Handler]]:
    """A real mail server on loopback, in a thread of its own."""
    handler = Handler(script or {})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])

    class Place(Controller):
        def factory(self) -> SMTP:
            return Scripted(handler, **{"enable_SMTPUTF8": False, **options})

    place = Place(handler, hostname="127.0.0.1", port=port)
    place.start()
    try:
        yield port, handler
    finally:
        place.stop()


def verdicts(port: int, times: int = 1, **options: Any) -> list[tuple[Verdict, Verdict | None]]:
    """What offering and then transmitting comes to, over one channel."""
    found: list[tuple[Verdict, Verdict | None]] = []
    with SmtpChannel("127.0.0.1", port, **options) as channel:
        for _ in range(times):
            offered = channel.offer(SENDER, RECIPIENT).verdict
            found.append((offered, channel.transmit(MESSAGE).verdict if offered == "accepted" else None))
    return found


def test_what_the_server_takes_is_accepted_and_arrives_byte_for_byte() -> None:
    with server() as (port, handler):
        assert verdicts(port, times=3) == [(Verdict.ACCEPTED, Verdict.ACCEPTED)] * 3
    assert handler.taken == [MESSAGE] * 3
    assert handler.heard == [f"MAIL {SENDER}", f"RCPT {RECIPIENT}"] * 3


# RFC 5321, 4.2.1: 4yz is a transient, 5yz a permanent negative reply. 3.8: 421 announces the end of the line.
@pytest.mark.parametrize(
    ("step", "said", "verdict"),
    [
        ("MAIL", "451 later", Verdict.DEFERRED),
        ("MAIL", "550 never", Verdict.REFUSED),
        ("MAIL", "421 closing", Verdict.UNREACHABLE),
        ("MAIL", "what do you want", Verdict.UNREACHABLE),
        ("RCPT", "450 greylisted", Verdict.DEFERRED),
        ("RCPT", "550 no such user", Verdict.REFUSED),
        ("RCPT", "421 closing", Verdict.UNREACHABLE),
        ("RCPT", "drop", Verdict.UNREACHABLE),
    ],
)
def test_before_data_a_no_is_known_and_nothing_has_left(step: str, said: str, verdict: Verdict) -> None:
    with server({step: said}) as (port, handler):
        assert verdicts(port) == [(verdict, None)]
    assert handler.taken == []


@pytest.mark.parametrize(
    ("step", "said", "verdict"),
    [
        ("DATA command", "451 not now", Verdict.REFUSED),
        ("DATA command", "554 no", Verdict.REFUSED),
        ("DATA", "452 disk full", Verdict.REFUSED),
        ("DATA", "554 spam", Verdict.REFUSED),
        ("DATA command", "drop", Verdict.UNCERTAIN),
        ("DATA", "drop", Verdict.UNCERTAIN),
        ("DATA", "what", Verdict.UNCERTAIN),
    ],
)
def test_from_data_on_a_no_is_for_good_and_a_broken_line_is_uncertain(
    step: str, said: str, verdict: Verdict
) -> None:
    with server({step: said}) as (port, _):
        assert verdicts(port) == [(Verdict.ACCEPTED, verdict)]


def test_a_reply_to_data_that_takes_too_long_is_uncertain_for_the_server_may_have_it() -> None:
    with server({"DATA": "slow"}) as (port, handler):
        assert verdicts(port, timeout=0.3) == [(Verdict.ACCEPTED, Verdict.UNCERTAIN)]
    assert handler.taken == [MESSAGE]


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    assert verdicts(port, times=2) == [(Verdict.UNREACHABLE, None)] * 2


def test_transmitting_without_an_offer_is_uncertain_and_sends_nothing() -> None:
    with server() as (port, handler), SmtpChannel("127.0.0.1", port) as channel:
        assert channel.transmit(MESSAGE).verdict is Verdict.UNCERTAIN
    assert handler.heard == []


@pytest.mark.parametrize(
    "address",
    [
        "jos\u00e9@landlords.example",
        "a\0@b.example",
        "a@x.example,b@x.example",
        "a@landlords.example>\r\nRCPT TO:<b@x.example",
    ],
)
def test_an_address_that_mail_cannot_carry_is_refused_and_the_next_message_goes(address: str) -> None:
    with server() as (port, handler), SmtpChannel("127.0.0.1", port) as channel:
        assert channel.offer(SENDER, address).verdict is Verdict.REFUSED
        assert channel.offer(SENDER, RECIPIENT).verdict is Verdict.ACCEPTED
        assert channel.transmit(MESSAGE).verdict is Verdict.ACCEPTED
    assert handler.heard[-2:] == [f"MAIL {SENDER}", f"RCPT {RECIPIENT}"] and len(handler.taken) == 1


def test_a_refused_recipient_does_not_spoil_the_next_message() -> None:
    with server({"RCPT": "550 no"}) as (port, handler), SmtpChannel("127.0.0.1", port) as channel:
        assert channel.offer(SENDER, RECIPIENT).verdict is Verdict.REFUSED
        handler.script.clear()
        assert channel.offer(SENDER, RECIPIENT).verdict is Verdict.ACCEPTED


def test_an_offer_that_a_halt_left_lying_does_not_spoil_the_next_one() -> None:
    with server() as (port, handler), SmtpChannel("127.0.0.1", port) as channel:
        for _ in range(3):
            assert channel.offer(SENDER, RECIPIENT).verdict is Verdict.ACCEPTED
        assert channel.transmit(MESSAGE).verdict is Verdict.ACCEPTED
    assert len(handler.taken) == 1


def test_a_line_that_the_server_ended_while_idle_is_opened_again_before_anything_leaves() -> None:
    with server({"DATA": "hang up after"}) as (port, handler), SmtpChannel("127.0.0.1", port) as channel:
        for _ in range(2):
            assert channel.offer(SENDER, RECIPIENT).verdict is Verdict.ACCEPTED
            assert channel.transmit(MESSAGE).verdict is Verdict.ACCEPTED
            asyncio.run(asyncio.sleep(0.15))
    assert len(handler.taken) == 2


def send_often(store: Any, protocol: Any, channel: Any, monday: datetime) -> None:
    for hours in range(0, 120, 3):
        moment = monday + timedelta(hours=hours)
        send_due(store, protocol=protocol, channel=channel, clock=lambda moment=moment: moment)


@pytest.mark.parametrize("step", ["DATA", "DATA command"])
def test_a_message_lost_during_data_is_never_sent_again(
    approved: Any, pair_of: Any, protocol_with: Any, monday: datetime, step: str
) -> None:
    pair = pair_of(1)
    with server({step: "drop"}) as (port, handler), approved([pair]) as store:
        with SmtpChannel("127.0.0.1", port) as channel:
            send_often(store, protocol_with(), channel, monday)
        with store.read() as session:
            assert kept.get(session, pair[0].id).state is State.UNCERTAIN
            assert kept.get(session, pair[1].id).state is State.APPROVED, "its mate waits for a person"
    assert len(handler.taken) <= 1 and len(handler.heard) == 2


def test_a_channel_that_took_a_lost_line_for_a_no_would_write_twice() -> None:
    """The planted bug: whoever tries again after an uncertain message, the same server takes it twice."""

    class Careless(SmtpChannel):
        def transmit(self, message: bytes) -> Answer:
            answer = super().transmit(message)
            if answer.verdict is Verdict.UNCERTAIN:
                self.offer(SENDER, RECIPIENT)
                answer = super().transmit(message)
            return answer

    with server({"DATA": "drop"}) as (port, handler), Careless("127.0.0.1", port) as channel:
        channel.offer(SENDER, RECIPIENT)
        channel.transmit(MESSAGE)
    assert len(handler.taken) == 2


def test_a_deferred_and_an_unreachable_message_stay_to_be_sent_and_arrive_once(
    approved: Any, pair_of: Any, protocol_with: Any, monday: datetime
) -> None:
    pair = pair_of(1)
    with server({"RCPT": "450 greylisted"}) as (port, handler), approved([pair]) as store:
        with SmtpChannel("127.0.0.1", port) as channel:
            send_due(store, protocol=protocol_with(), channel=channel, clock=lambda: monday)
            handler.script["RCPT"] = "421 closing"
            later = monday + timedelta(hours=1)
            counts = send_due(store, protocol=protocol_with(), channel=channel, clock=lambda: later)
            assert counts.stopped is not None
            handler.script.clear()
            send_often(store, protocol_with(), channel, monday + timedelta(hours=2))
        with store.read() as session:
            assert kept.counts_by_state(session) == {State.SENT: 2}
    assert len(handler.taken) == 2 and len(set(handler.taken)) == 2


def test_a_server_beyond_this_machine_is_refused_unless_a_live_wave_allows_it() -> None:
    with pytest.raises(Refused, match="not on this machine"):
        SmtpChannel("mail.example", 25)
    assert not SmtpChannel("mail.example", 25, allow_remote=True).loopback
    assert SmtpChannel("localhost", 25).loopback


def test_without_the_guard_a_server_beyond_this_machine_would_be_spoken_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted bug: nothing else would stop it but the tests' own rule that no socket leaves loopback."""
    monkeypatch.setattr(module, "is_loopback", lambda host: True)
    channel = SmtpChannel("192.0.2.1", 25, timeout=0.2)
    with pytest.raises(AssertionError, match="leaves loopback"):
        channel.offer(SENDER, RECIPIENT)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("LOCALHOST", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("", False),
    ],
)
def test_only_loopback_is_this_machine(host: str, own: bool) -> None:
    assert is_loopback(host) is own


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + timedelta(days=1))
    file = folder / "certificate.pem"
    file.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


def test_a_server_that_cannot_encrypt_or_that_nobody_vouches_for_hears_neither_password_nor_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vouched_by_nobody = own_certificate(tmp_path)
    for options in ({}, {"tls_context": vouched_by_nobody}):
        with server(**options) as (port, handler):
            assert verdicts(port, starttls=True, user="u", password="p") == [(Verdict.UNREACHABLE, None)]
        assert handler.heard == []
    # The planted bug: a certificate that is not looked at.
    monkeypatch.setattr(module.ssl, "create_default_context", ssl._create_unverified_context)
    with server(tls_context=vouched_by_nobody) as (port, handler):
        assert verdicts(port, starttls=True) == [(Verdict.ACCEPTED, Verdict.ACCEPTED)]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_refused_log_in_is_unreachable_and_its_words_hold_no_password() -> None:
    options = {"auth_require_tls": False, "auth_required": True}
    with server(authenticator=lambda *_: AuthResult(success=False, handled=False), **options) as (
        port,
        handler,
    ):
        channel = SmtpChannel("127.0.0.1", port, user="ada", password="geheim-4711")
        answer = channel.offer(SENDER, RECIPIENT)
        assert answer.verdict is Verdict.UNREACHABLE and "geheim" not in answer.words
    assert handler.heard == []
    with server(authenticator=lambda *_: AuthResult(success=True), **options) as (port, handler):
        assert verdicts(port, user="ada", password="p") == [(Verdict.ACCEPTED, Verdict.ACCEPTED)]
