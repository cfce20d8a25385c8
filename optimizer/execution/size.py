"""How large the machine code of an executable is."""

import re
import subprocess
from pathlib import Path

_TEXT = re.compile(r"^\.text\s+(\d+)", re.MULTILINE)


def text_bytes(binary: Path) -> int | None:
    """The bytes of the section `.text` of `binary`; None where the tool `size` does not tell."""
    try:
        done = subprocess.run(["size", "-A", str(binary)], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _TEXT.search(done.stdout)
    return int(found.group(1)) if found else None
