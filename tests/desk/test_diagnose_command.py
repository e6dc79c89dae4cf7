"""``evenhand diagnose`` on a study with a frame: nothing is recorded or sent; the numbers hang on the seed alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from desk.folder import StudyFolder
from tests.desk.town import Run, crawl

FEW = ("--studies", "500", "--samples", "2")


def told(run: Run, study: StudyFolder, *more: str) -> dict[str, Any]:
    code, out, err = run("diagnose", study.root, *FEW, "--json", *more)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def content(study: StudyFolder) -> dict[Path, bytes]:
    files = (path for path in study.root.rglob("*") if path.is_file() and "sqlite" not in path.name)
    return {path: path.read_bytes() for path in files}


@pytest.fixture
def crawled(study: StudyFolder) -> StudyFolder:
    crawl(study)
    return study


def test_the_study_s_own_frame_and_engine_are_simulated(crawled: StudyFolder, run: Run) -> None:
    before = {
        path: path.read_bytes()
        for path in crawled.root.rglob("*")
        if path.is_file() and "sqlite" not in path.name
    }
    found = told(run, crawled)
    assert {it["quantity"] for it in found["diagnoses"]} >= {"gap", "net rate", "gap, clustered"}
    assert all(it["studies"] == 500 for it in found["diagnoses"])
    private = next(it for it in found["burden"] if it["landlord_type"] == "private")
    # A private owner is written to by one pair and no more.
    assert private["most_messages_to_one"] == 2 and private["landlords"] == private["tests"]
    after = {
        path: path.read_bytes()
        for path in crawled.root.rglob("*")
        if path.is_file() and "sqlite" not in path.name
    }
    assert after == before
    assert not crawled.plan.exists() and not crawled.key.exists()


def test_the_same_seed_gives_the_same_bytes_on_one_process_two_and_a_dask_cluster(
    crawled: StudyFolder, run: Run
) -> None:
    distributed = pytest.importorskip("distributed")
    here = told(run, crawled)
    assert told(run, crawled, "--jobs", "2") == here
    with distributed.LocalCluster(
        n_workers=1, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp"
    ) as cluster:
        assert told(run, crawled, "--dask", cluster.scheduler_address) == here
    assert told(run, crawled, "--seed", "2") != here


def test_the_text_names_what_was_assumed_and_what_was_not_simulated(crawled: StudyFolder, run: Run) -> None:
    code, out, _ = run("diagnose", crawled.root, *FEW, "--correlation", "0.3")
    assert code == 0
    assert "correlated by 0.3" in out and "Monte Carlo error" in out
    assert "Not simulated: rates, the logits" in out
    assert "offered viewings to decline" in out and "nan" not in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--correlation", "2"], 2, "0<=x<=1"),
        (["--studies", "0"], 2, "1<=x<="),
        (["--shares", "0.9", "0.4"], 2, "add up to at most 1"),
        (["--ground", "age"], 2, "no published table speaks of 'age'"),
    ],
)
def test_input_that_is_wrong_is_told_with_how_to_mend_it(
    crawled: StudyFolder, run: Run, arguments: list[str], code: int, said: str
) -> None:
    ended, _, err = run("diagnose", crawled.root, *arguments)
    assert ended == code and said in err


def test_a_study_without_a_frame_is_told_to_crawl(study: StudyFolder, run: Run) -> None:
    code, _, err = run("diagnose", study.root)
    assert code != 0 and "evenhand crawl" in err


def test_a_cluster_that_does_not_answer_is_told_plainly(
    crawled: StudyFolder, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed")

    def nobody(*_: Any, **__: Any) -> None:
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", nobody)
    code, _, err = run("diagnose", crawled.root, *FEW, "--dask", "tcp://127.0.0.1:1")
    assert code == 1 and "no Dask scheduler answers" in err and "leave --dask away" in err
