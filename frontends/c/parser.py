"""Parses a preprocessed C file into its functions. What is not understood is skipped and named, never guessed."""

import re
from dataclasses import dataclass, field

from frontends.c.constants import evaluate_integer
from frontends.c.declarations import DeclarationParser, Specifiers
from frontends.c.expressions import NotUnderstood
from frontends.c.jumps import without_continue
from frontends.c.lexer import tokenize
from frontends.c.substitution import as_expression
from frontends.c.syntax import (
    Block,
    Declaration,
    Empty,
    Expr,
    ExprStatement,
    For,
    FunctionDef,
    FunctionType,
    If,
    Jump,
    OtherExpr,
    OtherStmt,
    Pragma,
    Stmt,
    Type,
    Variable,
    While,
)
from frontends.c.traversal import statements_in
from frontends.c.typedefs import split_system

MAX_STATEMENT_DEPTH = 50


@dataclass
class Unit:
    """A parsed file."""

    parser: "Parser"
    functions: list[FunctionDef] = field(default_factory=list[FunctionDef])
    declared: dict[str, Variable] = field(default_factory=dict[str, Variable])


def parse(text: str) -> Unit:
    """The functions and file-scope names of preprocessed `text`."""
    own, system = split_system(text)
    parser = Parser(tokenize(own), system)
    unit = Unit(parser)
    while parser.tokens[parser.position].kind != "end":
        parser.external(unit)
    return unit


class Parser(DeclarationParser):
    """Rules for statements and for what stands at file scope."""

    statement_depth = 0
    has_goto = False

    # File scope ------------------------------------------------------------------------------------------------------
    def external(self, unit: Unit) -> None:
        """Parses one declaration or function at file scope into `unit`."""
        first = self.position
        if self.tokens[first].kind == "pragma" or self.text == ";":
            self._note_threadprivate(self.take().text, unit)
            return
        try:
            self._external(unit, first)
        except NotUnderstood:
            self.depth, self.scopes, self.tags = 0, self.scopes[:1], self.tags[:1]
            self.position = max(self.position, first + 1)
            self._skip_external(first)

    def _note_threadprivate(self, text: str, unit: Unit) -> None:
        """Marks the variables that an OpenMP `threadprivate` directive names."""
        if "threadprivate" in text:
            for name in re.findall(r"\w+", text):
                if name in unit.declared:
                    unit.declared[name].attributes |= {"thread_local"}

    def _skip_external(self, first: int) -> None:
        """Moves behind the declaration or function that begins at `first`."""
        self.position = first
        while self.tokens[self.position].kind != "end":
            if self.text == "{":
                self.skip_balanced()
                if self.peek(0) not in (";", ",", "=", "__attribute__"):
                    return
            elif self.text in ("(", "["):
                self.skip_balanced()
            elif self.take().text == ";":
                return

    def _external(self, unit: Unit, first: int) -> None:
        if self.text in ("asm", "__asm__", "_Static_assert", "static_assert"):
            self._skip_external(first)
            return
        specifiers = self.specifiers()
        base = specifiers.result()
        if self.accept(";"):
            return
        while True:
            at = self.position
            name, type_ = self.declarator(base)
            variable = self._declare(specifiers, name, type_, at)
            if variable is not None:
                unit.declared[name] = variable
            if variable is not None and isinstance(type_, FunctionType) and self.text not in (";", ",", "="):
                unit.functions.append(self._function(variable, type_, first, "static" in specifiers.storage))
                return
            if self.accept("="):
                self._initializer(variable)
            if not self.accept(","):
                break
        self.expect(";")

    def _declare(self, specifiers: Specifiers, name: str, type_: Type, at: int) -> Variable | None:
        if not name:
            raise NotUnderstood("a declaration without a name", at)
        if "typedef" in specifiers.storage:
            self.scopes[-1][name] = type_
            return None
        storage = self.default_storage
        for word in ("static", "extern"):
            storage = word if word in specifiers.storage else storage
        known = self.scopes[-1].get(name)
        variable = Variable(name, type_, storage, at)
        threads = {"thread_local"} if specifiers.storage & {"Thread_local", "thread"} else set[str]()
        variable.attributes = frozenset(specifiers.attributes | self.found_attributes | threads)
        if isinstance(known, Variable) and len(self.scopes) == 1:  # a repeated declaration at file scope
            variable.attributes |= known.attributes
            variable.uses, variable.address_taken = known.uses, known.address_taken
        self.scopes[-1][name] = variable
        return variable

    def _initializer(self, variable: Variable | None) -> bool:
        """Parses what follows `=`; True if it is one expression."""
        if self.text == "{":
            self.skip_balanced()
            if variable is not None:
                variable.initial = OtherExpr("an initializer list", self.position - 1)
            return False
        value = self.assignment()
        if variable is not None:
            variable.initial = value
        return True

    def _function(self, variable: Variable, type_: FunctionType, first: int, is_static: bool) -> FunctionDef:
        self.scopes.append({p.name: p for p in type_.parameters})
        self.tags.append({})
        self.default_storage, self.has_goto = "local", False
        function = FunctionDef(variable, type_.parameters, None, first, first, is_static=is_static)
        try:
            self._old_style(type_.parameters)
            if self.text != "{":
                raise NotUnderstood("no function body", self.position)
            brace = self.position
            try:
                body = self.statement()
                function.body = body if isinstance(body, Block) else None
            except NotUnderstood as error:
                function.trouble = error.what
                self.position = brace
                self.skip_balanced()
        finally:
            self.scopes, self.tags, self.depth, self.statement_depth = self.scopes[:1], self.tags[:1], 0, 0
            self.default_storage = "global"
        function.last, function.has_goto = self.position, self.has_goto
        return function

    def _old_style(self, parameters: tuple[Variable, ...]) -> None:
        named = {p.name: p for p in parameters}
        while self.text != "{" and self.at_type():
            base = self.specifiers().result()
            while not self.accept(";"):
                name, type_ = self.declarator(base)
                if name in named:
                    named[name].type = type_
                if not self.accept(","):
                    self.expect(";")
                    break

    # Statements ------------------------------------------------------------------------------------------------------
    def statement(self) -> Stmt:
        """Parses one statement or declaration."""
        self.statement_depth += 1
        if self.statement_depth > MAX_STATEMENT_DEPTH:
            raise NotUnderstood(f"statements are nested more than {MAX_STATEMENT_DEPTH} deep", self.position)
        try:
            return self._statement()
        finally:
            self.statement_depth -= 1

    def _statement(self) -> Stmt:
        first = self.position
        token = self.tokens[first]
        if token.kind == "pragma":
            self.take()
            return Pragma(token.text, first, self.position)
        match self.text:
            case ";":
                self.take()
                return Empty(first, self.position)
            case "{":
                return self._block()
            case "if":
                return self._if()
            case "for":
                return self._for()
            case "while":
                self.take()
                condition = self._condition()
                return While("while", condition, self.statement(), first, self.position)
            case "do":
                self.take()
                body = self.statement()
                self.expect("while")
                condition = self._condition()
                self.expect(";")
                if evaluate_integer(condition) == 0 and not _leaves(body):
                    return Block((body,), first, self.position)
                return While("do", condition, body, first, self.position)
            case _ if token.kind == "word":
                return self._word_statement(token.text)
            case _:
                return self._expression_statement()

    def _word_statement(self, word: str) -> Stmt:
        first = self.position
        match word:
            case "break" | "continue" | "return" | "goto" | "switch":
                return self._jump(word)
            case "case" | "default":
                self.take()
                while self.text != ":":
                    self._ternary()
                    self.accept("...")
                self.take()
                return self._labelled(first)
            case "asm" | "__asm__" | "__asm":
                while self.text != "(":
                    self.take()
                self.skip_balanced()
                self.expect(";")
                return OtherStmt("inline assembly", first, self.position)
            case "_Static_assert" | "static_assert":
                self.take()
                self.skip_balanced()
                self.expect(";")
                return Empty(first, self.position)
            case _:
                pass
        if self.peek() == ":" and self.lookup(word) is None:
            self.take()
            self.take()
            return self._labelled(first)
        if self.at_type():
            return self._declaration()
        return self._expression_statement()

    def _jump(self, word: str) -> Jump:
        first = self.position
        self.take()
        if word == "switch":
            choice = self._condition()
            return Jump(word, self.statement(), first, self.position, choice)
        value: Expr | None = None
        if word == "goto":
            self.has_goto = True
            while self.peek(0) != ";" and self.take().kind != "end":
                pass
        elif self.text != ";":
            value = self.expression()
        self.expect(";")
        return Jump(word, None, first, self.position, value)

    def _labelled(self, first: int) -> Stmt:
        body = Empty(self.position, self.position) if self.text == "}" else self.statement()
        return Jump("a label", body, first, self.position)

    def _condition(self) -> Expr:
        self.expect("(")
        result = self.expression()
        self.expect(")")
        return result

    def _block(self) -> Block:
        first = self.position
        self.expect("{")
        self.scopes.append({})
        self.tags.append({})
        body: list[Stmt] = []
        while not self.accept("}"):
            if self.tokens[self.position].kind == "end":
                raise NotUnderstood("an unfinished block", first)
            body.append(self.statement())
        self.scopes.pop()
        self.tags.pop()
        return Block(tuple(body), first, self.position)

    def _if(self) -> If:
        first = self.position
        self.take()
        condition = self._condition()
        then = self.statement()
        otherwise = self.statement() if self.accept("else") else None
        return If(condition, then, otherwise, first, self.position)

    def _for(self) -> For:
        first = self.position
        self.take()
        self.expect("(")
        self.scopes.append({})
        start: Expr | Declaration | None = None
        if self.at_type():
            start = self._declaration()
        elif not self.accept(";"):
            start = self.expression()
            self.expect(";")
        condition = None if self.text == ";" else self.expression()
        self.expect(";")
        step = None if self.text == ")" else self.expression()
        self.expect(")")
        header_last = self.position
        body = without_continue(self.statement())
        self.scopes.pop()
        return For(start, condition, step, body, header_last, first, self.position)

    def _expression_statement(self) -> Stmt:
        first = self.position
        parts = [self.assignment()]
        while self.accept(","):
            parts.append(self.assignment())
        self.expect(";")
        statements = tuple(ExprStatement(part, first, self.position) for part in parts)
        return statements[0] if len(statements) == 1 else Block(statements, first, self.position)

    def statement_expression(self) -> Expr:
        """Parses a GNU statement expression; one that only names intermediate values becomes a plain expression."""
        first, depth = self.position, self.depth
        scopes, tags = len(self.scopes), len(self.tags)
        try:
            self.take()
            body = self._block()
            self.expect(")")
            result = as_expression(body.body)
        except NotUnderstood:
            result = None
            self.depth = depth
            del self.scopes[scopes:], self.tags[tags:]
        if result is not None:
            return result
        self.position = first
        self.skip_balanced()  # every variable in it counts as changed
        return OtherExpr("a statement expression", first)

    def _declaration(self) -> Declaration:
        first = self.position
        specifiers = self.specifiers()
        base = specifiers.result()
        odd = next(
            (f"a {word} declaration" for word in ("static", "extern", "typedef") if word in specifiers.storage), ""
        )
        variables: list[Variable] = []
        while self.text != ";":
            at = self.position
            name, type_ = self.declarator(base)
            variable = self._declare(specifiers, name, type_, at)
            if variable is not None:
                variables.append(variable)
            if self.accept("=") and not self._initializer(variable):
                odd = odd or "an initializer list"
            if isinstance(type_, FunctionType):
                odd = odd or "a function declaration"
            if self.text == "{":
                raise NotUnderstood("a nested function", self.position)
            if not self.accept(","):
                break
        self.expect(";")
        return Declaration(tuple(variables), first, self.position, odd)


def _leaves(body: Stmt) -> bool:
    """True if a break or continue may belong to the loop around `body`."""
    return any(isinstance(s, Jump) and s.keyword in ("break", "continue") for s in statements_in([body]))
