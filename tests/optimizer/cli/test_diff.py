import shutil
import subprocess
from pathlib import Path

import pytest

from optimizer.cli.diff import colored, unified_diff
from optimizer.report.color import COLORED, PLAIN


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a\nb\nc\n", b"a\nx\nc\n"),
        (b"a\nb", b"a\nc"),
        (b"a\nb", b"a\nb\n"),
        (b"a\r\nb\rc\r\n", b"a\r\nx\rc\r\n"),
        (b"\xff\x0c\n", b"\xfe\n"),
    ],
)
def test_patch_applies_it(old: bytes, new: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(old)
    diff = unified_diff(old, new, "a.c")
    subprocess.run(["patch", "-s", "--binary", "a.c"], input=diff, cwd=tmp_path, check=True)
    assert (tmp_path / "a.c").read_bytes() == new


def test_equal_files_have_no_difference() -> None:
    assert unified_diff(b"a\n", b"a\n", "a.c") == b""


def test_colours_only_added_and_removed_lines() -> None:
    diff = unified_diff(b"a\nb\n", b"a\nc\n", "a.c")
    assert colored(diff, PLAIN) == diff
    assert b"\x1b[32m+c\x1b[0m\n" in colored(diff, COLORED)
    assert b"\n a\n" in colored(diff, COLORED)
