"""Whatever is handed in: one clear diagnostic, exit code 2, no traceback, and the file as it was."""

import errno
from pathlib import Path

import pytest

from optimizer.cli.main import main

GOOD = b"void f(int n, double a[n]) { for (int i = 0; i < n; i++) a[i] = 0.0; }\n"
FILES = {
    "empty": b"",
    "blank": b" \n\t\n",
    "binary": b"\x7fELF\x02\x01\x01\0\0\0",
    "latin1": "int é;\n".encode("latin1"),
    "huge": b"/*" + b"x" * 20_000_000 + b"*/\n",
    "deep": b"void f(void) {" + b"{" * 5000 + b"}" * 5000 + b"}\n",
    "deep parentheses": b"int x = " + b"(" * 5000 + b"1" + b")" * 5000 + b";\n",
    "unbalanced": b"void f(void) { for (;;) {\n",
    "missing include": b'#include "no/such/header.h"\n' + GOOD,
    "no c": b"hello, world\n",
}
COMMANDS = (["optimize"], ["explain"], ["tune", "--budget", "1s"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("name", FILES)
def test_unusable_files(name: str, command: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "input.c"
    file.write_bytes(FILES[name])
    code = main([*command, str(file)])
    streams = capfd.readouterr()
    if name.startswith("deep") and code == 0:
        return
    assert code == 2
    assert streams.out == ""
    assert "Traceback" not in streams.err
    assert f"{file}:" in streams.err.splitlines()[0]
    assert ": error: " in streams.err.splitlines()[0]
    assert file.read_bytes() == FILES[name]


def test_a_file_that_is_not_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", str(tmp_path / "none.c")]) == 2
    assert "cannot read the file: no such file or directory [LW108]" in capfd.readouterr().err


def test_a_directory(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", str(tmp_path)]) == 2
    assert "is a directory [LW108]" in capfd.readouterr().err


def test_a_file_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(_path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main(["optimize", str(tmp_path / "a.c")]) == 2
    assert "permission denied [LW108]" in capfd.readouterr().err


def test_a_name_that_no_file_can_have(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", "a\0b.c"]) == 2
    assert "LW108" in capfd.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [
        ["-i", "-o", "out.c"],
        ["--check", "-i"],
        ["--check", "-o", "out.c"],
        ["-q", "-v"],
        ["-DN=1", "-UN"],
        ["--param", "n"],
        ["--nest", "f:0"],
        ["--cc", "no-such-compiler"],
        ["-o", "no/such/folder/out.c"],
        ["--schedule", "tile("],
        ["--schedule", "tiel(S0@0, 4)"],
        ["--schedule", "parallel(S0@0)", "--nest", "g:0"],
        ["--threads", "0"],
    ],
    ids=" ".join,
)
def test_wrong_flags(flags: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "input.c"
    file.write_bytes(GOOD)
    assert main(["optimize", str(file), *flags]) == 2
    streams = capfd.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("loopwright: error: ")
    assert file.read_bytes() == GOOD
    assert [entry.name for entry in tmp_path.iterdir()] == ["input.c"]


def test_the_output_is_never_the_input(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "input.c"
    file.write_bytes(GOOD)
    assert main(["optimize", str(file), "-o", str(file)]) == 2
    assert "use --in-place" in capfd.readouterr().err
    assert file.read_bytes() == GOOD
