"""C expression texts with their precedence, so that parentheses appear where C or a compiler's warnings want them."""

import re
from dataclasses import dataclass

# C11 6.5, loosest first; gcc warns about && in ||, arithmetic in shifts, and any mix with & ^ |
CONDITIONAL, OR, AND, BIT_OR, BIT_XOR, BIT_AND, EQUALITY, RELATION, SHIFT, SUM, PRODUCT, PREFIX, POSTFIX = range(13)

BINARY_LEVELS = {
    "||": OR, "&&": AND, "|": BIT_OR, "^": BIT_XOR, "&": BIT_AND, "==": EQUALITY, "!=": EQUALITY, "<": RELATION,
    "<=": RELATION, ">": RELATION, ">=": RELATION, "<<": SHIFT, ">>": SHIFT, "+": SUM, "-": SUM, "*": PRODUCT,
    "/": PRODUCT, "%": PRODUCT,
}  # fmt: skip
_PRIMARY = re.compile(r"(?:[A-Za-z_]\w*|\d[\w.]*)(?:\s*(?:->|\.)\s*[A-Za-z_]\w*|\[[^][]*\])*")


@dataclass(frozen=True, slots=True)
class Text:
    """The C text of an expression whose outermost operator has precedence `level`."""

    code: str
    level: int = POSTFIX

    def at(self, level: int) -> str:
        """The code as an operand where precedence `level` or tighter is needed."""
        return self.code if self.level >= level else f"({self.code})"


def opaque(code: str) -> Text:
    """A C expression taken from the source, whose operators are unknown."""
    stripped = code.strip()
    if _PRIMARY.fullmatch(stripped) or _is_enclosed(stripped):
        return Text(stripped)
    return Text(stripped, CONDITIONAL)


def _is_enclosed(code: str) -> bool:
    """True if the parenthesis that opens `code` is closed by its last character."""
    if not (code.startswith("(") and code.endswith(")")):
        return False
    depth = 0
    for index, character in enumerate(code):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return index == len(code) - 1
    return False


def binary(op: str, left: Text, right: Text) -> Text:
    """`left op right`."""
    level = BINARY_LEVELS[op]
    left_level = right_level = level
    if level in (BIT_OR, BIT_XOR, BIT_AND, SHIFT):
        left_level = right_level = PREFIX
        if left.level == level and level != SHIFT:
            left_level = level  # a | b | c
    elif level == OR:
        left_level = right_level = BIT_OR if AND in (left.level, right.level) else OR
    elif level in (EQUALITY, RELATION):
        left_level = right_level = SHIFT
    else:
        right_level = level + 1
    if level == AND:
        left_level, right_level = AND, AND + 1
    return Text(f"{left.at(left_level)} {op} {right.at(right_level)}", level)


def prefix(op: str, operand: Text) -> Text:
    """`op operand`, without making -- or ++ of two signs."""
    code = operand.at(PREFIX)
    return Text(f"{op}({code})" if code.startswith(op) and op in "+-&" else op + code, PREFIX)


def cast(type_name: str, operand: Text) -> Text:
    """`(type_name)operand`."""
    return Text(f"({type_name}){operand.at(PREFIX)}", PREFIX)


def select(condition: Text, then: Text, otherwise: Text) -> Text:
    """`condition ? then : otherwise`."""
    return Text(f"{condition.at(OR)} ? {then.at(OR)} : {otherwise.at(OR)}", CONDITIONAL)
