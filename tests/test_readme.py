"""What the pages tell a reader to type is something that the command line understands."""

import re
import shlex
from pathlib import Path

import pytest

from optimizer.cli.app import run, split_at_dashes

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "docs/user-guide.md")


def commands(page: str) -> list[str]:
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("loopwright ")]


@pytest.mark.parametrize("line", [line for page in PAGES for line in commands(page)])
def test_commands_have_the_options_that_the_pages_use(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    own, _ = split_at_dashes(shlex.split(line)[1:])
    assert run([own[0], "--help"]) == 0
    known = capsys.readouterr().out
    for word in own[1:]:
        option = re.match(r"--?[A-Za-z][\w-]*", word)
        if option is not None:
            name = option.group() if word.startswith("--") else word[:2]
            assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", known), word


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"^make (\w+)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert named
    assert set(named) <= targets
