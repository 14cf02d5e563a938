"""Finds claims that one node, or one pod, may mount at a time, and that more pods than that want.

Three questions: does a rolling update start the new pod while the old one holds the volume (``check``), do several
replicas want it (``check_replicas``), do several workloads (``check_sharing``)?
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    NamedTuple,
    Place,
    Platform,
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    as_dict,
    as_list,
    as_text,
    needs_words,
    regex,
)

_HOSTNAME = "kubernetes.io/hostname"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_ONE_NODE, _ONE_POD = "ReadWriteOnce", "ReadWriteOncePod"
_PERCENT = regex(r"(\d{1,4})%")
_LASTING = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
_SHARED = ("nfs", "smb", "cifs", "efs", "filestore", "azurefile", "azure-file", "cephfs", "gluster", "juicefs", "s3")
_LOCAL = ("local", "hostpath", "host-path", "lvm", "zfs")
"""Words in the name of a class or of its provisioner: file systems that nothing attaches, and disks of one node."""


class Claim(NamedTuple):
    """A claim that a workload mounts. ``reach`` is ``pod`` or ``node`` where one at a time may mount it.

    It is ``local`` where the volume lies on one node, so that its pods run there anyway.
    """

    resource: Resource
    place: Place
    mode: str
    reach: str


@needs_words("persistentVolumeClaim")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where a rolling update of a single pod waits for the pod that it is meant to replace."""
    template = resource.pod_template
    if template is None or _replicas(resource) != 1 or not _starts_new_pod_first(resource):
        return
    found = _worst(resource, context)
    if found is None:
        return
    strategy = resource.get("spec", "strategy")
    related = [RelatedPlace(found.resource.place("spec", "accessModes"), _allowance(found.reach))]
    if strategy is not None:
        related.append(RelatedPlace(resource.place("spec", "strategy"), "starts the new pod first"))
    limit: Severity | None = None if found.reach == "pod" else "warning"
    effect = "the new pod cannot be scheduled while the old one lives, and the old one waits for it"
    if found.reach == "node":
        effect = "on another node the new pod waits for the volume, and the old one for the new pod"
    if found.reach == "local" or (found.reach == "node" and (_is_pinned(template) or _is_alone(context.platform))):
        limit, effect = "info", "for a while the old and the new pod write the same files"
    edit = Edit("set", resource.place("spec", "strategy"), {"type": "Recreate"})
    yield Problem(
        f'{resource.id} starts its new pod while the old one still uses claim "{found.resource.name}" ({found.mode})',
        found.place,
        effect,
        tuple(related),
        Fix("stop the old pod first: strategy Recreate", (edit,), "unsafe"),
        limit,
    )


@needs_words("persistentVolumeClaim", "replicas")
def check_replicas(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where several replicas want a claim that one node, or one pod, may mount."""
    template, replicas = resource.pod_template, _replicas(resource)
    if template is None or replicas is None or replicas < 2:
        return
    found = _worst(resource, context)
    is_harmless = found is not None and found.reach == "node" and (_is_pinned(template) or _is_alone(context.platform))
    if found is None or found.reach == "local" or is_harmless:
        return
    yield Problem(
        f'all {replicas} replicas of {resource.id} mount claim "{found.resource.name}" ({found.mode})',
        found.place,
        "one pod only gets it" if found.reach == "pod" else "replicas on a second node never start",
        (
            RelatedPlace(found.resource.place("spec", "accessModes"), _allowance(found.reach)),
            RelatedPlace(resource.place("spec", "replicas"), f"{replicas} replicas"),
        ),
        None,
        None if found.reach == "pod" else "warning",
    )


@needs_words((_ONE_NODE, _ONE_POD))
def check_sharing(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where several workloads want a claim that one node, or one pod, may mount."""
    mode = _mode(resource)
    reach = _reach(resource, mode, context) if mode else ""
    if reach not in ("pod", "node") or (reach == "node" and _is_alone(context.platform)):
        return
    users: dict[int, RelatedPlace] = {}
    named: list[Resource] = []
    for link in context.relations.related(resource, "referencedBy", kinds=_LASTING).places:
        user, template = link.item, link.item.pod_template
        is_idle = user.get("spec", "replicas") == 0 or user.get("spec", "suspend") is True
        is_hook = any(key.startswith(("helm.sh/hook", "argocd.argoproj.io/hook")) for key in user.annotations)
        if template is None or id(user) in users or is_idle or is_hook or context.relations.is_ambiguous(user):
            continue
        if reach == "node" and (_is_pinned(template) or _joins_other_pods(template)):
            continue
        users[id(user)] = RelatedPlace(user.place(*link.far), f"mounted by {user.id}")
        named.append(user)
    if len(named) < 2:
        return
    names = [str(user.id) for user in named[:3]]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    yield Problem(
        f'claim "{resource.name}" ({mode}) is mounted by {" and ".join(names) if not more else ", ".join(names)}{more}',
        resource.place("spec", "accessModes"),
        "one pod only gets it" if reach == "pod" else "pods on a second node never start",
        tuple(users.values())[:5],
        None,
        None if reach == "pod" else "warning",
    )


def _allowance(reach: str) -> str:
    return "one pod may mount it" if reach == "pod" else "one node may mount it"


def _worst(resource: Resource, context: Context) -> Claim | None:
    """Return the claim of a workload that limits it most, or None."""
    order = ("pod", "node", "local")
    found = sorted(_claims(resource, context), key=lambda claim: order.index(claim.reach))
    return found[0] if found else None


def _claims(resource: Resource, context: Context) -> Iterator[Claim]:
    for reference in context.relations.references(resource, "PersistentVolumeClaim"):
        if reference.state != "found" or len(reference.items) != 1:
            continue
        claim = reference.items[0]
        mode = _mode(claim)
        reach = _reach(claim, mode, context) if mode else ""
        if reach:
            yield Claim(claim, resource.place(*reference.path), mode, reach)


def _mode(claim: Resource) -> str:
    """Return the one mode of a claim that a single node or pod may mount; empty for any other claim."""
    modes = as_list(claim.get("spec", "accessModes"))
    if claim.may_be_patched("spec", "accessModes") or len(set(map(str, modes))) != 1:
        return ""
    return str(modes[0]) if modes[0] in (_ONE_NODE, _ONE_POD) else ""


def _reach(claim: Resource, mode: str, context: Context) -> str:
    """Return who may mount the volume: ``pod``, ``node``, ``local``, or empty where nothing keeps pods apart.

    A network file system is mounted, not attached: nothing stops a second node there, whatever the claim says.
    """
    if mode == _ONE_POD:
        return "pod"
    volume_name = as_text(claim.get("spec", "volumeName"))
    if volume_name:
        found = context.relations.find("PersistentVolume", volume_name)
        return _reach_of_volume(found.items[0]) if len(found.items) == 1 else ""
    name = claim.get("spec", "storageClassName")
    if claim.get("spec", "selector") is not None or name in ("", "manual"):
        return ""
    if name is None:
        fact = context.platform.get("storage.defaultClass")
        name = fact.value if fact is not None else ""
    provisioner = ""
    for storage_class in context.relations.find("StorageClass", str(name)).items if name else ():
        provisioner = as_text(storage_class.get("provisioner"))
    return _reach_of_words(f"{name} {provisioner}".lower())


def _reach_of_volume(volume: Resource) -> str:
    spec = as_dict(volume.get("spec"))
    if "hostPath" in spec or "local" in spec:
        return "local"
    if not any(
        key in spec for key in ("csi", "awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "iscsi", "rbd")
    ):
        return ""
    driver = as_text(as_dict(spec.get("csi")).get("driver"))
    return _reach_of_words(f"{as_text(spec.get('storageClassName'))} {driver}".lower())


def _reach_of_words(words: str) -> str:
    if any(word in words for word in _SHARED):
        return ""
    return "local" if any(word in words for word in _LOCAL) else "node"


def _replicas(resource: Resource) -> int | None:
    """Return how many pods the manifest asks for, None where that is set elsewhere."""
    replicas = resource.get("spec", "replicas", default=1)
    if resource.may_be_patched("spec", "replicas") or not isinstance(replicas, int):
        return None
    return replicas


def _starts_new_pod_first(resource: Resource) -> bool:
    """Return whether a rolling update of one pod keeps it until the new one is ready; defaults: 25% and 25%."""
    if resource.may_be_patched("spec", "strategy"):
        return False
    strategy = as_dict(resource.get("spec", "strategy"))
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return False
    settings = as_dict(strategy.get("rollingUpdate"))
    surge, unavailable = settings.get("maxSurge", "25%"), settings.get("maxUnavailable", "25%")
    may_surge = _amount(surge, is_rounded_up=True)
    may_lack = _amount(unavailable, is_rounded_up=False)
    return may_surge is not None and may_surge > 0 and may_lack == 0


def _amount(value: object, *, is_rounded_up: bool) -> int | None:
    """Return an absolute or relative number of one pod."""
    if isinstance(value, int):
        return value
    percent = _PERCENT.fullmatch(str(value))
    if percent is None:
        return int(str(value)) if str(value).isdecimal() else None
    number = int(percent[1])
    return -(-number // 100) if is_rounded_up else number // 100


def _is_pinned(template: PodTemplate) -> bool:
    """Return whether all pods of a template run on one node: by name, by hostname, or next to one another."""
    spec = template.spec
    if spec.get("nodeName") or _HOSTNAME in as_dict(spec.get("nodeSelector")):
        return True
    required = as_dict(as_dict(as_dict(spec.get("affinity")).get("nodeAffinity")).get(_REQUIRED))
    expressions = [
        as_dict(item)
        for term in as_list(required.get("nodeSelectorTerms"))
        for key in ("matchExpressions", "matchFields")
        for item in as_list(as_dict(term).get(key))
    ]
    names_one = any(
        item.get("key") in (_HOSTNAME, "metadata.name") and len(as_list(item.get("values"))) == 1
        for item in expressions
    )
    return names_one or _joins_other_pods(template)


def _joins_other_pods(template: PodTemplate) -> bool:
    """Return whether the pods must run on the node of certain other pods."""
    terms = as_list(as_dict(as_dict(template.spec.get("affinity")).get("podAffinity")).get(_REQUIRED))
    return any(as_dict(term).get("topologyKey") == _HOSTNAME for term in terms)


def _is_alone(platform: Platform) -> bool:
    """Return whether the cluster is known to have one node for ordinary pods."""
    return any(fact is not None and fact.value == 1 for fact in map(platform.get, ("nodes.count", "nodes.schedulable")))
