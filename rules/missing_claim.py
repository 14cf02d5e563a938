"""Names that lead nowhere: claims that no manifest defines, and mounts of volumes that the pod does not have.

What is missing from the manifests may be made by a script or a person. It is certain only where what was meant is
there under another name or in another namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Resource, as_dict, as_list, as_text


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each claim that a pod mounts and nobody defines."""
    claims = context.relations.of_kind("PersistentVolumeClaim")
    for reference in context.relations.references(resource, "PersistentVolumeClaim"):
        if reference.state != "absent" or reference.is_optional:
            continue
        place = resource.place(*reference.path)
        message = f'{resource.id} mounts claim "{reference.name}", which is not there'
        elsewhere = [item for item in claims if item.name == reference.name]
        here = {item.name: item for item in claims if item.namespace == resource.namespace}
        close = get_close_matches(reference.name, list(here), 1, 0.85)
        if elsewhere:
            where = elsewhere[0].namespace or "no namespace"
            related = (RelatedPlace(elsewhere[0].place("metadata", "name"), "not in the namespace of the pods"),)
            message = f'{resource.id} mounts claim "{reference.name}", which is in {where}'
            yield Problem(message, place, f"not in {resource.namespace or 'the same namespace'}", related)
        elif close:
            meant = here[close[0]]
            related = (RelatedPlace(meant.place("metadata", "name"), "the closest name"),)
            fix = Fix(f"mount {meant.original_name}", (Edit("set", place, meant.original_name),), "unsafe")
            yield Problem(message, place, "no such claim", related, fix)
        elif here:
            yield Problem(message, place, "no such claim here", at_most="warning")


def check_mounts(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each mount of a volume that the pod does not have."""
    template = resource.pod_template
    if template is None or resource.may_be_patched(*template.path, "spec", "volumes"):
        return
    claims = as_list(resource.get("spec", "volumeClaimTemplates"))
    names = [as_text(as_dict(as_dict(item).get("metadata")).get("name")) for item in claims]
    names += [as_text(as_dict(item).get("name")) for item in as_list(template.spec.get("volumes"))]
    for container in template.containers:
        for key in ("volumeMounts", "volumeDevices"):
            for index, item in enumerate(as_list(container.data.get(key))):
                name = as_text(as_dict(item).get("name"))
                route = (*template.path, *container.path, key, index, "name")
                if not name or "$" in name or "{" in name or name in names or resource.may_be_patched(*route):
                    continue
                close = get_close_matches(name, names, 1, 0.7)
                edit = Edit("set", resource.place(*route), close[0] if close else name)
                yield Problem(
                    f'container "{container.name}" mounts volume "{name}", which {resource.id} does not have',
                    resource.place(*route),
                    f"volumes: {', '.join(names[:5])}" if names else "the pod has no volumes",
                    (RelatedPlace(template.place("spec", "volumes"), "the volumes"),) if names else (),
                    Fix(f"mount {close[0]}", (edit,), "unsafe") if close else None,
                )
