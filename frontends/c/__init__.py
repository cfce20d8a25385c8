"""The C front end: C files as polyhedral models."""

from frontends.c.program import CProgram, read_program

__all__ = ["CProgram", "read_program"]
