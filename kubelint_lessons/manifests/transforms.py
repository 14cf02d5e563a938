"""How one kustomization changes the objects that it takes in: the inner layers first, the outer ones last."""

from __future__ import annotations

from kubelint_lessons.manifests.images import image_name
from kubelint_lessons.manifests.kustomize import Generated, Kustomization
from kubelint_lessons.manifests.patches import matches_target, route_of_field
from kubelint_lessons.manifests.resources import Labels, Resource, Transform
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple


class Member(NamedTuple):
    """An object on its way through the layers: as written, and what happened to it so far."""

    resource: Resource
    transform: Transform

    def seen(self) -> Resource:
        """Return the object as it stands after the layers so far."""
        return self.resource if self.transform == self.resource.transform else self.resource.view(self.transform)

    def patched_at(self, routes: tuple[FieldPath, ...]) -> Member:
        """Return this member with further uncertain fields."""
        new = tuple(route for route in routes if route not in self.transform.patched)
        if not new:
            return self
        return self._replace(transform=self.transform._replace(patched=self.transform.patched + new))


def apply_layer(members: list[Member], layer: Kustomization) -> list[Member]:
    """Return ``members`` after namespace, prefixes, labels, images, replicas and replacements of ``layer``."""
    done: dict[Transform, Transform] = {}
    changed: list[Member] = []
    for member in members if _transforms(layer) else ():
        transform = done.get(member.transform)
        if transform is None:
            transform = done[member.transform] = _compose(member.transform, layer)
        changed.append(Member(member.resource, transform))
    changed = changed or members
    if layer.images or layer.replicas or layer.replacements:
        changed = [member.patched_at(_touched(member.resource, layer)) for member in changed]
    return changed


def generate(layer: Kustomization, inner: list[Generated]) -> list[Generated]:
    """Return what ``layer`` and the layers inside it generate, in the namespaces that result."""
    generated = [*inner, *layer.generated]
    if layer.namespace:
        return [item._replace(namespace=layer.namespace) for item in generated]
    if layer.default_namespace:
        return [item._replace(namespace=item.namespace or layer.default_namespace) for item in generated]
    return generated


def _transforms(layer: Kustomization) -> bool:
    names = layer.namespace or layer.default_namespace or layer.prefix or layer.suffix
    return bool(names or layer.labels or layer.template_labels or layer.selector_labels)


def _compose(inner: Transform, layer: Kustomization) -> Transform:
    return inner._replace(
        namespace=layer.namespace or inner.namespace,
        default_namespace=layer.default_namespace or inner.default_namespace,
        prefix=f"{layer.prefix}{inner.prefix}",
        suffix=f"{inner.suffix}{layer.suffix}",
        labels=_merge(inner.labels, layer.labels),
        template_labels=_merge(inner.template_labels, layer.template_labels),
        selector_labels=_merge(inner.selector_labels, layer.selector_labels),
    )


def _merge(inner: Labels, outer: Labels) -> Labels:
    return tuple({**dict(inner), **dict(outer)}.items()) if outer else inner


def _touched(resource: Resource, layer: Kustomization) -> tuple[FieldPath, ...]:
    routes: list[FieldPath] = []
    template = resource.pod_template
    if template is not None:
        for container in template.containers:
            if image_name(container.image) in layer.images:
                routes.append((*template.path, "spec", container.path[1], "*", "image"))
    if resource.original_name in layer.replicas:
        routes.append(("spec", "replicas"))
    for replacement in layer.replacements:
        if matches_target(replacement.target, resource):
            routes += [route_of_field(field) for field in replacement.fields]
    return tuple(dict.fromkeys(routes))
