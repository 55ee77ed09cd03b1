"""The words of a listing: how names and texts are written, and the reader that takes a line word by word."""

from __future__ import annotations

import re
from functools import lru_cache
from keyword import iskeyword
from typing import NoReturn

from cascade_gen.errors import BlueprintError
from cascade_gen.runtime.errors import Location

from .operands import Register

_WIDTH = 100  # of a line in an error; longer ones are cut
_AHEAD = 3  # words past the end, for those who look ahead

_NAME = r"[^\W\d]\w*"
_DOTTED = rf"{_NAME}(?:\.{_NAME})*+"
_ESCAPE = r"""\\(?:["\\nrt]|x[0-9a-f]{2})"""
_STRING = rf'"(?:[^"\\\n]|{_ESCAPE}|\\u[0-9a-f]{{4}}|\\U[0-9a-f]{{8}})*+"'
_TOKEN = re.compile(
    rf"""\ *+(?:
      (?P<bytes>b"(?:[ !\#-\[\]-~]|{_ESCAPE})*+")
    | (?P<name>{_DOTTED})
    | (?P<string>{_STRING})
    | (?P<number>0x[0-9a-f]++|[0-9]++(?:\.[0-9]++)?(?:e[+-]?[0-9]++)?j?)
    | (?P<object>@(?:{_DOTTED}|{_STRING}))
    | (?P<register>%{_STRING})
    | (?P<hash>\#(?:\w++|{_STRING}))
    | (?P<sign>->|\*\*|\.\.\.|[()\[\]{{}},:=*|-])
    | (?P<place>;.*)
    | (?P<quoted>'(?:[^'\\\n]|\\.)*+')
    | (?P<bad>[^ ])
    )""",
    re.VERBOSE,
)
_PLACE = re.compile(rf'; *({_STRING}|[^\s":]+):(-?[0-9]+)(?::(-?[0-9]+)-(-?[0-9]+))?')
_ESCAPES = re.compile(r"\\(?:x(..)|u(....)|U(........)|(.))")
_SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def quote(text: str) -> str:
    """A Python literal of `text` between double quotes, on one line."""
    # A part without a double quote but with a single one is what `repr` puts between double quotes.
    parts = [repr("'" + part)[2:-1] for part in text.split('"')]
    return '"' + '\\"'.join(parts) + '"'


def quote_bytes(value: bytes) -> str:
    """A Python literal of `value` between double quotes, on one line."""
    parts = [repr(b"'" + part)[3:-1] for part in value.split(b'"')]
    return 'b"' + '\\"'.join(parts) + '"'


def unquote(literal: str) -> str:
    """The text that `quote` wrote; `ValueError` or `OverflowError` where an escape is no character."""
    body = literal[1:-1]
    return _ESCAPES.sub(_unescape, body) if "\\" in body else body


def _unescape(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    return chr(int(digits, 16)) if digits else _SHORT[match[4]]


@lru_cache(maxsize=4096)
def show_word(name: str) -> str:
    """A name of a task, resource, input ...: as it is where it is a (dotted) name, else quoted."""
    return name if re.fullmatch(_DOTTED, name) else quote(name)


@lru_cache(maxsize=4096)
def show_register(name: str) -> str:
    """The name of a register: as it is where Python could use it, else quoted after `%`."""
    return name if re.fullmatch(_NAME, name) and not iskeyword(name) else "%" + quote(name)


@lru_cache(maxsize=4096)
def show_type(text: str) -> str:
    """An annotation: as it is where the reader sees its end, else quoted."""
    return text if _type_end(text) == len(text) > 0 else quote(text)


def _type_end(text: str) -> int:
    """Where the annotation at the start of `text` ends; 0 where none can be read."""
    reader = Reader(text, 0, {}, checked=False)
    return reader.skip_type() if reader.kind == "name" and not text.startswith(" ") else 0


def show_place(location: Location) -> str:
    """`file:line`, and the columns where they are known."""
    place = f"{_show_file(location.file)}:{location.line}"
    if location.column or location.end_column:
        place += f":{location.column}-{location.end_column}"
    return place


@lru_cache(maxsize=4096)
def _show_file(file: str) -> str:
    return file if file.isprintable() and re.fullmatch(r'[^\s":]+', file) else quote(file)


def mark_line(number: int, line: str, column: int) -> str:
    """A numbered line with a caret under the column, cut where it is long."""
    start = max(0, column - _WIDTH // 2)
    shown = "".join([sign if sign.isprintable() else " " for sign in line[start : start + _WIDTH]])
    before, after = "..." if start else "", "..." if len(line) > start + _WIDTH else ""
    caret = " " * (len(before) + column - start) + "^"
    return f"{number} | {before}{shown}{after}\n{' ' * len(str(number))} | {caret}"


class Reader:
    """A line of a listing and how far it is read: `kind` and `text` are those of the next word.

    `column` is where it starts, and `indent` where the first one did; past the last one the kind is "end".
    `known` holds the registers seen so far, with their types; readers of one listing share it. Whatever isn't
    as expected is a `BlueprintError` that shows the line with a caret.
    """

    __slots__ = ("_next", "_words", "column", "indent", "kind", "known", "line", "number", "text")

    def __init__(self, line: str, number: int, known: dict[str, Register], checked: bool = True) -> None:
        self.line = line
        self.number = number
        self.known = known
        self._words = [
            (match.lastgroup or "", match[match.lastgroup or 0], match.start(match.lastgroup or 0))
            for match in _TOKEN.finditer(line)
        ]
        self._words += [("end", "", len(line.rstrip()))] * _AHEAD
        self._next = 0
        self.kind, self.text, self.column = self._words[0]
        self.indent = self.column
        if checked:
            self._check()

    def _check(self) -> None:
        for kind, text, start in self._words:
            if kind == "bad":
                bad_text = "a text without an end, or with an escape that there isn't"
                self.fail(bad_text if text in "\"'" else f"{text!r} has no place in a listing", start)

    def ahead(self, count: int) -> tuple[str, str]:
        """The kind and text of the word `count` words after the next one."""
        kind, text, _ = self._words[self._next + count]
        return kind, text

    def fail(self, message: str, column: int | None = None) -> NoReturn:
        """Raise the `BlueprintError` that marks the next word, or the column given."""
        where = self.column if column is None else column
        raise BlueprintError(f"{message}\n{mark_line(self.number, self.line.rstrip(), where)}")

    def take(self, kind: str, wanted: str) -> str:
        """The next word, which has to be of that kind; `wanted` says in errors what should stand there."""
        if self.kind != kind:
            self.fail(f"{wanted} should stand here")
        text = self.text
        self.skip()
        return text

    def skip(self) -> None:
        """Leave the next word behind."""
        self._next += 1
        self.kind, self.text, self.column = self._words[self._next]

    def accept(self, text: str) -> bool:
        """Whether the next word is this one, which is then left behind."""
        if self.text != text:
            return False
        self.skip()
        return True

    def expect(self, text: str) -> None:
        """Leave the next word behind, which has to be this one."""
        if not self.accept(text):
            self.fail(f"{text!r} should stand here")

    def decode(self, literal: str, column: int) -> str:
        """The text of a literal that began at the column."""
        try:
            return unquote(literal)
        except (ValueError, OverflowError):
            self.fail("an escape that stands for no character", column)

    def string(self) -> str:
        """A text between double quotes."""
        column = self.column
        return self.decode(self.take("string", "a text"), column)

    def word(self) -> str:
        """A name as `show_word` writes it."""
        return self.string() if self.kind == "string" else self.take("name", "a name")

    def register(self) -> Register:
        """A register that is read: with its type, if its definition was seen."""
        name = self._register_name()
        return self.known.get(name) or Register(name)

    def definition(self) -> Register:
        """A register that is written, and its type."""
        name = self._register_name()
        register = Register(name, self.type() if self.accept(":") else "")
        self.known[name] = register
        return register

    def _register_name(self) -> str:
        column = self.column
        if self.kind == "register":
            return self.decode(self.take("register", "a register")[1:], column)
        name = self.take("name", "a register")
        if "." in name or iskeyword(name):
            self.fail("a register should stand here", column)
        return name

    def type(self) -> str:
        """An annotation as `show_type` writes it."""
        if self.kind == "string":
            return self.string()
        start = self.column
        end = self.skip_type()
        if not end:
            self.fail("an annotation that doesn't end", start)
        return self.line[start:end]

    def skip_type(self) -> int:
        """Leave an annotation behind, names and brackets joined by `|`; gives its end, 0 if it has none."""
        while True:
            start = self.column
            end = start + len(self.take("name", "an annotation"))
            if self.text == "[":
                end = self._skip_brackets()
            if not self.accept("|"):
                return end
            if self.kind != "name":
                return 0

    def _skip_brackets(self) -> int:
        depth = 0
        while True:
            if self.kind in ("end", "place", "bad"):
                return 0
            depth += (self.text in ("[", "(", "{")) - (self.text in ("]", ")", "}"))
            end = self.column + len(self.text)
            self.skip()
            if depth == 0:
                return end

    def place(self) -> Location | None:
        """The location at the end of the line, if there is one."""
        if self.kind != "place":
            return None
        match = _PLACE.fullmatch(self.text.rstrip())
        if match is None:
            self.fail("a location is written as '; file:line' or '; file:line:column-column'")
        file, line, column, end = match.groups()
        name = self.decode(file, self.column) if file.startswith('"') else file
        place = Location(name, self._integer(line), self._integer(column or "0"), self._integer(end or "0"))
        self.skip()
        return place

    def _integer(self, digits: str) -> int:
        try:
            return int(digits)
        except ValueError:
            self.fail("a number with too many digits")

    def end(self) -> None:
        """Nothing more should stand on the line, whose words are let go."""
        if self.kind != "end":
            self.fail("nothing more should stand here")
        self._words = []
