"""What a study's letters must fit: takes the tables of the protocol that can be read, gives it in one record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from testing.study.misfits import applicants_to_one

NAMES = ("An Maes", "Alexandra Vandenbroucke")
"""A short and a long name, between which the length of a letter is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterNeeds:
    """What the protocol asks of letter forms; what could not be read is empty, and its checks are left out."""

    arms: Mapping[str, Sequence[str]] | None = None
    """Arms of each ground that a sentence signals; None where the grounds could not be read."""
    least: int = 2
    """Fewest forms of a language: as many as applicants who write to one listing."""
    region: str | None = None
    """Whose law says what a letter may state; None checks nothing."""
    household: Mapping[str, str] = field(default_factory=dict)
    """By language."""
    jobs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By language."""
    ages: Sequence[int] = (30, 30)
    amount: int = 1450

    def extremes(self, language: str) -> list[dict[str, str]]:
        """What the shortest and the longest of two mates put into their slots; all else they have alike."""
        jobs = sorted(self.jobs.get(language, ("", "")), key=len)
        alike = {"household": self.household.get(language, ""), "amount": str(self.amount)}
        return [
            alike | {"name": name, "job": job, "age": str(self.ages[0])}
            for name, job in zip(NAMES, (jobs[0], jobs[-1]), strict=True)
        ]


def needs_of(tables: Mapping[str, Any]) -> LetterNeeds:
    """Gather what letters must fit from the tables of a protocol, or from those that could be read."""
    design = _read(tables.get("design"))
    return LetterNeeds(
        arms=_sentence_arms(tables["grounds"]) if "grounds" in tables else None,
        least=max(2, applicants_to_one(tables.get("contrasts", {}), tables.get("design"))),
        region=_read(tables.get("study")).get("region"),
        household=design.get("household", {}),
        jobs={language: jobs for language, jobs in design.get("jobs", {}).items() if jobs},
        ages=design.get("age") or (30, 30),
        amount=design.get("income_amount", 1450),
    )


def _sentence_arms(grounds: Mapping[str, Any]) -> dict[str, list[str]]:
    declared = {name: _read(ground) for name, ground in grounds.items()}
    return {
        name: list(ground.get("arms", {}))
        for name, ground in declared.items()
        if ground.get("signal") == "sentence"
    }


def _read(table: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(table, "__dict__", {})
    return found
