"""Schedule scripts: the text form of a sequence of commands, and its parser.

script    = [command {";" command} [";"]]
command   = name "(" [argument {"," argument}] ")"
argument  = S0@1 (a loop) | S0 (a statement) | A (an array) | i - j (an expression) | an integer
          | keyword "=" (word | an integer)
"""

import difflib
import re
from dataclasses import MISSING, Field, dataclass
from enum import StrEnum
from typing import Any, get_type_hints

from optimizer.ir.diagnostic import UsageError
from optimizer.ir.schedule import LoopRef
from optimizer.transforms.base import REGISTRY, Transformation, arguments_of
from optimizer.transforms.names import AffineText, ArrayName

_BLANK = re.compile(r"\s*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(?![0-9A-Za-z_])")
_AFFINE = re.compile(r"(?:[\w\s*/+-]|\((?:[\w\s*/+-]|\([\w\s*/+-]*\))*\))+")
_KEYWORD = re.compile(r"\s*,?\s*[A-Za-z_][A-Za-z_0-9]*\s*=")
_LOOP = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)\s*@\s*([0-9]{1,9})(?![0-9A-Za-z_])")


class ScriptError(UsageError):
    """A schedule script cannot be read; `position` counts its characters from 0."""

    def __init__(self, text: str, position: int, message: str) -> None:
        line = " ".join(text.split("\n"))
        super().__init__(f"schedule script, column {position + 1}: {message}\n  {line}\n  {' ' * position}^")
        self.position = position


@dataclass(frozen=True, slots=True)
class Script:
    """A sequence of commands. Its text is its identity: `parse_script(str(s)) == s`."""

    steps: tuple[Transformation, ...] = ()

    def __str__(self) -> str:
        return "; ".join(map(str, self.steps))


def parse_script(text: str) -> Script:
    """The script that `text` spells; raises `ScriptError` with the place and what was expected there."""
    return _Parser(text).script()


@dataclass(slots=True)
class _Parser:
    text: str
    position: int = 0

    def script(self) -> Script:
        steps: list[Transformation] = []
        while not self._at_end():
            steps.append(self._command())
            if not self._at_end():
                self._expect(";", "';' or the end of the script")
        return Script(tuple(steps))

    def _command(self) -> Transformation:
        start = self.position
        name = self._match(_WORD, "a command").group()
        if name not in REGISTRY:
            near = difflib.get_close_matches(name, REGISTRY, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"the commands are {', '.join(sorted(REGISTRY))}"
            raise ScriptError(self.text, start, f"there is no command '{name}'; {hint}")
        self._expect("(", f"'(' after '{name}'")
        step = self._arguments(REGISTRY[name])
        self._expect(")", f"')': the form is {usage(REGISTRY[name])}")
        return step

    def _arguments(self, command: type[Transformation]) -> Transformation:
        hints = get_type_hints(command)
        values: dict[str, Any] = {}
        form = f"the form is {usage(command)}"
        declared = arguments_of(command)
        for index, field in enumerate(field for field in declared if not field.kw_only):
            if index > 0 and not _is_variadic(hints[field.name]):
                self._expect(",", f"',' and {_phrase(field, hints[field.name])}: {form}")
            if _is_variadic(hints[field.name]):
                values[field.name] = self._many(hints[field.name].__args__[0], field, needs_comma=index > 0)
            else:
                values[field.name] = self._value(hints[field.name], f"{_phrase(field, hints[field.name])}: {form}")
        keywords = {field.name: field for field in declared if field.kw_only}
        while not self._looking_at(")") and keywords:
            if values:
                self._expect(",", f"',' or ')': {form}")
            start = self.position
            key = self._match(_WORD, f"one of {', '.join(keywords)}: {form}").group()
            if key not in keywords or key in values:
                raise ScriptError(self.text, start, f"expected one of {', '.join(keywords)}: {form}")
            self._expect("=", f"'=' after '{key}'")
            values[key] = self._value(hints[key], f"{_phrase(keywords[key], hints[key])}")
        return command(**values)

    def _many(self, kind: type, field: "Field[Any]", *, needs_comma: bool) -> tuple[Any, ...]:
        found: list[Any] = []
        while not self._looking_at(")") and _KEYWORD.match(self.text, self.position) is None:
            if needs_comma or found:
                self._expect(",", "',' or ')'")
            found.append(self._value(kind, _phrase(field, kind)))
        return tuple(found)

    def _value(self, kind: type, expected: str) -> Any:
        if kind is int:
            return int(self._match(_INTEGER, expected).group())
        if kind is LoopRef:
            match = self._match(_LOOP, expected)
            return LoopRef(match.group(1), int(match.group(2)))
        if kind is AffineText:
            return AffineText(self._match(_AFFINE, expected).group())
        start = self.position
        word = self._match(_WORD, expected).group()
        if kind is ArrayName:
            return ArrayName(word)
        if issubclass(kind, StrEnum):
            choices = [choice.value for choice in kind]
            if word not in choices:
                raise ScriptError(self.text, start, f"expected {expected}, found '{word}'")
            return kind(word)
        return word

    def _skip(self) -> None:
        match = _BLANK.match(self.text, self.position)
        assert match is not None
        self.position = match.end()

    def _at_end(self) -> bool:
        self._skip()
        return self.position == len(self.text)

    def _looking_at(self, symbol: str) -> bool:
        self._skip()
        return self.text.startswith(symbol, self.position)

    def _match(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        self._skip()
        match = pattern.match(self.text, self.position)
        if match is None:
            found = "the end" if self._at_end() else repr(self.text[self.position : self.position + 12].split()[0])
            raise ScriptError(self.text, self.position, f"expected {expected}, found {found}")
        self.position = match.end()
        self._skip()
        return match

    def _expect(self, symbol: str, expected: str) -> None:
        self._match(re.compile(re.escape(symbol)), expected)


def _is_variadic(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is tuple


def _phrase(field: "Field[Any]", kind: Any) -> str:
    if kind is LoopRef:
        return f"{field.name}, a loop such as S0@1"
    if kind is int:
        return f"{field.name}, an integer"
    if kind is ArrayName:
        return f"{field.name}, an array such as A"
    if kind is AffineText:
        return f"{field.name}, an expression such as i - j"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"{field.name}, one of {', '.join(choice.value for choice in kind)}"
    return f"{field.name}, a statement such as S0"


def usage(command: type[Transformation]) -> str:
    """The form of a command: `tile(LOOP, SIZES...)`; keyword arguments with their choices."""
    hints = get_type_hints(command)
    parts: list[str] = []
    for field in arguments_of(command):
        kind = hints[field.name]
        if field.kw_only:
            choices = "NUMBER" if kind is int else "|".join(choice.value for choice in kind)
            parts.append(f"{field.name}={choices}" if field.default is MISSING else f"[{field.name}={choices}]")
        else:
            parts.append(field.name.upper() + ("..." if _is_variadic(kind) else ""))
    return f"{command.name}({', '.join(parts)})"
