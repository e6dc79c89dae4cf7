"""The files that lie beside a sealed plan: what it was drawn from, packed, and its manifest; written in two steps."""

import json
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from desk.folder import StudyFolder
from testing.study.errors import EvenhandError

if TYPE_CHECKING:
    from testing.pairing.history import EarlierTest
    from testing.pairing.plan import Plan
    from testing.study.listing import Listing


def planned_frame(folder: StudyFolder, number: int) -> "list[Listing]":
    """The adverts that a batch was drawn from.

    Raises:
        EvenhandError: the file cannot be read.
    """
    from testing.store.payloads import listing_from

    return [listing_from(line) for line in unzipped(folder.planned_frame_of(number)).decode().splitlines()]


def planned_elsewhere(folder: StudyFolder, number: int) -> "tuple[EarlierTest, ...]":
    """The tests of other waves that a batch was drawn with.

    Raises:
        EvenhandError: the file cannot be read.
    """
    from testing.store.payloads import tested_from

    lines = unzipped(folder.planned_elsewhere_of(number)).decode().splitlines()
    return tuple(tested_from(line) for line in lines)


def manifest_of(plan: "Plan") -> bytes:
    """What of a sealed plan may be published before the first message: seal, commitment, hashes and counts.

    It names no landlord, no advert and no applicant. With it anybody can later see that a plan that is shown to
    them, and the key that opens it, are those of before the wave.
    """
    kinds = Counter(str(it.landlord_type) for it in plan.applications)
    told = {
        "format": "evenhand-manifest/1",
        "study": plan.study,
        "wave": plan.wave,
        "seal": plan.seal,
        "key_commitment": plan.key_commitment,
        "inputs": dict(plan.inputs),
        "applications": dict(sorted(kinds.items())),
        "strata": [asdict(it) for it in plan.all_strata()],
        "batches": [
            {"first_day": it.first_day, "frame": it.frame, "elsewhere": it.elsewhere, "tests": len(it.pairs)}
            for it in plan.batches
        ],
    }
    return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def unzipped(path: Path) -> bytes:
    """What a file holds, unpacked.

    Raises:
        EvenhandError: it cannot be read, or is no gzip file.
    """
    try:
        return zlib.decompress(path.read_bytes(), wbits=zlib.MAX_WBITS | 16)
    except OSError as error:
        raise EvenhandError(f"{path} cannot be read ({error.strerror}); restore it from a copy") from error
    except zlib.error as error:
        raise EvenhandError(f"{path} cannot be unpacked ({error}); restore it from a copy") from error


def zipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip without a time or a name in it: the same content gives the same bytes."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def draft_of(target: Path) -> Path:
    """Where a file is written before it takes its place."""
    return target.with_name(f".{target.name}.draft")


def write_draft(target: Path, parts: Iterable[bytes]) -> Path:
    """Write beside the target, so that the disk is known to hold it before the store says so."""
    draft = draft_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise EvenhandError(
            f"{target} cannot be written ({error.strerror}); make room and mind who may write there"
        ) from error
    return draft
