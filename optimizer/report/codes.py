"""The stable codes of diagnostics: what each means and what to do about it. docs/errors.md is checked against this."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One code: a title of a few words and a paragraph that says what to do."""

    title: str
    meaning: str


CODES: dict[str, Code] = {
    "LW001": Code(
        "the input cannot be read",
        "The file does not exist, is a directory, or may not be read. Nothing was written.",
    ),
}
