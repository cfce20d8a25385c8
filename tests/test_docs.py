"""The documentation names what there is, and nothing else."""

import re
from pathlib import Path

import pytest

from frontends.c.codes import CODES
from optimizer.report.codes import TITLES
from optimizer.transforms import REGISTRY, usage

ROOT = Path(__file__).resolve().parents[1]
CODE = re.compile(r"LW\d{3}")


def sources() -> list[Path]:
    return [file for name in ("optimizer", "frontends", "polybench") for file in (ROOT / name).rglob("*.py")]


def test_every_code_has_its_paragraph_under_its_title() -> None:
    headings = re.findall(r"^### (LW\d{3}): (.*)\n\n\S", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert dict(headings) == {**CODES, **TITLES}
    assert headings == sorted(headings)


def test_every_code_that_is_used_is_in_a_table_and_every_code_of_a_table_is_used() -> None:
    tables = {ROOT / "frontends/c/codes.py", ROOT / "optimizer/report/codes.py"}
    used = {code for file in sources() if file not in tables for code in CODE.findall(file.read_text())}
    assert used - {*CODES, *TITLES} == set()
    assert {*TITLES} - used == set()


def test_every_command_of_schedule_scripts_is_in_the_guide() -> None:
    rows = re.findall(r"^\| `(\w+\(.*\))` \| (.*) \|$", (ROOT / "docs/user-guide.md").read_text(), re.MULTILINE)
    expected = {usage(command): (command.__doc__ or "").splitlines()[0] for command in REGISTRY.values()}
    assert {form.replace("\\|", "|"): text for form, text in rows} == expected


@pytest.mark.parametrize("page", ["README.md", "docs/user-guide.md", "docs/errors.md", "CHANGELOG.md"])
def test_links_between_pages_lead_somewhere(page: str) -> None:
    file = ROOT / page
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text()):
        assert (file.parent / target).exists(), target
