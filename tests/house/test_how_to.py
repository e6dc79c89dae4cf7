"""What a how-to tells to type is typed: its files are written, its commands run and end with 0."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.commands import main
from desk.name_mapping import read_name_mapping
from testing.study.protocol import Protocol
from testing.study.reading import check_study
from tests.house.tree import text

MARKED = re.compile(r"<!-- (file: (?P<name>\S+)|run) -->\n```\w+\n(?P<block>.*?)```", re.S)
PAGE = Path("docs/how-to/estimate-an-audit.md")


def steps(markdown: str, folder: Path) -> Iterator[list[str]]:
    """Write the files of a page as they come, and give the commands between them."""
    for match in MARKED.finditer(markdown):
        if match["name"]:
            (folder / match["name"]).write_text(match["block"], "utf-8")
        else:
            yield from (shlex.split(line, comments=True) for line in match["block"].splitlines())


def ended(command: list[str]) -> int:
    assert command[0] == "evenhand"
    with pytest.raises(SystemExit) as caught:
        main(command[1:])
    return int(caught.value.code or 0)


def test_the_audit_of_the_how_to_is_estimated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    said = []
    for command in steps(text(PAGE), tmp_path):
        assert ended(command) == 0
        said.append(capsys.readouterr().out)
    audit, patterns, counts = said
    # Counted by hand in the page's tables: 2 private landlords and 1 agency favour the local name, 1 agency the other.
    assert re.search(r"^all +6 +5 +1 +3 +1 +1$", audit, re.M)
    assert re.search(r"^private +3 +3 +1 +2 +0 +0$", audit, re.M)
    for out in (patterns, counts):
        assert re.search(r"^all +300 +\S+ +120 +60 +22 +98$", out, re.M)


def test_a_command_of_a_how_to_that_fails_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    planted = text(PAGE).replace("arms = { local = ", "arms = { lokal = ")
    assert ended(next(steps(planted, tmp_path))) == 3


def test_the_table_of_the_how_to_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    assert ended(["evenhand", "init", "brugge"]) == 0
    assert list(steps(text(Path("docs/how-to/fill-the-frame.md")), tmp_path)) == []
    (tmp_path / "brugge" / "sources").mkdir()
    (tmp_path / "city.toml").rename(tmp_path / "brugge" / "sources" / "city.toml")
    capsys.readouterr()
    importing = ["evenhand", "import", "brugge", "city.csv", "--source", "city"]
    assert ended([*importing, "--preview"]) == 0
    shown = capsys.readouterr()
    assert (
        "rent_amount 850" in shown.out
        and "landlord private" in shown.out
        and "2 rentals would come in" in shown.err
    )
    assert ended(importing) == 4, "no legal basis was recorded"
    protocol = tmp_path / "brugge" / "protocol.toml"
    basis = (
        '[[frame.sources]]\nname = "city"\nbasis = "its list"\nrecorded_by = "A"\nrecorded_on = 2026-11-02\n'
    )
    protocol.write_text(
        protocol.read_text("utf-8").replace("\n[sample]\n", f"\n{basis}\n[sample]\n"), "utf-8"
    )
    capsys.readouterr()
    assert ended(importing) == 0
    assert capsys.readouterr().out == "2 rentals of 1 files\n"
    assert ended(["evenhand", "frame", "brugge", "--json"]) == 0
    assert '"adverts": 2' in capsys.readouterr().out


DESIGN = Path("docs/how-to/design-a-wave.md")
DESIGNS = Path("docs/how-to/choose-a-design.md")
PAPERS = Path("docs/how-to/write-the-papers.md")
PARTS = {
    "arms": (r"\[grounds\.origin\.arms\.moroccan\]\n.*?\n(?=\n\[grounds\.income\])", 1),
    "contrasts": (r"\[contrasts\.origin\]\n.*?\n(?=\n\[design\])", 1),
    "pairs": (r"pairs = \{.*?\}\n", 1),
}
"""Where each part of the page goes in the template's protocol."""


def test_the_wave_of_the_how_to_is_designed_and_its_page_says_what_the_command_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    page, said = text(DESIGN), ""
    for command in steps(page, tmp_path):
        assert ended(command) == 0
        said += capsys.readouterr().out
        if command[1] == "init":
            protocol = tmp_path / "brugge" / "protocol.toml"
            content = protocol.read_text("utf-8")
            for name, block in re.findall(r"<!-- part: (\w+) -->\n```toml\n(.*?)```", page, re.S):
                pattern, times = PARTS[name]
                content, replaced = re.subn(pattern, lambda _, new=block: new, content, flags=re.S)
                assert replaced == times, name
            protocol.write_text(content, "utf-8")
    shown = {" ".join(line.split()) for line in said.splitlines()}
    quoted = [
        " ".join(line.split())
        for block in re.findall(r"<!-- said -->\n```text\n(.*?)```", page, re.S)
        for line in block.splitlines()
    ]
    assert len(quoted) == 9
    assert [line for line in quoted if line not in shown] == []


def test_the_designs_of_the_how_to_are_protocols_of_three_and_of_one(tmp_path: Path):
    ended(["evenhand", "init", str(tmp_path / "s")])
    protocol = tomllib.loads((tmp_path / "s" / "protocol.toml").read_text("utf-8"))
    triad, guarantee, support, silence, variants, single = (
        tomllib.loads(it) for it in re.findall(r"```toml\n(.*?)```", text(DESIGNS), re.S)
    )
    contrasts = protocol["contrasts"]
    protocol["grounds"]["income"]["arms"] |= guarantee["grounds"]["income"]["arms"]
    del contrasts["origin_income"]
    for name in ("origin", "income"):
        labels = contrasts[name]["labels"]
        contrasts[name] = triad["contrasts"][name] | {"labels": labels}
    contrasts["guarantee"] = guarantee["contrasts"]["guarantee"] | {"labels": labels}
    protocol["grounds"] |= support["grounds"]
    assert silence["forms"]["a"]["support"].keys() == support["grounds"]["support"]["arms"].keys()
    assert len(variants["forms"]["a"]["variants"]["greeting"]) == 2
    read = Protocol.model_validate(protocol)
    assert read.tests() == {"origin": ("origin", "income"), "guarantee": ("guarantee",)}
    assert read.reference_cell("guarantee")["income"] == "benefit"
    protocol["design"] |= single["design"]
    assert Protocol.model_validate(protocol).design.applicants == "one"


SAID = {"a": "Het OCMW stelt zich borg.", "b": "Voor de waarborg zorgt het OCMW.", "c": "Er is een waarborg."}


def test_the_support_and_the_variants_of_the_how_to_are_letters_without_faults(tmp_path: Path):
    ended(["evenhand", "init", str(tmp_path / "s")])
    blocks = re.findall(r"```toml\n(.*?)```", text(DESIGNS), re.S)
    [support] = [it for it in blocks if it.startswith("[grounds.support]")]
    [silence] = [it for it in blocks if it.startswith("[forms.a.support]")]
    [variants] = [it for it in blocks if it.startswith("[forms.a.variants]")]
    protocol, letters = tmp_path / "s" / "protocol.toml", tmp_path / "s" / "letters" / "nl.toml"
    protocol.write_text(
        protocol.read_text("utf-8").replace("[contrasts.origin]", f"{support}\n[contrasts.origin]"), "utf-8"
    )
    written = letters.read_text("utf-8").replace("{{ income }}", "{{ income }} {{ support }}")
    written = written.replace("\nGeachte heer, mevrouw\n", "\n{{ greeting }}\n")
    assert SAID["a"] in silence and "{{ greeting }}" in written
    for form, sentence in SAID.items():
        table = silence.replace("forms.a", f"forms.{form}").replace(SAID["a"], sentence)
        written = written.replace(f"[forms.{form}.income]", f"{table}\n[forms.{form}.income]")
    letters.write_text(written.replace("[forms.a.income]", f"{variants}\n[forms.a.income]"), "utf-8")
    assert check_study(tmp_path / "s") == []


def test_the_papers_of_the_how_to_are_written_and_its_keys_are_those_of_a_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for command in steps(text(PAPERS), tmp_path):
        assert ended(command) == 0
    assert (tmp_path / "dpia-nl.md").is_file() and (tmp_path / "ethics-fr.md").is_file()
    protocol = tomllib.loads((tmp_path / "brugge" / "protocol.toml").read_text("utf-8"))
    [block] = re.findall(r"```toml\n(.*?)```", text(PAPERS), re.S)
    for table, keys in tomllib.loads(block).items():
        protocol[table] |= keys
    assert Protocol.model_validate(protocol).retention.custodian == "…"


NAMES = Path("docs/how-to/choose-names.md")


def test_the_names_of_the_how_to_come_into_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    said = []
    for command in steps(text(NAMES), tmp_path):
        assert ended(command) == 0, capsys.readouterr().err
        said.append(capsys.readouterr())
    assert "20 names added, 0 were there" in said[2].err
    assert "2 names; left out: 1 rows of origins that are no arm" in said[3].err
    assert "Hind,Ben Salah,f,moroccan,0.91,64" in said[3].out and "Jamila" in said[3].out
    assert "1 names added" in said[4].err and "1 names seen as intended by less than 80 %" in said[4].err


def test_the_mapping_of_the_how_to_that_begins_with_a_built_in_one_is_whole(tmp_path: Path):
    (like,) = re.findall(r"```toml\n(like = .*?)```", text(NAMES), re.S)
    (tmp_path / "m.toml").write_text(like, "utf-8")
    mapping = read_name_mapping(str(tmp_path / "m.toml"), {})
    assert mapping.columns["right"] == "cong_region" and mapping.only == {"country_survey": ("Belgium",)}
