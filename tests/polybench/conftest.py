"""Fixtures of the kernel tests."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from polybench.suite import find


@pytest.fixture(scope="session")
def write_lookalike() -> Callable[[str, Path], Path]:
    """A function (kernel, folder) -> the program in the macro style of the suite, written under the folder."""
    spec = importlib.util.spec_from_file_location("convert", Path(__file__).parent / "lookalike" / "convert.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda name, folder: module.write(find(name), folder)
