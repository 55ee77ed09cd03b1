"""Results as pictures: small SVG files, the same bytes for the same numbers."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .formats import digits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INK = "#7d858e"  # readable on white and on black
_COLOURS = ("#3b8ed0", "#d9822b", "#2a9d72", "#b565c4", "#cc5b5b", "#8c6d4f")
_WIDTH = 7.2
_STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: small files
    "svg.hashsalt": "cascade",  # ids that don't change from run to run
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _INK,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value, what it is to reach, and whether it is one of ours."""

    label: str
    value: float
    aim: float | None = None
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Bars:
    """Values beside each other, as bars that begin at 1 on a logarithmic scale; `name` is that of the file."""

    name: str
    unit: str
    bars: Sequence[Bar]

    def draw(self, axes: Any) -> None:
        places = range(len(self.bars))
        colours = [_COLOURS[0] if bar.ours else _INK for bar in self.bars]
        axes.barh(places, [bar.value - 1 for bar in self.bars], left=1, height=0.6, color=colours)
        axes.axvline(1, color=_INK, linewidth=1)
        for place, bar in enumerate(self.bars):
            axes.annotate(
                digits(bar.value),
                (max(bar.value, bar.aim or 1, 1), place),
                (4, 0),
                textcoords="offset points",
                va="center",
            )
            if bar.aim is not None:
                axes.plot([bar.aim, bar.aim], [place - 0.4, place + 0.4], color=_COLOURS[1], linewidth=2)
        axes.set_yticks(places, [bar.label for bar in self.bars])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(_tick)
        axes.set_xlabel(self.unit)
        axes.margins(x=0.12)

    @property
    def height(self) -> float:
        """In inches."""
        return 0.8 + 0.32 * len(self.bars)


@dataclass(frozen=True, slots=True)
class Lines:
    """Values over sizes, both on logarithmic scales: a line of points for each name."""

    name: str
    across: str
    unit: str
    lines: Mapping[str, Sequence[tuple[float, float]]]
    height: float = 3.2

    def draw(self, axes: Any) -> None:
        for (name, points), colour in zip(self.lines.items(), _COLOURS, strict=False):
            axes.plot(*zip(*points, strict=True), label=name, color=colour, marker="o", markersize=4)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(self.across)
        axes.set_ylabel(self.unit)
        axes.grid(True)
        axes.legend()


def _tick(value: float, place: int) -> str:
    """The label of a tick; `place` is its number, which matplotlib gives too."""
    return f"{value / 1e6:g} M" if value >= 1e6 else f"{value:,g}"


Chart = Bars | Lines


def can_draw() -> bool:
    """Whether there is matplotlib."""
    return importlib.util.find_spec("matplotlib") is not None


def write(chart: Chart, folder: Path) -> Path:
    """Draw a chart into a file of a folder; gives the file. Needs matplotlib."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    text = StringIO()
    with matplotlib.rc_context(_STYLE):
        figure, axes = pyplot.subplots(figsize=(_WIDTH, chart.height), layout="constrained")
        chart.draw(axes)
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    path = folder / f"benchmark-{chart.name}.svg"
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
