import os
import signal

import pytest

from optimizer.cli import app
from optimizer.cli.main import main
from optimizer.ir.diagnostic import Diagnostic, InputError, Severity, Span, UsageError


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["optimze", "a.c"], "Did you mean 'optimize'?"),
        (["optimize", "a.c", "--dif"], "Did you mean --diff?"),
        (["optimize"], "Missing argument 'FILE'"),
        (["optimize", "a.c", "b.c"], "unexpected extra argument"),
        (["optimize", "a.c", "-fopenmp"], "flags for the compiler follow a lone --"),
        (["optimize", "a.c", "--format", "xml"], "'xml' is not one of 'text', 'json', 'sarif'"),
        (["doctor", "--format", "sarif"], "'sarif' is not one of 'text', 'json'"),
    ],
)
def test_usage_errors_say_what_to_do(arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("loopwright: error: ")
    assert hint in streams.err
    assert "--help" in streams.err


def test_without_a_command_the_help_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "Usage: loopwright" in streams.err


def test_help_and_version_are_products(capsys: pytest.CaptureFixture[str]) -> None:
    from loopwright import __version__

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"loopwright {__version__}\n"
    assert main(["optimize", "--help"]) == 0
    assert "--in-place" in capsys.readouterr().out


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_arguments: list[str]) -> int:
        raise error

    monkeypatch.setattr(app, "run", run)
    monkeypatch.delenv("LOOPWRIGHT_DEBUG", raising=False)


def test_an_internal_error_is_one_line_and_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(KeyError("x\ny"), monkeypatch)
    assert main(["optimize", "a.c"]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("loopwright: internal error: KeyError: ")
    assert "-v" in lines[1]


@pytest.mark.parametrize(("arguments", "debug"), [(["-v"], ""), (["--verbose"], ""), ([], "1")])
def test_a_traceback_comes_only_when_asked_for(
    arguments: list[str], debug: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(ZeroDivisionError("boom"), monkeypatch)
    monkeypatch.setenv("LOOPWRIGHT_DEBUG", debug)
    assert main(["optimize", "a.c", *arguments]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_flag_of_the_compiler_asks_for_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(ZeroDivisionError("boom"), monkeypatch)
    assert main(["optimize", "a.c", "--", "-v"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_unusable_input_is_a_diagnostic_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(InputError(Diagnostic("LW104", Severity.ERROR, "empty", Span("a.c", 1, 1, 1, 1))), monkeypatch)
    assert main([]) == 2
    assert capsys.readouterr().err == "a.c:1:1: error: empty [LW104]\n"


def test_a_usage_error_of_a_command_is_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(UsageError("no such loop"), monkeypatch)
    assert main([]) == 2
    assert capsys.readouterr().err == "loopwright: error: no such loop\n"


def test_an_interrupt_is_exit_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fail_with(KeyboardInterrupt(), monkeypatch)
    assert main([]) == 130
    assert capsys.readouterr().err == "loopwright: interrupted\n"


def test_an_interrupt_inside_a_command_is_exit_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from optimizer.cli import environment

    monkeypatch.setattr(environment, "inspect_environment", lambda **_: os.kill(os.getpid(), signal.SIGINT))
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == "loopwright: interrupted\n"
