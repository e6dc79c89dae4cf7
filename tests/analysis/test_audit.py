"""Anyone's audit through a mapping: what is accepted, and every fault with its place and how to mend it."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.audit import read_audit
from analysis.errors import InputInvalid

DATA = """flat,name,sex,seen,agent,kind
1,Jan,m,yes,a,agency
1,Ali,f,no,a,agency
2,Jan,f,yes,b,
2,Ali,f,?,b,
"""
MAPPING = """format = "long"
study = "anyone"
[columns]
pair = "flat"
landlord = "agent"
landlord_type = "kind"
[landlord_type]
missing = "private"
[ground.origin]
column = "name"
reference = "belgian"
arms = { Jan = "belgian", Ali = "moroccan" }
[ground.origin.labels.en]
moroccan = "Moroccan name"
[outcome.viewing]
column = "seen"
positive = ["yes"]
negative = ["no"]
unknown = ["?"]
[covariate.sex]
column = "sex"
kind = "categorical"
"""
PATTERNS = """format = "patterns"
study = "anyone"
[columns]
count = "pairs"
[ground.origin]
reference = "belgian"
positive = { belgian = "be", moroccan = "ma" }
"""


def write(folder: Path, data: str = DATA, mapping: str = MAPPING) -> tuple[Path, Path]:
    (folder / "audit.csv").write_text(data)
    (folder / "mapping.toml").write_text(mapping)
    return folder / "audit.csv", folder / "mapping.toml"


def refused(folder: Path, data: str = DATA, mapping: str = MAPPING) -> str:
    with pytest.raises(InputInvalid) as caught:
        read_audit(*write(folder, data, mapping))
    return str(caught.value).replace(f"{folder}/", "")


def test_a_long_audit_becomes_an_outcomes_table(tmp_path: Path) -> None:
    table = read_audit(*write(tmp_path))
    frame = table.frame
    assert list(frame["arm_origin"]) == ["belgian", "moroccan", "belgian", "moroccan"]
    assert frame["outcome_viewing"].tolist() == [1, 0, 1, pd.NA]
    assert list(frame["landlord_type"]) == ["agency", "agency", "private", "private"]
    contrast = table.dictionary.contrasts["moroccan"]
    assert (contrast.reference["origin"], contrast.other["origin"]) == ("belgian", "moroccan")
    assert contrast.labels == {"en": "Moroccan name"}
    assert set(table.dictionary.sha256) == {"data", "mapping"}


def test_a_parquet_audit_is_read_like_its_csv(tmp_path: Path) -> None:
    data, mapping = write(tmp_path)
    pd.read_csv(data).to_parquet(tmp_path / "audit.parquet")
    pd.testing.assert_frame_equal(
        read_audit(tmp_path / "audit.parquet", mapping).frame, read_audit(data, mapping).frame
    )


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_table_as_a_spreadsheet_writes_it_is_read_like_its_csv(tmp_path: Path, sign: str) -> None:
    plain = read_audit(*write(tmp_path)).frame
    other = "\ufeff" + DATA.replace(",", sign).replace("\n", "\r\n")
    pd.testing.assert_frame_equal(read_audit(*write(tmp_path, other)).frame, plain)


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    assert "audit.csv: there is no row under the header" in refused(tmp_path, DATA.splitlines()[0] + "\n")
    assert "audit.csv: cannot be read as a table" in refused(tmp_path, "")


def test_without_landlords_each_pair_is_its_own_landlord(tmp_path: Path) -> None:
    mapping = MAPPING.replace('landlord = "agent"\n', "")
    assert list(read_audit(*write(tmp_path, mapping=mapping)).frame["landlord"]) == ["1", "1", "2", "2"]


def test_values_outside_the_mapping_are_named_all_at_once(tmp_path: Path) -> None:
    found = refused(tmp_path, DATA.replace("2,Jan,f,yes", "2,Eve,f,maybe"))
    assert "audit.csv:4: column name: 'Eve' is no arm of the mapping" in found
    assert "audit.csv:4: column seen: 'maybe' is neither positive, negative nor unknown" in found


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    found = refused(tmp_path, mapping=MAPPING.replace('column = "seen"', 'column = "viewed"'))
    assert "column 'viewed': absent" in found and "flat, name, sex" in found


def test_faults_speak_of_the_columns_of_the_audit(tmp_path: Path) -> None:
    found = refused(tmp_path, DATA.replace("1,Ali,f,no,a", "1,Ali,f,no,c"))
    assert "audit.csv:3: column agent: pair '1' spans two" in found


def test_mapping_faults_have_file_line_and_key(tmp_path: Path) -> None:
    mapping = MAPPING.replace('kind = "categorical"', 'kind = "colour"').replace("study =", "sturdy =")
    found = refused(tmp_path, mapping=mapping)
    assert "mapping.toml:2: sturdy: unknown key" in found
    assert "mapping.toml: study: Field required; add it" in found
    assert "mapping.toml:22: covariate.sex.kind" in found


def test_a_reference_that_is_no_arm_is_refused(tmp_path: Path) -> None:
    found = refused(tmp_path, mapping=MAPPING.replace('reference = "belgian"', 'reference = "dutch"'))
    assert "ground.origin.reference: 'dutch' is not an arm" in found


def test_an_arm_of_the_mapping_that_nobody_sent_is_refused(tmp_path: Path) -> None:
    mapping = MAPPING.replace('Ali = "moroccan"', 'Ali = "moroccan", Eve = "english"')
    assert "'english' is declared but has no application" in refused(tmp_path, mapping=mapping)


def test_pattern_counts_become_pairs(tmp_path: Path) -> None:
    table = read_audit(*write(tmp_path, "be,ma,pairs\n1,1,2\n1,0,3\n0,0,1\n", PATTERNS))
    wide = table.frame.pivot(index="pair", columns="arm_origin", values="outcome_positive")
    assert wide.value_counts().to_dict() == {(1, 0): 3, (1, 1): 2, (0, 0): 1}


def test_pattern_counts_with_several_applications_per_arm(tmp_path: Path) -> None:
    mapping = (
        PATTERNS
        + '[applications]\ncolumn = "design"\nvalues = { x = { belgian = 2, moroccan = 1 }, y = 3 }\n'
    )
    table = read_audit(*write(tmp_path, "design,be,ma,pairs\nx,2,0,1\ny,1,3,2\n", mapping))
    cells = table.frame.groupby(["pair", "arm_origin"])["outcome_positive"].agg(["size", "sum"])
    assert cells.loc[("2-1", "belgian")].tolist() == [2, 2]
    assert cells.loc[("2-1", "moroccan")].tolist() == [1, 0]
    assert cells.loc[("3-2", "moroccan")].tolist() == [3, 3]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ("be,ma,pairs\n2,0,1\n", "audit.csv:2: column be: more positive applications than were sent"),
        ("be,ma,pairs\n1,0,-3\n", "audit.csv:2: column pairs: '-3' is no whole number"),
        ("be,ma,pairs\n1,x,3\n", "audit.csv:2: column ma: 'x' is no whole number"),
    ],
)
def test_impossible_pattern_counts_are_refused(tmp_path: Path, data: str, fault: str) -> None:
    assert fault in refused(tmp_path, data, PATTERNS)
