import json

import pytest

from optimizer.cli import environment
from optimizer.cli.main import main
from optimizer.execution.sandbox import MODES


@pytest.fixture(scope="module")
def found() -> environment.Environment:
    return environment.inspect_environment(probes=True)


@pytest.fixture(autouse=True)
def _once(found: environment.Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "inspect_environment", lambda **_options: found)


def test_it_finds_a_compiler_the_packages_and_the_processor(found: environment.Environment) -> None:
    assert any(compiler.version for compiler in found.compilers)
    assert "missing" not in found.packages.values()
    assert int(found.machine["cores"]) >= 1
    assert found.sandbox
    assert found.problems == ()
    assert found.probes[0].threads == 1 and all(probe.double_gflops > 0.1 for probe in found.probes)


def test_every_kind_of_sandbox_is_explained() -> None:
    assert set(environment.SANDBOXES) == set(MODES)


def test_text_has_a_row_for_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    rows = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert {"loopwright", "packages", "sandbox", "system", "cpu", "cores", "probe"} <= rows


def test_json_is_one_document(capsys: pytest.CaptureFixture[str], found: environment.Environment) -> None:
    assert main(["doctor", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [compiler["path"] for compiler in document["compilers"]] == [c.path for c in found.compilers]


def test_what_is_missing_is_a_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "/nonexistent")
    assert main(["doctor"]) == 1
    assert "apt-get install gcc" in capsys.readouterr().out
