"""What can be read of a study file with faults: takes its data and errors, gives tables with holes in them.

With it the checks between tables run although another key is wrong: a person sees every fault at once.
"""

import typing
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from testing.study.lines import Path
from testing.study.misfit import Unreadable
from testing.study.protocol import Protocol


class Holed:
    """A section whose wrong or missing keys raise ``Unreadable`` when a check asks for them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise Unreadable(name)


def readable_tables(data: Mapping[str, Any], wrong: Collection[Path]) -> dict[str, Any]:
    """Keep the sections of a study file with what is right in them.

    Args:
        data: the file as parsed.
        wrong: key paths of all errors.
    """
    kept = _holed(Protocol, data, (), wrong)
    return dict(vars(kept))


def _holed(model: type[BaseModel], data: Mapping[str, Any], at: Path, wrong: Collection[Path]) -> Holed:
    values = {}
    for name, field in model.model_fields.items():
        path = (*at, name)
        if name not in data:
            if not field.is_required():
                values[name] = field.get_default(call_default_factory=True)
            continue
        try:
            values[name] = _value(field.annotation, data[name], path, wrong)
        except Unreadable:
            continue
    return Holed(values)


def _value(annotation: Any, raw: Any, path: Path, wrong: Collection[Path]) -> Any:
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not isinstance(raw, dict):
            raise Unreadable
        return _holed(annotation, raw, path, wrong)
    if isinstance(raw, dict) and typing.get_origin(annotation) is dict and path not in wrong:
        item = typing.get_args(annotation)[1]
        return {key: _value(item, value, (*path, key), wrong) for key, value in raw.items()}
    if any(error[: len(path)] == path for error in wrong):
        raise Unreadable
    return raw
