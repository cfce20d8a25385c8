"""Writes failures of the fuzz campaign to a directory, one folder each: everything needed to see them again."""

from pathlib import Path

from optimizer.verify.render import render
from optimizer.verify.trial import Failure


def keep(smaller: Failure, found: Failure, directory: Path) -> Path:
    """The folder, below `directory`, that now holds a failure as found and as shrunk."""
    folder = directory / f"{found.seed}-{found.kind.name.lower().replace('_', '-')}"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, "found", found)
    _write(folder, "shrunk", smaller)
    (folder / "seed.txt").write_text(f"{found.seed}\n")
    return folder


def _write(folder: Path, stem: str, failure: Failure) -> None:
    (folder / f"{stem}.c").write_text(render(failure.plan))
    (folder / f"{stem}.script.txt").write_text("".join(f"{script}\n" for script in failure.scripts))
    (folder / f"{stem}.detail.txt").write_text(f"{failure.kind.value}\n{failure.detail}\n")
    (folder / f"{stem}.plan.txt").write_text(f"{failure.plan!r}\n")
    if failure.text:
        (folder / f"{stem}.optimized.c").write_text(failure.text)
