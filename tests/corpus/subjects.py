"""The modules of the corpus, the tests that CPython has for them, and the failures that are nobody's fault."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """Modules whose functions are compiled, and the modules of CPython's tests for them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    profiled: bool = True
    """Whether a profiler may watch which functions the tests run."""

    @property
    def name(self) -> str:
        return self.modules[0]


def _of(name: str, *also: str, tests: str | tuple[str, ...] = "", profiled: bool = True) -> Subject:
    """The module `name` (and `also` others) with its tests; `test_<name>` where nothing else is said."""
    named = (tests,) if isinstance(tests, str) else tests
    return Subject((name, *also), tuple(f"test.{one or 'test_' + name}" for one in named), profiled)


_ASYNCIO = ("asyncio.mixins", "asyncio.queues", "asyncio.taskgroups", "asyncio.timeouts")
_ASYNCIO_TESTS = ("locks", "queues", "taskgroups", "timeouts")
_EMAIL = (
    *("email._header_value_parser", "email._parseaddr", "email._policybase", "email.base64mime", "email.charset"),
    *("email.contentmanager", "email.encoders", "email.feedparser", "email.generator", "email.header"),
    *("email.headerregistry", "email.message", "email.policy", "email.quoprimime"),
)
_EMAIL_TESTS = ("email", "message", "contentmanager", "policy", "_header_value_parser", "headerregistry")

SUBJECTS = (
    _of("_pydatetime" if sys.version_info >= (3, 12) else "datetime", tests="test_datetime"),
    _of("_pydecimal", tests="test_decimal"),
    _of("_strptime", tests="test_strptime"),
    _of("argparse"),
    _of("ast", tests=("test_ast", "test_unparse")),
    _of("asyncio.locks", *_ASYNCIO, tests=tuple(f"test_asyncio.test_{name}" for name in _ASYNCIO_TESTS)),
    _of("base64"),
    _of("bisect"),
    _of("calendar"),
    _of("codeop"),
    _of("collections"),
    _of("colorsys"),
    _of("configparser"),
    _of("contextlib", tests=("test_contextlib", "test_contextlib_async")),
    _of("copy"),
    _of("csv"),
    _of("dataclasses"),
    _of("difflib"),
    _of("dis", profiled=False),  # its tests look at instructions that a profiler keeps from being specialised
    _of("email.utils", *_EMAIL, tests=tuple(f"test_email.test_{name}" for name in _EMAIL_TESTS)),
    _of("enum"),
    _of("filecmp"),
    _of("fnmatch"),
    _of("fractions", "numbers"),
    _of("functools"),
    _of("getopt"),
    _of("glob"),
    _of("graphlib"),
    _of("heapq"),
    _of("hmac"),
    _of("html", "html.parser", "_markupbase", tests=("test_html", "test_htmlparser")),
    _of("http.cookies", tests="test_http_cookies"),
    _of("ipaddress"),
    _of("json", "json.encoder", "json.decoder", "json.scanner"),
    _of("linecache"),
    _of("mimetypes"),
    _of("netrc"),
    _of("ntpath", "genericpath"),
    _of("operator"),
    _of("optparse"),
    _of("pickle"),
    _of("pickletools"),
    _of("plistlib"),
    _of("posixpath", "genericpath", tests=("test_posixpath", "test_genericpath")),
    _of("pprint"),
    _of("queue"),
    _of("quopri"),
    _of("random"),
    _of("re._parser", "re._compiler", tests="test_re"),
    _of("reprlib"),
    _of("sched"),
    _of("secrets"),
    _of("selectors"),
    _of("shlex"),
    _of("shutil"),
    _of("stat"),
    _of("statistics"),
    _of("string"),
    _of("symtable"),
    _of("tempfile"),
    _of("textwrap"),
    _of("timeit"),
    _of("tokenize"),
    _of("types"),
    _of("urllib.parse", tests=("test_urlparse", "test_urllib")),
    _of("wave"),
    _of("weakref", "_weakrefset", tests=("test_weakref", "test_weakset")),
    _of("xml.etree.ElementTree", "xml.etree.ElementPath", tests=("test_xml_etree", "test_xml_etree_c")),
    _of("zipfile"),
)

KEPT = {
    "dis:code_info": "its own code object is what the tests look at",
}
"""Functions that stay as they are, and why the tests could not do with a compiled one."""

_FRAMES = "it counts frames of the stack, and a task that is called has one of its own"
_NOTES = "it compares the text of an exception, whose notes name the task that failed"
ACCEPTED = {
    "decimal": _NOTES,
    "decimal.Context.create_decimal_from_float": _NOTES,
    "decimal.Decimal.__round__": _NOTES,
    "pickletools.read_bytearray8": _NOTES,
    "pickletools.read_bytes4": _NOTES,
    "pickletools.read_bytes8": _NOTES,
    "pickletools.read_decimalnl_short": _NOTES,
    "pickletools.read_string4": _NOTES,
    "pickletools.read_stringnl": _NOTES,
    "pickletools.read_unicodestring1": _NOTES,
    "pickletools.read_unicodestring4": _NOTES,
    "pickletools.read_unicodestring8": _NOTES,
    "test.test_timeit.TestTimeit.test_main_exception": _NOTES,
    "test.test_timeit.TestTimeit.test_main_exception_fixed_reps": _NOTES,
    "test.test_timeit.TestTimeit.test_print_exc": _NOTES,
    "test.test_collections.TestNamedTuple.test_factory": _FRAMES,
    "test.test_collections.TestNamedTuple.test_pickle": _FRAMES,
    "test.test_contextlib.TestExitStack.test_exit_exception_traceback": _FRAMES,
    "test.test_contextlib_async.TestAsyncExitStack.test_exit_exception_traceback": _FRAMES,
    "test.test_dataclasses.TestMakeDataclass.test_module_attr": _FRAMES,
    "test.test_dataclasses.TestMakeDataclass.test_pickle_support": _FRAMES,
    "test.test_enum.TestSpecial.test_pickle_enum_function": _FRAMES,
    "test.test_functools.TestPartialPy.test_partial_as_method": _FRAMES,
    "test.test_functools.TestPartialPySubclass.test_partial_as_method": _FRAMES,
    "test.test_re.ReTests.test_possible_set_operations": _FRAMES,
    "test.test_re.ReTests.test_re_groupref_exists_errors": _FRAMES,
    "test.test_re.ReTests.test_symbolic_groups_errors": _FRAMES,
    "test.test_re.ReTests.test_symbolic_refs_errors": _FRAMES,
}
"""Tests that fail with compiled functions for a reason that lies in the test: its id and the reason."""
