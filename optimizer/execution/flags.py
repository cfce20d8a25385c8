"""Compiler flags as they must read when the compiler runs in another directory. Text only."""

import os
from collections.abc import Iterable

_WITH_PATH = ("-I", "-L", "-include", "-imacros", "-iquote", "-isystem", "-idirafter")
_ATTACHED = ("-I", "-L", "-isystem", "-iquote")
_LINKED = (".o", ".a", ".so")


def absolute_flags(flags: Iterable[str]) -> tuple[str, ...]:
    """`flags` with every path that exists below the current directory made absolute."""
    result: list[str] = []
    names_path = False
    for flag in flags:
        attached = next((option for option in _ATTACHED if flag.startswith(option) and flag != option), None)
        if names_path or flag.endswith(_LINKED):
            result.append(_absolute(flag))
        elif attached is not None:
            result.append(attached + _absolute(flag[len(attached) :]))
        else:
            result.append(flag)
        names_path = not names_path and flag in _WITH_PATH
    return tuple(result)


def link_flags(flags: Iterable[str]) -> tuple[str, ...]:
    """The members of `flags` that name libraries or objects: they only count after what uses them."""
    return tuple(flag for flag in absolute_flags(flags) if flag.startswith("-l") or flag.endswith(_LINKED))


def _absolute(path: str) -> str:
    return os.path.abspath(path) if os.path.lexists(path) else path  # noqa: PTH100 (resolve() would follow links)
