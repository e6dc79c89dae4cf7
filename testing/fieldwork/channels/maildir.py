"""A Maildir: takes its folder, gives each unseen mail as raw bytes; marks one seen when told to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it lies in the mailbox."""

    path: Path
    raw: bytes
    delivered_at: datetime
    """When it was put there, aware, UTC: the file's time."""


def unseen(folder: Path) -> Iterator[Mail]:
    """Give the mails in ``new`` in the order of delivery; an absent folder is an empty mailbox."""
    new = folder / "new"
    if not new.is_dir():
        return
    # A name that begins with a dot is a delivery under way.
    paths = [path for path in new.iterdir() if path.is_file() and not path.name.startswith(".")]
    for path in sorted(paths, key=lambda it: (it.stat().st_mtime_ns, it.name)):
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        yield Mail(path=path, raw=path.read_bytes(), delivered_at=moment)


def mark_seen(mail: Mail) -> None:
    """Move a mail to ``cur`` with the flag S; call it only when what was read is safely kept."""
    cur = mail.path.parent.parent / "cur"
    cur.mkdir(exist_ok=True)
    mail.path.replace(cur / f"{mail.path.name.partition(':')[0]}:2,S")
