"""init, check, plan and approve, as a person runs them: what they write, say and end with."""

import json
import shutil
import stat
from datetime import date
from pathlib import Path

import pytest

from crawler.portals.profile import PortalProfile
from desk.commands.approve import approve_plan
from desk.folder import StudyFolder
from desk.planning import plan_wave
from desk.templates import template_files
from testing.store import applications, waves
from testing.store.engine import open_store
from testing.study.application import State
from testing.study.errors import LockMismatch
from tests.desk.town import KEY, NOW, Run, crawl, tamper


def test_init_writes_a_whole_study_and_check_finds_no_fault_in_it(study: StudyFolder, run: Run) -> None:
    written = {str(path.relative_to(study.root)) for path in study.root.rglob("*") if path.is_file()}
    assert written == {
        ".gitignore",
        "analysis.toml",
        "letters/de.toml",
        "letters/en.toml",
        "letters/fr.toml",
        "letters/nl.toml",
        "names.csv",
        "protocol.schema.json",
        "protocol.toml",
    }
    assert study.protocol.read_text("utf-8").startswith("#:schema ./protocol.schema.json\n")
    code, out, err = run("check", study.root)
    assert (code, out) == (0, "")
    warned = [line for line in err.splitlines() if line.startswith("warning")]
    for needle in (
        "wave.ethics",
        "wave.dpia",
        "retention.custodian",
        "study.contact",
        "40 names are unscored",
    ):
        assert any(needle in line for line in warned)


def test_init_takes_name_and_place_from_the_folder(tmp_path: Path, run: Run) -> None:
    assert run("init", tmp_path / "Sint-Niklaas 2027")[0] == 0
    text = (tmp_path / "Sint-Niklaas 2027" / "protocol.toml").read_text("utf-8")
    assert 'name = "sint_niklaas_2027"' in text
    assert 'place = "Sint Niklaas 2027"' in text
    assert run("check", tmp_path / "Sint-Niklaas 2027")[0] == 0
    assert run("init", tmp_path / "9000", "--place", 'Gent "centrum"')[0] == 0
    assert run("check", tmp_path / "9000")[0] == 0


def test_init_never_writes_over_anything(study: StudyFolder, tmp_path: Path, run: Run) -> None:
    study.names.write_text("mine", "utf-8")
    code, out, err = run("init", study.root)
    assert (code, out) == (4, "")
    assert "is not empty" in err
    assert study.names.read_text("utf-8") == "mine"
    assert run("init", tmp_path / "x", "--template", "atlantis")[0] == 1
    assert not (tmp_path / "x").exists()


def test_init_leaves_nothing_behind_where_it_cannot_write(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    code, _, err = run("init", tmp_path / "brugge")
    assert code == 1
    assert "No space left on device" in err
    assert list(tmp_path.iterdir()) == []


def test_parts_of_a_template_can_be_taken_alone() -> None:
    found = template_files("belgium", {"name": "town"}, parts=("names.csv", "letters"))
    assert sorted(found) == [
        "letters/de.toml",
        "letters/en.toml",
        "letters/fr.toml",
        "letters/nl.toml",
        "names.csv",
    ]


def test_check_tells_faults_of_every_file_at_once_and_ends_with_3(study: StudyFolder, run: Run) -> None:
    text = study.protocol.read_text("utf-8")
    text = text.replace('profile = "generic"', 'profile = "imoweb"').replace(
        "daily_cap = 40", "daily_cp = 40"
    )
    study.protocol.write_text(text, "utf-8")
    analysis = study.analysis.read_text("utf-8").replace('estimand = "gap"', 'estimand = "gaap"')
    study.analysis.write_text(analysis, "utf-8")
    (study.letters / "nl.toml").unlink()
    code, out, _ = run("check", study.root)
    assert code == 3
    lines = text.splitlines()
    portal = next(n for n, line in enumerate(lines, start=1) if "imoweb" in line)
    cap = next(n for n, line in enumerate(lines, start=1) if "daily_cp" in line)
    assert f"{study.protocol}:{portal}: frame.portals.0.profile: no portal profile is called 'imoweb'" in out
    assert f"{study.protocol}:{cap}: sending.daily_cp:" in out
    assert "nl.toml: there is no such file" in out
    assert "primary.estimand" in out
    code, out, _ = run("check", study.root, "--json")
    found = json.loads(out)
    assert code == 3
    assert {it["line"] for it in found["faults"] if it["key"] == "sending.daily_cp"} == {cap}


def test_check_tells_a_contrast_that_the_analysis_plan_makes_up(study: StudyFolder, run: Run) -> None:
    text = study.analysis.read_text("utf-8").replace('contrast = "origin"', 'contrast = "gender"')
    study.analysis.write_text(text, "utf-8")
    code, out, _ = run("check", study.root)
    line = next(n for n, it in enumerate(text.splitlines(), start=1) if "gender" in it)
    assert code == 3
    assert f"analysis.toml:{line}: primary.contrast: the protocol has no contrast 'gender'" in out


def test_check_of_an_empty_folder_says_what_is_missing(tmp_path: Path, run: Run) -> None:
    code, out, _ = run("check", tmp_path)
    assert code == 3
    assert "protocol.toml: there is no such file" in out


def test_the_schema_describes_every_table_for_editors(run: Run, study: StudyFolder) -> None:
    code, out, _ = run("check", "--schema")
    schema = json.loads(out)
    assert code == 0
    assert out == (study.root / "protocol.schema.json").read_text("utf-8")
    assert {"study", "wave", "frame", "sample", "grounds", "contrasts", "design", "sending"} <= set(
        schema["required"]
    )
    assert schema["$defs"]["SampleSection"]["properties"]["per_agency"]["description"].startswith(
        "Most pairs"
    )


def test_plan_writes_a_sealed_plan_and_a_key_that_only_its_owner_reads(study: StudyFolder, run: Run) -> None:
    crawl(study)
    code, out, err = run("plan", study.root)
    assert code == 0, err
    assert "private                        12     150     12  fewer than wanted" in out
    assert "agency                          6     150      6  fewer than wanted" in out
    assert "1 no e-mail address" in out
    assert stat.S_IMODE(study.key.stat().st_mode) == 0o600
    assert len(bytes.fromhex(study.key.read_text().strip())) == 32
    with open_store(study.store) as store, store.read() as session:
        seal = waves.seal_of(session, "wave1")
        plan = waves.plan_of(session, "wave1")
    assert seal is not None
    assert f"Seal: {seal}" in out
    assert plan is not None
    assert plan.canonical() == study.plan.read_bytes()
    assert len(plan.applications) == 36
    before = study.plan.read_bytes()
    assert run("plan", study.root)[0] == 0
    assert study.plan.read_bytes() == before
    told = json.loads(run("plan", study.root, "--json")[1])
    assert told["seal"] == seal
    assert sum(it["pairs"] for it in told["contrasts"]) == 18


def test_plan_and_approval_say_which_unverified_profiles_read_the_adverts(
    study: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl(study)
    assert json.loads(run("plan", study.root, "--json")[1])["unverified_profiles"] == []
    tamper(study, "UPDATE listing SET portal = 'evenstad'")
    told = json.loads(run("plan", study.root, "--json")[1])
    assert told["unverified_profiles"] == ["evenstad"]
    assert "UNVERIFIED profiles, never held against real pages" in run("plan", study.root)[1]
    _, _, err = run("approve", study.root, "--by", "Someone", "--seal", told["seal"])
    assert "read adverts of this plan: evenstad" in err
    monkeypatch.setattr(PortalProfile, "unverified", False)
    assert json.loads(run("plan", study.root, "--json")[1])["unverified_profiles"] == []
    assert "UNVERIFIED" not in run("plan", study.root)[1]


def test_plan_is_refused_without_a_whole_frame(study: StudyFolder, run: Run) -> None:
    code, _, err = run("plan", study.root)
    assert code == 1
    assert "evenhand crawl" in err
    crawl(study, finish=False)
    code, _, err = run("plan", study.root)
    assert code == 4
    assert "did not finish" in err
    assert not study.plan.exists()


def test_plan_names_a_stratum_without_listings(study: StudyFolder, run: Run) -> None:
    crawl(study, privates=3, agencies=0)
    code, _, err = run("plan", study.root)
    assert code == 1
    assert "stratum agency: 0 listings are eligible" in err
    assert not study.plan.exists()


def test_another_plan_of_a_wave_is_refused_unless_it_is_replaced(study: StudyFolder, run: Run) -> None:
    crawl(study)
    assert run("plan", study.root)[0] == 0
    before = study.plan.read_bytes()
    text = study.protocol.read_text("utf-8").replace("gap_hours = [2.0, 6.0]", "gap_hours = [3.0, 6.0]")
    study.protocol.write_text(text, "utf-8")
    code, _, err = run("plan", study.root)
    assert code == 4
    assert "already has another plan" in err
    assert study.plan.read_bytes() == before
    assert sorted(it.name for it in study.plan.parent.iterdir()) == [
        "frame.jsonl.gz",
        "manifest.json",
        "plan.json",
    ]
    assert run("plan", study.root, "--replace")[0] == 0
    assert study.plan.read_bytes() != before


def test_a_lost_key_is_not_replaced_while_its_plan_stands(study: StudyFolder, run: Run) -> None:
    crawl(study)
    assert run("plan", study.root)[0] == 0
    study.key.unlink()
    code, _, err = run("plan", study.root)
    assert code == 4
    assert "is gone" in err
    study.key.write_text("no key")
    assert run("plan", study.root)[0] == 4


def test_a_person_approves_by_typing_the_seal_and_a_name(
    study: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    crawl(study)
    plan = plan_wave(study, key=KEY, now=NOW)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{plan.seal[:8]}\nMieke Approver\n"))
    code, out, err = run("approve", study.root)
    assert code == 0, err
    assert out == f"{plan.seal} approved by Mieke Approver until 2027-05-28\n"
    assert "treated first" in err
    with open_store(study.store) as store, store.read() as session:
        approval = waves.approval(session, plan.seal)
        assert approval is not None
        assert (approval.by, approval.until) == ("Mieke Approver", date(2027, 5, 28))


def test_approving_moves_every_application_from_planned_to_approved(study: StudyFolder) -> None:
    crawl(study)
    plan = plan_wave(study, key=KEY, now=NOW)
    approved = approve_plan(study, by="Mieke", seal=plan.seal, now=NOW, until=date(2027, 4, 1))
    assert approved.applications == len(plan.applications) == 36
    with open_store(study.store) as store, store.read() as session:
        found = {applications.get(session, it.id).state for it in plan.applications}
    assert found == {State.APPROVED}


@pytest.mark.parametrize("typed", ["", "0", "00000000", "deadbeefdeadbeef"])
def test_a_wrong_or_short_seal_approves_nothing(study: StudyFolder, run: Run, typed: str) -> None:
    crawl(study)
    plan_wave(study, key=KEY, now=NOW)
    code, out, _ = run("approve", study.root, "--by", "Mieke", "--seal", typed or "abc")
    assert (code, out) == (5, "")


def test_nobody_approves_without_a_name(study: StudyFolder, run: Run) -> None:
    crawl(study)
    plan = plan_wave(study, key=KEY, now=NOW)
    assert run("approve", study.root, "--by", " ", "--seal", plan.seal)[0] == 4


@pytest.mark.parametrize(
    "change",
    ["plan/plan.json", "protocol.toml", "letters/nl.toml", "letters/de.toml", "names.csv"],
)
def test_whatever_was_changed_after_sealing_is_named_and_ends_with_5(
    study: StudyFolder, run: Run, change: str
) -> None:
    crawl(study)
    plan = plan_wave(study, key=KEY, now=NOW)
    path = study.root / change
    if path.exists():
        text = path.read_text("utf-8")
        edited = (
            text.replace('"1450"', '"1500"').replace("1450", "1451", 1) if "plan" in change else text + "\n"
        )
        assert edited != text
        path.write_text(edited, "utf-8")
    else:
        shutil.copyfile(study.letters / "nl.toml", path)
    code, out, err = run("approve", study.root, "--by", "Mieke", "--seal", plan.seal)
    assert (code, out) == (5, "")
    assert str(path if path.parent != study.letters else study.letters) in err
    with pytest.raises(LockMismatch):
        approve_plan(study, by="Mieke", seal=plan.seal, now=NOW)


def test_approving_without_a_plan_is_refused(study: StudyFolder, run: Run) -> None:
    code, _, err = run("approve", study.root, "--by", "Mieke", "--seal", "0" * 64)
    assert code == 4
    assert "evenhand plan" in err


def test_init_into_a_read_only_folder_is_told(tmp_path: Path, powerless: Run) -> None:
    tmp_path.chmod(0o500)
    code, out, err = powerless("init", tmp_path / "brugge")
    assert (code, out) == (1, "")
    assert "cannot be written" in err and "Traceback" not in err


def test_check_says_what_changed_since_the_baseline(run: Run, tmp_path: Path) -> None:
    for name in ("first", "second"):
        assert run("init", tmp_path / name, "--place", "Brugge")[0] == 0
    code, out, _ = run("check", tmp_path / "second", "--baseline", tmp_path / "first")
    assert code == 0 and "study.name: first → second; nothing that a landlord sees" in out
    path = tmp_path / "second" / "protocol.toml"
    path.write_text(path.read_text("utf-8").replace('order = "random"', 'order = "test_first"'), "utf-8")
    code, out, _ = run("check", tmp_path / "second", "--baseline", tmp_path / "first")
    assert code == 0
    assert out.index("Another gap is measured") < out.index("design.order: random → test_first")
    code, out, err = run("check", tmp_path / "second", "--baseline", tmp_path / "nowhere")
    assert code == 3 and "nowhere" in err
