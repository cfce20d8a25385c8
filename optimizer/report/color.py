"""When output is coloured, and the few colours that there are."""

import os
from dataclasses import dataclass
from typing import IO

RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Palette:
    """The escape sequences of each role; all empty where output is not coloured."""

    error: str = ""
    warning: str = ""
    remark: str = ""
    accent: str = ""
    added: str = ""
    removed: str = ""
    bold: str = ""
    reset: str = ""


PLAIN = Palette()
COLORED = Palette(
    error="\x1b[1;31m",
    warning="\x1b[1;35m",
    remark="\x1b[1;36m",
    accent="\x1b[1;32m",
    added="\x1b[32m",
    removed="\x1b[31m",
    bold="\x1b[1m",
    reset=RESET,
)


def palette_for(stream: IO[str]) -> Palette:
    """Colours for a terminal, none for anything else or where NO_COLOR is set or TERM is dumb."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return PLAIN
    return COLORED if stream.isatty() else PLAIN
