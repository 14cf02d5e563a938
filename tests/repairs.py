"""Repairs as data: a manifest as it failed and as it works, and what a drafted rule must look like.

``HERE`` at the end of a line of the bad side is where the finding must be.
"""

from __future__ import annotations

from typing import NamedTuple

HERE = "# here"


class Repair(NamedTuple):
    """One repair. ``block`` are entries that the drafted rule block must have; ``marked`` are name → (bad, fixed)."""

    name: str
    marked: dict[str, tuple[str, str]]
    block: dict[str, object]
    fix: bool = False

    @property
    def places(self) -> list[tuple[str, int]]:
        """Return where the rule must fire on the bad side."""
        return [
            (path, number)
            for path, (bad, _) in self.marked.items()
            for number, line in enumerate(bad.split("\n"), 1)
            if line.endswith(HERE)
        ]

    @property
    def files(self) -> dict[str, tuple[str, str]]:
        """Return both sides without the marks."""
        return {
            path: (bad.replace(f" {HERE}", ""), fixed.replace(f" {HERE}", ""))
            for path, (bad, fixed) in self.marked.items()
        }


def workload(pod: str, kind: str = "Deployment", name: str = "tunes", more: str = "") -> str:
    """Return a workload with a pod of one container ``app``; ``pod`` is indented by six spaces."""
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: tunes\nspec:\n"
        f"{more}  selector: {{matchLabels: {{app: {name}}}}}\n"
        f"  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n{pod}"
    )


def container(more: str, image: str = "ghcr.io/acme/tunes:1.4.0") -> str:
    return f"      containers:\n        - name: app\n          image: {image}\n{more}"


def service(spec: str, metadata: str = "") -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata:\n  name: tunes\n  namespace: tunes\n{metadata}spec:\n{spec}"


_PORTS = "  ports:\n    - name: http\n      port: 80\n"
_BACKEND = "                port:\n                  number: "


def ingress(backend: str, spec: str = "") -> str:
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: tunes, namespace: tunes}}\nspec:\n{spec}"
        "  rules:\n    - host: tunes.example.org\n      http:\n        paths:\n          - path: /\n"
        "            pathType: Prefix\n            backend:\n              service:\n                name: tunes\n"
        + backend
    )


def config(text: str, key: str = "tunes.conf") -> str:
    body = "".join(f"    {line}\n" for line in text.split("\n"))
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tunes, namespace: tunes}\ndata:\n"
    return f"{head}  {key}: | {HERE}\n{body}"


_PROMETHEUS = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: tunes-metrics, namespace: tunes}}
data:
  prometheus.yml: |
    scrape_configs:
      - job_name: pods
        kubernetes_sd_configs: [{{role: pod}}]
        relabel_configs:
          - source_labels: [__address__, __meta_kubernetes_pod_annotation_tunes_port]
            regex: ([^:]+)(?::\\d+)?;(\\d+)
            target_label: __address__
            replacement: {}
      - job_name: hosts
        static_configs: [{{targets: ['nas.example.org:9100']}}]
"""


def one(name: str, bad: str, fixed: str, block: dict[str, object], *, fix: bool = False) -> Repair:
    return Repair(name, {"k8s/tunes.yaml": (bad, fixed)}, block, fix)


REPAIRS = (
    one(
        "a boolean of a container",
        workload(container(f"          securityContext:\n            privileged: true {HERE}\n")),
        workload(container("          securityContext:\n            privileged: false\n")),
        {"match": "workloads", "each": "containers", "at": "securityContext.privileged"},
        fix=True,
    ),
    one(
        "a choice of a Service",
        service(f"  type: NodePort {HERE}\n  selector: {{app: tunes}}\n{_PORTS}"),
        service(f"  type: ClusterIP\n  selector: {{app: tunes}}\n{_PORTS}"),
        {"match": "Service", "at": "spec.type"},
        fix=True,
    ),
    one(
        "a port of a Service that became another",
        service(
            "  selector: {app: tunes}\n  ports:\n    - name: http\n      port: 80\n      targetPort: 8081 # here\n"
        ),
        service("  selector: {app: tunes}\n  ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n"),
        {"match": "Service", "each": "ports", "at": "targetPort"},
        fix=True,
    ),
    one(
        "a probe that asked too early",
        workload(
            container(
                "          livenessProbe:\n            httpGet: {path: /live, port: 8080}\n"
                f"            initialDelaySeconds: 2 {HERE}\n"
            )
        ),
        workload(
            container(
                "          livenessProbe:\n            httpGet: {path: /live, port: 8080}\n"
                "            initialDelaySeconds: 60\n"
            )
        ),
        {"match": "workloads", "each": "containers", "at": "livenessProbe.initialDelaySeconds"},
        fix=True,
    ),
    one(
        "a memory limit, while the tag and the replicas changed too",
        workload(
            container(f"          resources:\n            limits:\n              memory: 8Mi {HERE}\n"),
            more="  replicas: 1\n",
        ),
        workload(
            container(
                "          resources:\n            limits:\n              memory: 512Mi\n", "ghcr.io/acme/tunes:2"
            ),
            more="  replicas: 3\n",
        ),
        {"match": "workloads", "each": "containers", "at": "resources.limits.memory"},
        fix=True,
    ),
    one(
        "a field of the pod that was removed",
        workload(f"      hostIPC: true {HERE}\n" + container(""), "StatefulSet", more="  serviceName: tunes\n"),
        workload(container(""), "StatefulSet", more="  serviceName: tunes\n"),
        {"match": "workloads", "forbid": "has(variables.podSpec.hostIPC) && variables.podSpec.hostIPC == true"},
        fix=True,
    ),
    Repair(
        "a field of a CronJob's pod",
        {
            "k8s/job.yaml": (
                "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: dump}\nspec:\n  schedule: '0 3 * * *'\n"
                "  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
                f"          nodeName: pi-3 {HERE}\n"
                "          containers: [{name: dump, image: ghcr.io/acme/dump:1}]\n",
                "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: dump}\nspec:\n  schedule: '0 3 * * *'\n"
                "  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
                "          containers: [{name: dump, image: ghcr.io/acme/dump:1}]\n",
            )
        },
        {"match": "workloads", "forbid": "has(variables.podSpec.nodeName)"},
        fix=True,
    ),
    one(
        "a probe that was missing",
        workload(container("          ports: [{containerPort: 8080}]\n").replace("- name: app", f"- name: app {HERE}")),
        workload(
            container(
                "          ports: [{containerPort: 8080}]\n"
                "          readinessProbe: {httpGet: {path: /ready, port: 8080}}\n"
            )
        ),
        {"match": "workloads", "each": "containers", "require": "has(item.readinessProbe)"},
    ),
    one(
        "a strategy that was missing, with a claim",
        workload(
            container("          volumeMounts: [{name: data, mountPath: /data}]\n")
            + "      volumes: [{name: data, persistentVolumeClaim: {claimName: tunes}}]\n"
        ).replace("spec:\n  selector", f"spec: {HERE}\n  selector"),
        workload(
            container("          volumeMounts: [{name: data, mountPath: /data}]\n")
            + "      volumes: [{name: data, persistentVolumeClaim: {claimName: tunes}}]\n",
            more="  strategy: {type: Recreate}\n",
        ),
        {"match": "Deployment"},
        fix=True,
    ),
    one(
        "an annotation under another name",
        service(
            "  type: LoadBalancer\n  selector: {app: tunes}\n" + _PORTS,
            f"  annotations:\n    metallb.universe.tf/ip-allocated: lan {HERE}\n",
        ),
        service(
            "  type: LoadBalancer\n  selector: {app: tunes}\n" + _PORTS,
            "  annotations:\n    metallb.io/ip-allocated: lan\n",
        ),
        {"match": "Service", "at": 'metadata.annotations["metallb.universe.tf/ip-allocated"]'},
        fix=True,
    ),
    one(
        "an annotation too many",
        service(
            "  selector: {app: tunes}\n" + _PORTS,
            f"  annotations:\n    external-dns.example.org/hostname: tunes.example.org {HERE}\n    team: music\n",
        ),
        service("  selector: {app: tunes}\n" + _PORTS, "  annotations:\n    team: music\n"),
        {"match": "Service", "at": 'metadata.annotations["external-dns.example.org/hostname"]'},
        fix=True,
    ),
    one(
        "the value of a variable",
        workload(container(f"          env:\n            - name: TUNES_MODE\n              value: single {HERE}\n")),
        workload(container("          env:\n            - name: TUNES_MODE\n              value: cluster\n")),
        {"match": "workloads", "each": "env", "at": "value"},
        fix=True,
    ),
    one(
        "a password in plain sight",
        workload(
            container(f"          env:\n            - name: DB_PASSWORD\n              value: correct-horse {HERE}\n")
        ),
        workload(
            container(
                "          env:\n            - name: DB_PASSWORD\n"
                "              valueFrom: {secretKeyRef: {name: tunes, key: password}}\n"
            )
        ),
        {"match": "workloads", "each": "env", "at": "value"},
        fix=True,
    ),
    one(
        "a variable that was missing",
        workload(
            container(
                f"          env:\n            - name: TZ {HERE}\n              value: UTC\n", "docker.io/acme/pg:16"
            )
        ),
        workload(
            container(
                "          env:\n            - name: TZ\n              value: UTC\n"
                "            - name: PGDATA\n              value: /data/pg\n",
                "docker.io/acme/pg:16",
            )
        ),
        {"match": "workloads", "each": "containers", "at": "env"},
    ),
    one(
        "a nodeSelector that was missing",
        workload(container("", "ghcr.io/acme/amd-only:3")).replace(
            "    spec:\n      cont", f"    spec: {HERE}\n      cont"
        ),
        workload("      nodeSelector: {kubernetes.io/arch: amd64}\n" + container("", "ghcr.io/acme/amd-only:3")),
        {"match": "workloads"},
    ),
    one(
        "a toleration that was missing",
        workload(container("", "ghcr.io/acme/gpu:3")).replace("    spec:\n      cont", f"    spec: {HERE}\n      cont"),
        workload(
            "      tolerations: [{key: example.org/gpu, operator: Exists, effect: NoSchedule}]\n"
            + container("", "ghcr.io/acme/gpu:3")
        ),
        {"match": "workloads"},
    ),
    one(
        "a volume of the host",
        workload(
            container("          volumeMounts: [{name: sock, mountPath: /run/docker.sock}]\n")
            + f"      volumes:\n        - name: sock {HERE}\n          hostPath: {{path: /var/run/docker.sock}}\n"
        ),
        workload(container("")),
        {"match": "workloads", "each": "volumes"},
        fix=True,
    ),
    one(
        "a mount with subPath",
        workload(
            container(
                "          volumeMounts:\n            - name: conf\n              mountPath: /etc/tunes\n"
                f"              subPath: inner {HERE}\n"
            )
            + "      volumes: [{name: conf, emptyDir: {}}]\n"
        ),
        workload(
            container("          volumeMounts:\n            - name: conf\n              mountPath: /etc/tunes\n")
            + "      volumes: [{name: conf, emptyDir: {}}]\n"
        ),
        {"match": "workloads", "each": "containers", "at": "volumeMounts[*].subPath"},
    ),
    one(
        "an argument",
        workload(container(f"          args:\n            - --cache-size=0 {HERE}\n            - --serve\n")),
        workload(container("          args:\n            - --serve\n            - --cache-size=256\n")),
        {"match": "workloads", "each": "containers", "at": "args[*]"},
    ),
    one(
        "a misspelt field of a container",
        workload(container("          livenesProbe: {httpGet: {path: /, port: 80}}\n")).replace(
            "- name: app", f"- name: app {HERE}"
        ),
        workload(container("          livenessProbe: {httpGet: {path: /, port: 80}}\n")),
        {"match": "workloads", "each": "containers", "forbid": "'livenesProbe' in item"},
        fix=True,
    ),
    Repair(
        "an API group that is gone",
        {
            "k8s/runner.yaml": (
                f"apiVersion: actions.winter.net/v1alpha1 {HERE}\nkind: RunnerDeployment\nmetadata: {{name: r}}\n"
                "spec: {replicas: 1}\n",
                "apiVersion: actions.winter.dev/v1alpha1\nkind: RunnerDeployment\nmetadata: {name: r}\n"
                "spec: {replicas: 1}\n",
            )
        },
        {"match": "actions.winter.net/v1alpha1/RunnerDeployment", "at": "apiVersion"},
        fix=True,
    ),
    Repair(
        "a selector that also matched the database",
        {
            "k8s/service.yaml": (
                service(f"  selector:\n    app: tunes {HERE}\n" + _PORTS),
                service("  selector:\n    app: tunes\n    part: web\n" + _PORTS),
            ),
            "k8s/web.yaml": (
                workload(container("")).replace("labels: {app: tunes}", "labels: {app: tunes, part: web}"),
            )
            * 2,
            "k8s/db.yaml": (
                workload(container("", "ghcr.io/acme/pg:16"), "StatefulSet", "db")
                .replace("labels: {app: db}", "labels: {app: tunes, part: db}")
                .replace("matchLabels: {app: db}", "matchLabels: {app: tunes, part: db}"),
            )
            * 2,
        },
        {"match": "Service", "relate": {"workloads": "selects"}, "forbid": "workloadsCount > 1"},
    ),
    Repair(
        "a selector that matched nothing",
        {
            "k8s/service.yaml": (
                service(f"  selector:\n    app: tune {HERE}\n" + _PORTS),
                service("  selector:\n    app: tunes\n" + _PORTS),
            ),
            "k8s/web.yaml": (workload(container("")),) * 2,
        },
        {"match": "Service", "relate": {"workloads": "selects"}, "forbid": "workloadsCount == 0"},
    ),
    Repair(
        "a ConfigMap that is called otherwise",
        {
            "k8s/web.yaml": (
                workload(
                    container("")
                    + "      volumes:\n        - name: conf\n          configMap:\n            name: tune-conf # here\n"
                ),
                workload(
                    container("")
                    + "      volumes:\n        - name: conf\n          configMap:\n            name: tunes\n"
                ),
            ),
            "k8s/config.yaml": (config("a = 1").replace(f" {HERE}", ""),) * 2,
        },
        {"match": "workloads", "each": "volumes", "relate": {"configMaps": "references(ConfigMap)"}},
    ),
    one(
        "a field in a list of lists",
        ingress(_BACKEND + f"81 {HERE}\n"),
        ingress(_BACKEND + "80\n"),
        {"match": "Ingress", "each": "spec.rules[*].http.paths[*]", "at": "backend.service.port.number"},
        fix=True,
    ),
    one(
        "a class",
        ingress(_BACKEND + "80\n", f"  ingressClassName: haproxy {HERE}\n"),
        ingress(_BACKEND + "80\n", "  ingressClassName: traefik\n"),
        {"match": "Ingress", "at": "spec.ingressClassName"},
        fix=True,
    ),
    one(
        "a line of a configuration file",
        config("[cache]\nsize = 64MB\nbackend = redis://old-cache:6379\nttl = 60"),
        config("[cache]\nsize = 64MB\nbackend = redis://cache:6379\nttl = 60"),
        {"match": "ConfigMap", "at": 'data["tunes.conf"]'},
        fix=True,
    ),
    one(
        "a line that was missing in a configuration file",
        config("[cache]\nsize = 64MB"),
        config("[cache]\nsize = 64MB\neviction = allkeys-lru"),
        {"match": "ConfigMap"},
    ),
    one(
        "a field of a document inside a ConfigMap",
        _PROMETHEUS.format("$1:$1 # here"),
        _PROMETHEUS.format("$1:$2"),
        {
            "match": "ConfigMap",
            "embedded": 'data["prometheus.yml"]',
            "each": "scrape_configs[*].relabel_configs[*]",
            "at": "replacement",
        },
    ),
    one(
        "a field that was missing in a document inside a ConfigMap",
        _PROMETHEUS.format("$1:$2").replace("job_name: hosts", "job_name: hosts # here"),
        _PROMETHEUS.format("$1:$2") + "        honor_labels: true\n",
        {"match": "ConfigMap", "each": "scrape_configs[*]", "where": "has(item.job_name) && item.job_name == 'hosts'"},
    ),
    one(
        "a number where text belongs",
        service("  selector: {app: tunes}\n" + _PORTS, f"  annotations:\n    example.org/scrape-port: 9100 {HERE}\n"),
        service("  selector: {app: tunes}\n" + _PORTS, "  annotations:\n    example.org/scrape-port: '9100'\n"),
        {"match": "Service", "at": 'metadata.annotations["example.org/scrape-port"]'},
        fix=True,
    ),
    one(
        "an image of another registry",
        workload(container("", f"k8s.gcr.example/acme/tunes:1 {HERE}")),
        workload(container("", "registry.k8s.example/acme/tunes:1")),
        {"match": "workloads", "each": "containers", "at": "image"},
        fix=True,
    ),
    Repair(
        "a custom resource",
        {
            "k8s/issuer.yaml": (
                "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le}\nspec:\n  acme:\n"
                f"    server: https://acme-staging.example.org/directory {HERE}\n"
                "    privateKeySecretRef: {name: le}\n    solvers: [{dns01: {route53: {region: eu-central-1}}}]\n",
                "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le}\nspec:\n  acme:\n"
                "    server: https://acme.example.org/directory\n"
                "    privateKeySecretRef: {name: le}\n    solvers: [{dns01: {route53: {region: eu-central-1}}}]\n",
            )
        },
        {"match": "cert-manager.io/ClusterIssuer", "at": "spec.acme.server"},
        fix=True,
    ),
    Repair(
        "a verb that a Role lacked",
        {
            "k8s/role.yaml": (
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: tunes}\nrules:\n"
                f"  - apiGroups: [apps]\n    resources: [deployments]\n    verbs: [get, list] {HERE}\n",
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: tunes}\nrules:\n"
                "  - apiGroups: [apps]\n    resources: [deployments]\n    verbs: [get, list, patch]\n",
            )
        },
        {"match": "Role", "each": "rules[*]"},
    ),
    Repair(
        "a PodDisruptionBudget that was missing",
        {
            "k8s/web.yaml": (workload(container("")).replace("name: tunes\n", f"name: tunes {HERE}\n", 1),) * 2,
            "k8s/pdb.yaml": (
                "",
                "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: tunes, namespace: tunes}\nspec:\n"
                "  minAvailable: 1\n  selector: {matchLabels: {app: tunes}}\n",
            ),
        },
        {"relate": {"podDisruptionBudgets": "selectedBy(PodDisruptionBudget)"}},
    ),
    Repair(
        "a line of a workflow",
        {
            ".github/workflows/deploy.yml": (
                "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n"
                f"      - uses: acme/setup-kubectl@v1 {HERE}\n      - run: kubectl apply -k k8s\n",
                "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n"
                "      - uses: acme/setup-kubectl@v12\n      - run: kubectl apply -k k8s\n",
            )
        },
        {"files": [".github/workflows/*.yml", ".github/workflows/*.yaml"]},
    ),
    Repair(
        "a line of a script",
        {
            "scripts/restore.sh": (
                f"#!/bin/sh\nset -eu\nkubectl replace --force -f tunes.yaml {HERE}\n",
                "#!/bin/sh\nset -eu\nkubectl apply --server-side -f tunes.yaml\n",
            )
        },
        {"files": ["**/*.sh"]},
    ),
    Repair(
        "a line of Terraform",
        {
            "terraform/nodes.tf": (
                f'resource "vm" "node" {{\n  cpu_type = "kvm64" {HERE}\n  cores    = 4\n}}\n',
                'resource "vm" "node" {\n  cpu_type = "x86-64-v3"\n  cores    = 4\n}\n',
            )
        },
        {"files": ["**/*.tf"]},
    ),
    Repair(
        "a line of a chart's template",
        {
            "charts/tunes/templates/web.yaml": (
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n"
                f"  revisionHistoryLimit: {{{{ .Values.histroy }}}} {HERE}\n",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n"
                "  revisionHistoryLimit: {{ .Values.history }}\n",
            )
        },
        {"files": ["**/templates/**/*.yaml"]},
    ),
)
