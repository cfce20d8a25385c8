import io

from optimizer.report.progress import plain_lines, progress


def test_plain_lines_come_every_ten_seconds() -> None:
    now = 0.0
    stream = io.StringIO()
    update = plain_lines(stream, "gemm.c", lambda: now)
    for second in range(26):
        now = float(second)
        update(second / 26, f"trial {second}")
    assert stream.getvalue().splitlines() == [
        "gemm.c: 38% after 10 s, trial 10",
        "gemm.c: 77% after 20 s, trial 20",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_line_that_goes_away() -> None:
    stream = Terminal()
    with progress(stream, "gemm[0].c") as update:
        update(0.5, "best [1.9x]")
    assert "gemm[0].c" in stream.getvalue()
    assert "best [1.9x]" in stream.getvalue()


def test_a_file_gets_plain_lines() -> None:
    stream = io.StringIO()
    with progress(stream, "gemm.c") as update:
        update(0.5, "x")
    assert stream.getvalue() == ""
