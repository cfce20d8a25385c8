"""Parses C declarations: specifiers, declarators, structs, enums, old-style parameters and GNU attributes."""

from collections.abc import Callable

from frontends.c.basic_types import ATTRIBUTES, BASIC, QUALIFIERS, SKIPPED, SPECIFIERS, STORAGE, TAGGED, basic_type
from frontends.c.constants import evaluate_integer
from frontends.c.expressions import ExpressionParser, NotUnderstood
from frontends.c.lexer import Token
from frontends.c.refusal import Refusal
from frontends.c.syntax import (
    Arithmetic,
    ArrayType,
    FunctionType,
    Pointer,
    Quals,
    StructDef,
    StructType,
    Type,
    UnknownType,
    Variable,
    Void,
    qualified,
    unqualified,
)
from frontends.c.typedefs import SystemTypes
from frontends.c.typing_rules import type_of
from optimizer.ir.ctype import ARITHMETIC_TYPES, INT

Wrap = Callable[[Type], Type]


class Specifiers:
    """What stands in front of the declarators."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.quals: set[str] = set()
        self.storage: set[str] = set()
        self.attributes: set[str] = set()
        self.type: Type | None = None

    def result(self) -> Type:
        """The type that the specifiers name."""
        base = self.type if self.type is not None else basic_type(self.words)
        return qualified(base, frozenset(self.quals))


class DeclarationParser(ExpressionParser):
    """Rules for declarations."""

    def __init__(self, tokens: list[Token], system: SystemTypes) -> None:
        super().__init__(tokens)
        self.system = system
        self.tags: list[dict[str, StructDef]] = [{}]
        self.enums: dict[str, Type] = {}
        self.default_storage = "global"
        self.found_attributes: set[str] = set()

    def at_type(self, distance: int = 0) -> bool:
        """True if the token `distance` further on begins a declaration or type name."""
        index = min(self.position + distance, len(self.tokens) - 1)
        token = self.tokens[index]
        return token.kind == "word" and (token.text in SPECIFIERS or self._typedef(token.text) is not None)

    def _typedef(self, name: str) -> Type | None:
        entry = self.lookup(name)
        if entry is None and name in self.system:
            inner = DeclarationParser(self.system.tokens_of(name), self.system)
            inner.scopes[0][name] = UnknownType(name)  # ends a definition in terms of itself
            try:
                base = inner.specifiers().result()
                _, entry = inner.declarator(base)
            except NotUnderstood:
                entry = UnknownType(name)
            self.scopes[0][name] = entry
        return None if entry is None or isinstance(entry, Variable | int) else entry

    def type_name(self) -> Type:
        """Parses a type name as in a cast."""
        base = self.specifiers().result()
        name, type_ = self.declarator(base)
        if name:
            raise NotUnderstood("a name in a type name", self.position)
        return type_

    # Specifiers ------------------------------------------------------------------------------------------------------
    def specifiers(self) -> Specifiers:
        """Parses declaration specifiers."""
        found = Specifiers()
        while self.tokens[self.position].kind == "word" and (self._plain_word(found) or self._type_word(found)):
            pass
        return found

    def _plain_word(self, found: Specifiers) -> bool:
        """Takes a specifier that is one word, or that says nothing; False if there is none."""
        text = self.text
        if text in BASIC:
            found.words.append(self.take().text)
        elif text in QUALIFIERS and not (text == "_Atomic" and self.peek() == "("):
            found.quals.add(QUALIFIERS[self.take().text])
        elif text in STORAGE:
            found.storage.add(self.take().text.strip("_"))
        elif text in ATTRIBUTES:
            found.attributes |= self._attribute()
        elif text in SKIPPED:
            self.take()
            self.skip_balanced()
        elif text == "__extension__":
            self.take()
        else:
            return False
        return True

    def _type_word(self, found: Specifiers) -> bool:
        """Takes a specifier that names a type by itself; False if there is none."""
        text = self.text
        if text == "_Atomic":
            self.take()
            self.skip_balanced()
            found.type = UnknownType("an atomic type", frozenset({"_Atomic"}))
        elif text in TAGGED:
            found.type = self._tagged()
        elif text in ("typeof", "__typeof__", "__typeof"):
            found.type = self._typeof()
        elif text == "__auto_type":
            self.take()
            found.type = UnknownType("__auto_type")
        elif found.type is None and not found.words and (type_ := self._typedef(text)) is not None:
            self.take()
            found.type = type_
        else:
            return False
        return True

    def _typeof(self) -> Type:
        self.take()
        if self.text == "(" and self.at_type(1):
            self.take()
            result = self.type_name()
            self.expect(")")
            return result
        self.expect("(")
        expr = self.expression()
        self.expect(")")
        try:
            return unqualified(type_of(expr))
        except Refusal:
            return UnknownType("typeof")

    def _attribute(self) -> set[str]:
        self.take()
        start = self.position
        if self.text == "(":
            self.skip_balanced()
        return {t.text.strip("_") for t in self.tokens[start : self.position] if t.kind == "word"}

    def _tagged(self) -> Type:
        keyword = self.take().text
        while self.text in ATTRIBUTES:
            self._attribute()
        tag = self.take().text if self.tokens[self.position].kind == "word" else ""
        if keyword == "enum":
            if self.text == "{":
                negative = self._enumerators()
                self.enums[tag] = Arithmetic(ARITHMETIC_TYPES["int" if negative else "unsigned int"])
            return self.enums.get(tag, UnknownType(f"enum {tag}"))
        definition = self._struct(tag, is_union=keyword == "union")
        if self.accept("{"):
            self._members(definition)
        return StructType(definition)

    def _struct(self, tag: str, *, is_union: bool) -> StructDef:
        new = self.text == "{" or not tag
        scopes = self.tags[-1:] if new else reversed(self.tags)
        for scope in scopes:
            if tag and tag in scope and not (new and scope[tag].fields is not None):
                return scope[tag]
        definition = StructDef(tag, is_union)
        if tag:
            self.tags[-1][tag] = definition
        return definition

    def _members(self, definition: StructDef) -> None:
        self.depth += 1
        if self.depth > 20:
            raise NotUnderstood("structures are nested too deeply", self.position)
        fields: list[tuple[str, Type]] = []
        bitfields: set[str] = set()
        while not self.accept("}"):
            if self.tokens[self.position].kind == "end":
                raise NotUnderstood("an unfinished struct", self.position)
            if self.accept(";") or self.tokens[self.position].kind == "pragma":
                if self.tokens[self.position].kind == "pragma":
                    self.take()
                continue
            base = self.specifiers().result()
            if self.text == ";" and isinstance(base, StructType):  # an anonymous member: its fields are ours
                fields.extend(() if base.definition.is_union else base.definition.fields or ())
            while not self.accept(";"):
                name, type_ = ("", base) if self.text == ":" else self.declarator(base)
                if self.accept(":"):
                    self._ternary()
                    bitfields.add(name)
                fields.append((name, type_))
                self._trailing_attributes()
                if not self.accept(","):
                    self.expect(";")
                    break
        self.depth -= 1
        definition.fields = tuple(fields)
        definition.bitfields = frozenset(bitfields)

    def _enumerators(self) -> bool:
        """Parses the body of an enum; True if a value is negative, which makes gcc's type of it signed."""
        self.expect("{")
        value: int | None = 0
        negative = False
        while not self.accept("}"):
            name = self.take().text
            self._trailing_attributes()
            if self.accept("="):
                value = evaluate_integer(self._ternary())
            known = value is not None and INT.minimum <= value <= INT.maximum
            self.scopes[-1][name] = value if known and value is not None else UnknownType(name)
            negative = negative or (value is not None and value < 0)
            value = None if value is None else value + 1
            if not self.accept(","):
                self.expect("}")
                break
        return negative

    # Declarators -----------------------------------------------------------------------------------------------------
    def declarator(self, base: Type) -> tuple[str, Type]:
        """Parses a declarator, abstract ones included: the name ('' if none) and the type of what it declares."""
        name, wrap = self._declarator()
        return name, wrap(base)

    def _declarator(self) -> tuple[str, Wrap]:
        self.depth += 1
        if self.depth > 20:
            raise NotUnderstood("a declarator is nested too deeply", self.position)
        pointers: list[Quals] = []
        while True:
            while self.text in ATTRIBUTES:
                self._attribute()
            if not self.accept("*"):
                break
            quals: set[str] = set()
            while self.text in QUALIFIERS or self.text in ATTRIBUTES:
                if self.text in ATTRIBUTES:
                    self._attribute()
                else:
                    quals.add(QUALIFIERS[self.take().text])
            pointers.append(frozenset(quals))
        name, inner = self._direct_declarator()
        self.depth -= 1

        def wrap(type_: Type) -> Type:
            for quals in pointers:
                type_ = Pointer(type_, quals)
            return inner(type_)

        return name, wrap

    def _direct_declarator(self) -> tuple[str, Wrap]:
        name = ""
        inner: Wrap = _identity
        if self.text == "(" and not self.at_type(1) and self.peek() != ")":
            self.take()
            name, inner = self._declarator()
            self.expect(")")
        elif self.tokens[self.position].kind == "word" and self.text not in SPECIFIERS:
            name = self.take().text
        suffixes: list[Wrap] = []
        while self.text in ("[", "("):
            suffixes.append(self._array_suffix() if self.text == "[" else self._function_suffix())
        self._trailing_attributes()

        def wrap(type_: Type) -> Type:
            for suffix in reversed(suffixes):
                type_ = suffix(type_)
            return inner(type_)

        return name, wrap

    def _array_suffix(self) -> Wrap:
        self.expect("[")
        quals: set[str] = set()
        while self.text in QUALIFIERS or self.text == "static":
            word = self.take().text
            quals |= {QUALIFIERS[word]} if word in QUALIFIERS else set()
        if self.text == "*" and self.peek() == "]":
            self.take()
        extent = None if self.text == "]" else self.assignment()
        self.expect("]")
        return lambda type_: ArrayType(type_, extent, frozenset(quals))

    def _function_suffix(self) -> Wrap:
        self.expect("(")
        parameters = self.parameters()
        return lambda type_: FunctionType(type_, parameters)

    def parameters(self) -> tuple[Variable, ...]:
        """Parses the parameters of a function up to and with the `)`; they are in scope while it lasts."""
        found: list[Variable] = []
        self.scopes.append({})
        while not self.accept(")"):
            if self.text == "...":
                self.take()
            elif not self.at_type():  # an old-style list of names
                variable = Variable(self.take().text, Arithmetic(ARITHMETIC_TYPES["int"]), "param", self.position - 1)
                found.append(variable)
                self.scopes[-1][variable.name] = variable
            else:
                base = self.specifiers().result()
                at = self.position
                name, type_ = self.declarator(base)
                if isinstance(type_, Void):
                    continue
                if isinstance(type_, FunctionType):
                    type_ = Pointer(type_)
                found.append(Variable(name, type_, "param", at))
                self.scopes[-1][name] = found[-1]
            if not self.accept(","):
                self.expect(")")
                break
        self.scopes.pop()
        return tuple(found)

    def _trailing_attributes(self) -> set[str]:
        found: set[str] = set()
        while self.text in ATTRIBUTES or self.text in ("__asm__", "asm", "__asm"):
            if self.text in ATTRIBUTES:
                found |= self._attribute()
            else:
                self.take()
                self.skip_balanced()
        self.found_attributes = found
        return found


def _identity(type_: Type) -> Type:
    return type_
