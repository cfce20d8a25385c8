import io
import os
import stat
import sys
from pathlib import Path

import pytest

from optimizer.cli.files import check_output, replace_file, write_product
from optimizer.ir.diagnostic import UsageError


def test_a_replaced_file_keeps_its_mode_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(b"old")
    file.chmod(0o640)
    replace_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_has_the_mode_that_the_shell_would_give(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        replace_file(tmp_path / "a.c", b"new")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.c").stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.c").write_bytes(b"old")
    (tmp_path / "link.c").symlink_to("real.c")
    replace_file(tmp_path / "link.c", b"new")
    assert (tmp_path / "link.c").is_symlink()
    assert (tmp_path / "real.c").read_bytes() == b"new"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_write_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(b"old")

    def fail(_handle: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((UsageError, KeyboardInterrupt)):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_the_input_is_never_overwritten_by_an_output_name(tmp_path: Path) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(b"")
    (tmp_path / "hard.c").hardlink_to(file)
    for output in (file, tmp_path / "hard.c", tmp_path / "." / "a.c"):
        with pytest.raises(UsageError, match="would overwrite the input"):
            check_output(str(output), str(file))


def test_an_impossible_output_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        check_output(str(tmp_path), "a.c")
    with pytest.raises(UsageError, match="there is no directory"):
        check_output(str(tmp_path / "no" / "b.c"), "a.c")
    check_output(str(tmp_path / "b.c"), "a.c")
    check_output("-", "-")


def test_standard_output_gets_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", stream)
    write_product(b"\r\nx", None)
    assert stream.buffer.getvalue() == b"\r\nx"  # type: ignore[attr-defined]
