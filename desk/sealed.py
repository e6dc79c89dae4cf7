"""What was sealed: takes a study's folder and its store, says whether all of it is still as it was sealed."""

import hashlib
from typing import TYPE_CHECKING

from desk.folder import StudyFolder
from testing.study.errors import LockMismatch, Refused

if TYPE_CHECKING:
    from testing.pairing.plan import Plan
    from testing.store.engine import Session
    from testing.study.protocol import Protocol


def sealed_plan(folder: StudyFolder) -> "Plan":
    """Read the wave's sealed plan, provided that everything is still as it was sealed.

    Raises:
        StudyFileInvalid: the protocol does not hold what it must.
        Refused: there is no plan.
        LockMismatch: plan, protocol, letters, names or store differ from what was sealed; names all of them.
    """
    from testing.pairing.plan import plan_from_json
    from testing.store.engine import open_store
    from testing.study.reading import read_protocol

    protocol = read_protocol(folder.protocol)
    if not folder.plan.is_file():
        raise _no_plan(protocol)
    with open_store(folder.store, create=False) as store, store.read() as session:
        check_sealed(folder, session, protocol)
        return plan_from_json(folder.plan.read_bytes())


def check_sealed(folder: StudyFolder, session: "Session", protocol: "Protocol") -> str:
    """Check that the plan on disk and in the store, protocol, letters and names are those that were sealed.

    Returns:
        The seal.

    Raises:
        Refused: the wave has no plan.
        LockMismatch: something differs; names everything that does.
    """
    from testing.store import batches, waves

    seal = waves.seal_of(session, protocol.wave.name)
    if seal is None:
        raise _no_plan(protocol)
    changed = []
    if not folder.plan.is_file():
        changed.append(f"{folder.plan} (gone)")
    elif (found := hashlib.sha256(folder.plan.read_bytes()).hexdigest()) != seal:
        if found in batches.seals_of(session, protocol.wave.name):
            raise LockMismatch(
                f"{folder.plan} is a plan of before, not the one in force; where evenhand plan --add was stopped, "
                "run it again and it writes the plan; else put back what was sealed"
            )
        changed.append(str(folder.plan))
    changed += _changed_inputs(folder, waves.inputs_of(session, seal))
    if changed:
        raise LockMismatch(
            f"changed since the plan was sealed: {', '.join(changed)}; put back what was sealed, or draw up "
            "the plan anew with: evenhand plan --replace"
        )
    if not waves.intact(session, seal):
        raise LockMismatch("the plan in the store was changed after it was sealed; restore it from a copy")
    return seal


def _no_plan(protocol: "Protocol") -> Refused:
    return Refused(f"wave {protocol.wave.name} has no sealed plan; draw it up with: evenhand plan")


def _changed_inputs(folder: StudyFolder, sealed: dict[str, str]) -> list[str]:
    """Files that are no longer what the plan was drawn from."""
    from testing.study.reading import study_inputs

    places = {"protocol": folder.protocol, "letters": folder.letters, "names": folder.names}
    try:
        found = study_inputs(folder.root)
    except OSError as error:
        return [f"{error.filename} ({error.strerror})"]
    return [str(place) for name, place in places.items() if sealed.get(name) != found[name]]
