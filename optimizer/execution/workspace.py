"""The private directory of a session: everything that is built or run lives below it and goes with it."""

import contextlib
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def workspace(parent: Path | None = None) -> Generator[Path, None, None]:
    """A fresh directory below `parent` (default: the system's temporary directory), removed at the end."""
    directory = Path(tempfile.mkdtemp(prefix="loopwright-", dir=parent)).resolve()
    directory.chmod(0o711)  # jobs may run under another user; they can pass through but not look around
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
