"""What a Python check may use: a facade without logic, the only module of ours that a file in ``rules/`` imports."""

from typing import TYPE_CHECKING

from kubelint_lessons.engine.context import Context
from kubelint_lessons.lessons.grouping import grouped
from kubelint_lessons.lessons.needs import (
    DOLLAR,
    LARGE,
    ODD_LABELS,
    OUTDATED,
    REFUSED,
    REPEATED,
    UNTYPED,
    alone,
    holding,
    needs_words,
)
from kubelint_lessons.lessons.patterns import PatternError, compile_pattern
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.embedded import EmbeddedDocument, embedded_documents
from kubelint_lessons.manifests.images import Image, parse_image
from kubelint_lessons.manifests.labels import MOST_IN_LABEL, MOST_IN_LABEL_PREFIX, is_label_key, is_label_value
from kubelint_lessons.manifests.networkpolicy import Direction, Judgement, Peer, allows_dns, judge, peer_of, policy_key
from kubelint_lessons.manifests.platform import Fact, Platform
from kubelint_lessons.manifests.podtemplates import Container, PodTemplate, as_dict, as_list, as_text, string_map
from kubelint_lessons.manifests.references import Dependency, dependencies_of, environment_of
from kubelint_lessons.manifests.relation import Link, Relation
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.manifests.selectors import Selector, from_label_selector, from_labels
from kubelint_lessons.manifests.serviceports import (
    ContainerPort,
    Endpoint,
    PortTarget,
    container_ports,
    find_endpoints,
    port_targets,
)
from kubelint_lessons.model.finding import Problem, RelatedPlace, Severity
from kubelint_lessons.model.fix import Edit, Fix
from kubelint_lessons.model.location import FieldPath, Location, Place, Spot, format_path
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

if TYPE_CHECKING:  # the schemas are read only by a run that needs them
    from kubelint_lessons.manifests.schema.lifecycle import Lifecycle as Lifecycle
    from kubelint_lessons.manifests.schema.validate import SchemaProblem as SchemaProblem

__all__ = [
    "DOLLAR",
    "LARGE",
    "MOST_IN_LABEL",
    "MOST_IN_LABEL_PREFIX",
    "ODD_LABELS",
    "OUTDATED",
    "REFUSED",
    "REPEATED",
    "UNTYPED",
    "Container",
    "ContainerPort",
    "Context",
    "Dependency",
    "Direction",
    "Document",
    "Edit",
    "EmbeddedDocument",
    "Endpoint",
    "Fact",
    "FieldPath",
    "Fix",
    "Image",
    "Judgement",
    "Link",
    "Location",
    "NamedTuple",
    "PatternError",
    "Peer",
    "Place",
    "Platform",
    "PodTemplate",
    "PortTarget",
    "Problem",
    "RelatedPlace",
    "Relation",
    "Relations",
    "Resource",
    "Scope",
    "Selector",
    "Severity",
    "Spot",
    "allows_dns",
    "alone",
    "as_dict",
    "as_list",
    "as_text",
    "compile_pattern",
    "container_ports",
    "dependencies_of",
    "embedded_documents",
    "environment_of",
    "find_endpoints",
    "format_path",
    "from_label_selector",
    "from_labels",
    "grouped",
    "holding",
    "is_label_key",
    "is_label_value",
    "judge",
    "needs_words",
    "parse_image",
    "peer_of",
    "policy_key",
    "port_targets",
    "regex",
    "string_map",
]
