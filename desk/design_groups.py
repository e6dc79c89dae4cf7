"""A study's design goes in, its groups with what is assumed of them come out: contrasts by landlord type."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from testing.study.errors import Refused
from testing.study.listing import LandlordType

if TYPE_CHECKING:
    from analysis.design import Group
    from analysis.shares import Shares
    from analysis.unpaired_power import GroupApart
    from testing.study.protocol import Protocol

MARKS = (
    ("origin", ("origin", "ethnic", "name")),
    ("income", ("income", "means", "benefit")),
    ("disability", ("disab",)),
)
"""Words by which a protocol's ground is one of the published ones."""


def groups_of(
    protocol: "Protocol",
    given: "Shares | None" = None,
    *,
    ground: str | None = None,
    place: str | None = None,
    effect: tuple[float, float] = (1.0, 0.1),
) -> "list[Group]":
    """The groups of a study: each contrast with each landlord type that is tested.

    Args:
        protocol: the study.
        given: shares for all of them; None assumes from published tables.
        ground: published ground to assume from; None takes that of the contrast's own ground.
        place: only tables of this city, where it has any.
        effect: mean pairs of one landlord, for professionals, and their correlation.

    Raises:
        Refused: one applicant writes to each listing, so there are no pairs to speak of.
    """
    if protocol.design.applicants == "one":
        raise Refused(
            'protocol.toml: design.applicants = "one" gives no pairs, and this speaks of pairs only; take "all", or '
            "see evenhand power, which knows both"
        )
    found = []
    for name, contrast in protocol.contrasts.items():
        for kind in protocol.frame.landlord_types:
            number = round(protocol.sample.pairs[kind.value] * protocol.share(name))
            of = ground or published_ground(list(contrast.treated))
            # A private owner is tested once and never more.
            alone = kind in (LandlordType.PRIVATE, LandlordType.FLATMATE)
            found.append(
                group_of(name, kind.value, number, given, of, place, (1.0, 0.0) if alone else effect)
            )
    return found


def groups_apart(
    protocol: "Protocol",
    given: "Shares | None" = None,
    *,
    ground: str | None = None,
    place: str | None = None,
    effect: tuple[float, float] = (1.0, 0.1),
) -> "list[GroupApart]":
    """The groups of a study in which one applicant writes to each listing: arms of each contrast and landlord type.

    Rates are those of the two applicants of the assumed pairs. The arguments are those of ``groups_of``.

    Raises:
        click.UsageError: the shares leave the rates open, because they do not say how often both are invited.
    """
    from analysis.unpaired_power import GroupApart

    found = []
    for lead, served in protocol.tests().items():
        for name in served:
            for kind in protocol.frame.landlord_types:
                # As many listings for each applicant of the test: the reference applicant and those treated.
                number = protocol.sample.pairs[kind.value] * protocol.share(lead) / (1 + len(served))
                of = ground or published_ground(list(protocol.contrasts[name].treated))
                alone = kind in (LandlordType.PRIVATE, LandlordType.FLATMATE)
                group = group_of(
                    name, kind.value, int(number), given, of, place, (1.0, 0.0) if alone else effect
                )
                if not group.both_known:
                    raise click.UsageError(
                        "--shares leave open how often both are invited, and so the rates that a design without pairs "
                        "rests on; give --rates with --agreement 0"
                    )
                found.append(
                    GroupApart(
                        contrast=name,
                        landlord_type=kind.value,
                        applications=group.pairs,
                        counted=group.counted,
                        rates=(
                            group.shares.both + group.shares.reference_only,
                            group.shares.both + group.shares.other_only,
                        ),
                        assumed_from=group.assumed_from,
                    )
                )
    return found


def published_ground(grounds: Sequence[str]) -> str:
    """The published ground that a contrast's own are one of, by their names.

    Raises:
        click.UsageError: none is.
    """
    for published, words in MARKS:
        if any(word in ground for ground in grounds for word in words):
            return published
    raise click.UsageError(
        f"no published table speaks of {', '.join(grounds)}; give --ground (origin, income "
        "or disability), --shares or --rates"
    )


def group_of(
    contrast: str,
    kind: str,
    number: int,
    given: "Shares | None",
    ground: str,
    place: str | None,
    effect: tuple[float, float],
) -> "Group":
    """One group, with the shares as given or as published tables have them.

    Raises:
        click.UsageError: no published table speaks of this ground for this landlord type.
    """
    from analysis.design import Group
    from analysis.evidence import base_of, grounds
    from analysis.power import effective_pairs

    if given is not None:
        shares, source = given, "shares as given on the command line"
    else:
        base = base_of(ground, "private" if kind == "private" else "agency", place)
        if base is None:
            known = ", ".join(grounds())
            raise click.UsageError(
                f"no published table speaks of {ground!r} for {kind}; give one of {known} as --ground, "
                "or --shares or --rates"
            )
        low, high = (f"{100 * gap:.1f}" for gap in base.gaps)
        shares = base.shares
        many = len(base.tables) > 1
        source = (
            f"mean of {len(base.tables)} published Belgian tables of {ground}, gaps from {low} to {high} points: "
            if many
            else f"one published Belgian table of {ground}: "
        ) + "; ".join(map(str, base.tables))
    counted = effective_pairs(number, per_landlord=effect[0], correlation=effect[1])
    return Group(
        contrast=contrast,
        landlord_type=kind,
        pairs=number,
        counted=counted,
        shares=shares,
        assumed_from=source,
        both_known=given is None or given.both > 0,
    )
