"""``evenhand verify``: the sealed plan is drawn again from its files and key; every tampering is named."""

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from desk.folder import StudyFolder
from desk.wave_key import write_key
from tests.desk.town import KEY, SMALL, Run, crawl, edit


def failing(out: str) -> set[str]:
    return set(re.findall(r"^FAILS +(\w+)", out, re.M))


def test_a_plan_is_drawn_again_to_the_byte_on_a_machine_without_its_store(
    sealed: StudyFolder, run: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sealed.root, copy, ignore=shutil.ignore_patterns("data", "mail", "secrets"))
    code, out, err = run("verify", copy, "--key", sealed.key)
    assert (code, failing(out)) == (0, set()), err
    assert "draws this very plan" in out
    seal = re.search(r"seal +([0-9a-f]{64})", out)
    assert seal is not None
    code, out, _ = run("verify", copy, "--key", sealed.key, "--seal", seal[1].upper())
    assert code == 0 and "as published" in out
    code, out, _ = run("verify", copy, "--key", sealed.key, "--seal", "0" * 64)
    assert code == 5 and failing(out) == {"seal"}


def test_the_frame_beside_the_plan_is_the_one_that_was_hashed_and_the_same_every_time(
    sealed: StudyFolder,
) -> None:
    packed = sealed.planned_frame.read_bytes()
    frame = gzip.decompress(packed)
    plan = json.loads(sealed.plan.read_text("utf-8"))
    assert hashlib.sha256(frame).hexdigest() == plan["inputs"]["frame"]
    assert packed == gzip.compress(frame, mtime=0)


def test_another_key_is_not_the_one_that_was_committed_to(
    sealed: StudyFolder, run: Run, tmp_path: Path
) -> None:
    other = tmp_path / "other.key"
    other.write_text("ab" * 32 + "\n", "ascii")
    code, out, _ = run("verify", sealed.root, "--key", other)
    assert code == 5 and failing(out) == {"key", "redraw"} and "another key" in out


@pytest.mark.parametrize(
    ("name", "check"), [("protocol.toml", "protocol"), ("names.csv", "names"), ("letters/nl.toml", "letters")]
)
def test_a_changed_input_is_named(sealed: StudyFolder, run: Run, name: str, check: str) -> None:
    path = sealed.root / name
    changed = path.read_text("utf-8")
    path.write_text(changed + ("\n" if name.endswith("csv") else "\n# changed\n"), "utf-8")
    code, out, _ = run("verify", sealed.root)
    assert code == 5 and check in failing(out)


def test_a_frame_with_one_advert_less_is_not_the_one_of_the_plan(sealed: StudyFolder, run: Run) -> None:
    lines = gzip.decompress(sealed.planned_frame.read_bytes()).splitlines(keepends=True)
    sealed.planned_frame.write_bytes(gzip.compress(b"".join(lines[1:]), mtime=0))
    code, out, _ = run("verify", sealed.root)
    assert code == 5 and "frame" in failing(out)
    for broken in (b"", sealed.planned_frame.read_bytes()[:40]):
        sealed.planned_frame.write_bytes(broken)
        code, out, _ = run("verify", sealed.root)
        assert code == 5 and "frame" in failing(out)


def test_a_plan_edited_by_hand_is_not_what_the_key_draws(sealed: StudyFolder, run: Run) -> None:
    plan = json.loads(sealed.plan.read_text("utf-8"))
    victim = plan["applications"][0]
    victim["due_at"] = plan["applications"][1]["due_at"]
    text = json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    sealed.plan.write_text(text, "utf-8")
    code, out, _ = run("verify", sealed.root)
    assert code == 1 and "redraw" in failing(out) and victim["id"] in out


def test_a_chosen_pair_smuggled_in_is_named(sealed: StudyFolder, run: Run) -> None:
    plan = json.loads(sealed.plan.read_text("utf-8"))
    dropped = [it["id"] for it in plan["applications"] if it["pair"] == plan["applications"][0]["pair"]]
    plan["applications"] = [it for it in plan["applications"] if it["id"] not in dropped]
    sealed.plan.write_text(
        json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":")), "utf-8"
    )
    code, out, _ = run("verify", sealed.root)
    assert code == 1 and all(f"application {it} is missing" in out for it in dropped)


def test_what_cannot_be_verified_is_told_plainly(sealed: StudyFolder, run: Run) -> None:
    sealed.key.write_text("no key\n", "ascii")
    code, _, err = run("verify", sealed.root)
    assert code == 1 and "no wave key" in err
    sealed.key.unlink()
    code, _, err = run("verify", sealed.root)
    assert code == 1 and "name its file with --key" in err
    sealed.key.write_text("ab" * 32, "ascii")
    sealed.plan.write_text("{}", "utf-8")
    code, _, err = run("verify", sealed.root)
    assert code == 1 and "is no plan" in err
    sealed.plan.unlink()
    code, _, err = run("verify", sealed.root)
    assert code == 1 and "nothing to verify" in err


def test_the_variants_of_letters_are_drawn_again_and_one_that_was_exchanged_is_seen(
    study: StudyFolder, run: Run
) -> None:
    edit(study, SMALL)
    path = study.letters / "nl.toml"
    text = path.read_text("utf-8").replace("\nGeachte heer, mevrouw\n", "\n{{ greeting }}\n")
    variants = '[forms.a.variants]\ngreeting = ["Geachte heer, mevrouw", "Geachte mevrouw, meneer"]\n'
    path.write_text(text.replace("[forms.a.income]", f"{variants}\n[forms.a.income]"), "utf-8")
    crawl(study, privates=6, agencies=4)
    write_key(study, KEY)
    assert run("plan", study.root)[0] == 0
    assert failing(run("verify", study.root)[1]) == set()
    plan = json.loads(study.plan.read_text("utf-8"))
    letters = [it["letter"] for it in plan["applications"]]
    varied = [it for it in letters if it["form"] == "a"]
    assert {it["variants"]["greeting"] for it in varied} == {1, 2}
    assert all("variants" not in it for it in letters if it["form"] != "a")
    # Planted: the letter is in the other variant, and its hash and its number say so too.
    it = next(it for it in varied if it["variants"]["greeting"] == 1)
    it["body"] = it["body"].replace("Geachte heer, mevrouw", "Geachte mevrouw, meneer")
    it["variants"]["greeting"] = 2
    it["sha256"] = hashlib.sha256(f"{it['subject']}\n{it['body']}".encode()).hexdigest()
    content = json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    study.plan.write_text(content, "utf-8")
    code, out, err = run("verify", study.root)
    assert code != 0 and "redraw" in failing(out), out + err
