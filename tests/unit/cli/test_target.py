"""What `MODULE:NAME` names."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cascade_gen.shell.target import find_target
from tests.unit.cli.support import cascade, write, wrong


class TestTarget:
    def test_a_file_of_a_package_has_the_packages_name(self, project: Path) -> None:
        write(project / "lib" / "agents" / "__init__.py", "")
        write(project / "lib" / "agents" / "words.py", "word = 'here'\n")
        write(project / "lib" / "agents" / "deep" / "__init__.py", "")
        write(project / "lib" / "agents" / "deep" / "talk.py", "from ..words import word\n")
        found = find_target("lib/agents/deep/talk.py:word")
        assert found.value == "here"
        assert found.module.__name__ == "agents.deep.talk"

    def test_a_file_below_the_current_folder_has_its_path_as_name(self, project: Path) -> None:
        write(project / "samples" / "beside.py", "word = 'beside'\n")
        write(project / "samples" / "plain.py", "from beside import word\n")
        found = find_target("samples/plain.py:word")
        assert found.value == "beside"
        assert found.module.__name__ == "samples.plain"

    def test_a_file_elsewhere_has_its_own_name(self, project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("else-where")
        file = write(folder / "elsewhere_agent.py", "word = 'there'\n")
        try:
            found = find_target(f"{file}:word")
            assert (found.value, found.module.__name__) == ("there", "elsewhere_agent")
            assert sys.path[0] == str(folder)
        finally:
            sys.modules.pop("elsewhere_agent", None)

    def test_a_folder_whose_name_is_no_identifier(self, project: Path) -> None:
        write(project / "my-agents" / "tidy_agent.py", "word = 'tidy'\n")
        assert find_target("my-agents/tidy_agent.py:word").module.__name__ == "tidy_agent"

    def test_a_file_hidden_by_another_module(self, project: Path) -> None:
        write(project / "my-agents" / "json.py", "word = 'mine'\n")
        said = wrong(cascade("run", "my-agents/json.py:word"))
        assert "is hidden by another module 'json'" in said
        assert json.__file__ in said.replace("\n", "")

    def test_the_current_folder_comes_first(self, project: Path) -> None:
        find_target("crawl:number")
        assert sys.path[0] == str(project)
