"""Two results for the tests of the report formats: an ordinary one, and one in which every text is an attack."""

from __future__ import annotations

from kubelint_lessons.engine.known import BaselineUse, Compared, Known
from kubelint_lessons.engine.result import (
    Counts,
    FileStatus,
    Reported,
    Result,
    RunError,
    SkippedRule,
    Suppressed,
    Weakening,
)
from kubelint_lessons.lessons.rule import LessonWords
from kubelint_lessons.model.finding import Finding, Related, ResourceId, Severity
from kubelint_lessons.model.location import Location

HOSTILE = (
    "x\n::error file=a::pwned\r\n##[error]pwned ##vso[task.complete]\x1b[31m\x9b0m\u202eevil\u2028\x00\ufffe "
    "`code` ``` | [link](https://evil.example) ![i](https://evil.example/i.png) <img src=x onerror=a()> "
    "</failure>]]> ::error file=b::pwned <!-- & \" ' @team %0A::warning::, é😀 \\ https://evil.example/a"
)
HOSTILE_PATH = "k8s/a\n::error::b ##[error]\x1b[2J\u202e`|[x](y)<b>&\"',%:é😀.yaml"


def words(symptom: str, path: str = "docs/ai-lessons.md", line: int = 41) -> LessonWords:
    return LessonWords(
        symptom=symptom,
        cause="The selector holds one label only.",
        fix="Add app.kubernetes.io/component: web to the selector.",
        category="Kubernetes",
        seen=("2026-02-11 cardboard", "2026-02-13 trade-bot"),
        sources=("https://kubernetes.io/docs/concepts/services-networking/service/", "a talk in the kitchen"),
        path=path,
        line=line,
    )


def finding(
    rule: str,
    severity: Severity,
    message: str,
    location: Location,
    *,
    related: tuple[Related, ...] = (),
    resource: ResourceId | None = None,
    label: str = "",
    note: str = "",
    fingerprint: str = "0123456789abcdef",
    lesson: str = "docs/ai-lessons.md:41",
) -> Finding:
    return Finding(
        rule, severity, message, location, label, related, resource, "spec.selector", note, None, fingerprint, lesson
    )


def plain_result() -> Result:
    """Return three findings of three severities, an error, and files of every state."""
    service = Location("k8s/café/service 1.yaml", 8, 12, 19)
    workload = Location("k8s/postgres.yaml", 12, 9, 19)
    findings = (
        finding(
            "shared-service-selector", "error", 'Service "web" also selects StatefulSet "postgres"', service,
            related=(Related(workload, "also matched here"),),
            resource=ResourceId("", "Service", "default", "web"),
            label="matches 2 workloads",
            note="closest label: component",
        ),
        finding("no-owner", "info", "nobody owns this", Location("k8s/postgres.yaml", 1, 1, 15), lesson="rules/x.md:5"),
        finding("no-limits", "warning", "no memory limit", Location("k8s/postgres.yaml", 12, 9, 19), lesson="gone"),
    )  # fmt: skip
    return Result(
        findings=findings,
        errors=(RunError("lesson", "unknown key: serverity", "docs/ai-lessons.md", 50, 3, "write severity"),),
        skipped=(SkippedRule("no-docker", "needs containerRuntime", 0), SkippedRule("deep", "no such key: spec", 2)),
        counts=Counts(4, 4, 3, {"a template of Helm": 1}, 1, 12),
        files=(
            FileStatus("k8s/clean.yaml", "checked", 1, 1),
            FileStatus("k8s/café/service 1.yaml", "checked", 1, 1),
            FileStatus("k8s/postgres.yaml", "checked", 1, 1),
            FileStatus("k8s/templates/x.yaml", "a template of Helm", 1, 0),
        ),
        lessons={
            "docs/ai-lessons.md:41": Reported(words("half of the requests fail with 502"), (), False),
            "rules/x.md:5": Reported(words("nobody answers", "rules/x.md", 5), (), False),
        },
        excerpts={
            (service.path, 8): "  😀é: {app: '😀'}",
            (workload.path, 12): "        app: web",
            (workload.path, 1): "apiVersion: v1",
        },
        incomplete=("k8s/kustomization.yaml: a remote base",),
    )


def hostile_result() -> Result:
    """Return a result in which whoever wrote the repository chose every text."""
    place = Location(HOSTILE_PATH, 3, 5, 9)
    lesson = LessonWords(
        HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), (HOSTILE, "javascript:alert(1)", "https://ok.example/`x>"),
        HOSTILE_PATH, 7,
    )  # fmt: skip
    first = finding(
        "hostile-rule", "error", HOSTILE, place,
        related=(Related(place, HOSTILE), Related(Location("::error::y.yaml", 1, 1, 2), "[x](1)")),
        resource=ResourceId(HOSTILE, HOSTILE, HOSTILE, HOSTILE), label=HOSTILE, note=HOSTILE, lesson="l",
    )  # fmt: skip
    second = finding(HOSTILE, "warning", "::error::", Location("##[error]z\udcff.yaml", 1, 1, 2), lesson="l")
    return Result(
        findings=(first, first, second),
        errors=(RunError("input", HOSTILE, HOSTILE_PATH, 1, 1, HOSTILE, HOSTILE),),
        skipped=(SkippedRule(HOSTILE, HOSTILE, 0), SkippedRule(HOSTILE, HOSTILE, 3)),
        counts=Counts(2, 2, 2, {}, 0, 1),
        files=(FileStatus(HOSTILE_PATH, "checked", 1, 1), FileStatus("-o ]]>", HOSTILE, 0, 0)),
        lessons={"l": Reported(lesson, (lesson,), True)},
        excerpts={(HOSTILE_PATH, 3): HOSTILE},
        incomplete=(HOSTILE,),
    )


def many(number: int, rules: int = 3, severity: Severity = "error") -> Result:
    """Return a result with ``number`` findings: half of them of one rule, the others shared by the other rules."""
    findings = tuple(
        finding(
            "rule-0" if index < number / 2 else f"rule-{1 + index % (rules - 1)}",
            severity,
            f"message {index}",
            Location("k8s/a.yaml", index + 1, 1, 2),
            fingerprint=f"{index:016x}",
        )
        for index in range(number)
    )
    return plain_result()._replace(findings=findings, errors=(), skipped=(), incomplete=())


def everything_result(text: str = "words") -> Result:
    """Return the hostile result with what suppressions, baselines and comparisons add, all made of ``text``."""
    base = hostile_result()
    known = Known("0123456789abcdef.2", text, text, text, text)
    hidden = tuple(
        Suppressed(base.findings[0], text, kind, Location(text, 1, 1, 2))
        for kind in ("comment", "annotation", "config")
    )
    return base._replace(
        suppressed=hidden,
        baselines=(BaselineUse(text, (known,), (known,), (known,)),),
        compared=Compared(text, 1, 2, (known,), ((text, 2),)),
        notices=(text,),
        weakened=(Weakening(text, text, 3), Weakening(text)),
        deciding=(text,),
        counts=base.counts._replace(suppressed=3, not_checked={text: 2}),
    )
