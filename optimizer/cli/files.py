"""Reads inputs and writes products: whole files only, never half a file, never the input by accident."""

import os
import stat
import sys
import tempfile
from pathlib import Path

from optimizer.ir.diagnostic import Diagnostic, InputError, Severity, Span, UsageError

STDIN = "-"
STDIN_NAME = "<stdin>"


def read_source(file: str) -> bytes:
    """The bytes of `file` (`-`: of standard input); InputError if it cannot be read."""
    if file == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:
        raise unreadable(file, _reason(error)) from error


def unreadable(file: str, reason: str) -> InputError:
    """The error for an input that cannot be opened."""
    return InputError(Diagnostic("LW108", Severity.ERROR, f"cannot read the file: {reason}", Span(file, 1, 1, 1, 1)))


def _reason(error: OSError | ValueError) -> str:
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)


def check_output(output: str, file: str) -> None:
    """UsageError if writing `output` would overwrite the input `file`, or cannot succeed."""
    if output == STDIN:
        return
    target = Path(output)
    if file != STDIN and target.exists() and Path(file).exists() and target.samefile(file):
        raise UsageError(f"-o {output} would overwrite the input; use --in-place for that")
    if target.is_dir():
        raise UsageError(f"-o {output} is a directory")
    if not target.parent.is_dir():
        raise UsageError(f"-o {output}: there is no directory {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise UsageError(f"-o {output}: the directory {target.parent} cannot be written")


def write_product(content: bytes, output: str | None) -> None:
    """Write `content` to the file `output`, or to standard output if that is None or `-`."""
    if output is None or output == STDIN:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    replace_file(Path(output), content)


def replace_file(path: Path, content: bytes) -> None:
    """Give `path` the given content in one step, keeping its mode; a symbolic link stays, its target is replaced."""
    target = path.resolve()
    try:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".lw-tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {_reason(error)}") from error


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
