"""The private directory of a session: everything that is built or run lives below it and goes with it."""

import contextlib
import os
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
        remove_tree(directory)


def remove_tree(directory: Path) -> None:
    """Remove `directory`, also where a program took away the permission to look into its own directories."""
    with contextlib.suppress(OSError):
        shutil.rmtree(directory)
        return
    for folder, _, _ in os.walk(directory):  # top down: a folder is opened before it is entered
        for entry in (Path(folder), *Path(folder).iterdir()):
            if entry.is_dir() and not entry.is_symlink():
                with contextlib.suppress(OSError):
                    entry.chmod(0o700)
    shutil.rmtree(directory, ignore_errors=True)
