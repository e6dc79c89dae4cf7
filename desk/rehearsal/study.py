"""The study that a rehearsal runs: takes the town's file and a port, gives the texts of a complete study folder."""

from datetime import UTC, datetime, time, timedelta
from importlib.resources import files

from desk.rehearsal.town_file import TownFile
from desk.templates import template_files

WANTED = {"private": 80, "agency": 75}
"""Per cent of a kind's adverts that the wave wants as pairs: some are not eligible, agencies are capped."""


def study_texts(town: TownFile, *, port: int) -> dict[str, str]:
    """Texts of the study's files by their path in its folder: the protocol of the rehearsal, the rest as in Belgium.

    Args:
        town: the town's file.
        port: of the town's listings site on 127.0.0.1, which the protocol names.
    """
    first = town.town.first_day
    words = {
        "name": "rehearsal",
        "place": town.town.name,
        "port": str(port),
        "first_day": first.isoformat(),
        "last_day": (first + timedelta(days=7 * town.town.weeks - 3)).isoformat(),
        "recorded_on": crawled_at(town).date().isoformat(),
        **{kind: str(max(1, town.adverts.get(kind, 0) * share // 100)) for kind, share in WANTED.items()},
    }
    texts = template_files(
        "belgium", words, parts=("names.csv", "analysis.toml", "letters", "protocol.schema.json")
    )
    protocol = files("desk.rehearsal").joinpath("protocol.toml").read_text("utf-8")
    for word, value in words.items():
        protocol = protocol.replace(f"<{word}>", value)
    return {**texts, "protocol.toml": protocol}


def crawled_at(town: TownFile) -> datetime:
    """The working day before the wave begins, at ten: when the town is crawled."""
    return datetime.combine(town.town.first_day - timedelta(days=3), time(10), UTC)
