"""Errors and warnings of compile time as objects: all errors at once, warnings by Python's rules, carets."""

from __future__ import annotations

import linecache
import pickle
import unicodedata
import warnings
from collections.abc import Iterator

import pytest

import cascade as cs
from cascade_gen.errors import CapacityError, CompileError, CompileWarning, Location, did_you_mean
from cascade_gen.lang import Task
from tests.unit.task_sources import define


@cs.task
def query(sql: str, db: object = cs.inject("db")) -> str:
    return f"{sql} {db}"


@cs.task
def use(value: object) -> object:
    return value


@cs.task
def count(n: int) -> object:
    return cs.tail(count, m=n - 1) if n else "done"


def two_errors() -> CompileError:
    with pytest.raises(CompileError) as caught:
        cs.aot([query("a"), use(1).with_constraints(gpu=2)], system_resources={"gpu": 1})
    return caught.value


class TestSeveralErrors:
    def test_the_first_is_raised_as_itself_and_has_the_others(self) -> None:
        error = two_errors()
        assert type(error) is cs.ResourceNotFoundError
        assert [type(one) for one in error.errors] == [cs.ResourceNotFoundError, CapacityError]
        assert error.errors[0] is error
        assert error.errors[1].errors == (error.errors[1],)

    def test_the_text_has_all_of_them(self) -> None:
        error = two_errors()
        assert str(error).count("\n  --> ") == 2
        assert str(error).startswith("CS107: ")
        assert "\n\nCS109: " in str(error)
        assert str(error).endswith("\n\n2 errors")

    def test_one_alone_says_nothing_of_others(self) -> None:
        with pytest.raises(cs.ResourceNotFoundError) as caught:
            cs.aot(query("a"))
        assert caught.value.errors == (caught.value,)
        assert "error" not in str(caught.value)

    def test_all_survive_pickling(self) -> None:
        error = two_errors()
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error)
        assert [type(one) for one in again.errors] == [type(one) for one in error.errors]

    def test_whoever_runs_gets_them_too(self) -> None:
        with pytest.raises(cs.ResourceNotFoundError) as caught:
            cs.run([query("a"), use(cs.inject("cache"))])
        assert len(caught.value.errors) == 2

    def test_a_function_of_the_users_that_calls_itself_is_pythons_error(self) -> None:
        def helper(value: object) -> object:
            return helper(use(value))

        @cs.workflow
        def helped(value: object) -> object:
            return helper(value)

        for build in (cs.aot, cs.run):
            with pytest.raises(RecursionError) as caught:
                build(helped)
            assert type(caught.value) is RecursionError

    def test_errors_come_before_warnings(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(cs.ResourceNotFoundError):
                cs.aot([count(3), query("a")])


class TestWarnings:
    def test_is_about_the_users_line(self) -> None:
        with pytest.warns(CompileWarning) as caught:
            cs.aot(count)
        (warning,) = caught
        assert warning.filename == __file__
        assert linecache.getline(__file__, warning.lineno).strip().startswith("return cs.tail(count, m=")
        message = warning.message
        assert isinstance(message, CompileWarning)
        assert (message.code, message.hint) == ("CS301", "the inputs of 'count' are: n")
        assert message.location is not None and message.location.line == warning.lineno

    def test_can_be_made_an_error(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error", CompileWarning)
            with pytest.raises(CompileWarning, match=r"CS301: .*unexpected keyword argument 'm'"):
                cs.aot(count)

    def test_is_shown_once_by_default(self) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            for _ in range(3):
                cs.aot(count)
                cs.run(count(0))
        assert len(caught) == 1

    def test_is_not_given_for_what_is_met_at_run_time(self) -> None:
        returns = cs.task(define("def f(n):\n    return globals()['count'](n)\n", count=count)["f"])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert cs.aot(returns)(0) == "done"

    def test_follows_what_a_name_stands_for_now(self) -> None:
        """The facts of a function are kept, but not who answers to the names in it."""
        names = define("def f(n):\n    return other(n, 2) if n else n\n", other=cs.task(lambda n: n), cs=cs)
        task: Task[..., object] = cs.task(names["f"])
        with pytest.warns(CompileWarning, match="takes 1 positional argument but 2 were given"):
            cs.aot(task)
        names["other"] = cs.task(lambda n, m: m)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert cs.aot(task)(1) == 2
        names["other"] = lambda n: n
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            cs.aot(task)

    def test_a_task_that_comes_later_is_unknown_only_until_then(self) -> None:
        names = define(
            "@cs.task\ndef f(n):\n    return cs.TailCall([0], target_blueprint_id='g') if n else n\n", cs=cs
        )
        with pytest.warns(CompileWarning, match="CS106"):
            function = cs.aot(names["f"])
        names["g"] = cs.task(name="g")(lambda n: "late")
        assert function(1) == "late"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            cs.aot(names["f"])


def lines_of(text: str, column: int, end: int) -> list[str]:
    file = "<carets>"
    linecache.cache[file] = (len(text), None, [text + "\n"], file)
    try:
        return str(CompileError("wrong", Location("carets.py", 1, column, end, file))).split("\n")[2:]
    finally:
        del linecache.cache[file]


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


class TestCarets:
    @pytest.fixture(params=["n = first(second)", "ñ = 'é' + first(second)", "名 = '前' + first(second)"])
    def text(self, request: pytest.FixtureRequest) -> Iterator[str]:
        yield request.param

    def test_are_under_the_expression_whatever_stands_before_it(self, text: str) -> None:
        start = text.index("second")
        column = len(text[:start].encode())
        line, carets = lines_of(text, column, column + len(b"second"))
        assert line == f"1 | {text}"
        assert carets == f"  | {' ' * columns(text[:start])}^^^^^^"

    def test_a_tab_stays_a_tab(self) -> None:
        assert lines_of("\tn\t= x", 5, 6)[1] == "  | \t \t  ^"

    def test_a_long_line_is_cut_around_them(self) -> None:
        text = f"{'a' * 500} second {'b' * 500}"
        line, carets = lines_of(text, 501, 507)
        assert len(line) < 160
        assert line[carets.index("^") : carets.rindex("^") + 1] == "second"
        assert line.startswith("1 | ...") and line.endswith("...")

    def test_an_expression_of_more_lines_is_marked_to_the_end_of_the_first(self) -> None:
        assert lines_of("n = first(", 4, 0)[1] == "  |     ^^^^^^"

    def test_without_columns_the_whole_line_is_marked(self) -> None:
        assert lines_of("    n = first()", 0, 0)[1] == "  |     ^^^^^^^^^^^"

    def test_what_steers_a_terminal_is_shown_as_text(self) -> None:
        line, carets = lines_of("n = '\x1b[2J' + x", 13, 14)
        assert line == "1 | n = '\\x1b[2J' + x"
        assert line[carets.index("^")] == "x"

    def test_columns_behind_the_end_of_a_changed_line_do_no_harm(self) -> None:
        assert lines_of("n", 90, 99)[1].endswith("^")

    @pytest.mark.parametrize("file", ["gone.py", "", "\0", "a\nb"])
    def test_a_file_that_cannot_be_read_has_no_excerpt(self, file: str) -> None:
        assert len(str(CompileError("wrong", Location(file, 3))).split("\n")) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("databse", "did you mean 'database'? "),
        ("DATABASE", ""),
        ("database", ""),
        ("x", ""),
        (3, ""),
        (None, ""),
    ],
)
def test_did_you_mean(name: object, said: str) -> None:
    assert did_you_mean(name, ["database", "cache", 3, None]) == said
