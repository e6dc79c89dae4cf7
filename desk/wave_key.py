"""The wave's secret key: takes a study's folder, gives the key that its plan and its released keys hang on."""

import contextlib
import os

from desk.folder import StudyFolder
from testing.study.errors import EvenhandError, Refused

KEY_BYTES = 32


def wave_key(folder: StudyFolder) -> bytes:
    """Read the wave's secret key; where there is none, make one that only its owner may read.

    Raises:
        Refused: the key is gone although a plan was drawn with it, or the file holds no key.
        EvenhandError: it cannot be read or written.
    """
    try:
        key = bytes.fromhex(folder.key.read_text("ascii").strip())
    except FileNotFoundError:
        _never_drawn_with(folder)
        key = os.urandom(KEY_BYTES)
        write_key(folder, key)
    except ValueError:
        key = b""
    except OSError as error:
        raise EvenhandError(f"{folder.key} cannot be read ({error.strerror}); mend that first") from error
    if len(key) < KEY_BYTES:
        raise Refused(f"{folder.key} does not hold {KEY_BYTES} bytes in hexadecimal; restore it from a copy")
    return key


def write_key(folder: StudyFolder, key: bytes) -> None:
    """Write a key that only its owner may read; whole, and on disk before any plan is drawn with it.

    Raises:
        EvenhandError: it cannot be written.
    """
    draft = folder.key.with_name(f".{folder.key.name}.draft")
    try:
        folder.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(handle)
        draft.replace(folder.key)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise EvenhandError(f"{folder.key} cannot be written ({error.strerror}); mend that first") from error


def _never_drawn_with(folder: StudyFolder) -> None:
    from testing.store import waves
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    wave = read_protocol(folder.protocol).wave.name
    with open_store(folder.store, create=False) as store, store.read() as session:
        if waves.seal_of(session, wave) is not None:
            raise Refused(
                f"{folder.key} is gone, and wave {wave} was drawn with it; restore it from a copy, or give "
                "the wave another name in protocol.toml"
            )
