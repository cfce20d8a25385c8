"""The corpus: programs in the style of many authors, each with what the front end is expected to make of it."""

from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """`expected` maps functions to the number of nests taken and the codes of the refusals."""

    name: str
    text: str
    expected: dict[str, tuple[int, tuple[str, ...]]]

    @property
    def is_program(self) -> bool:
        return "int main(" in self.text


def load(folder: Path) -> Case:
    rows = (line.split() for line in (folder / "expected.txt").read_text().splitlines() if line.strip())
    expected = {function: (int(taken), tuple(codes)) for function, taken, *codes in rows}
    return Case(folder.name, (folder / "input.c").read_text(), expected)


def pytest_generate_tests(metafunc):  # type: ignore[no-untyped-def]
    if "case" in metafunc.fixturenames:
        cases = [load(folder) for folder in sorted(CASES.iterdir())]
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])
