"""Whoever codes an answer sees neither the applicant's name nor the letter; the landlord's words stay."""

import json
from pathlib import Path
from typing import Any

import pytest

from testing.fieldwork import coding_desk
from testing.fieldwork.blinding import MASK, blinded
from testing.fieldwork.coding_desk import code_by_rule, open_codings
from testing.fieldwork.receiving import receive
from testing.store import applications as kept
from testing.study.application import State
from testing.study.identity import Identity, Name
from tests.testing.fieldwork.mails import AT, delivered, mail


def somebody(first: str, last: str, email: str | None = None) -> Identity:
    return Identity(
        name=Name(first=first, last=last, sex="f", arm="x"),
        email=email or f"{first}.{last}@postvak.example".lower().replace(" ", ""),
        age=33,
        household="alleenstaand",
        occupation="bakker",
        income_amount=1450,
    )


YASMINA = somebody("Yasmina", "El Ouali")


@pytest.mark.parametrize(
    "text",
    [
        "Dag Yasmina El Ouali, kom maar.",
        "Mevrouw El Ouali,\nu kan komen.",
        "DAG YASMINA EL OUALI!",
        "Beste Yasmina, (cc: yasmina.elouali@postvak.example)",
        "U schreef vanaf YASMINA.ELOUALI@postvak.example",
        "Yasmina?\n\nOp ma 2 mrt 2026 schreef Yasmina El Ouali:\n> Yasmina El Ouali zoekt een woning",
        "Yasmina's vraag is goed ontvangen.",
    ],
)
def test_no_form_of_the_name_is_left(text: str) -> None:
    seen = blinded(text, YASMINA)
    assert MASK in seen
    for form in ("Yasmina", "Ouali", "yasmina.elouali"):
        assert form.casefold() not in seen.casefold()


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("Ben", "De Wit", "Ik ben er zaterdag; de muren zijn in het wit."),
        ("Rose", "Park", "There is a car park behind the house."),
        ("Jean", "Petit", "Il y a un petit balcon."),
    ],
)
def test_a_word_of_the_language_that_is_also_a_name_stays(first: str, last: str, text: str) -> None:
    assert blinded(text, somebody(first, last)) == text


def open_answer(approved: Any, pair_of: Any, tmp_path: Path) -> tuple[Any, Any]:
    """A store with one answer that the rules left open, which names the applicant and quotes the letter."""
    pair = pair_of(1)
    store = approved([pair])
    with store.begin() as session:
        for before, after in ((State.APPROVED, State.CLAIMED), (State.CLAIMED, State.TRANSMITTING)):
            kept.transition(session, pair[0].id, before, after, AT)
        kept.transition(session, pair[0].id, State.TRANSMITTING, State.SENT, AT)
    name = pair[0].identity.full_name
    quoted = "\n".join(f"> {line}" for line in pair[0].letter.body.splitlines())
    text = f"Dag {name}, ik denk er nog over na.\n\nOp ma 2 mrt 2026 schreef {name}:\n{quoted}"
    receive(store, delivered(tmp_path / "m", mail(answers=pair[0].message_id, text=text)), now=AT)
    return store, pair[0]


def leaked(store: Any, application: Any) -> bool:
    (shown,) = open_codings(store)
    told = f"{shown.text} {shown.reason}".casefold()
    identity = application.identity
    forms = (identity.name.first, identity.name.last, identity.email, "mag ik huis")
    return any(form.casefold() in told for form in forms)


def test_a_person_who_codes_sees_neither_name_nor_letter(
    approved: Any, pair_of: Any, protocol_with: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, application = open_answer(approved, pair_of, tmp_path)
    counts = code_by_rule(store, protocol=protocol_with(), now=AT)
    assert counts.open == 1
    assert not leaked(store, application)
    # Planted: without blinding the coder would know who asked.
    monkeypatch.setattr(coding_desk, "blinded", lambda text, identity: text)
    assert leaked(store, application)


@pytest.mark.shared
def test_in_written_answers_no_name_and_no_quoted_signal_survives(shared: Path) -> None:
    """Hard failures as the data's own description counts them; fragments that must be kept are kept."""
    left, lost = [], []
    for it in map(json.loads, (shared / "replies" / "replies.jsonl").read_text("utf-8").splitlines()):
        first, _, last = it["applicant_name"].partition(" ")
        email = next((form for form in it["name_forms"] if "@" in form), None)
        seen = blinded(it["body"], somebody(first, last, email))
        forms = [it["applicant_name"], *it["quoted_treatment_phrases"]]
        left += [(it["id"], form) for form in forms if form in seen]
        lost += [
            (it["id"], piece) for piece in it["must_keep"] if piece in it["own_text"] and piece not in seen
        ]
    assert left == []
    assert len(lost) <= 3, lost
