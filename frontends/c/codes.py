"""The stable codes of everything that the C front end says about a program."""

from typing import Final

INPUT_CODES: Final[dict[str, str]] = {
    "LW101": "the file is too large",
    "LW102": "the file is binary",
    "LW103": "the file is not UTF-8 text",
    "LW104": "the file is empty",
    "LW105": "brackets are nested too deeply",
    "LW106": "the compiler rejects the file",
    "LW107": "the compiler cannot be run",
    "LW108": "the file cannot be read",
    "LW109": "the target is not modelled",
}

NEST_CODES: Final[dict[str, str]] = {
    "LW110": "the function is not understood",
    "LW111": "a while or do loop",
    "LW112": "a jump, label or switch inside the nest",
    "LW113": "a call that may have side effects",
    "LW114": "a volatile or atomic object",
    "LW115": "inline assembly",
    "LW116": "a subscript of a write that is not affine",
    "LW117": "a write through an index array",
    "LW118": "a loop bound or stride that is not affine",
    "LW119": "a loop header without a plain counter",
    "LW120": "a counter or bound that the nest changes",
    "LW121": "pointer arithmetic or a pointer to a pointer",
    "LW122": "a counter or subscript that wraps around",
    "LW123": "a declaration that is not modelled",
    "LW124": "an expression that is not modelled",
    "LW125": "a union or bit-field member",
    "LW126": "a loop that a macro produces in part",
    "LW127": "a loop with a parallel pragma",
    "LW128": "a nest that is too large to analyse",
    "LW129": "a scop region that is not well formed",
    "LW130": "a linearized subscript that no array shape fits",
    "LW131": "a counter whose value after the nest is not known",
    "LW132": "a bound that cannot be computed in front of the nest",
    "LW133": "a type that is not modelled",
    "LW134": "two variables of one name",
    "LW135": "a loop without effect",
}

CODES: Final[dict[str, str]] = INPUT_CODES | NEST_CODES
