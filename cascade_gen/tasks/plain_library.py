"""What functions, classes and methods of the standard library give: those that tasks often return.

An object counts as the library's if it is the one that the library had when this was imported, as builtins do.
"""

from __future__ import annotations

import ast
import datetime
import hashlib
import io
import json
import math
import os
import pathlib
import random
import re
import time
from collections.abc import Iterable, Mapping
from types import ModuleType, NoneType
from typing import Any

from .plain_tables import METHODS, Other, Plain, Text, Types, one_of


class File:
    """Stands for what `open` gives, an instance of one of the classes of `io`."""


class Digest:
    """Stands for what the constructors of `hashlib` give."""


_GIVEN: dict[str, tuple[Any, frozenset[type]]] = {}
"""By its name, each function or class, and the types of what calling it gives, whatever the arguments."""


def _give(module: ModuleType, kinds: frozenset[type], names: str) -> None:
    """Note what functions and classes of a module give; some Pythons haven't got all of them."""
    for name in names.split():
        if hasattr(module, name):
            _GIVEN[f"{module.__name__}.{name}"] = getattr(module, name), kinds


_NONE, _BOOL, _INT, _FLOAT = one_of(NoneType), one_of(bool), one_of(int), one_of(float)
_STR, _TEXT, _LIST, _TUPLE = one_of(str), one_of(Text), one_of(list), one_of(tuple)
_PLAIN, _OTHER = one_of(Plain), one_of(Other)

_give(json, _PLAIN, "load loads")
_give(json, _STR, "dumps")
_give(json, _NONE, "dump")
_give(
    math,
    _FLOAT,
    "acos acosh asin asinh atan atan2 atanh cbrt copysign cos cosh degrees erf erfc exp exp2 expm1 fabs fmod"
    " fsum gamma hypot ldexp lgamma log log10 log1p log2 nextafter pow radians remainder sin sinh sqrt tan tanh ulp",
)
_give(math, _INT, "comb factorial gcd isqrt lcm perm")
_give(math, _BOOL, "isclose isfinite isinf isnan")
_give(math, _TUPLE, "frexp modf")
_give(math, _OTHER, "ceil floor trunc")
_give(time, _FLOAT, "monotonic perf_counter process_time thread_time time")
_give(time, _INT, "monotonic_ns perf_counter_ns process_time_ns thread_time_ns time_ns")
_give(time, _STR, "asctime ctime")
_give(time, _TEXT, "strftime")
_give(time, _NONE, "sleep")
_give(os, _STR, "getcwd")
_give(os, _INT, "getpid")
_give(os, _LIST, "listdir")
_give(os, _NONE, "chdir makedirs mkdir remove rename replace rmdir unlink")
_give(os.path, _BOOL, "exists isdir isfile islink lexists")
_give(os.path, _OTHER, "abspath expanduser expandvars isabs join normpath realpath relpath")
_give(os.path, _TUPLE, "split splitext")
_give(re, one_of(re.Pattern), "compile")
_give(re, one_of(re.Match, NoneType), "fullmatch match search")
_give(re, _TEXT, "escape sub")
_give(re, _LIST, "findall split")
_give(re, _TUPLE, "subn")
_give(random, _FLOAT, "random")
_give(random, _OTHER, "gauss normalvariate randint randrange triangular uniform")
_give(random, _LIST, "choices sample")
_give(random, _NONE, "seed shuffle")
_give(hashlib, one_of(Digest), "blake2b blake2s md5 sha1 sha224 sha256 sha384 sha3_256 sha3_512 sha512")
_give(pathlib, one_of(pathlib.Path), "Path")
_give(datetime, one_of(datetime.datetime), "datetime")
_give(datetime, one_of(datetime.date), "date")
_give(datetime, one_of(datetime.timedelta), "timedelta")
_give(io, one_of(File), "open")

_KEYS: dict[int, str] = {id(value): name for name, (value, _) in _GIVEN.items()}

_HOOKED = {"json.load": frozenset[str](), "json.loads": frozenset[str]()}
_HOOKED["json.dumps"] = frozenset(
    ("allow_nan", "check_circular", "default", "ensure_ascii", "indent", "separators", "skipkeys", "sort_keys")
)
"""Functions that can be told to have another class do their work, with the keywords that don't."""

_OF_CLASSES = {
    "pathlib.Path.cwd": one_of(pathlib.Path),
    "pathlib.Path.home": one_of(pathlib.Path),
    "datetime.date.today": one_of(datetime.date),
    "datetime.datetime.today": one_of(datetime.datetime),
    "datetime.datetime.utcnow": one_of(datetime.datetime),
    "datetime.datetime.now": one_of(datetime.datetime),
    "datetime.datetime.strptime": one_of(datetime.datetime),
    "datetime.datetime.fromisoformat": one_of(datetime.datetime),
}
"""Class methods; of one that takes a time zone the arguments are looked at."""


def library_name(value: object) -> str:
    """What an object is called that this knows, `json.dumps`; nothing for any other."""
    return _KEYS.get(id(value), "")


def given_by(name: str, call: ast.Call) -> Types:
    """The types of what a call of a known function or class gives."""
    words = [one.arg for one in call.keywords]
    if name in _HOOKED and not (len(call.args) == 1 and _HOOKED[name].issuperset(words)):
        return None
    return _GIVEN[name][1]


def given_by_class(name: str, method: str, call: ast.Call) -> Types:
    """The types of what a method gives that is called on a known class itself."""
    if method == "now" and (call.args or call.keywords):
        return None if name != "datetime.datetime" or not _is_utc(call) else _OF_CLASSES[f"{name}.now"]
    return _OF_CLASSES.get(f"{name}.{method}")


def _is_utc(call: ast.Call) -> bool:
    """Whether the only argument reads as the library's own time zone: users' zones make the time themselves."""
    given = [*call.args, *(one.value for one in call.keywords)]
    match given:
        case [ast.Name(id="UTC") | ast.Attribute(attr="UTC") | ast.Attribute(attr="utc")]:
            return True
    return False


def _of(kind: type, kinds: frozenset[type], names: str) -> Iterable[tuple[tuple[type, str], frozenset[type]]]:
    return (((kind, name), kinds) for name in names.split())


LIBRARY_METHODS: Mapping[tuple[type, str], frozenset[type]] = dict(
    [
        *_of(File, _PLAIN, "read readline write"),
        *_of(File, _LIST, "readlines"),
        *_of(File, _INT, "tell"),
        *_of(File, _NONE, "close flush writelines"),
        *_of(Digest, _STR, "hexdigest"),
        *_of(Digest, one_of(bytes), "digest"),
        *_of(Digest, _NONE, "update"),
        *_of(re.Pattern, one_of(re.Match, NoneType), "fullmatch match search"),
        *_of(re.Pattern, _PLAIN, "sub"),
        *_of(re.Pattern, _LIST, "findall split"),
        *_of(re.Pattern, _TUPLE, "subn"),
        *_of(re.Match, _PLAIN, "group"),
        *_of(re.Match, _TUPLE, "groups span"),
        *_of(re.Match, _INT, "end start"),
        *_of(re.Match, one_of(dict), "groupdict"),
        *_of(pathlib.Path, _PLAIN, "read_text"),
        *_of(pathlib.Path, one_of(bytes), "read_bytes"),
        *_of(pathlib.Path, _INT, "write_bytes write_text"),
        *_of(pathlib.Path, _BOOL, "exists is_dir is_file is_symlink"),
        *_of(pathlib.Path, _NONE, "mkdir rmdir touch unlink"),
        *_of(pathlib.Path, one_of(pathlib.Path), "absolute expanduser resolve"),
        *_of(datetime.datetime, _STR, "isoformat"),
        *_of(datetime.datetime, _PLAIN, "ctime strftime"),
        *_of(datetime.datetime, one_of(datetime.date), "date"),
        *_of(datetime.datetime, _FLOAT, "timestamp"),
        *_of(datetime.datetime, _INT, "isoweekday toordinal weekday"),
        *_of(datetime.date, _STR, "isoformat"),
        *_of(datetime.date, _PLAIN, "ctime strftime"),
        *_of(datetime.date, _INT, "isoweekday toordinal weekday"),
        *_of(datetime.timedelta, _FLOAT, "total_seconds"),
    ]
)
"""Methods of what the library gives, with the types that they give, whatever the arguments."""


def method_gives(kind: type, name: str) -> Types:
    """The types of what a method of a value of this type gives; the empty set where None has none of that name."""
    if kind is NoneType and not hasattr(None, name):
        return one_of()
    return METHODS.get((kind, name)) or LIBRARY_METHODS.get((kind, name))
