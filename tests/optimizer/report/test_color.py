import io

import pytest

from optimizer.report.color import COLORED, PLAIN, palette_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_terminals_are_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert palette_for(io.StringIO()) is PLAIN
    assert palette_for(Terminal()) is COLORED


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert palette_for(Terminal()) is PLAIN
