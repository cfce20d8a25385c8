"""The probes give figures that a processor can have; how high they are depends on the machine."""

from dataclasses import replace
from pathlib import Path

from optimizer.execution import Probe, Prober, Toolchain, detect_toolchain
from optimizer.execution.probe import read_probe


def test_a_processor_computes_and_streams(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    probe = Prober(detect_toolchain("gcc"), tmp_path).probe(1, 300_000)
    assert probe is not None and (probe.threads, probe.stream_bytes) == (1, 300_000)
    assert 0.5 < probe.double_gflops < 1000.0
    assert 0.7 * probe.double_gflops < probe.float_gflops < 5.0 * probe.double_gflops
    assert 0.5 < probe.triad_gbs < 2000.0 and 0.5 < probe.read_gbs < 2000.0


def test_without_a_compiler_there_is_no_probe(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert Prober(Toolchain("no-such-compiler"), tmp_path).probe(1) is None


def test_output_that_is_not_whole_is_no_probe() -> None:
    text = "double 50\nfloat 100\ntriad 20\nread 30\n"
    probe = read_probe(text, 2, 1000)
    assert probe == Probe(2, 50.0, 100.0, 1000, 20.0, 30.0) and probe.stream_gbs == 30.0
    assert probe.best(replace(probe, float_gflops=120.0, read_gbs=10.0)) == replace(probe, float_gflops=120.0)
    for broken in ("", text.replace("30", "0"), text.replace("read 30", ""), text.replace("50", "fast")):
        assert read_probe(broken, 2, 1000) is None
