"""Why a piece of a program is not modelled, as an exception that never leaves the front end."""


class Refusal(Exception):
    """A nest is refused: the code, the reason in words, the index of the token to point at, and what would help."""

    def __init__(self, code: str, reason: str, at: int | None = None, help_: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.at = at
        self.help = help_


class NotAffine(Exception):
    """An integer expression is no quasi-affine function of counters and parameters; `reads_memory` if the nest's own
    data decides its value, `changes` if a variable in it is assigned in the nest.
    """

    def __init__(self, reason: str, at: int, *, reads_memory: bool = False, changes: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at
        self.reads_memory = reads_memory
        self.code = "LW120" if changes else "LW118"
