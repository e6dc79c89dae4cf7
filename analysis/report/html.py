"""Material goes in, one self-contained HTML page per language comes out: no script, nothing loaded from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.outcomes import replace_file
from analysis.report.material import LANGUAGES, Material
from analysis.report.page import page_of
from analysis.report.words import Words

TEMPLATES = Path(__file__).parent / "templates"


def render(material: Material, language: str, *, languages: Sequence[str] = LANGUAGES) -> str:
    """Render the page in one language.

    Args:
        material: Disclosed estimates with their words; hidden cells have no numbers any more.
        language: ``nl``, ``fr`` or ``en``.
        languages: Languages to link to, which stand beside it as ``report-<language>.html``.

    Raises:
        MissingTranslation: a sentence is not in the catalogue.
    """
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = page_of(material, Words(language=language), languages)
    return (
        _environment().get_template("page.html.j2").render(page, style=style, style_hash=f"sha256-{digest}")
    )


def write_pages(folder: Path, material: Material, languages: Sequence[str] = LANGUAGES) -> tuple[Path, ...]:
    """Render all pages first, then write each at once, so that a fault leaves no half report.

    Returns:
        Paths of the pages, in the order of ``languages``.
    """
    pages = {folder / f"report-{one}.html": render(material, one, languages=languages) for one in languages}
    folder.mkdir(parents=True, exist_ok=True)
    for path, page in pages.items():
        replace_file(path, page.encode())
    return tuple(pages)


@cache
def _environment() -> Environment:
    """Templates with every value escaped and every missing value an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment
