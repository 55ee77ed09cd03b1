"""`python -m cascade`: the command line."""

from __future__ import annotations

from cascade_gen.cli import main

if __name__ == "__main__":
    main()
