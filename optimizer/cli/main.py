"""The process boundary of `loopwright`: arguments in, exit code out. Commands live in one file each."""

import os
import sys
from collections.abc import Callable, Sequence

from optimizer.ir.diagnostic import InputError, UsageError

EXIT_DONE = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command line `arguments` (default: those of the process) after it was carried out."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _guarded(given, lambda: _run(given))
        if code == EXIT_INTERRUPTED:
            _complain("interrupted")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FINDINGS
    return code


def _run(arguments: list[str]) -> int:
    from optimizer.cli.app import run

    return run(arguments)


def _guarded(arguments: list[str], action: Callable[[], int]) -> int:
    """What `action` returns; every exception becomes one message on stderr and the exit code that it stands for."""
    try:
        return action()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except UsageError as error:
        _complain(f"error: {error}")
        return EXIT_USAGE
    except InputError as error:
        from optimizer.report.terminal import print_diagnostics

        print_diagnostics([error.diagnostic])
        return EXIT_USAGE
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  the process boundary
        return _internal_error(error, verbose=_wants_traceback(arguments))


def _complain(message: str) -> None:
    sys.stderr.write(f"loopwright: {message}\n")


def _wants_traceback(arguments: list[str]) -> bool:
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return bool(os.environ.get("LOOPWRIGHT_DEBUG")) or "-v" in own or "--verbose" in own


def _internal_error(error: Exception, *, verbose: bool) -> int:
    if verbose:
        import traceback

        traceback.print_exception(error)
    text = str(error).split("\n", 1)[0]
    _complain(f"internal error: {type(error).__name__}: {text}")
    if not verbose:
        _complain("this is a bug in loopwright, your files are as they were; run again with -v for the traceback")
    return EXIT_INTERNAL


if __name__ == "__main__":
    sys.exit(main())
