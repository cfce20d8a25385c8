from optimizer.search.local import neighbours
from optimizer.transforms import parse_script


def test_neighbours_change_one_step() -> None:
    script = parse_script("isl(); tile(S0@0, 32, 32); unroll_and_jam(S0@2, 4)")
    texts = {str(other) for other in neighbours(script)}
    assert "isl(); tile(S0@0, 64, 32); unroll_and_jam(S0@2, 4)" in texts
    assert "isl(); tile(S0@0, 64, 64); unroll_and_jam(S0@2, 4)" in texts
    assert "isl(); tile(S0@0, 32, 32); unroll_and_jam(S0@2, 6)" in texts
    assert "isl(); tile(S0@0, 32, 32)" in texts
    assert str(script) not in texts
    assert not any(text.startswith("tile") for text in texts)


def test_sizes_stay_in_bounds() -> None:
    sizes = {s for other in neighbours(parse_script("tile(S0@0, 4, 1024)")) for step in other.steps for s in step.sizes}
    assert min(sizes) >= 4
    assert max(sizes) <= 1024
