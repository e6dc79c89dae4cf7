"""The numbers of the frame in, one self-contained page per language out: no script, nothing loaded from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.outcomes import replace_file
from analysis.report.html import TEMPLATES as SHARED
from analysis.report.words import ENDONYMS, LOCALES, Words
from desk.frame_page import tables
from desk.frame_page.facts import FrameFacts
from desk.frame_page.vocabulary import FIELDS

HERE = Path(__file__).parent


def write_frame_pages(
    folder: Path, facts: FrameFacts, languages: Sequence[str] = tuple(LOCALES)
) -> list[Path]:
    """Write ``frame-<language>.html`` for each language; all are made before the first is written.

    Returns:
        Their paths.
    """
    made = {folder / f"frame-{one}.html": render(facts, one, languages) for one in languages}
    folder.mkdir(parents=True, exist_ok=True)
    for path, page in made.items():
        replace_file(path, page.encode())
    return list(made)


def render(facts: FrameFacts, language: str, languages: Sequence[str] = tuple(LOCALES)) -> str:
    """The page in one language.

    Raises:
        MissingTranslation: a sentence is not in the catalogue.
    """
    words = Words(language=language, folder=HERE / "locales", domain="frame")
    style = (SHARED / "style.css").read_text("utf-8") + (HERE / "templates" / "frame.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made = (
        tables.funnel, tables.types, tables.rents, tables.places, tables.fields, tables.changes, tables.unseen,
        tables.sources,
    )  # fmt: skip
    return environment.get_template("frame.html.j2").render(
        language=language,
        t=words.t,
        title=facts.titles[language],
        languages=[
            {"code": code, "name": ENDONYMS[code], "file": f"frame-{code}.html"}
            for code in ENDONYMS
            if code in languages
        ],
        rehearsal=facts.rehearsal,
        style=style,
        style_hash=f"sha256-{digest}",
        lede=words.t(
            "{adverts} adverts stand in the frame, of {landlords} landlords. {testable} of them can be tested."
            " Last seen on {day}.",
            adverts=words.number(facts.adverts),
            landlords=words.number(facts.landlords),
            testable=words.number(facts.testable),
            day=format_datetime(facts.as_of, "d MMMM y, HH:mm 'UTC'", locale=words.locale),
        ),
        alarms=[
            words.t(
                "{portal}: {field} was read on {before} of the adverts, now on {now}. The portal may have changed its"
                " pages.",
                portal=it.portal,
                field=words.t(FIELDS[it.field]),
                before=words.percent(it.before, 0),
                now=words.percent(it.now, 0),
            )
            for it in facts.alarms
        ],
        tables=[table for make in made if (table := make(facts, words))["rows"]],
    )
