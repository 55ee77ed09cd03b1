"""What users write: tasks, lazy calls, workflows, inputs, policies, routes and jumps."""

from .compose import pipeline, sequence, tail
from .inputs import Argument, Env, Inject, Param, inject
from .lazy import LazyResult, MappedLazyResult
from .methods import names_a_method
from .policies import CachePolicy, Governed, Policies, Retry
from .resources import ResourceDefinition, resource
from .routing import JumpSelector, Router, bind, select_jump
from .symbolic import Later, Symbolic, locate
from .task import Task, task
from .workflow import Workflow, workflow

__all__ = [
    "Argument",
    "CachePolicy",
    "Env",
    "Governed",
    "Inject",
    "JumpSelector",
    "Later",
    "LazyResult",
    "MappedLazyResult",
    "Param",
    "Policies",
    "ResourceDefinition",
    "Retry",
    "Router",
    "Symbolic",
    "Task",
    "Workflow",
    "bind",
    "inject",
    "locate",
    "names_a_method",
    "pipeline",
    "resource",
    "select_jump",
    "sequence",
    "tail",
    "task",
    "workflow",
]
