import dataclasses
from enum import StrEnum
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.ir.diagnostic import UsageError
from optimizer.ir.schedule import LoopRef
from optimizer.transforms import REGISTRY, Script, ScriptError, parse_script, usage
from optimizer.transforms.names import AffineText, ArrayName

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z_0-9]{0,5}", fullmatch=True)
VALUES = {
    int: st.integers(-(10**17), 10**17),
    str: NAMES,
    ArrayName: NAMES.map(ArrayName),
    AffineText: st.sampled_from(["i - j", "floor(i/32) - floor(k/32)", "2*i", "-i + (n-1)"]).map(AffineText),
    LoopRef: st.builds(LoopRef, NAMES, st.integers(0, 10**8)),
}


def _values(kind):
    if getattr(kind, "__origin__", None) is tuple:
        return st.lists(VALUES[kind.__args__[0]], max_size=4).map(tuple)
    if issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    return VALUES[kind]


def _commands():
    builders = []
    for command in REGISTRY.values():
        hints = get_type_hints(command)
        builders.append(st.builds(command, **{f.name: _values(hints[f.name]) for f in dataclasses.fields(command)}))
    return st.one_of(builders)


@given(st.lists(_commands(), max_size=5).map(lambda steps: Script(tuple(steps))))
def test_parsing_is_the_inverse_of_printing(script):
    assert parse_script(str(script)) == script
    spaced = str(script).replace(", ", " ,\n ").replace("; ", ";")
    assert parse_script(spaced + (" ;" if script.steps else " ")) == script


@given(st.text(alphabet="abtile(S0@1, 3)=;-", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        script = parse_script(text)
    except ScriptError as error:
        assert 0 <= error.position <= len(text)
    else:
        assert parse_script(str(script)) == script


def test_the_example_of_the_design():
    text = "fuse(S0, S1, 2); tile(S1@0, 64, 64, 256); interchange(S1@1, S1@2); parallel(S1@0)"
    assert str(parse_script(text)) == text


def test_keywords_with_their_default_are_not_printed():
    assert str(parse_script("isl( fusion = smart )")) == "isl()"
    assert str(parse_script("isl(coincidence=outer, fusion=max)")) == "isl(fusion=max, coincidence=outer)"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("tyle(S0@0, 3)", 1, "there is no command 'tyle'; did you mean 'tile'?"),
        ("zzz(S0@0)", 1, "the commands are contract, distribute, expand, feautrier"),
        ("tile S0@0", 6, "expected '(' after 'tile', found 'S0@0'"),
        ("tile(S0, 3)", 6, "expected loop, a loop such as S0@1: the form is tile(LOOP, SIZES...), found 'S0,'"),
        ("tile(S0@0, x)", 12, "expected sizes, an integer, found 'x)'"),
        ("tile(S0@0, 3", 13, "expected ',' or ')', found the end"),
        ("parallel(S0@0, 3)", 14, "expected ')': the form is parallel(LOOP), found ','"),
        ("fuse(S0, S1)", 12, "expected ',' and depth, an integer: the form is fuse(FIRST, SECOND, DEPTH), found ')'"),
        ("parallel(S0@0) parallel(S0@1)", 16, "expected ';' or the end of the script, found 'parallel(S0@'"),
        ("isl(fusion=most)", 12, "expected fusion, one of max, smart, min, found 'most'"),
        ("isl(tile=3)", 5, "expected one of fusion, coincidence"),
        ("isl(fusion=max, fusion=max)", 17, "expected one of fusion, coincidence"),
        ("tile(S0@0, 99999999999999999999)", 12, "expected sizes, an integer"),
        (";", 1, "expected a command, found ';'"),
    ],
)
def test_errors_name_the_place_and_what_was_expected(text, column, message):
    with pytest.raises(ScriptError) as caught:
        parse_script(text)
    assert isinstance(caught.value, UsageError)
    assert f"column {column}: " in str(caught.value)
    assert message in str(caught.value)
    assert str(caught.value).splitlines()[-1] == " " * (column + 1) + "^"


def test_every_command_has_a_form_and_a_rewrite_block():
    for name, command in REGISTRY.items():
        assert usage(command).startswith(f"{name}(")
        assert "Rewrite:" in (command.__doc__ or "")


def test_an_empty_script_is_the_order_as_written(toolbox):
    nest = toolbox.nest("i{S0}", "{ S0[i] : 0 <= i < 3 }")
    schedule = toolbox.run("", nest)
    assert schedule.tree.plain_is_equal(nest.scop.schedule)
    assert schedule.script == ()


def test_a_step_that_does_not_fit_is_named(toolbox):
    nest = toolbox.nest("i{S0}", "{ S0[i] : 0 <= i < 3 }")
    assert toolbox.refuse("reverse(S0@0); reverse(S0@1)", nest).reason.startswith("reverse(S0@1): there is no loop")
