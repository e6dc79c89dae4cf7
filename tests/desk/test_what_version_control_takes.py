"""What git takes of a study's folder: nothing that leads to a landlord, and the manifest that is made for it."""

import json
import subprocess
from pathlib import Path

from desk.folder import StudyFolder
from desk.plan_files import manifest_of
from desk.sealed import sealed_plan


def taken(root: Path) -> set[str]:
    """Files that ``git add .`` would take."""
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    told = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def telling(root: Path, files: set[str]) -> list[str]:
    """Those of some files that hold a landlord's address, or an applicant's mailbox."""
    return sorted(it for it in files if b"@landlord.example" in (root / it).read_bytes())


def test_git_takes_no_file_of_a_sealed_study_that_leads_to_a_landlord(sealed: StudyFolder) -> None:
    files = taken(sealed.root)
    assert "plan/manifest.json" in files and "protocol.toml" in files and "names.csv" in files
    assert {it for it in files if it.startswith(("data/", "secrets/", "mail/", "plan/"))} == {
        "plan/manifest.json"
    }
    assert telling(sealed.root, files) == []


def test_planted_list_without_the_plan_is_found(sealed: StudyFolder) -> None:
    ignored = sealed.root / ".gitignore"
    ignored.write_text(ignored.read_text("utf-8").replace("plan/*", ""), "utf-8")
    assert telling(sealed.root, taken(sealed.root)) == ["plan/plan.json"]


def test_the_manifest_holds_seal_and_commitment_and_nobody(sealed: StudyFolder) -> None:
    plan = sealed_plan(sealed)
    text = sealed.manifest.read_text("utf-8")
    told = json.loads(text)
    assert (told["seal"], told["key_commitment"]) == (plan.seal, plan.key_commitment)
    assert told["inputs"] == dict(plan.inputs) and sum(told["applications"].values()) == 20
    for it in plan.applications:
        for word in (
            it.to,
            it.listing,
            it.landlord,
            it.pair,
            it.id,
            it.identity.email,
            it.identity.full_name,
        ):
            assert word not in text
    assert manifest_of(plan) == sealed.manifest.read_bytes()
