"""A study and its plan in, the profiles out that read the plan's adverts and were never held against real pages."""

from typing import TYPE_CHECKING

from desk.folder import StudyFolder

if TYPE_CHECKING:
    from testing.pairing.plan import Plan


def unverified_profiles(folder: StudyFolder, plan: "Plan") -> list[str]:
    """Portals of the plan's adverts whose profile is unverified, sorted; what was imported has no profile."""
    from crawler.portals.profile import load_profile, profile_names
    from testing.store import frame
    from testing.store.engine import open_store

    keys = sorted({it.listing for it in plan.applications})
    with open_store(folder.store, create=False) as store, store.read() as session:
        portals = frame.addresses(session, keys)
    return [name for name in sorted(portals) if name in profile_names() and load_profile(name).unverified]
