"""What a Python check may use: a facade without logic, the only module of ours that a file in ``rules/`` imports."""

from kubelint_lessons.engine.context import Context
from kubelint_lessons.lessons.patterns import PatternError, compile_pattern
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.embedded import EmbeddedDocument, embedded_documents
from kubelint_lessons.manifests.images import Image, parse_image
from kubelint_lessons.manifests.platform import Fact, Platform
from kubelint_lessons.manifests.podtemplates import Container, PodTemplate, as_dict, as_list, as_text, string_map
from kubelint_lessons.manifests.relations import Link, Relation, Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.model.finding import Problem, RelatedPlace, Severity
from kubelint_lessons.model.fix import Edit, Fix
from kubelint_lessons.model.location import FieldPath, Location, Place, Spot, format_path

__all__ = [
    "Container",
    "Context",
    "Document",
    "Edit",
    "EmbeddedDocument",
    "Fact",
    "FieldPath",
    "Fix",
    "Image",
    "Link",
    "Location",
    "PatternError",
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
    "as_dict",
    "as_list",
    "as_text",
    "compile_pattern",
    "embedded_documents",
    "format_path",
    "parse_image",
    "string_map",
]
