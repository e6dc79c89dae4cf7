"""The outcomes table: what is written is read again, and what is wrong is refused with its place."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.errors import InputChanged, InputInvalid
from analysis.outcomes import Dictionary, OutcomesTable, outcomes_table, read_outcomes, write_outcomes


@pytest.fixture
def table(make_table: Any, pairs_with: Any) -> OutcomesTable:
    return make_table([*pairs_with(1, 2, 1, 1), *pairs_with(1, 1, 0, 1, type="agency", landlord="office")])


@pytest.mark.parametrize("name", ["", "outcomes.csv", "outcomes.parquet"])
def test_a_table_is_read_as_it_was_written(table: OutcomesTable, tmp_path: Path, name: str) -> None:
    written = write_outcomes(tmp_path, table)
    found = read_outcomes(tmp_path / name)
    pd.testing.assert_frame_equal(found.frame, table.frame)
    assert found.dictionary == written.dictionary
    assert set(found.dictionary.columns) == set(found.frame.columns)


def test_the_same_rows_in_another_order_give_the_same_bytes(table: OutcomesTable, tmp_path: Path) -> None:
    turned = replace(table, frame=table.frame.iloc[::-1])
    one, two = write_outcomes(tmp_path / "one", table), write_outcomes(tmp_path / "two", turned)
    assert one.dictionary.sha256 == two.dictionary.sha256
    assert (tmp_path / "one/outcomes.parquet").read_bytes() == (
        tmp_path / "two/outcomes.parquet"
    ).read_bytes()


@pytest.mark.parametrize("name", ["outcomes.csv", "outcomes.parquet"])
def test_a_changed_file_is_refused_also_when_the_other_one_is_read(
    table: OutcomesTable, tmp_path: Path, name: str
) -> None:
    write_outcomes(tmp_path, table)
    with (tmp_path / name).open("ab") as file:
        file.write(b"\n")
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(InputChanged, match=name) as caught:
            read_outcomes(path)
        assert caught.value.exit_code == 5


def test_an_edited_outcome_is_refused_though_the_table_stays_valid(
    table: OutcomesTable, tmp_path: Path
) -> None:
    write_outcomes(tmp_path, table)
    text = (tmp_path / "outcomes.csv").read_text()
    (tmp_path / "outcomes.csv").write_text(text.replace(",moroccan,,1,", ",moroccan,,0,"))
    with pytest.raises(InputChanged, match="sha256"):
        read_outcomes(tmp_path / "outcomes.csv")


def test_every_fault_is_named_at_once_with_file_line_and_column(table: OutcomesTable, tmp_path: Path) -> None:
    write_outcomes(tmp_path, replace(table, dictionary=replace(table.dictionary)))
    raw = pd.read_csv(tmp_path / "outcomes.csv", dtype=str, keep_default_na=False)
    raw.loc[0, "arm_origin"] = "martian"
    raw.loc[1, "landlord_type"] = "castle"
    raw.loc[2, "outcome_invited"] = "2"
    raw.loc[4, "landlord"] = ""
    raw.loc[6, "application"] = raw.loc[7, "application"]
    raw.loc[9, "listing"] = "elsewhere"
    with pytest.raises(InputInvalid) as caught:
        outcomes_table(raw, table.dictionary, file="outcomes.csv")
    found = str(caught.value)
    assert "outcomes.csv:2: column arm_origin: unknown arm 'martian'" in found
    assert "outcomes.csv:3: column landlord_type: unknown level 'castle'" in found
    assert "outcomes.csv:4: column outcome_invited: '2' is not an outcome" in found
    assert "outcomes.csv:6: column landlord: no value" in found
    assert "outcomes.csv:9: column application:" in found
    assert "outcomes.csv:11: column listing: pair 'p00004' spans two" in found
    assert caught.value.exit_code == 3


def test_unknown_and_absent_columns_are_refused(table: OutcomesTable) -> None:
    frame = table.frame.rename(columns={"stratum": "layer"})
    with pytest.raises(InputInvalid, match=r"column layer: unknown[\s\S]*column stratum: absent"):
        outcomes_table(frame, table.dictionary)


def test_an_arm_without_any_application_is_refused(make_table: Any, pairs_with: Any, tmp_path: Path) -> None:
    table = make_table(pairs_with(1, 1, 1, 1), arms=("belgian", "moroccan", "congolese"))
    with pytest.raises(InputInvalid, match="arm 'congolese' is declared but has no application"):
        write_outcomes(tmp_path / "release", table)
    assert not (tmp_path / "release").exists()


def test_a_pair_goes_to_one_landlord(table: OutcomesTable) -> None:
    frame = table.frame.copy()
    frame.loc[1, "landlord"] = "another"
    with pytest.raises(InputInvalid, match="column landlord: pair 'p00000' spans two"):
        outcomes_table(frame, table.dictionary)


def test_a_dictionary_that_contradicts_itself_names_every_fault(table: OutcomesTable) -> None:
    contrast = replace(table.dictionary.contrasts["moroccan"], other={"origin": "martian"})
    with pytest.raises(InputInvalid) as caught:
        replace(table.dictionary, contrasts={"moroccan": contrast}, primary="happy")
    assert "contrasts.moroccan.other.origin: 'martian' is not an arm" in str(caught.value)
    assert "primary: 'happy'" in str(caught.value)


def test_a_dictionary_with_an_unknown_key_is_refused_with_its_name(
    table: OutcomesTable, tmp_path: Path
) -> None:
    write_outcomes(tmp_path, table)
    file = tmp_path / "outcomes.dictionary.json"
    file.write_text(file.read_text().replace('"wave": "1"', '"wave": "1", "wavve": 2'))
    with pytest.raises(InputInvalid, match="wavve"):
        read_outcomes(tmp_path)


def test_a_table_without_dictionary_says_that_it_needs_one(table: OutcomesTable, tmp_path: Path) -> None:
    write_outcomes(tmp_path, table)
    (tmp_path / "outcomes.dictionary.json").unlink()
    with pytest.raises(InputInvalid, match="--map"):
        read_outcomes(tmp_path)


def test_a_cell_is_named_by_its_arms_in_the_order_of_the_grounds(table: OutcomesTable) -> None:
    ground = table.dictionary.grounds["origin"]
    income = replace(ground, arms=("wage", "benefit"), reference="wage")
    both = Dictionary(
        study="town",
        wave="1",
        grounds={"origin": ground, "income": income},
        contrasts={},
        outcomes=("invited",),
        primary="invited",
        landlord_types=("private",),
    )
    assert both.cell({"income": "wage", "origin": "belgian"}) == "belgian+wage"
