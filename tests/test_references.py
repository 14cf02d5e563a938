"""Which Services a workload says it talks to; a bare word counts only where the text around it says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifest_helpers import pick, relations_of, service

from kubelint_lessons.manifests.hosts import hosts_in_text, hosts_in_variable, hosts_in_words
from kubelint_lessons.manifests.references import Dependency, dependencies_of, environment_of

SERVICES = (
    service("postgres", "app: postgres", "shop", "[{port: 5432}]")
    + service("redis", "app: redis", "shop", "[{port: 6379}]")
    + service("api", "app: api", "other", "[{port: 80}]")
    + "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, "
    "data: {DB_HOST: postgres, DB_PORT: '5432', URL: 'http://api.other', port: '7'}}\n"
)


def dependencies(container: str, others: str = "") -> tuple[Dependency, ...]:
    pod = (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {app: p}}\nspec:\n  containers:\n"
        f"    - {{name: main, image: 'postgres:5432', {container}}}\n"
    )
    relations = relations_of(pod + SERVICES + others)
    return dependencies_of(pick(relations, "Pod", "p"), relations)


def shown(container: str, others: str = "") -> list[tuple[str, int | None]]:
    return [(item.service.name, item.port) for item in dependencies(container, others)]


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ("env: [{name: PGHOST, value: postgres}, {name: PGPORT, value: '5432'}]", [("postgres", 5432)]),
        ("env: [{name: REDIS_URL, value: redis}]", [("redis", None)]),
        ("env: [{name: DATABASE_URL, value: 'postgres://u:p%40w@postgres:5432/shop?x=1'}]", [("postgres", 5432)]),
        ("env: [{name: X, value: 'jdbc:postgresql://postgres/shop'}]", [("postgres", None)]),
        ("env: [{name: X, value: 'redis://redis:6379,redis.shop:6380/0'}]", [("redis", 6379), ("redis", 6380)]),
        ("env: [{name: X, value: postgres.shop.svc.cluster.local}]", [("postgres", None)]),
        ("env: [{name: X, value: 'postgres.shop.svc:5432'}]", [("postgres", 5432)]),
        ("env: [{name: X, value: 'postgres-0.postgres.shop.svc.cluster.local'}]", [("postgres", None)]),
        ("env: [{name: X_HOST, value: postgres-0.postgres}]", [("postgres", None)]),
        ("env: [{name: X_HOST, value: api.other}]", [("api", None)]),
        ("env: [{name: X_HOST, value: api}]", []),
        ("env: [{name: ADDR, value: 'redis:6379'}]", [("redis", 6379)]),
        ("env: [{name: BROKERS, value: 'redis:6379, postgres:5432'}]", [("redis", 6379), ("postgres", 5432)]),
        ("env: [{name: WHO, value: postgres}]", []),
        ("env: [{name: IMAGE, value: 'postgres:16'}]", []),
        ("env: [{name: POSTGRES_USER, value: postgres}]", []),
        ("env: [{name: DB, value: postgres}, {name: DSN, value: 'host=$(DB)'}]", []),
        ("env: [{name: DB, value: postgres}, {name: U, value: 'tcp://$(DB):5432'}]", [("postgres", 5432)]),
        ("env: [{name: HOST, valueFrom: {configMapKeyRef: {name: settings, key: DB_HOST}}}]", [("postgres", None)]),
        ("envFrom: [{configMapRef: {name: settings}}]", [("postgres", 5432), ("api", None)]),
        ("command: [pg_dump, -h, postgres, -U, postgres, shop]", [("postgres", None)]),
        ("command: [pg_dump], args: ['--host=postgres', '--port=5432']", [("postgres", 5432)]),
        ("command: [sh, -c, 'until pg_isready -h postgres -p 5432; do sleep 1; done']", [("postgres", 5432)]),
        (
            "command: [sh, -c, 'pg_dump -h \"$DB_HOST\" > /x'], env: [{name: DB_HOST, value: postgres}]",
            [("postgres", None)],
        ),
        ("args: [sh, -c, 'nc -z -w 2 redis 6379']", [("redis", 6379)]),
        ("args: ['wait-for-it', 'redis:6379', '--', 'redis']", [("redis", 6379)]),
        ("args: [curl, 'http://api.other/health']", [("api", None)]),
        ("args: [echo, postgres, redis]", []),
        ("args: [docker, run, 'redis:7']", []),
        ("livenessProbe: {exec: {command: [redis-cli, -h, redis, ping]}}", [("redis", None)]),
        ("lifecycle: {preStop: {exec: {command: [sh, -c, 'curl http://api.other/bye']}}}", [("api", None)]),
        ("readinessProbe: {httpGet: {host: redis, port: 6379}}", [("redis", None)]),
        ("env: [{name: X_URL, value: 'http://example.org:6379'}]", []),
        ("env: [{name: X_HOST, value: 5}, 7, {value: redis}]", []),
        ("env: text, command: {a: b}, args: 7, envFrom: [7]", []),
    ],
)
def test_dependencies(container: str, expected: list[tuple[str, int | None]]) -> None:
    assert shown(container) == expected


def test_the_place_is_where_the_name_stands() -> None:
    (literal,) = dependencies("env: [{name: PGHOST, value: postgres}]")
    assert literal.path == ("spec", "containers", 0, "env", 0, "value")
    assert (literal.place.location().line, literal.how) == (7, "PGHOST")
    from_config = dependencies("envFrom: [{configMapRef: {name: settings}}]")[0]
    assert from_config.path == ("spec", "containers", 0, "envFrom", 0)
    assert from_config.place.path == ("data", "DB_HOST")
    (argument,) = dependencies("command: [pg_dump, -h, postgres]")
    assert argument.path == ("spec", "containers", 0, "command", 2)


def test_services_outside_the_cluster_and_own_pods() -> None:
    external = (
        "---\n{apiVersion: v1, kind: Service, metadata: {name: nas, namespace: shop}, spec: {type: ExternalName}}\n"
    )
    assert shown("env: [{name: NAS_HOST, value: nas}]", external) == []
    (own,) = dependencies("env: [{name: P_HOST, value: p}]", service("p", "app: p", "shop"))
    assert own.is_own


def test_a_name_in_another_or_an_unknown_namespace_is_no_dependency() -> None:
    assert shown("env: [{name: X_HOST, value: queue}]", service("queue", "a: b")) == []


def test_the_environment_holds_what_is_known() -> None:
    relations = relations_of(
        "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: a, image: a, "
        "envFrom: [{prefix: X_, configMapRef: {name: settings}}], env: [{name: A, value: b}]}]}}\n" + SERVICES
    )
    template = pick(relations, "Pod", "p").pod_template
    assert template is not None
    known = environment_of(template.containers[0], relations)
    assert known["A"] == "b"
    assert known["X_DB_HOST"] == "postgres"


@given(st.text(alphabet="ab./:@-$({'\" svchost=0", max_size=60))
def test_no_text_raises(text: str) -> None:
    list(hosts_in_text(text))
    list(hosts_in_variable("DB_HOST", text, {"DB_PORT": text}))
    list(hosts_in_words([text, "-h", text], {"a": text}))


@pytest.mark.parametrize("piece", ["a", "a.", "a:", "://", "'", '"', "-h ", "nc a ", "a.svc", "$(", "a@", "${a}"])
def test_long_text_takes_no_long_time(piece: str) -> None:
    text = piece * 40_000
    list(hosts_in_variable("DB_HOST", text, {}))
    list(hosts_in_words([text], {}))
