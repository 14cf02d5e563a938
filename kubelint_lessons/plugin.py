"""What a Python check may use: a facade without logic, the only module of ours that a file in ``rules/`` imports."""

from kubelint_lessons.engine.context import Context
from kubelint_lessons.manifests.platform import Fact, Platform
from kubelint_lessons.manifests.relations import Relation, Relations
from kubelint_lessons.manifests.resources import Container, PodTemplate, Resource
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.model.finding import Problem, RelatedPlace, Severity
from kubelint_lessons.model.fix import Edit, Fix
from kubelint_lessons.model.location import FieldPath, Location, Place, Spot, format_path

__all__ = [
    "Container",
    "Context",
    "Edit",
    "Fact",
    "FieldPath",
    "Fix",
    "Location",
    "Place",
    "Platform",
    "PodTemplate",
    "Problem",
    "RelatedPlace",
    "Relation",
    "Relations",
    "Resource",
    "Scope",
    "Severity",
    "Spot",
    "format_path",
]
