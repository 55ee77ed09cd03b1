"""Where the skeletons of generated code are: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from functools import cache


@cache
def template_text(name: str) -> str:
    """The text of the skeleton `name`, such as `"sync.py"`; `FileNotFoundError` names one that isn't there.

    A wheel carries them as `cascade_gen/templates`; in a checkout, installed editable or not, they are in
    `templates` at the top level.
    """
    from importlib.resources import files  # slow to import, and not needed where the module is kept on disk

    package = files("cascade_gen")
    for folder in (package / "templates", package / ".." / "templates"):
        template = folder / name
        if template.is_file():
            return template.read_text(encoding="utf-8")
    raise FileNotFoundError(f"Cascade has no template {name!r}; its installation seems to be incomplete")
