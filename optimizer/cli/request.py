"""What the shared options say, as values: compiler flags in the order that compilers want, sizes, further sources."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from optimizer.ir.diagnostic import UsageError


def preprocessor_flags(
    includes: Sequence[str] | None, defines: Sequence[str] | None, undefines: Sequence[str] | None
) -> tuple[str, ...]:
    """The flags -I, -D and -U for a compiler; UsageError for a name that is defined and undefined."""
    defined = {define.partition("=")[0].partition("(")[0] for define in defines or ()}
    both = defined & set(undefines or ())
    if both:
        name = min(both)
        raise UsageError(f"-D {name} and -U {name} contradict each other")
    return (
        *(f"-I{directory}" for directory in includes or ()),
        *(f"-D{define}" for define in defines or ()),
        *(f"-U{name}" for name in undefines or ()),
    )


def parse_parameters(texts: Sequence[str] | None) -> Mapping[str, int]:
    """The sizes given with --param NAME=VALUE."""
    sizes: dict[str, int] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        try:
            number = int(value, 0)
        except ValueError:
            number = None
        if not name or not equals or number is None:
            raise UsageError(f"--param {text}: expected NAME=INTEGER, for example --param n=1000")
        if sizes.setdefault(name, number) != number:
            raise UsageError(f"--param {name} is given twice, as {sizes[name]} and {number}")
    return sizes


def linked_files(names: Sequence[str] | None) -> tuple[Path, ...]:
    """The files given with --link; UsageError for one that is not there."""
    files = tuple(Path(name) for name in names or ())
    for file in files:
        if not file.is_file():
            raise UsageError(f"--link {file}: there is no such file")
    return files


def parse_budget(text: str) -> float:
    """Seconds in a duration such as 90, 90s, 2m or 1h."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], text[-1]) if text and text[-1] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"--budget {text}: expected a duration such as 90s, 2m or 1h")
    return seconds
