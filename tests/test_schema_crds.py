"""CustomResourceDefinitions of the tree are the schema of their objects."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.manifests.schema.shapes import Missing

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          metadata: {type: object}
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer}
              mode: {type: string, enum: [Fast, Slow]}
              port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
              labels: {type: object, additionalProperties: {type: string}}
              anything: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {known: {type: boolean}}}
              extra: {x-kubernetes-preserve-unknown-fields: true}
              closed: {type: object}
              template: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}}
              items: {type: array, x-kubernetes-list-map-keys: [name], items: {type: object, properties: {name: {type: string}}}}
  - name: v1alpha1
    served: false
    schema: {openAPIV3Schema: {type: object}}
"""  # noqa: E501
LOADED = yaml.safe_load(CRD)
SCHEMAS = Schemas("1.34", [LOADED])


def told(spec: str, top: str = "") -> list[str]:
    data = yaml.safe_load(f"{{apiVersion: example.com/v1, kind: Widget, metadata: {{name: a}}, {top}spec: {spec}}}")
    problems = SCHEMAS.validate(data, "example.com", "v1", "Widget")
    return [f"{problem.code}: {problem.message}; {problem.note}" for problem in problems]


def test_a_right_object_has_no_problem() -> None:
    assert told("{size: 1, mode: Fast, port: http, labels: {a: b}, items: [{name: a}], extra: [1, {a: b}]}") == []
    assert told("{size: 1, port: 80, mode: null, items: null}") == []


def test_fields_that_are_not_listed_are_pruned() -> None:
    assert told("{size: 1, mod: Fast}") == ["unknown-field: spec has no field mod; did you mean mode?"]
    assert told("{size: 1, items: [{nam: a}]}") == ["unknown-field: spec.items[0] has no field nam; did you mean name?"]
    assert told("{size: 1, closed: {a: 1}}") == ["unknown-field: spec.closed has no field a; known there: none"]
    assert told("{size: 1}", "statu: {}, ")[0].startswith("unknown-field: Widget has no field statu;")


def test_unknown_fields_are_kept_where_the_schema_says_so() -> None:
    assert told("{size: 1, anything: {a: 1, known: true}}") == []
    assert told("{size: 1, anything: {known: 3}}") == [
        "wrong-type: spec.anything.known is a number where true or false is needed; write true or false"
    ]


def test_values_are_checked() -> None:
    assert told("{size: '1'}") == [
        "wrong-type: spec.size is a string where an integer is needed; write it without quotes: 1"
    ]
    assert told("{size: 1, mode: fast}") == [
        'unsupported-value: spec.mode is "fast", which is none of Fast, Slow; did you mean Fast?'
    ]
    assert told("{size: 1, port: true}")[0].startswith("wrong-type: spec.port is true")
    assert told("{size: 1, labels: {a: 1}}")[0].startswith("wrong-type: spec.labels.a is a number")
    assert told("{}") == ["missing-required: spec lacks the field size; add size, an integer"]


def test_metadata_are_those_of_kubernetes_everywhere() -> None:
    data = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"lables": {}}, "spec": {"size": 1}}
    (problem,) = SCHEMAS.validate(data, "example.com", "v1", "Widget")
    assert problem.suggestion == "labels"
    assert told("{size: 1, template: {apiVersion: v1, kind: Pod, metadata: {labels: {a: 1}}}}")[0].startswith(
        "wrong-type: spec.template.metadata.labels.a is a number"
    )


def test_paths_are_checked_as_for_other_kinds() -> None:
    assert SCHEMAS.check_path(["Widget"], ("spec", "labels", "app")) is None
    assert SCHEMAS.check_path(["example.com/Widget"], ("spec", "anything", "a", "b")) is None
    answer = SCHEMAS.check_path(["Widget"], ("spec", "items", "*", "nme"))
    assert isinstance(answer, Missing)
    assert answer.did_you_mean == ("spec.items[*].name",)
    kind = SCHEMAS.kind("example.com", "v1", "Widget")
    assert kind is not None
    assert kind.is_custom
    assert "spec.items[*].name" in SCHEMAS.paths_of(kind)


def test_a_version_that_is_not_served_is_no_schema() -> None:
    assert SCHEMAS.kind("example.com", "v1alpha1", "Widget") is None


def test_a_kind_that_is_defined_twice_in_different_ways_is_not_known() -> None:
    other = copy.deepcopy(LOADED)
    assert Schemas(crds=[LOADED, other]).kind("example.com", "v1", "Widget") is not None
    del other["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["mode"]
    for crds in ([LOADED, other], [LOADED, other, LOADED]):
        schemas = Schemas(crds=crds)
        assert schemas.kind("example.com", "v1", "Widget") is None
        assert schemas.validate({"spec": {"nonsense": 1}}, "example.com", "v1", "Widget") == []
        assert schemas.check_path(["Widget"], ("spec", "nonsense")) is None


def test_an_old_definition_keeps_what_it_does_not_know() -> None:
    old: dict[str, Any] = {
        "apiVersion": "apiextensions.k8s.io/v1beta1",
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": "example.com",
            "version": "v1",
            "names": {"kind": "Gadget"},
            "validation": {"openAPIV3Schema": {"properties": {"spec": {"properties": {"size": {"type": "integer"}}}}}},
        },
    }
    schemas = Schemas(crds=[old])
    data = {"spec": {"size": "1", "other": 1}, "more": 1}
    assert [problem.path for problem in schemas.validate(data, "example.com", "v1", "Gadget")] == [("spec", "size")]
    old["spec"]["preserveUnknownFields"] = False
    problems = Schemas(crds=[old]).validate(data, "example.com", "v1", "Gadget")
    assert [problem.path for problem in problems] == [("spec", "size"), ("spec", "other"), ("more",)]


def test_a_definition_that_nests_without_end_is_read_as_far_as_it_is_used() -> None:
    schema: dict[str, Any] = {"type": "string"}
    value: Any = 5
    for _ in range(190):
        schema = {"type": "array", "items": schema}
        value = [value]
    crd = copy.deepcopy(LOADED)
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = schema
    (problem,) = Schemas(crds=[crd]).validate({"spec": value}, "example.com", "v1", "Widget")
    assert problem.code == "wrong-type"


KEYS = [
    "type", "properties", "items", "enum", "required", "additionalProperties", "a", "spec",
    "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string",
]  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["object", "array", "string", "integer", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(ANY, ANY)
def test_whatever_the_definition_nothing_is_raised(schema: Any, data: Any) -> None:
    crd = copy.deepcopy(LOADED)
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = schema
    schemas = Schemas(crds=[crd, data, {"kind": "CustomResourceDefinition", "spec": schema}])
    schemas.validate(data, "example.com", "v1", "Widget")
    schemas.check_path(["Widget"], ("spec", "a", "*", 0))
    for kind in list(schemas.kinds())[:1]:
        schemas.paths_of(kind)
