"""``evenhand check``: takes a study's folder, gives every fault of its files with line and mending."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.folder import StudyFolder
from testing.study.errors import Fault, StudyFileInvalid

if TYPE_CHECKING:
    from testing.study.lineage import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found."""

    faults: tuple[Fault, ...]
    """What must be mended before anything else can be done."""
    warnings: tuple[Fault, ...]
    """What a person must still fill in before a live wave."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--json", "as_json", is_flag=True, help="Print faults and warnings as JSON.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of an earlier wave: say what changed since, and what that does to a comparison.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of protocol.toml and end.")
@click.pass_context
def command(ctx: click.Context, folder: Path, as_json: bool, baseline: Path | None, schema: bool) -> None:
    """Check a study's files: every fault with file, line, key and how to mend it.

    Ends with 0 when there is no fault (warnings may remain), with 3 when there is one.
    """
    if schema:
        from desk.templates import schema_text

        click.echo(schema_text(), nl=False)
        return
    found = check_folder(StudyFolder(root=folder))
    compared = (
        None
        if baseline is None or found.faults
        else since(StudyFolder(root=baseline), StudyFolder(root=folder))
    )
    if as_json:
        told = asdict(found) | ({} if compared is None else {"changes": [asdict(it) for it in compared]})
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        for warning in found.warnings:
            click.echo(f"warning: {warning}", err=True)
        for fault in found.faults:
            click.echo(str(fault))
        click.echo(_summary(folder, found), err=True)
        if compared is not None:
            click.echo(_compared(compared), nl=False)
    if found.faults:
        ctx.exit(StudyFileInvalid.exit_code)


def since(baseline: StudyFolder, folder: StudyFolder) -> "list[Change]":
    """What changed since an earlier wave; nothing may be amiss with either.

    Raises:
        StudyFileInvalid: the baseline's files do not hold what they must.
    """
    from testing.study.lineage import changes
    from testing.study.reading import read_protocol, study_inputs

    before, after = (read_protocol(it.protocol) for it in (baseline, folder))
    return changes(before, after, inputs=(study_inputs(baseline.root), study_inputs(folder.root)))


def _compared(found: "list[Change]") -> str:
    from testing.study.lineage import Effect

    if not found:
        return "Nothing changed since the baseline.\n"
    heads = {
        Effect.GAP: "Another gap is measured (say so wherever both waves stand side by side):",
        Effect.LEVEL: "Invitation rates may move for both applicants:",
        Effect.PRECISION: "The numbers mean the same, with other intervals:",
        Effect.NONE: "Touches no outcome:",
    }
    lines = []
    for effect, head in heads.items():
        of_it = [it for it in found if it.effect is effect]
        lines += (
            [head, *(f"  {it.key}: {it.before} → {it.after}; {it.means}" for it in of_it)] if of_it else []
        )
    return "\n".join(lines) + "\n"


def check_folder(folder: StudyFolder) -> Checked:
    """Check protocol, letters, names, portals and analysis plan of a study.

    Args:
        folder: the study's folder; what is missing in it is a fault.
    """
    from desk.name_warnings import name_warnings
    from testing.study.reading import check_study, read_protocol

    faults = check_study(folder.root)
    warnings: list[Fault] = []
    try:
        protocol = read_protocol(folder.protocol)
    except StudyFileInvalid:
        protocol = None
    faults += _portal_faults(folder)
    faults += _analysis_faults(folder, None if protocol is None else list(protocol.contrasts))
    if protocol is not None:
        warnings += _to_fill_in(folder)
        warnings += name_warnings(folder.names)
    return Checked(faults=tuple(faults), warnings=tuple(warnings))


def _portal_faults(folder: StudyFolder) -> list[Fault]:
    """Portal profiles that the crawler does not have; the study room cannot see them."""
    from crawler.portals.profile import GENERIC, profile_names
    from testing.study.toml_file import load_toml

    file = load_toml(folder.protocol)
    frame = (file.data or {}).get("frame", {})
    portals = frame.get("portals", []) if isinstance(frame, dict) else []
    known = [*profile_names(), GENERIC]
    faults = []
    for index, portal in enumerate(portals if isinstance(portals, list) else []):
        name = portal.get("profile") if isinstance(portal, dict) else None
        if isinstance(name, str) and name not in known:
            problem = f"no portal profile is called {name!r}"
            mend = f"use one of {', '.join(known)}, or declare it in crawler/portals"
            faults.append(file.fault(("frame", "portals", index, "profile"), problem, mend))
    return faults


def _analysis_faults(folder: StudyFolder, contrasts: list[str] | None) -> list[Fault]:
    from analysis.errors import InputInvalid
    from analysis.plan import read_plan
    from testing.study.toml_file import load_toml

    file = load_toml(folder.analysis)
    if file.data is None:
        return list(file.faults)
    try:
        plan = read_plan(folder.analysis)
    except InputInvalid as error:
        return [_from_analysis(str(folder.analysis), sentence) for sentence in error.faults]
    named: list[tuple[tuple[str | int, ...], str]] = []
    if plan.primary is not None:
        named.append((("primary", "contrast"), plan.primary.contrast))
    for index, step in enumerate(plan.step):
        named += [(("step", index, "contrasts"), name) for name in step.contrasts]
    return [
        file.fault(
            key,
            f"the protocol has no contrast {name!r}",
            f"use one of {', '.join(contrasts or [])}",
        )
        for key, name in named
        if contrasts is not None and name not in contrasts
    ]


def _from_analysis(file: str, sentence: str) -> Fault:
    """Take «file:line: key: problem; mend» apart."""
    rest = sentence.removeprefix(file).removeprefix(":")
    number, _, after = rest.partition(":")
    line = int(number) if number.strip().isdigit() else None
    key, colon, words = (after if line is not None else rest).strip().partition(": ")
    problem, _, mend = (words if colon else key).partition("; ")
    return Fault(
        file=file,
        line=line,
        key=key if colon else "",
        problem=problem,
        mend=mend or "write it as the analysis reference says",
    )


def _to_fill_in(folder: StudyFolder) -> list[Fault]:
    from crawler.portals.profile import GENERIC, profile_names
    from testing.study.toml_file import load_toml

    file = load_toml(folder.protocol)
    data = file.data or {}
    open_places: list[tuple[tuple[str | int, ...], str, str]] = [
        (("wave", key), f"{key} is empty; a live wave is refused without it", f"give the reference of {what}")
        for key, what in (
            ("ethics", "the ethics committee's approval"),
            ("dpia", "the data protection impact assessment"),
        )
        if not data["wave"].get(key, "").strip()
    ]
    if not data.get("retention", {}).get("custodian", "").strip():
        problem = "nobody is named who holds the wave's key apart from those who code and analyse"
        open_places.append((("retention", "custodian"), problem, "name a person or a service"))
    if _is_example(data["study"]["contact"].rpartition("@")[2]):
        problem = "the contact is an example; a crawl must state a real one"
        open_places.append((("study", "contact"), problem, "give the study's own address"))
    for index, domain in enumerate(data["sending"]["domains"]):
        if _is_example(domain):
            problem = f"{domain} is an example; nothing can be sent from it beyond this machine"
            mend = "name a mail domain that the study owns"
            open_places.append((("sending", "domains", index), problem, mend))
    for index, portal in enumerate(data["frame"]["portals"]):
        if portal["basis"].startswith("to be "):
            mend = "say on what basis it may be crawled, and who says so"
            key = ("frame", "portals", index, "basis")
            open_places.append((key, "no legal basis is recorded for this portal", mend))
        if portal["profile"] == GENERIC:
            problem = "generic names no portal, so nothing can be crawled with it"
            mend = f"name the portal's own profile: {', '.join(profile_names())}"
            open_places.append((("frame", "portals", index, "profile"), problem, mend))
    return [file.fault(key, problem, mend) for key, problem, mend in open_places]


def _is_example(domain: str) -> bool:
    labels = domain.casefold().split(".")
    return labels[-1] in ("example", "test", "invalid", "localhost") or (
        len(labels) > 1 and labels[-2] == "example"
    )


def _summary(folder: Path, found: Checked) -> str:
    if found.faults:
        return f"{len(found.faults)} faults in {folder}; mend them and check again."
    if found.warnings:
        return f"{folder} is whole; {len(found.warnings)} things remain before a live wave."
    return f"{folder} is whole."
