"""Lowers declared workflows to Blueprints; one file for each construct."""

from .builder import BlueprintBuilder
from .called import workflow_name
from .shapes import Shape, generalised, shape_of

__all__ = ["BlueprintBuilder", "Shape", "generalised", "shape_of", "workflow_name"]
