"""``evenhand plan --add`` and ``--earlier``: a wave grows while it runs; a kill, a re-approval, a stranger's check."""

import contextlib
import gzip
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.folder import StudyFolder
from desk.planning import add_batch
from desk.sealed import sealed_plan
from testing.store import crawls, frame
from testing.store.engine import open_store
from testing.study.listing import LandlordType
from tests.desk.town import KEY, MONDAY, NOW, Office, Run, advert, crawl, edit, set_clock

LIVE = ("--live", "--confirm", "wave1")
LONGER = {
    "last_day = 2027-05-28": "last_day = 2027-03-05",
    "private = 150, agency = 150": "private = 9, agency = 6",
}


@pytest.fixture
def growing(study: StudyFolder, run: Run) -> StudyFolder:
    """A wave with fewer adverts than it wants, planned and approved; later more came."""
    edit(study, LONGER)
    crawl(study, privates=4, agencies=4)
    study.key.parent.mkdir(parents=True, exist_ok=True)
    study.key.write_text(KEY.hex() + "\n", "ascii")
    study.key.chmod(0o600)
    set_clock(study, NOW)
    assert run("plan", study.root)[0] == 0
    assert run("approve", study.root, "--by", "Mieke", "--seal", sealed_plan(study).seal)[0] == 0
    set_clock(study, MONDAY)
    return study


def more_came(study: StudyFolder, first: int = 100) -> None:
    adverts = [advert(first + n, LandlordType.PRIVATE, f"late{first + n}@landlord.example") for n in range(8)]
    adverts += [advert(1000 + first + n, LandlordType.AGENCY, f"late{n}@agency.example") for n in range(4)]
    with open_store(study.store) as store, store.begin() as session:
        crawls.start_crawl(session, crawl_id=f"c{first}", portals=["toytown"], now=MONDAY)
        for it in adverts:
            frame.record_listing(session, it, f"c{first}")
        crawls.finish_crawl(session, crawl_id=f"c{first}", counts={"listings": len(adverts)}, now=MONDAY)


def states(study: StudyFolder) -> dict[str, str]:
    from sqlalchemy import select

    from testing.store.tables import ApplicationRow

    with open_store(study.store, create=False) as store, store.read() as session:
        rows = session.execute(select(ApplicationRow.id, ApplicationRow.state))
        return {row.id: str(row.state) for row in rows}


def test_a_batch_needs_an_approval_of_its_own_and_leaves_the_states_of_what_stands(
    growing: StudyFolder, run: Run
) -> None:
    code, _, err = run("plan", growing.root, "--add")
    assert code != 0 and "no new advert" in err, "the same frame has nothing to add"
    earlier, seal = states(growing), sealed_plan(growing).seal
    more_came(growing)
    code, out, err = run("plan", growing.root, "--add")
    assert code == 0, err
    assert "batch 2 from 2027-03-02" in out
    after = states(growing)
    assert len(after) > len(earlier)
    assert {key: after[key] for key in earlier} == earlier
    assert {after[key] for key in after if key not in earlier} == {"planned"}
    assert sealed_plan(growing).seal != seal
    code, _, err = run("send", growing.root)
    assert code != 0 and "approv" in err, "the first seal's approval is not one of the longer plan"


def test_a_wave_that_has_written_grows_goes_on_and_is_released_and_nobody_is_written_to_twice(
    growing: StudyFolder, office: Office, run: Run
) -> None:
    assert run("send", growing.root, *LIVE)[0] == 0
    first, sent = set(office.ids), {key for key, state in states(growing).items() if state == "sent"}
    assert sent
    more_came(growing)
    assert run("plan", growing.root, "--add")[0] == 0
    assert run("send", growing.root, *LIVE)[0] == 4 and set(office.ids) == first
    assert run("approve", growing.root, "--by", "Mieke", "--seal", sealed_plan(growing).seal)[0] == 0
    assert {states(growing)[key] for key in sent} == {"sent"}
    for it in sealed_plan(growing).applications:
        set_clock(growing, max(MONDAY, it.due_at))
        assert run("send", growing.root, *LIVE)[0] == 0
    assert set(states(growing).values()) == {"sent"}
    assert set(office.ids) > first and set(office.ids.values()) == {1}
    assert len(office.ids) == len(sealed_plan(growing).applications)
    code, _, err = run("release", growing.root, "--interim")
    assert code == 0, err
    assert len((growing.release / "outcomes.csv").read_text("utf-8").splitlines()) == 1 + len(office.ids)


@pytest.mark.drill
def test_killed_at_any_moment_a_batch_is_either_not_there_or_whole(
    growing: StudyFolder, run: Run, tmp_path: Path
) -> None:
    more_came(growing)
    whole, ended = 0, 0
    for number in range(12):
        study = StudyFolder(root=tmp_path / f"try{number}")
        shutil.copytree(growing.root, study.root)
        command = [sys.executable, "-m", "desk", "plan", str(study.root), "--add"]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(0.6 + 0.15 * number)
            ended += 1
        program.kill()
        program.wait()
        code, _, err = run("plan", study.root, "--add")
        assert code == 0 or "every landlord type has the pairs" in err, err
        whole += code != 0
        assert len(sealed_plan(study).batches) == 1
        assert run("verify", study.root, "--key", study.key)[0] == 0
    assert ended < 12, "none was killed"


def test_a_stranger_draws_both_batches_again_and_a_changed_frame_of_the_second_is_named(
    growing: StudyFolder, run: Run, tmp_path: Path
) -> None:
    more_came(growing)
    assert run("plan", growing.root, "--add")[0] == 0
    copy = tmp_path / "copy"
    shutil.copytree(growing.root, copy, ignore=shutil.ignore_patterns("data", "mail", "secrets"))
    code, out, err = run("verify", copy, "--key", growing.key)
    assert code == 0, out + err
    assert "draws this very plan" in out
    shutil.copy(growing.planned_frame, copy / "plan" / "frame-2.jsonl.gz")
    code, out, _ = run("verify", copy, "--key", growing.key)
    assert code == 5
    assert set(re.findall(r"^FAILS +(\w+)", out, re.M)) == {"frame", "redraw"}


def test_killed_between_store_and_folder_the_next_start_finishes_the_batch(
    growing: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    more_came(growing)
    old = growing.plan.read_bytes()

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", die)
        with pytest.raises(Killed):
            add_batch(growing, key=KEY, now=MONDAY)
    assert growing.plan.read_bytes() == old, (
        "the folder still has the first plan; the store has the longer one"
    )
    code, _, err = run("plan", growing.root, "--add")
    assert code == 4 and "every landlord type has the pairs that the protocol wants" in err
    code, out, _ = run("verify", growing.root, "--key", growing.key)
    assert code == 0 and "frame-2" in out


def test_landlords_of_another_study_are_left_alone_where_its_folder_is_named(
    growing: StudyFolder, run: Run, tmp_path: Path
) -> None:
    other = StudyFolder(root=tmp_path / "gent")
    assert run("init", other.root)[0] == 0
    edit(other, LONGER | {'name = "wave1"': 'name = "autumn"'})
    crawl(other, privates=12, agencies=12)
    set_clock(other, NOW)
    code, out, err = run("plan", other.root, "--earlier", growing.root)
    assert code == 0, err
    assert re.search(r"\b\d+ landlord tested in another wave not long ago", out)
    assert run("verify", other.root, "--key", other.key)[0] == 0
    (other.root / "plan" / "elsewhere.jsonl.gz").unlink()
    code, out, _ = run("verify", other.root, "--key", other.key)
    assert code == 5 and "elsewhere" in set(re.findall(r"^FAILS +(\w+)", out, re.M))
    code, _, err = run("plan", other.root, "--earlier", other.root)
    assert code == 1 and "this study itself" in err
    code, _, err = run("plan", other.root, "--earlier", tmp_path / "nowhere")
    assert code == 3 and "nowhere" in err
    # Drawn anew without the other study, the plan does not speak of it, whatever lies beside it.
    shutil.copy(other.planned_frame, other.planned_elsewhere_of(1))
    assert run("plan", other.root, "--replace")[0] == 0
    assert run("verify", other.root, "--key", other.key)[0] == 0


def test_the_environment_s_store_is_never_taken_for_that_of_another_study(
    growing: StudyFolder, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = StudyFolder(root=tmp_path / "gent")
    assert run("init", other.root)[0] == 0
    edit(other, LONGER | {'name = "wave1"': 'name = "autumn"'})
    monkeypatch.setenv("EVENHAND_DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    crawl(other, privates=12, agencies=12)
    set_clock(other, NOW)
    code, out, err = run("plan", other.root, "--earlier", growing.root)
    assert code == 0, err
    assert "landlord tested in another wave not long ago" in out


def test_no_batch_is_added_to_what_is_not_as_it_was_sealed(growing: StudyFolder, run: Run) -> None:
    more_came(growing)
    frame, before = growing.planned_frame, states(growing)
    packed = frame.read_bytes()
    for content, code, says in (
        (gzip.compress(gzip.decompress(packed).replace(b"owner0@", b"owner7@")), 5, "not the adverts"),
        (b"not packed", 1, "cannot be unpacked"),
    ):
        frame.write_bytes(content)
        ended, _, err = run("plan", growing.root, "--add")
        assert (ended, states(growing)) == (code, before) and says in err
    frame.write_bytes(packed)
    plan = growing.plan.read_bytes()
    growing.plan.write_bytes(plan.replace(b"1450", b"1451", 1))
    ended, _, err = run("plan", growing.root, "--add")
    assert (ended, states(growing)) == (5, before) and "changed since the plan was sealed" in err
    growing.plan.write_bytes(plan)
    set_clock(growing, datetime(2027, 3, 5, 9, tzinfo=UTC))
    ended, _, err = run("plan", growing.root, "--add")
    assert ended == 4 and "a batch would begin after it" in err
    assert run("plan", growing.root, "--add", "--earlier", growing.root / "nowhere")[0] != 0


def test_add_and_replace_exclude_each_other(growing: StudyFolder, run: Run) -> None:
    code, _, err = run("plan", growing.root, "--add", "--replace")
    assert code == 2 and "take one of them" in err
