"""Results of a small known table, with intervals given by hand, for every test of the report."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from analysis.dictionary import Contrast, Dictionary, Ground
from analysis.estimate import Estimand, Estimate, Status
from analysis.report.material import Material, material_of
from analysis.results import Funnel, Results

LABELS = {
    "nl": {"belgian": "een Belgische naam", "moroccan": "een Marokkaanse naam"},
    "fr": {"belgian": "un nom belge", "moroccan": "un nom marocain"},
    "en": {"belgian": "a Belgian name", "moroccan": "a Moroccan name"},
}
Interval = tuple[float, float]
MakeCell = Callable[..., list[Estimate]]
MakeResults = Callable[..., Results]


def _cell(
    level: str,
    counts: tuple[int, int, int, int],
    interval: Interval | None,
    *,
    landlords: int | None = None,
    contrast: str = "name",
    status: Status = Status.PLANNED,
    net: Interval | None = (0.07, 0.29),
    relative: Interval | None = (0.06, 0.31),
) -> list[Estimate]:
    """Rows of one level; counts are both, reference only, other only, neither."""
    a, b, c, d = counts
    n, m = a + b + c + d, a + b + c
    common: dict[str, Any] = {
        "contrast": contrast,
        "reference": "belgian",
        "other": "moroccan",
        "group": "all" if level == "all" else "landlord_type",
        "level": level,
        "outcome": "invitation",
        "n_pairs": n,
        "n_informative": m,
        "n_discordant": b + c,
        "n_landlords": n if landlords is None else landlords,
        "status": status,
    }
    low, high = interval or (None, None)
    rows = [
        Estimate(
            **(common | {"estimand": Estimand.INVITATION_RATE, "reference": None, "other": arm}),
            value=k / n,
            method="Wilson 1927 score interval",
            convention="applications in usable pairs",
        )
        for arm, k in (("belgian", a + b), ("moroccan", a + c))
    ]
    names = ("PAIRS_BOTH", "PAIRS_REFERENCE_ONLY", "PAIRS_OTHER_ONLY", "PAIRS_NEITHER")
    rows += [
        Estimate(**common, estimand=Estimand[name], value=float(k), method="count", convention="count")
        for name, k in zip(names, counts, strict=True)
    ]
    for estimand, value, limits, convention in (
        (Estimand.GAP, (b - c) / n, (low, high), "(b − c) / n"),
        (Estimand.RELATIVE_GAP, 1 - (a + c) / (a + b) if a + b else None, relative, "1 − (a + c) / (a + b)"),
        (Estimand.NET_RATE, (b - c) / m if m else None, net, "(b − c) / (a + b + c)"),
    ):
        lower, upper = (limits or (None, None)) if value is not None else (None, None)
        rows.append(
            Estimate(
                **common,
                estimand=estimand,
                value=value,
                lower=lower,
                upper=upper,
                confidence=0.95,
                method="Tango 1998 score interval" if estimand is Estimand.GAP else "given by hand",
                convention=convention,
                reason=None if value is not None else "nobody was invited",
            )
        )
    rows.append(
        Estimate(
            **common,
            estimand=Estimand.MCNEMAR,
            value=b / (b + c) if b + c else None,
            p_value=0.0031,
            method="McNemar mid-p, two-sided",
            convention="b / (b + c)",
            reason=None if b + c else "no discordant pair",
        )
    )
    return rows


def _difference(value: float, interval: Interval, level: str = "private - agency") -> Estimate:
    return Estimate(
        estimand=Estimand.GAP_DIFFERENCE,
        contrast="name",
        reference="belgian",
        other="moroccan",
        group="landlord_type",
        level=level,
        outcome="invitation",
        value=value,
        lower=interval[0],
        upper=interval[1],
        confidence=0.95,
        n_pairs=345,
        n_informative=200,
        n_landlords=263,
        method="linear model on pair differences, clustered by landlord (CR1)",
        convention="G = 263 landlords, N = 345 pairs",
        status=Status.PLANNED,
    )


def _results(estimates: list[Estimate], **changes: Any) -> Results:
    used = max((row.n_pairs for row in estimates if row.group == "all"), default=0)
    dictionary = Dictionary(
        study="evenstad",
        wave="autumn",
        grounds={"origin": Ground(arms=("belgian", "moroccan"), reference="belgian", labels=LABELS)},
        contrasts={
            "name": Contrast(
                reference={"origin": "belgian"},
                other={"origin": "moroccan"},
                labels={
                    "nl": "Marokkaanse naam tegenover Belgische naam",
                    "fr": "nom marocain par rapport à nom belge",
                    "en": "Moroccan name against Belgian name",
                },
            )
        },
        outcomes=("invitation",),
        primary="invitation",
        landlord_types=("private", "agency", "social_rental_agency", "unknown"),
        notes={"titles": {"nl": "Testen in Evenstad", "fr": "Tests à Evenstad", "en": "Tests in Evenstad"}},
    )
    notes = changes.pop("notes", {})
    return replace(
        Results(
            study="evenstad",
            wave="autumn",
            outcomes_sha256="0c" * 32,
            plan_sha256="1d" * 32,
            software="evenhand 0.1.0",
            dictionary=replace(dictionary, notes={**dictionary.notes, **notes}),
            applications=2 * used,
            funnel=(
                Funnel(
                    contrast="name",
                    outcome="invitation",
                    pairs=used + 7,
                    used=used,
                    dropped={"not delivered": 7},
                ),
            ),
            estimates=tuple(estimates),
        ),
        **changes,
    )


@pytest.fixture(scope="session")
def make_cell() -> MakeCell:
    """Rows of one level from four counts and an interval of the gap."""
    return _cell


@pytest.fixture(scope="session")
def make_difference() -> Callable[..., Estimate]:
    """The gap of one landlord type minus that of another."""
    return _difference


@pytest.fixture(scope="session")
def make_results() -> MakeResults:
    """Results of these estimates, with labels in three languages."""
    return _results


@pytest.fixture(scope="session")
def known() -> Results:
    """A known table.

    Private owners: the reconstructed counts of Brugge 2021, benefit (n 203, invitations 83 and 67, b 22, c 6;
    design record, section 3: «reconstructed», net rate published as 18). Agencies: b 9, c 12, so no clear gap.
    The social rental agencies have 4 landlords, the unknown ones 20.
    """
    return _results(
        [
            *_cell("all", (175, 46, 26, 200), (0.01, 0.083), landlords=285, net=(0.02, 0.14)),
            *_cell("private", (61, 22, 6, 114), (0.0312, 0.1284), status=Status.PRIMARY),
            *_cell(
                "agency", (71, 9, 12, 50), (-0.0874, 0.0443), landlords=60, net=(-0.13, 0.06), relative=None
            ),
            *_cell("social_rental_agency", (33, 10, 7, 17), (-0.07, 0.15), landlords=4),
            *_cell("unknown", (10, 5, 1, 19), (-0.01, 0.25), landlords=20),
            _difference(0.1, (0.02, 0.1812)),
        ]
    )


@pytest.fixture(scope="session")
def material(known: Results) -> Material:
    """The known table as a report is made of it."""
    return material_of(known)
