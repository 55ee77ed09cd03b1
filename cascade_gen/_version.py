"""The version of Cascade, kept here and nowhere else."""

__version__ = "0.1.0"
