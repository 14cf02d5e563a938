"""What a scanned repository may not do (SECURITY.md): give orders, run code, show secrets, reach out of itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_cli import kubelint
from test_formats import CONTROL, commands_in

from kubelint_lessons.cli.options import OUTPUT_FORMATS

# Orders to whoever shows the output ----------------------------------------------------------------------------------

NAME = "a\n::error::pwned ##[error]pwned ##vso[task.complete]\x1b[31m\u202e`|[x](y)<b>&.yaml"
VALUE = (
    r"x\n::error::pwned\r##[error]pwned ##vso[task.x]pwned\e[31m\x9b\u202e\u2028`|[x](javascript:y)<img src=x>]]>@team"
)
WORDS = "::error::pwned ##[error]pwned \x1b[31m\u202e ##vso[task.x] <img src=x onerror=y> [x](javascript:y) | `x` @team"

LESSONS = f"""\
# Lessons

## Kind {WORDS}

### hostile-values

**{WORDS}**

**Root cause:** {WORDS}

**Fix:** {WORDS}

**Seen:** {WORDS}

**Sources:** {WORDS}

```yaml rule
severity: error
match: ConfigMap
forbid: 'true'
at: data
label: "{{object.data.value}} {VALUE}"
message: "{{object.data}} {{object.name}} {VALUE}"
fix: {{set: data.team, value: "{VALUE}", applicability: unsafe, title: "{VALUE}"}}
```

- **{WORDS}**: {WORDS}. Fix: {WORDS}

### broken-{WORDS}

**It is broken.**

**Root cause:** {WORDS}

**Fix:** None.

```yaml rule
severity: "{VALUE}"
"{VALUE}": 1
match: ConfigMap
forbid: '"{VALUE}'
message: x
```
"""
MANIFEST = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: "{VALUE}", name: "{VALUE}", labels: {{"{VALUE}": "{VALUE}"}}}}
data:
  key: team
  value: "{VALUE}"
"""
CONFIG = f"""\
"{VALUE}": 1
severity: {{"{VALUE}": error, hostile-values: "{VALUE}"}}
exclude: ["{VALUE}"]
lessons: ["docs/ai-lessons.md", "{VALUE}"]
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    (root / "docs").mkdir()
    (root / "docs" / "ai-lessons.md").write_text(LESSONS, encoding="utf-8")
    (root / ".kubelint.yaml").write_text(CONFIG, encoding="utf-8")
    for name in (NAME, "-o.yaml", "::error::y.yaml", "##[error]z.yaml", "tab\there.yaml"):
        (root / name).write_text(MANIFEST, encoding="utf-8")
    (root / f"broken {NAME}").write_text(f'{MANIFEST}  "x: [{WORDS}\n', encoding="utf-8")
    (root / f"link {NAME}").symlink_to("/nowhere")
    return root


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 3, done.stderr
    return done.stdout + "\n" + done.stderr


def assert_harmless(text: str) -> None:
    assert commands_in(text) == []
    assert CONTROL.findall(text.replace("\t", " ")) == []


def reports_of(root: Path, folder: Path, **environment: str) -> dict[str, str]:
    """Return every report of one lint, by format, and what it said besides."""
    outputs = [f"--output-format={name}={folder / name}" for name in OUTPUT_FORMATS]
    done = kubelint(root, "lint", "--show-files", *outputs, **environment)
    found = {name: (folder / name).read_bytes().decode() for name in OUTPUT_FORMATS}
    return {**found, "said": said(done)}


def test_no_format_passes_on_an_order(hostile: Path, tmp_path: Path) -> None:
    reports = reports_of(hostile, tmp_path)
    for name, text in reports.items():
        assert ("hostile-values" in text) == (name != "said")
        commands = commands_in(text)
        own = {"github": {"error", "warning", "notice", "group", "endgroup"}, "azure": {"legacy"}}
        allowed = own.get(name, set())
        assert {command for command, _, _ in commands} <= allowed, name
        assert CONTROL.findall(text) == [], name
    assert all(line.count("##vso[") == line.startswith("##vso[task.logissue ") for line in reports["azure"].split("\n"))
    for command, properties, _ in commands_in(reports["github"]):
        assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert (command in ("error", "warning", "notice")) == bool(properties)


@pytest.mark.parametrize(
    "arguments",
    [
        ("lint", "--diff", "--unsafe-fixes"),
        ("lint", "--", NAME, f"no such {NAME}", f"link {NAME}"),
        ("explain", "hostile-values"),
        ("rules",),
        ("lessons", "check"),
        ("lessons", "check", f"no such {NAME}"),
        ("lessons", "search", "pwned"),
        ("lessons", "stats"),
        ("config",),
    ],
    ids=lambda arguments: "-".join(part for part in arguments if part.isascii() and part.isprintable()),
)
def test_no_command_passes_on_an_order(hostile: Path, arguments: tuple[str, ...]) -> None:
    done = kubelint(hostile, *arguments)
    assert "No such command" not in done.stderr
    text = said(done)
    assert text.strip()
    assert_harmless(text)


def test_the_attack_reaches_the_output(hostile: Path) -> None:
    text = said(kubelint(hostile, "lint", "--output-format", "concise"))
    for part in (r"\x1b[31m", r"\u{202e}", r"\n", "##\\x5berror]pwned"):
        assert part in text


# Code of the repository ----------------------------------------------------------------------------------------------

MODULES = (
    "yaml", "click", "jinja2", "jsonschema", "markdown_it", "re2", "cel_expr_python", "sitecustomize", "usercustomize",
    "json", "difflib", "hashlib", "subprocess", "rules", "kubelint_rules",
)  # fmt: skip


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """Return a repository in which every file that Python, uv or git might run leaves a mark."""
    root = tmp_path / "trap"
    (root / "rules").mkdir(parents=True)
    (root / "docs").mkdir()
    code = f"open({str(tmp_path / 'pwned')!r}, 'a').write(__name__ + ' ')\n"
    for module in MODULES:
        (root / f"{module}.py").write_text(code, encoding="utf-8")
    (root / "rules" / "shared_service_selector.py").write_text(code, encoding="utf-8")
    (root / "rules" / "evil.py").write_text(code, encoding="utf-8")
    (root / "conftest.py").write_text(code, encoding="utf-8")
    (root / "uv.toml").write_text('index-url = "http://127.0.0.1:9/simple"\n', encoding="utf-8")
    (root / "pyproject.toml").write_text('[tool.kubelint]\nplugins = ["evil"]\n', encoding="utf-8")
    (root / "docs" / "ai-lessons.md").write_text(
        "# Lessons\n\n### evil\n\n**It is evil.**\n\n**Root cause:** x.\n\n**Fix:** y.\n\n"
        "```yaml rule\nmatch: any\ncheck: evil\n```\n",
        encoding="utf-8",
    )
    (root / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}\n", encoding="utf-8")
    return root


def script() -> Path:
    path = Path(sys.executable).parent / ("kubelint.exe" if os.name == "nt" else "kubelint")
    if not path.exists():
        pytest.skip(f"kubelint is not installed beside {sys.executable}")
    return path


@pytest.mark.parametrize("how", ["script", "module"])
def test_nothing_that_the_repository_holds_is_imported(trap: Path, how: str) -> None:
    start = [str(script())] if how == "script" else [sys.executable, "-m", "kubelint_lessons"]
    formats = [f"--output-format={name}=../{name}.out" for name in OUTPUT_FORMATS]
    for arguments in (["lint", "--no-cache", *formats], ["lint", "--diff"], ["rules"]):
        subprocess.run([*start, *arguments], cwd=trap, capture_output=True, check=False)
    assert not (trap.parent / "pwned").exists()
    assert "duplicate-key" in (trap.parent / "full.out").read_text(encoding="utf-8")


def test_a_check_named_by_a_lesson_of_the_repository_does_not_load(trap: Path) -> None:
    done = kubelint(trap, "lint")
    assert done.returncode == 2
    assert "evil" in done.stdout
    assert not (trap.parent / "pwned").exists()


@pytest.mark.parametrize("text", ["plugins: [evil]\n", "plugin: evil\n"])
def test_a_config_cannot_enable_a_plugin(trap: Path, text: str) -> None:
    (trap / ".kubelint.yaml").write_text(text, encoding="utf-8")
    done = kubelint(trap, "lint")
    assert done.returncode == 2
    assert ".kubelint.yaml:1" in done.stdout
    assert not (trap.parent / "pwned").exists()


def git(root: Path, *arguments: str) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not on PATH")
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.mark.skipif(os.name == "nt", reason="the traps are shell scripts")
def test_a_hostile_git_config_runs_nothing(trap: Path) -> None:
    git(trap, "init", "-q")
    git(trap, "add", ".")
    git(trap, "commit", "-qm", "x")
    attack = trap / "attack.sh"
    attack.write_text(f"#!/bin/sh\necho git >> '{trap.parent / 'pwned'}'\ncat\n", encoding="utf-8")
    attack.chmod(0o755)
    hooks = trap / ".git" / "evil"
    hooks.mkdir()
    for name in ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
        shutil.copy(attack, hooks / name)
    (trap / ".gitattributes").write_text("* filter=evil diff=evil\n", encoding="utf-8")
    for key in (
        "core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv",
        "diff.external", "diff.evil.command", "core.pager", "core.sshCommand", "core.gitProxy", "gpg.program",
        "credential.helper", "core.editor", "uploadpack.packObjectsHook", "core.alternateRefsCommand",
    ):  # fmt: skip
        git(trap, "config", key, str(attack))
    for key, value in (("core.hooksPath", str(hooks)), ("log.showSignature", "true"), ("protocol.ext.allow", "always")):
        git(trap, "config", key, value)
    (trap / "a.yaml").write_text((trap / "a.yaml").read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    (trap.parent / "pwned").unlink(missing_ok=True)
    for arguments in (
        ("lint",), ("lint", "--diff-base", "HEAD"), ("lint", "--lessons-from", "HEAD"),
        ("lessons", "new", "--from", "HEAD"),
    ):  # fmt: skip
        kubelint(trap, *arguments)
    assert not (trap.parent / "pwned").exists()


@pytest.mark.skipif(os.name == "nt", reason="the traps are shell scripts")
def test_a_directory_that_is_laid_out_as_a_bare_repository_is_no_repository(trap: Path) -> None:
    git(trap, "init", "-q", "--bare", "inner")
    attack = trap / "attack.sh"
    attack.write_text(f"#!/bin/sh\necho git >> '{trap.parent / 'pwned'}'\n", encoding="utf-8")
    attack.chmod(0o755)
    config = trap / "inner" / "config"
    config.write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = {trap}\n\tfsmonitor = {attack}\n",
        encoding="utf-8",
    )
    shutil.copy(trap / "a.yaml", trap / "inner" / "a.yaml")
    (trap / "inner" / "ai-lessons.md").write_text("# Lessons\n", encoding="utf-8")
    (trap.parent / "pwned").unlink(missing_ok=True)
    done = kubelint(trap / "inner", "lint")
    assert "a.yaml:3:" in done.stdout
    assert "../a.yaml" not in done.stdout
    assert not (trap.parent / "pwned").exists()


@pytest.mark.skipif(os.name == "nt", reason="the traps are shell scripts")
@pytest.mark.parametrize("entry", ["", ".", "{here}", "bin"])
def test_git_is_not_looked_for_in_the_repository(trap: Path, entry: str) -> None:
    (trap / "bin").mkdir()
    for place in (trap, trap / "bin"):
        (place / "git").write_text(f"#!/bin/sh\necho git >> '{trap.parent / 'pwned'}'\n", encoding="utf-8")
        (place / "git").chmod(0o755)
    path = f"{entry.format(here=trap)}{os.pathsep}{os.environ['PATH']}"
    (trap.parent / "pwned").unlink(missing_ok=True)
    kubelint(trap, "lint", PATH=path)
    assert not (trap.parent / "pwned").exists()


# Secrets -------------------------------------------------------------------------------------------------------------

SECRETS = (Path(__file__).parent / "data" / "trust" / "secrets.yaml").read_text(encoding="utf-8")
BROKEN = (Path(__file__).parent / "data" / "trust" / "broken-secret.yaml").read_text(encoding="utf-8")
VALUES = (Path(__file__).parent / "data" / "trust" / "values.yaml").read_text(encoding="utf-8")
GENERATOR = (Path(__file__).parent / "data" / "trust" / "kustomization.yaml").read_text(encoding="utf-8")
TELL_ALL = (Path(__file__).parent / "data" / "trust" / "lessons.md").read_text(encoding="utf-8")
CANARY = re.compile(r"c4n4ry[\w-]*|YzRuNHJ5\w*")


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    root = tmp_path / "leaky"
    (root / "docs").mkdir(parents=True)
    (root / "docs" / "ai-lessons.md").write_text(TELL_ALL, encoding="utf-8")
    for name, text in (
        ("a.yaml", SECRETS), ("broken.yaml", BROKEN), ("values.yaml", VALUES), ("kustomization.yaml", GENERATOR),
    ):  # fmt: skip
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_the_secrets_are_many() -> None:
    assert len(set(CANARY.findall(SECRETS + BROKEN + VALUES + GENERATOR))) >= 40


def test_no_secret_is_in_any_format(leaky: Path) -> None:
    outputs = [f"--output-format={name}=../{name}.out" for name in OUTPUT_FORMATS]
    done = kubelint(leaky, "lint", "--show-files", *outputs)
    assert done.returncode == 1
    assert CANARY.findall(said(done)) == []
    for name in OUTPUT_FORMATS:
        text = (leaky.parent / f"{name}.out").read_text(encoding="utf-8")
        assert CANARY.findall(text) == [], name
    full = (leaky.parent / "full.out").read_text(encoding="utf-8")
    for rule in ("tells-objects", "tells-variables", "tells-lines", "tells-related"):
        assert rule in full
    assert "look at" in full
    assert "***" in full


def test_no_secret_is_in_a_diff(leaky: Path) -> None:
    done = kubelint(leaky, "lint", "--diff", "--unsafe-fixes")
    assert "+  pin: ***" in done.stdout
    assert CANARY.findall(said(done)) == []


def test_what_is_no_secret_stays_readable(leaky: Path) -> None:
    kubelint(leaky, "lint", "--output-format", "full=../full.out")
    full = (leaky.parent / "full.out").read_text(encoding="utf-8")
    for text in ("secretName: web-tls", "image: web:1", "value: $(DB_PASSWORD)", "topologyKey: kubernetes.io/hostname"):
        assert text in full


# Ways out of the project ---------------------------------------------------------------------------------------------


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    (outside / "docs").mkdir(parents=True)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c4n4ry-outside, name: c4n4ry-outside}\n"
    (outside / "a.yaml").write_text(text, encoding="utf-8")
    (outside / "lessons.md").write_text("### c4n4ry-outside\n\n```yaml rule\nc4n4ry: 1\n```\n", encoding="utf-8")
    (outside / "config.yaml").write_text("c4n4ry-outside: 1\n", encoding="utf-8")
    root = tmp_path / "project"
    (root / "docs").mkdir(parents=True)
    (root / "docs" / "ai-lessons.md").write_text("# Lessons\n", encoding="utf-8")
    (root / "b.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: inside}\n", encoding="utf-8")
    (root / "k8s").symlink_to(outside)
    (root / "link.yaml").symlink_to(outside / "a.yaml")
    (root / "loop.yaml").symlink_to("loop.yaml")
    return root


@pytest.mark.parametrize("with_git", [False, True])
def test_links_out_of_the_project_are_not_followed_and_said(linked: Path, with_git: bool) -> None:
    if with_git:
        git(linked, "init", "-q")
        git(linked, "add", ".")
    done = kubelint(linked, "lint", "--show-files")
    assert "c4n4ry" not in said(done)
    assert "not checked: 2 (a symbolic link that leads out of the project)" in done.stdout
    assert re.search(r"leads out of the project\s+k8s$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("path", ["k8s", "link.yaml", "k8s/a.yaml"])
def test_a_link_out_of_the_project_that_is_given_is_an_error(linked: Path, path: str) -> None:
    done = kubelint(linked, "lint", path)
    assert done.returncode == 2
    assert "is a symbolic link that leads out of the project" in done.stdout
    assert "c4n4ry" not in said(done)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("docs/ai-lessons.md", "lessons.md"),
        (".kubelint.yaml", "config.yaml"),
        ("docs/platform-reference.md", "lessons.md"),
    ],
)
def test_what_decides_is_not_read_through_a_link_out_of_the_project(linked: Path, name: str, target: str) -> None:
    (linked / name).unlink(missing_ok=True)
    (linked / name).symlink_to(linked.parent / "outside" / target)
    done = kubelint(linked, "lint", "b.yaml")
    assert done.returncode == 2
    assert f"{name}: error: " in done.stdout
    assert "leads out of the project" in done.stdout
    assert "c4n4ry" not in said(done)


def test_a_config_cannot_name_a_file_out_of_the_project(linked: Path) -> None:
    (linked / ".kubelint.yaml").write_text("lessons: [../outside/lessons.md, k8s/lessons.md]\n", encoding="utf-8")
    done = kubelint(linked, "lint", "b.yaml")
    assert done.returncode == 2
    assert "c4n4ry" not in said(done)


def test_a_report_is_not_written_through_a_link_out_of_the_project(linked: Path) -> None:
    target = linked.parent / "outside" / "profile"
    (linked / "out.sarif").symlink_to(target)
    done = kubelint(linked, "lint", "b.yaml", "--output-format", "sarif=out.sarif")
    assert done.returncode == 2
    assert "out.sarif is a symbolic link that leads out of the project" in done.stderr
    assert not target.exists()


# Exhaustion ----------------------------------------------------------------------------------------------------------


def bombs() -> dict[str, str]:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    laughs = (
        head
        + 'a0: &a0 ["x", "x"]\n'
        + "".join(f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 12))
    )
    merges = (
        head
        + "m0: &m0 {x: 1}\n"
        + "".join(
            f"m{number}: &m{number} {{<<: [{', '.join([f'*m{number - 1}'] * 20)}], k{number}: 1}}\n"
            for number in range(1, 20)
        )
    )
    return {
        "brackets": "[" * 200_000,
        "braces": head + "x: " + "{a: " * 100_000,
        "laughs": laughs,
        "merges": merges,
        "recursive": head + "x: &x {y: *x}\n",
        "integer": head + f"x: {'9' * 10_000}\n",
        "date": head + "x: 2001-99-99\n",
        "python": head + "x: !!python/object/apply:os.system ['touch pwned']\n",
    }


@pytest.mark.parametrize("name", bombs())
def test_a_bomb_ends_in_a_finding_or_an_error_and_its_siblings_are_checked(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.yaml").write_text(bombs()[name], encoding="utf-8")
    (tmp_path / "y.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}\n", encoding="utf-8"
    )
    done = kubelint(tmp_path, "lint", "--output-format", "concise")
    assert done.returncode in (1, 2)
    assert "y.yaml:3:" in done.stdout
    assert not (tmp_path / "pwned").exists()
    if name not in ("integer", "date", "python"):
        assert "x.yaml:" in done.stdout or "not checked: 1 (does not parse)" in done.stdout


def test_a_file_above_the_cap_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1\n" * 4_500_000, encoding="utf-8")
    done = kubelint(tmp_path, "lint", "--output-format", "concise")
    assert done.returncode == 2
    assert "x.yaml: error:" in done.stdout or "x.yaml:1" in done.stdout


REGEX = """\
### {name}

**Slow.**

**Root cause:** It is a test.

**Fix:** None.

```yaml rule
{block}
message: x
```

"""


def test_no_expression_of_a_lesson_holds_up_a_run(tmp_path: Path) -> None:
    blocks = {
        "nested-quantifiers": "regex: '^(a+)+$'\nfiles: ['*.txt']",
        "long-regex": f"regex: '{'(a|b)' * 3000}'\nfiles: ['*.txt']",
        "look-around": "regex: '(?=a)b'\nfiles: ['*.txt']",
        "huge-repeat": "regex: '((a{1000}){1000}){1000}'\nfiles: ['*.txt']",
        "nested-loops": "match: ConfigMap\nforbid: " + "object.data.all(a, " * 6 + "true" + ")" * 6,
        "deep-expression": "match: ConfigMap\nforbid: " + "(" * 3000 + "true" + ")" * 3000,
        "format-string": "match: ConfigMap\nforbid: 'true'\nlabel: '{object.__class__} {0.x} {object.data:>99999999}'",
    }
    lessons = "# Lessons\n\n" + "".join(REGEX.format(name=name, block=block) for name, block in blocks.items())
    (tmp_path / "ai-lessons.md").write_text(lessons, encoding="utf-8")
    (tmp_path / "x.txt").write_text("a" * 100_000 + "b\n", encoding="utf-8")
    data = "".join(f"  k{number}: v\n" for number in range(60))
    (tmp_path / "y.yaml").write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{data}", encoding="utf-8"
    )
    start = time.monotonic()
    done = kubelint(tmp_path, "lint", "--output-format", "concise")
    assert time.monotonic() - start < 60, "a limit is missing"
    assert done.returncode == 2
    assert "look-around" in done.stdout
    assert "<class" not in done.stdout
    assert len(done.stdout) < 100_000


# The same every time -------------------------------------------------------------------------------------------------


def test_the_bytes_are_the_same_in_every_run(hostile: Path, tmp_path: Path) -> None:
    runs = []
    for seed, zone, locale in (("0", "UTC", "C"), ("1", "Asia/Tokyo", "C.UTF-8"), ("2", "UTC", "C")):
        folder = tmp_path / seed
        folder.mkdir()
        runs.append(reports_of(hostile, folder, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=locale))
    assert runs[0] == runs[1] == runs[2]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_terminal_that_knows_few_characters_gets_all_bytes(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "é😀.yaml").write_text(MANIFEST, encoding="utf-8")
    done = kubelint(tmp_path, "lint", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 1
    assert "é😀.yaml:3" in done.stdout


@pytest.mark.parametrize("name", ["full", "html", "sarif"])
def test_nobody_who_stops_reading_gets_a_traceback(hostile: Path, name: str) -> None:
    command = [sys.executable, "-m", "kubelint_lessons", "lint", "--output-format", name]
    with subprocess.Popen(command, cwd=hostile, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


# The words -----------------------------------------------------------------------------------------------------------


def test_every_test_that_the_threat_model_names_exists() -> None:
    root = Path(__file__).resolve().parents[1]
    named = set(re.findall(r"(tests/\w+\.py)::(test_\w+)", (root / "SECURITY.md").read_text(encoding="utf-8")))
    assert len(named) >= 20
    missing = [
        f"{file}::{name}"
        for file, name in sorted(named)
        if f"def {name}(" not in (root / file).read_text(encoding="utf-8")
    ]
    assert missing == []
