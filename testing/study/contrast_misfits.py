"""Where contrasts and grounds contradict each other: takes those tables of a study file, gives misfits."""

from collections.abc import Iterator
from typing import Any

from testing.study.misfit import Check, Misfit


def _treated(contrasts: Any, grounds: Any) -> Iterator[Misfit]:
    for name, contrast in contrasts.items():
        for ground, arm in contrast.treated.items():
            key = ("contrasts", name, "treated", ground)
            if ground not in grounds:
                yield Misfit(
                    key=key,
                    problem=f"no ground is called {ground!r}",
                    mend=f"use one of {', '.join(grounds)}",
                )
            elif arm not in grounds[ground].arms:
                yield Misfit(
                    key=key,
                    problem=f"no arm is called {arm!r}",
                    mend=f"use one of {', '.join(grounds[ground].arms)}",
                )
            elif arm == contrast.against.get(ground, grounds[ground].reference):
                yield Misfit(key=key, problem=f"{arm!r} is the reference", mend="name another arm")


def _against(contrasts: Any, grounds: Any) -> Iterator[Misfit]:
    for name, contrast in contrasts.items():
        for ground, arm in contrast.against.items():
            key = ("contrasts", name, "against", ground)
            arms = list(grounds[ground].arms) if ground in grounds else []
            if ground not in grounds:
                yield Misfit(
                    key=key,
                    problem=f"no ground is called {ground!r}",
                    mend=f"use one of {', '.join(grounds)}",
                )
            elif arm not in arms:
                yield Misfit(
                    key=key, problem=f"no arm is called {arm!r}", mend=f"use one of {', '.join(arms)}"
                )


def _twins(contrasts: Any) -> Iterator[Misfit]:
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for name, contrast in contrasts.items():
        cell = (*sorted(contrast.against.items()), ("", ""), *sorted(contrast.treated.items()))
        first = seen.setdefault(cell, name)
        if first != name:
            yield Misfit(
                key=("contrasts", name, "treated"),
                problem=f"the same as contrast {first}",
                mend="drop one of the two",
            )


def _beside(contrasts: Any) -> Iterator[Misfit]:
    filled: dict[str, str] = {}
    for name, contrast in contrasts.items():
        lead, key = contrast.beside, ("contrasts", name, "beside")
        if lead is None:
            continue
        leads = [other for other, it in contrasts.items() if it.beside is None]
        if lead not in leads:
            yield Misfit(
                key=key,
                problem=f"no contrast with a share is called {lead!r}",
                mend=f"use one of {', '.join(leads) or 'those that have a share'}",
            )
        elif lead in filled:
            yield Misfit(
                key=key,
                problem=f"{filled[lead]} goes beside {lead} already, and a listing gets three applicants at most",
                mend="give it a share of its own",
            )
        elif contrast.against != contrasts[lead].against:
            yield Misfit(
                key=("contrasts", name, "against"),
                problem=f"another reference applicant than {lead} has, though they share one",
                mend=f"give both the same, or give {name} a share of its own",
            )
        filled.setdefault(lead, name)


def _shares(contrasts: Any) -> Iterator[Misfit]:
    total = sum(contrast.share for contrast in contrasts.values() if contrast.share is not None)
    if abs(total - 1) > 1e-9:
        yield Misfit(
            key=("contrasts",), problem=f"the shares add up to {total:g}", mend="make them add up to 1"
        )


def _names_signal(grounds: Any) -> Iterator[Misfit]:
    for signal in ("name", "sex"):
        carried = [name for name, ground in grounds.items() if ground.signal == signal]
        for name in carried[1:]:
            yield Misfit(
                key=("grounds", name, "signal"),
                problem=f"{carried[0]} is signalled by {signal} already, and a {signal} can carry one ground",
                mend='use signal = "sentence" in one of them',
            )


def _sexes(grounds: Any, design: Any) -> Iterator[Misfit]:
    for name, ground in grounds.items():
        if ground.signal != "sex":
            continue
        if set(ground.arms) != {"f", "m"}:
            yield Misfit(
                key=("grounds", name, "arms"),
                problem=f"signalled by sex, with arms {', '.join(ground.arms)}",
                mend="call them f and m, as in names.csv",
            )
        if design.sex != "both":
            yield Misfit(
                key=("design", "sex"),
                problem=f"{design.sex!r}, though ground {name} tells the sexes apart",
                mend='write sex = "both"',
            )


CHECKS: tuple[Check, ...] = (
    (("contrasts", "grounds"), _treated),
    (("contrasts", "grounds"), _against),
    (("contrasts",), _twins),
    (("contrasts",), _shares),
    (("contrasts",), _beside),
    (("grounds",), _names_signal),
    (("grounds", "design"), _sexes),
)
