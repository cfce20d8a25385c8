from optimizer.search.local import neighbours
from optimizer.transforms import Tile, parse_script


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
    tiles = [
        step
        for other in neighbours(parse_script("tile(S0@0, 4, 1024)"))
        for step in other.steps
        if isinstance(step, Tile)
    ]
    sizes = {size for tile in tiles for size in tile.sizes}
    assert min(sizes) >= 4
    assert max(sizes) <= 1024


def test_steps_are_added_and_tile_loops_exchanged() -> None:
    texts = {str(other) for other in neighbours(parse_script("tile(S0@1, 32, 1, 8); unroll(S0@3, 4)"), ["S0", "S2"])}
    assert "tile(S0@1, 32, 1, 8); isolate(S0@1); unroll(S0@3, 4)" in texts
    assert "tile(S0@1, 32, 1, 8); interchange(S0@1, S0@2); unroll(S0@3, 4)" in texts
    assert "tile(S0@1, 32, 1, 8); unroll(S0@3, 4); parallel(S2@0)" in texts
    assert "tile(S0@1, 48, 1, 8); unroll(S0@3, 4)" in texts
    assert "tile(S0@1, 32, 1, 8); unroll(S0@3, 12)" not in texts
    assert "tile(S0@1, 64, 1, 16); unroll(S0@3, 4)" in texts


def test_vectors_become_wider_and_narrower() -> None:
    texts = {str(other) for other in neighbours(parse_script("vectorize(S0@1, 8)"))}
    assert {"vectorize(S0@1, 4)", "vectorize(S0@1, 16)"} <= texts


def test_a_loop_that_runs_in_parallel_moves_or_stops() -> None:
    texts = {str(other) for other in neighbours(parse_script("isl(); parallel(S0@1)"), ["S0"])}
    assert texts == {"isl(); parallel(S0@0)", "isl(); parallel(S0@2)", "isl()"}


def test_waves_and_skews_have_numbers_too() -> None:
    script = parse_script("skew(S0@1, S0@0, 1); wavefront(S0@0, 2)")
    texts = {str(other) for other in neighbours(script)}
    assert "skew(S0@1, S0@0, 2); wavefront(S0@0, 2)" in texts
    assert "skew(S0@1, S0@0, 1); wavefront(S0@0, 3)" in texts
    assert not any("skew(S0@1, S0@0, 0)" in text or "wavefront(S0@0, 1)" in text for text in texts)
