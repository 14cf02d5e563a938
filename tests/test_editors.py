"""Every snippet of docs/editors.md, tried: in the editor itself where it can be had, else as far as possible."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from test_cli import LESSON, kubelint
from test_stdin import POSTGRES_AS_WEB, SERVICE, WEB

from kubelint_lessons.authoring.starting import GITHUB_MATCHER, VSCODE_TASKS
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.source import read_source

PAGE = (Path(__file__).parents[1] / "docs" / "editors.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r"<!-- snippet: ([\w-]+) -->\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))

ODD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: "é😀"}, name: web}\ndata: {a: b}\n'
MESSAGE = 'ConfigMap "web" [see a:1:2: error[b] c] says nothing'
NOTE = """\
### named-twice

**Odd.**

**Root cause:** It.

**Fix:** Not.

```yaml rule
severity: SEVERITY
match: ConfigMap
forbid: object.metadata.name == 'web'
at: metadata.labels
message: labels of web
```
"""


class Place(NamedTuple):
    """One line of the concise output, as an editor is to understand it; columns are characters."""

    path: str
    line: int
    column: int
    severity: str
    rule: str
    message: str


PLACES = (
    Place("k8s/my web.yaml", 3, 21, "info", "named-thrice", "labels of web"),
    Place("k8s/my web.yaml", 3, 21, "warning", "named-twice", "labels of web"),
    Place("k8s/my web.yaml", 3, 31, "error", "web-called-web", MESSAGE),
    Place(
        "k8s/service.yaml", 6, 5, "error", "shared-service-selector",
        'Service "web" also selects Deployment "postgres"',
    ),
    Place(".kubelint.yaml", 2, 1, "error", "", 'unknown option "nope"'),
)  # fmt: skip


def needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is missing")
    return found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with findings of every kind, and put ``kubelint`` on the path of the editors."""
    if sys.platform == "win32":
        pytest.skip("the editors are started with a shell script")
    root = tmp_path / "my project"
    (root / "docs").mkdir(parents=True)
    (root / "k8s").mkdir()
    lessons = LESSON.replace("has a name that says nothing'", "[see a:1:2: error[b] c] says nothing'")
    twice = NOTE.replace("SEVERITY", "warning")
    thrice = NOTE.replace("SEVERITY", "info").replace("named-twice", "named-thrice")
    (root / "docs" / "ai-lessons.md").write_text(f"{lessons}\n{twice}\n{thrice}", encoding="utf-8")
    rules = "web-called-web, named-twice, named-thrice, shared-service-selector"
    (root / ".kubelint.yaml").write_text(f"select: [{rules}]\nnope: 1\n", encoding="utf-8")
    files = {"my web.yaml": ODD, "service.yaml": SERVICE, "web.yaml": WEB, "postgres.yaml": POSTGRES_AS_WEB}
    for name, text in files.items():
        (root / "k8s" / name).write_text(text, encoding="utf-8")
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "kubelint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kubelint_lessons "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return root


def mend_config(project: Path) -> None:
    config = project / ".kubelint.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("nope: 1\n", ""), encoding="utf-8")


def concise(project: Path, *options: str) -> str:
    return kubelint(project, "lint", "--output-format", "concise", *options).stdout


def run(command: list[str], cwd: Path, stdin: str | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, encoding="utf-8", check=False, timeout=120
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def test_the_page_names_every_snippet_once() -> None:
    assert len(re.findall("<!-- snippet: ", PAGE)) == len(SNIPPETS) == 14


def test_every_finding_and_every_error_is_one_line(project: Path) -> None:
    lines = concise(project, "-q").splitlines()
    for place, line in zip(PLACES, lines, strict=True):
        rule = f"[{place.rule}]" if place.rule else ":"
        start = f"{place.path}:{place.line}:{place.column}: {place.severity}{rule} {place.message}"
        assert line.startswith(start)


# Patterns in JavaScript

EXTRA = (
    (
        "C:/my k8s/web.yaml:4:3: error[a-b] c: d:1:2: e",
        Place("C:/my k8s/web.yaml", 4, 3, "error", "a-b", "c: d:1:2: e"),
    ),
    ("../k8s/a:7:b.yaml:4:3: info[a] [b] c", Place("../k8s/a:7:b.yaml", 4, 3, "info", "a", "[b] c")),
    ("a.yaml:10:200: warning[a] ", Place("a.yaml", 10, 200, "warning", "a", "")),
)
NO_FINDINGS = (
    "kubelint: checking k8s",
    "kubelint: done, 1 finding in 1 file",
    "Found 1 error in 1 file.",
    "  checked: 1 resource in 1 document",
)

MATCH = """
const [pattern, lines] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const regexp = new RegExp(pattern.regexp);
const fields = ["file", "line", "column", "severity", "code", "message"];
const found = lines.map((line) => {
  const match = regexp.exec(line);
  return match && fields.map((field) => match[pattern[field]] ?? "");
});
process.stdout.write(JSON.stringify(found));
"""


def matches(pattern: dict[str, Any], lines: list[str]) -> list[Place | None]:
    """Return what a JavaScript engine makes of each line."""
    node = needs("node")
    done = subprocess.run(
        [node, "-e", MATCH], input=json.dumps([pattern, lines]), capture_output=True, encoding="utf-8", check=True
    )
    return [
        found and Place(found[0], int(found[1]), int(found[2]), found[3], found[4], found[5])
        for found in json.loads(done.stdout)
    ]


def check_matches(found: list[Place | None]) -> None:
    known = [match for match in found if match is not None]
    assert [
        match._replace(message=match.message[: len(place.message)]) for match, place in zip(known, PLACES, strict=True)
    ] == list(PLACES)


@pytest.mark.parametrize("task", VSCODE_TASKS, ids=lambda task: task["label"])
def test_the_pattern_for_vs_code(project: Path, task: dict[str, Any]) -> None:
    pattern = task["problemMatcher"]["pattern"]
    check_matches(matches(pattern, concise(project).splitlines()))
    assert matches(pattern, [line for line, _ in EXTRA]) == [place for _, place in EXTRA]
    assert matches(pattern, list(NO_FINDINGS)) == [None] * len(NO_FINDINGS)


@pytest.mark.parametrize("color", ["never", "always"])
def test_the_pattern_for_github(project: Path, color: str) -> None:
    (matcher,) = GITHUB_MATCHER["problemMatcher"]
    (pattern,) = matcher["pattern"]
    output = concise(project, "--color", color)
    assert ("\x1b[" in output) == (color == "always")
    check_matches(matches(pattern, output.splitlines()))
    assert matches(pattern, [line for line, _ in EXTRA]) == [place for _, place in EXTRA]


def test_the_page_shows_the_task_that_init_writes() -> None:
    assert json.loads(SNIPPETS["vscode-watch"]) == VSCODE_TASKS[0]
    (label,) = json.loads(SNIPPETS["vscode-on-save"])["triggerTaskOnSave.tasks"]
    assert label in [task["label"] for task in VSCODE_TASKS]


def test_the_task_for_one_file(project: Path) -> None:
    arguments = [
        str(project / "k8s" / "postgres.yaml") if item == "${file}" else item for item in VSCODE_TASKS[1]["args"]
    ]
    mend_config(project)
    output = run(["kubelint", *arguments], project)
    assert output.startswith("k8s/service.yaml:6:5: error[shared-service-selector] ")


# Vim and Neovim

QUICKFIX = """
let s:found = []
for item in getqflist()
  call add(s:found, [fnamemodify(bufname(item.bufnr), ':.'), item.lnum, item.col, item.type, item.text])
endfor
call writefile([json_encode(s:found)], 'found.json')
qall!
"""
EDITORS = pytest.mark.parametrize("editor", ["vim", "nvim"])


def run_vim(editor: str, script: str, cwd: Path, *files: str) -> Any:
    (cwd / "script.vim").write_text(script, encoding="utf-8")
    batch = ["-es"] if editor == "vim" else ["--headless"]
    command = [
        needs(editor),
        "-u",
        "NONE",
        "-i",
        "NONE",
        "-n",
        *batch,
        "--cmd",
        "set nocompatible encoding=utf-8",
        "-S",
        "script.vim",
        *files,
    ]
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120)
    found = cwd / "found.json"
    assert found.is_file(), done.stdout + done.stderr
    return json.loads(found.read_text(encoding="utf-8"))


@EDITORS
def test_make_fills_the_quickfix_list(project: Path, editor: str) -> None:
    found = run_vim(editor, f"{SNIPPETS['vim-make']}\nset shellpipe=>\nsilent make!\n{QUICKFIX}", project)
    assert len(found) == len(PLACES)
    for item, place in zip(found, PLACES, strict=True):
        tag = f"[{place.rule}]" if place.rule else ":"
        assert item[:4] == [place.path, place.line, place.column, place.severity[0]]
        assert item[4].startswith(f"{tag} {place.message}")


@EDITORS
def test_make_leaves_out_what_is_no_finding(project: Path, editor: str) -> None:
    (project / "lines").write_text("\n".join([*NO_FINDINGS, *(line for line, _ in EXTRA[1:])]), encoding="utf-8")
    script = f"{SNIPPETS['vim-make'].replace('&l:', '&')}\ncgetexpr readfile('lines')\n{QUICKFIX}"
    assert [item[1:4] for item in run_vim(editor, script, project)] == [[4, 3, "i"], [10, 200, "w"]]


def test_the_callback_for_ale(project: Path) -> None:
    (project / "autoload" / "ale").mkdir(parents=True)
    (project / "autoload" / "ale" / "linter.vim").write_text(
        "function! ale#linter#Define(type, linter) abort\n  let g:linter = a:linter\nendfunction\n", encoding="utf-8"
    )
    (project / "output").write_text(concise(project, "-q"), encoding="utf-8")
    script = (
        f"set runtimepath+=.\n{SNIPPETS['vim-ale']}\n"
        "let s:result = call(g:linter.callback, [1, readfile('output')])\n"
        "call writefile([json_encode([g:linter.command, s:result])], 'found.json')\nqall!\n"
    )
    command, found = run_vim("vim", script, project)
    for item, place in zip(found, PLACES, strict=True):
        assert item["filename"] == str(project / place.path)
        assert (item["lnum"], item["col"], item["code"]) == (place.line, place.column, place.rule)
        assert item["type"] == place.severity[0].upper()
        assert item["text"].startswith(place.message)
    shell = command.replace("%e", "kubelint").replace("%s", "'k8s/my web.yaml'")
    mend_config(project)
    assert run(["sh", "-c", shell], project, ODD).count("\n") == 3
    assert run(["sh", "-c", shell], project, ODD.replace("name: web", "name: b")) == ""


NVIM_LINT = """
package.preload['lint'] = function()
  _G.lint = _G.lint or { linters = {}, linters_by_ft = {}, try_lint = function() end }
  return _G.lint
end
dofile('snippet.lua')
local linter = _G.lint.linters.kubelint
local command = { linter.cmd }
for _, argument in ipairs(linter.args) do
  table.insert(command, type(argument) == 'function' and argument() or argument)
end
local output = vim.fn.system(command, vim.api.nvim_buf_get_lines(0, 0, -1, false))
vim.fn.writefile({ vim.json.encode(linter.parser(output, vim.api.nvim_get_current_buf())) }, 'found.json')
vim.cmd('qall!')
"""


def run_nvim_lint(project: Path, name: str, edit: str = "") -> Any:
    (project / "snippet.lua").write_text(SNIPPETS["nvim-lint"], encoding="utf-8")
    (project / "test.lua").write_text(NVIM_LINT, encoding="utf-8")
    return run_vim("nvim", f"{edit}\nluafile test.lua", project, name)


def test_nvim_lint(project: Path) -> None:
    (project / ".kubelint.yaml").write_text("select: [web-called-web, shared-service-selector]\n", encoding="utf-8")
    (found,) = run_nvim_lint(project, "k8s/my web.yaml")
    line = ODD.splitlines()[2]
    start = len(line[:30].encode())
    assert (found["lnum"], found["col"], found["end_col"]) == (2, start, start + len("name: web"))
    assert (found["severity"], found["code"], found["source"]) == (1, "web-called-web", "kubelint")
    assert found["message"] == f"{MESSAGE}\nName it after what it serves."
    assert run_nvim_lint(project, "k8s/my web.yaml", "%s/name: web/name: other/") == []


def test_nvim_lint_shows_the_end_that_lies_in_this_file(project: Path) -> None:
    (found,) = run_nvim_lint(project, "k8s/postgres.yaml")
    assert (found["lnum"], found["col"], found["code"]) == (8, 8, "shared-service-selector")


def test_conform(project: Path) -> None:
    (project / "snippet.lua").write_text(SNIPPETS["nvim-conform"], encoding="utf-8")
    (project / "test.lua").write_text(
        "package.preload['conform'] = function() return { setup = function(given) _G.given = given end } end\n"
        "dofile('snippet.lua')\n"
        "vim.fn.writefile({ vim.json.encode(_G.given.formatters.kubelint) }, 'found.json')\nvim.cmd('qall!')\n",
        encoding="utf-8",
    )
    formatter = run_vim("nvim", "luafile test.lua", project)
    mend_config(project)
    arguments = ["k8s/my web.yaml" if item == "$FILENAME" else item for item in formatter["args"]]
    done = subprocess.run(
        [formatter["command"], *arguments], cwd=project, input=ODD, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == ODD


# Emacs

COMPILE = """
(setq compilation-skip-threshold 0)
(let ((buffer (generate-new-buffer "*compilation*")) found)
  (with-current-buffer buffer
    (insert-file-contents "output")
    (setq default-directory (expand-file-name "./"))
    (compilation-mode)
    (compilation--ensure-parse (point-max))
    (goto-char (point-min)))
  (setq next-error-last-buffer buffer)
  (condition-case nil
    (while t
      (next-error)
      (let ((type (with-current-buffer buffer
                    (compilation--message->type (get-text-property (point) 'compilation-message)))))
        (with-current-buffer (window-buffer (selected-window))
          (push (list (file-relative-name buffer-file-name
                                          (buffer-local-value 'default-directory buffer))
                      (line-number-at-pos)
                      (1+ (- (point) (line-beginning-position)))
                      type)
                found))))
    (user-error nil))
  (with-current-buffer buffer
    (let ((coding-system-for-write 'utf-8))
      (write-region (json-encode (vconcat (nreverse found))) nil found-file))))
"""

FLYMAKE = """
(find-file "NAME")
(goto-char (point-min))
EDIT
(let (done)
  (kubelint-flymake (lambda (diagnostics &rest _) (setq done (list diagnostics))))
  (while (not done) (accept-process-output nil 0.1))
  (let ((found (mapcar (lambda (item)
                         (list (line-number-at-pos (flymake-diagnostic-beg item))
                               (save-excursion (goto-char (flymake-diagnostic-beg item)) (1+ (current-column)))
                               (format "%s" (flymake-diagnostic-type item))
                               (flymake-diagnostic-text item)))
                       (car done))))
    (set-buffer-modified-p nil)
    (with-temp-file found-file (insert (json-encode (vconcat found))))))
"""


def run_emacs(script: str, cwd: Path) -> Any:
    start = (
        '(set-language-environment "UTF-8") (require (quote json)) (defvar found-file (expand-file-name "found.json"))'
    )
    (cwd / "start.el").write_text(start, encoding="utf-8")
    (cwd / "script.el").write_text(script, encoding="utf-8")
    command = [needs("emacs"), "--batch", "-Q", "-l", "start.el", "-l", "script.el"]
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads((cwd / "found.json").read_text(encoding="utf-8"))


def test_emacs_goes_from_finding_to_finding(project: Path) -> None:
    (project / "output").write_text("\n".join(NO_FINDINGS) + "\n" + concise(project), encoding="utf-8")
    found = run_emacs(SNIPPETS["emacs-compile"] + COMPILE, project)
    types = {"error": 2, "warning": 1, "info": 0}
    places = [place for place in PLACES if place.rule != "named-twice"]  # next-error stops at each place once
    assert [tuple(item) for item in found] == [
        (place.path, place.line, place.column, types[place.severity]) for place in places
    ]


@pytest.mark.parametrize(
    ("edit", "is_found"),
    [("", True), ('(while (re-search-forward "name: web" nil t) (replace-match "name: b"))', False)],
)
def test_flymake_sees_the_text_of_the_buffer(project: Path, edit: str, is_found: bool) -> None:
    script = SNIPPETS["emacs-flymake"] + FLYMAKE.replace("NAME", "k8s/my web.yaml").replace("EDIT", edit)
    found = run_emacs(script, project)
    at_labels = [item[:3] for item in found if "labels of web" in item[3]]
    assert at_labels == ([[3, 21, ":note"], [3, 21, ":warning"]] if is_found else [])
    elsewhere = [item[3] for item in found if item[3].startswith("../.kubelint.yaml: unknown option")]
    assert len(elsewhere) == 1


# The others


def arguments_of(command: list[str], name: str) -> list[str]:
    found = [
        re.sub(r"\$\{INPUT\}|\$FilePathRelativeToProjectRoot\$|\$file|\{buffer_path\}", lambda _: name, item)
        for item in command
    ]
    assert name in found
    return found


def test_helix_and_efm(project: Path) -> None:
    settings = tomllib.loads(SNIPPETS["helix"])
    assert "efm" in settings["language-server"]
    assert "efm" in settings["language"][0]["language-servers"]
    (document,) = documents_of(read_source("config.yaml", SNIPPETS["efm"].encode()))
    tool = document.data["languages"]["yaml"][0]
    command = tool["lint-command"].replace("${INPUT}", "'k8s/my web.yaml'")
    output = run(["sh", "-c", f"{command} || true"], project, ODD)
    assert output.count("\n") == 4
    (project / "lines").write_text(output, encoding="utf-8")
    formats = ",".join(item.replace(",", "\\,") for item in tool["lint-formats"])
    found = run_vim("vim", f"let &efm = '{formats}'\ncgetexpr readfile('lines')\n{QUICKFIX}", project)
    assert [item[1:4] for item in found] == [[3, 21, "i"], [3, 21, "w"], [3, 31, "e"], [2, 1, "e"]]


def test_jetbrains(project: Path) -> None:
    tree = ElementTree.fromstring(SNIPPETS["jetbrains"])
    options = {option.get("name"): option.get("value") for option in tree.iter("option")}
    mend_config(project)
    command = [str(options["program"]), *arguments_of(str(options["arguments"]).split(), "k8s/postgres.yaml")]
    output = run(command, project)
    macros = {
        "FILE_PATH": "(?P<file>.+?)",
        "LINE": r"(?P<line>\d+)",
        "COLUMN": r"(?P<column>\d+)",
        "MESSAGE": "(?P<message>.+)",
    }
    pattern = re.sub(r"\$(\w+)\$", lambda macro: macros[macro[1]], str(options["regExp"]))
    match = re.match(pattern, output)
    assert match is not None
    assert (match["file"], match["line"], match["column"]) == ("k8s/service.yaml", "6", "5")


def test_sublime(project: Path) -> None:
    build = json.loads(SNIPPETS["sublime"])
    mend_config(project)
    for command in (arguments_of(build["cmd"], "k8s/postgres.yaml"), build["variants"][0]["cmd"]):
        found = [re.match(build["file_regex"], line) for line in run(command, project).splitlines()]
        places = [(match[1], match[2], match[3]) for match in found if match is not None]
        assert ("k8s/service.yaml", "6", "5") in places
        assert len(places) == len(found)


def test_zed(project: Path) -> None:
    (task,) = json.loads(SNIPPETS["zed-task"])
    assert (task["command"], task["args"]) == ("kubelint", ["lint", "--watch"])
    external = json.loads(SNIPPETS["zed-formatter"])["languages"]["YAML"]["formatter"]["external"]
    mend_config(project)
    command = [external["command"], *arguments_of(external["arguments"], "k8s/my web.yaml")]
    assert run(command, project, ODD) == ODD
