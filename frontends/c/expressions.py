"""Parses C expressions by operator precedence. Type names are known, so `(n)-1` and `(T)-1` are told apart."""

from frontends.c.lexer import Token
from frontends.c.syntax import (
    Assignment,
    CallOf,
    CastTo,
    Expr,
    Index,
    Infix,
    Member,
    Name,
    Number,
    OtherExpr,
    Postfix,
    Prefix,
    SizeOf,
    Ternary,
    Type,
    Variable,
)

MAX_DEPTH = 60  # of brackets in one expression
MAX_TERMS = 100  # joined by operators of one precedence

_LEVELS = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="), ("<<", ">>"), ("+", "-"),
    ("*", "/", "%"),
)  # fmt: skip
_PRECEDENCE = {op: level for level, ops in enumerate(_LEVELS, 1) for op in ops}
_ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="})
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


class NotUnderstood(Exception):
    """The parser met something that it has no rule for, at token `at`."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what)
        self.what = what
        self.at = at


class ExpressionParser:
    """A cursor over tokens with the rules for expressions; `scopes` map names to variables, types and constants."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.scopes: list[dict[str, Variable | Type | int]] = [{}]

    # The cursor ------------------------------------------------------------------------------------------------------
    @property
    def text(self) -> str:
        """The text of the current token; empty for strings and the end."""
        token = self.tokens[self.position]
        return "" if token.kind in ("string", "end", "pragma") else token.text

    def peek(self, distance: int = 1) -> str:
        """The text of the token `distance` further on."""
        index = min(self.position + distance, len(self.tokens) - 1)
        return self.tokens[index].text

    def take(self) -> Token:
        """The current token; moves on."""
        token = self.tokens[self.position]
        if token.kind != "end":
            self.position += 1
        return token

    def accept(self, text: str) -> bool:
        """Moves past `text` if it is the current token."""
        if self.text == text:
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Moves past `text`; raises NotUnderstood if it is not there."""
        if not self.accept(text):
            raise NotUnderstood(f"expected '{text}'", self.position)

    def skip_balanced(self) -> None:
        """Moves past a bracketed group; every variable in it counts as used and changed in unknown ways."""
        closers = [_CLOSERS[self.take().text]]
        while closers:
            token = self.take()
            if token.kind == "end":
                raise NotUnderstood("unbalanced brackets", self.position)
            self.touch(token)
            if token.kind == "punct" and token.text in _CLOSERS:
                closers.append(_CLOSERS[token.text])
            elif token.kind == "punct" and token.text == closers[-1]:
                closers.pop()

    def touch(self, token: Token) -> None:
        """Notes that the variable which `token` names may be read and written behind our back."""
        if token.kind == "word":
            entry = self.lookup(token.text)
            if isinstance(entry, Variable):
                entry.uses.append(self.position - 1)
                entry.address_taken = entry.escapes = True

    def lookup(self, name: str) -> "Variable | Type | int | None":
        """What `name` means here."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    # To be given by the declaration parser ---------------------------------------------------------------------------
    def at_type(self, distance: int = 0) -> bool:
        """True if the token `distance` further on begins a type name."""
        raise NotImplementedError

    def type_name(self) -> Type:
        """Parses a type name as in a cast."""
        raise NotImplementedError

    def statement_expression(self) -> Expr:
        """Parses a GNU statement expression."""
        raise NotImplementedError

    # Rules -----------------------------------------------------------------------------------------------------------
    def expression(self) -> Expr:
        """Parses an expression, commas included."""
        result = self.assignment()
        while self.text == ",":
            at = self.position
            self.take()
            result = Infix(",", result, self.assignment(), at)
        return result

    def assignment(self) -> Expr:
        """Parses an assignment expression."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood("an expression is nested too deeply", self.position)
        try:
            left = self._ternary()
            if self.text in _ASSIGNMENTS:
                at = self.position
                op = self.take().text
                return Assignment(op, left, self.assignment(), at)
            return left
        finally:
            self.depth -= 1

    def _ternary(self) -> Expr:
        condition = self._binary(1)
        if self.text != "?":
            return condition
        at = self.position
        self.take()
        if self.peek(0) == ":":  # GNU: a ?: b
            raise NotUnderstood("a conditional without its middle operand", at)
        then = self.expression()
        self.expect(":")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood("an expression is nested too deeply", self.position)
        otherwise = self._ternary()
        self.depth -= 1
        return Ternary(condition, then, otherwise, at)

    def _binary(self, level: int) -> Expr:
        left = self._unary()
        chain = 0
        while (precedence := _PRECEDENCE.get(self.text, 0)) >= level:
            chain += 1
            if chain > MAX_TERMS:
                raise NotUnderstood("an expression has too many terms", self.position)
            at = self.position
            op = self.take().text
            left = Infix(op, left, self._binary(precedence + 1), at)
        return left

    def _unary(self) -> Expr:
        text, at = self.text, self.position
        match text:
            case "+" | "-" | "~" | "!" | "*" | "&" | "++" | "--":
                self.take()
                operand = self._nested_unary()
                if text == "&":
                    _take_address(operand)
                return Prefix(text, operand, at)
            case "sizeof" | "_Alignof" | "__alignof__":
                return self._sizeof()
            case "__extension__":
                self.take()
                return self._nested_unary()
            case "(" if self.at_type(1):
                self.take()
                type_ = self.type_name()
                self.expect(")")
                if self.text == "{":
                    self.skip_balanced()
                    return OtherExpr("a compound literal", at)
                return CastTo(type_, self._nested_unary(), at)
            case _:
                return self._postfix(self._primary())

    def _nested_unary(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood("an expression is nested too deeply", self.position)
        result = self._unary()
        self.depth -= 1
        return result

    def _sizeof(self) -> Expr:
        at = self.position
        word = self.take().text
        if self.text == "(" and self.at_type(1):
            self.take()
            type_ = self.type_name()
            self.expect(")")
            return SizeOf(type_ if word == "sizeof" else None, None, at)
        return SizeOf(None, self._nested_unary() if word == "sizeof" else None, at)

    def _primary(self) -> Expr:
        token, at = self.tokens[self.position], self.position
        match token.kind:
            case "number" | "char":
                self.take()
                return Number(token.text, at)
            case "string":
                while self.tokens[self.position].kind == "string":
                    self.take()
                return OtherExpr("a string", at)
            case "word":
                return self._name(token, at)
            case _:
                pass
        if token.text != "(":
            raise NotUnderstood(f"no expression begins with '{token.text}'", at)
        if self.peek() == "{":
            return self.statement_expression()
        self.take()
        inner = self.expression()
        self.expect(")")
        return inner

    def _name(self, token: Token, at: int) -> Expr:
        self.take()
        if token.text in ("_Generic", "__builtin_va_arg", "__builtin_offsetof", "__builtin_types_compatible_p"):
            self.skip_balanced()
            return OtherExpr(token.text, at)
        entry = self.lookup(token.text)
        if isinstance(entry, int):
            return Number(str(entry), at) if entry >= 0 else Prefix("-", Number(str(-entry), at), at)
        if isinstance(entry, Variable):
            entry.uses.append(at)
            return Name(token.text, entry, at)
        return Name(token.text, None, at)

    def _postfix(self, base: Expr) -> Expr:
        length = 0
        while True:
            length += 1
            if length > MAX_DEPTH:
                raise NotUnderstood("an expression is nested too deeply", self.position)
            text, at = self.text, self.position
            match text:
                case "[":
                    self.take()
                    base = Index(base, self.expression(), at)
                    self.expect("]")
                case "(":
                    self.take()
                    base = CallOf(base, self._arguments(), at)
                case "." | "->":
                    self.take()
                    base = Member(base, self.take().text, text == "->", at)
                case "++" | "--":
                    self.take()
                    base = Postfix(text, base, at)
                case _:
                    return base

    def _arguments(self) -> tuple[Expr, ...]:
        arguments: list[Expr] = []
        if self.accept(")"):
            return ()
        while True:
            arguments.append(self.assignment())
            if self.accept(")"):
                return tuple(arguments)
            self.expect(",")


def _take_address(operand: Expr) -> None:
    while isinstance(operand, Member) and not operand.arrow:
        operand = operand.base
    if isinstance(operand, Name) and operand.variable is not None:
        operand.variable.address_taken = True
