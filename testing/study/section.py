"""What every table of a study file is made of: short names, texts for readers, and the strict model under them."""

from datetime import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Token = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A short lower-case name that is safe in columns, file names and addresses."""
Domain = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$", min_length=4, max_length=253),
]
Language = Literal["nl", "fr", "en", "de"]
"""Languages of letters; pages and reports are in the first three."""
Region = Literal["flanders", "brussels", "wallonia"]
"""Regions of Belgium, each with a tenancy law of its own; the nine German-speaking communes are in Wallonia."""
Text = dict[Language, str]
"""One text in each language that a reader may choose (nl, fr, en), and in German where a letter needs it."""
Clock = Annotated[time, Field(description="Local time of day, for example 08:30:00.")]


class Section(BaseModel):
    """A table of the study file: strict, frozen, and refusing keys that it does not know."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)
