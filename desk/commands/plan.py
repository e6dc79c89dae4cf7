"""``evenhand plan``: takes a study with a whole frame, draws the sample and the pairs, seals the plan."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.folder import study_folder
from desk.rehearsal.clock import clock_of
from desk.unverified import unverified_profiles
from desk.wave_key import wave_key

if TYPE_CHECKING:
    from testing.pairing.plan import Plan


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--replace", is_flag=True, help="Give up an earlier plan of the wave of which nothing was sent."
)
@click.option("--add", is_flag=True, help="Add a batch to the wave's plan, of adverts that came since.")
@click.option(
    "--earlier",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of another study, whose landlords are left alone for as long as the protocol says; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print strata, exclusions, balance and seal as JSON.")
def command(folder: Path, replace: bool, add: bool, earlier: tuple[Path, ...], as_json: bool) -> None:
    """Draw the sample, draw up the pairs and seal the plan.

    Nothing is sent: a person approves the sealed plan first. The same files, frame and key give the same
    plan; where the wave has another one already, this is refused. With --add the plan grows by adverts that
    no earlier batch could draw; what stands there stays as it is, and the longer plan needs an approval of its own.
    """
    from desk.planning import add_batch, plan_wave

    if add and replace:
        raise click.UsageError("--add keeps the plan and --replace gives it up; take one of them")
    study = study_folder(folder)
    now, key = clock_of(study)(), wave_key(study)
    if add:
        plan = add_batch(study, key=key, now=now, earlier=earlier)
    else:
        plan = plan_wave(study, key=key, now=now, replace=replace, earlier=earlier)
    told = summary(plan, unverified_profiles(study, plan))
    if as_json:
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        click.echo(summary_text(told))
    click.echo(f"\nNext: read {study.plan}, then: evenhand approve {study.typed}", err=True)


def summary(plan: "Plan", unverified: Sequence[str] = ()) -> dict[str, Any]:
    """What a person looks at before approving: strata, exclusions, balance, calendar and seal.

    Args:
        plan: sealed.
        unverified: profiles that read its adverts and were never held against real pages.
    """
    first = [it for it in plan.applications if it.order == 1]
    cells = Counter((it.stratum, it.contrast) for it in first)
    treated_first = Counter((it.stratum, it.contrast) for it in first if not it.reference)
    women = Counter((it.stratum, it.contrast) for it in first if it.identity.name.sex == "f")
    forms = Counter((it.letter.language, it.letter.form, it.reference) for it in plan.applications)
    return {
        "study": plan.study,
        "wave": plan.wave,
        "pairs": len(first),
        "applications": len(plan.applications),
        "landlords": len({it.landlord for it in first}),
        "first_due": plan.applications[0].due_at.isoformat(),
        "last_due": plan.applications[-1].due_at.isoformat(),
        "strata": [asdict(stratum) for stratum in plan.all_strata()],
        "batches": [{"first_day": it.first_day, "pairs": len(it.pairs)} for it in plan.batches],
        "excluded": dict(plan.excluded),
        "unverified_profiles": list(unverified),
        "contrasts": [
            {
                "stratum": stratum,
                "contrast": contrast,
                "pairs": count,
                "treated_first": treated_first[stratum, contrast],
                "women": women[stratum, contrast],
            }
            for (stratum, contrast), count in sorted(cells.items())
        ],
        "forms": [
            {
                "language": language,
                "form": form,
                "reference": forms[language, form, True],
                "treated": forms[language, form, False],
            }
            for language, form in sorted({(language, form) for language, form, _ in forms})
        ],
        "seal": plan.seal,
        "key_commitment": plan.key_commitment,
    }


def summary_text(told: Mapping[str, Any]) -> str:
    """The summary as a page of text."""
    unit = (
        "pairs"
        if told["applications"] == 2 * told["pairs"]
        else f"tests, {told['applications']} applications"
    )
    lines = [f"Wave {told['wave']} of {told['study']}: {told['pairs']} {unit}, {told['landlords']} landlords"]
    lines += [f"due from {told['first_due']} to {told['last_due']} (UTC)", ""]
    lines.append(f"{'stratum':24} {'eligible':>8} {'wanted':>7} {'drawn':>6}")
    for it in told["strata"]:
        short = "  fewer than wanted: all that the caps allow" if it["drawn"] < it["wanted"] else ""
        lines.append(f"{it['name']:24} {it['eligible']:8} {it['wanted']:7} {it['drawn']:6}{short}")
    lines += [
        f"batch {number} from {it['first_day']}: {it['pairs']} of them"
        for number, it in enumerate(told["batches"], start=2)
    ]
    lines += ["", f"{'stratum':24} {'contrast':20} {'pairs':>6} {'treated first':>14} {'women':>6}"]
    for it in told["contrasts"]:
        lines.append(
            f"{it['stratum']:24} {it['contrast']:20} {it['pairs']:6} {it['treated_first']:14} {it['women']:6}"
        )
    lines += ["", f"{'letter form':24} {'reference':>10} {'treated':>8}"]
    for it in told["forms"]:
        lines.append(f"{it['language'] + '/' + it['form']:24} {it['reference']:10} {it['treated']:8}")
    lines += ["", f"Not eligible: {sum(told['excluded'].values())}"]
    lines += [f"  {count:6} {reason}" for reason, count in told["excluded"].items()]
    if told["unverified_profiles"]:
        names = ", ".join(told["unverified_profiles"])
        lines += [
            "",
            f"UNVERIFIED profiles, never held against real pages, read adverts of this plan: {names}",
        ]
    lines += ["", f"Seal: {told['seal']}", f"Key commitment: {told['key_commitment']}"]
    return "\n".join(
        [
            *lines,
            "Publish both before the first message (plan/manifest.json holds them, and nothing of anybody): afterwards "
            "nobody can say that the draw was made to fit.",
        ]
    )
