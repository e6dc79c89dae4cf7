"""The last look finds whatever could lead back to a landlord or an applicant, in any column and in any note."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from testing.custody import release as room
from testing.custody.leaks import leaks
from testing.study.application import Application, State
from testing.study.errors import Refused

TEXT_COLUMNS = ("pair", "listing", "landlord", "application", "stratum", "category", "x_form", "x_language")
KINDS: dict[str, Callable[[Application], str]] = {
    "the key of an application": lambda it: it.id,
    "the key of a pair": lambda it: it.pair,
    "the key of a listing": lambda it: it.listing,
    "the key of a landlord": lambda it: it.landlord,
    "a Message-ID": lambda it: it.message_id,
    "a Message-ID without its domain": lambda it: it.message_id.strip("<>").partition("@")[0],
    "a mailbox": lambda it: it.identity.email,
    "a mailbox without its domain": lambda it: it.identity.email.partition("@")[0],
    "an address that was written to": lambda it: it.to,
    "an address of the plan in capitals": lambda it: it.to.upper(),
    "an address that the plan does not know": lambda it: "jan@immo.example",
    "a name as signed": lambda it: it.identity.full_name,
    "a name the other way round": lambda it: f"{it.identity.name.last.upper()}, {it.identity.name.first}",
    "a last name alone": lambda it: it.identity.name.last,
    "a letter": lambda it: it.letter.body,
    "the hash of a letter": lambda it: it.letter.sha256,
}


def test_a_table_as_it_leaves_holds_none(closed_wave: Any) -> None:
    assert leaks(closed_wave.released(), closed_wave.plan) == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_identifier_in_a_column_is_found(closed_wave: Any, kind: str) -> None:
    table = closed_wave.released()
    planted = KINDS[kind](closed_wave.plan.applications[2])
    for column in TEXT_COLUMNS:
        values = table.frame[column].astype(object)
        values.iloc[1] = planted
        found = leaks(replace(table, frame=table.frame.assign(**{column: values})), closed_wave.plan)
        assert len(found) == 1 and found[0].startswith(f"column {column} holds ")


@pytest.mark.parametrize("kind", KINDS)
def test_an_identifier_in_a_note_is_found_however_deep(closed_wave: Any, kind: str) -> None:
    planted = KINDS[kind](closed_wave.plan.applications[2])
    for note in (planted, ["fine", {"deep": [planted]}], {planted: 1}):
        with pytest.raises(Refused, match=r"identifiers would leave: notes\.remark") as caught:
            closed_wave.released(notes={"remark": note})
        assert caught.value.exit_code == 4


@pytest.mark.parametrize("kind", [it for it in KINDS if it not in ("a last name alone",)])
def test_an_identifier_within_a_longer_text_is_found(closed_wave: Any, kind: str) -> None:
    planted = KINDS[kind](closed_wave.plan.applications[2])
    with pytest.raises(Refused, match="identifiers would leave"):
        closed_wave.released(notes={"not_whole_since": f"see ({planted})."})


def test_accents_and_blanks_hide_no_name(wave_of: Any, pair: Any) -> None:
    first, mate = pair(1)
    name = replace(mate.identity.name, first="Éloïse", last="De Wáele")
    wave = wave_of([[first, replace(mate, identity=replace(mate.identity, name=name))]])
    for said in ("eloise de waele", "ELOÏSE  DE WAELE", "De\u00a0Wáele Éloïse"):
        with pytest.raises(Refused, match="holds a name"):
            wave.released(interim=True, notes={"remark": f"by {said}"})


def test_a_form_of_letters_that_is_called_like_an_applicant_does_not_leave(wave_of: Any, pair: Any) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, replace(mate, letter=replace(mate.letter, form="yasmina ouali"))]])
    for it in wave.plan.applications:
        wave.moves(it, wave.monday, State.WITHHELD)
    with pytest.raises(Refused, match="column x_form holds a name"):
        wave.released()


def test_without_the_last_look_the_name_would_leave(wave_of: Any, pair: Any, monkeypatch: Any) -> None:
    first, mate = pair(1)
    wave = wave_of([[first, replace(mate, letter=replace(mate.letter, form="yasmina ouali"))]])
    monkeypatch.setattr(room, "leaks", lambda table, plan: [])
    table = wave.released(interim=True, notes={"from": mate.identity.email})
    assert "yasmina ouali" in set(table.frame["x_form"])
    assert table.dictionary.notes["from"] == mate.identity.email


def test_keys_that_are_not_hashed_anew_do_not_leave(closed_wave: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(room, "rekeyed", lambda key, kind, value: value)
    with pytest.raises(Refused, match="column pair holds the key of a pair"):
        closed_wave.released()


def test_a_study_may_speak_of_a_town_that_an_applicant_is_called_after(
    wave_of: Any, pair: Any, protocol_with: Any
) -> None:
    wave = wave_of(
        [pair(1)], protocol_with(study__place="Peeters", study__title={"nl": "Ouali", "fr": "x", "en": "x"})
    )
    assert wave.released(interim=True).dictionary.notes["place"] == "Peeters"
    named = wave_of([pair(1)], protocol_with(study__place="bij Lotte Peeters"), "other.sqlite")
    with pytest.raises(Refused, match="holds a name"):
        named.released(interim=True)


def test_released_keys_differ_from_the_plans_and_need_the_waves_key(closed_wave: Any) -> None:
    frame, plan = closed_wave.released().frame, closed_wave.plan
    for column, kind in (
        ("id", "application"),
        ("pair", "pair"),
        ("listing", "listing"),
        ("landlord", "landlord"),
    ):
        own = {str(getattr(it, column)) for it in plan.applications}
        released = set(frame[kind])
        assert len(released) == len(own) and not released & own
        # Whoever has the plan and everything that is written down, but not the key, gets none of them.
        guesses = {
            hmac.new(key, message.encode(), hashlib.sha256).hexdigest()[:16]
            for key in (b"", plan.seal.encode(), bytes.fromhex(plan.key_commitment), b"toytown", b"spring")
            for value in own
            for message in (value, f"release/{kind}/{value}")
        } | {hashlib.sha256(f"release/{kind}/{value}".encode()).hexdigest()[:16] for value in own}
        assert not released & guesses
        # RFC 2104 by the standard library, with the key: the way back that only its holder has.
        assert released == {
            hmac.digest(closed_wave.key, f"release/{kind}/{value}".encode(), "sha256").hex()[:16]
            for value in own
        }
