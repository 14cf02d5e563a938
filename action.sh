#!/usr/bin/env bash
# What the step of action.yml does; every input comes as a variable LINT_… (docs/github-actions.md).
#
# The checkout may be a stranger's pull request. Nothing in it is run, imported or read as configuration of pip, uv or
# Python: the install works in an empty directory, Python never sees the checkout on its path, and git runs no hooks.
# Written for bash 3.2, which is what macOS has: no mapfile, no empty "${array[@]}" under set -u.
set -euo pipefail

LINT_PATHS=${LINT_PATHS:-.} LINT_VERSION=${LINT_VERSION:-} LINT_FAIL_ON=${LINT_FAIL_ON:-} LINT_ARGS=${LINT_ARGS:-}
LINT_NEW_ONLY=${LINT_NEW_ONLY:-false} LINT_LESSONS_FROM=${LINT_LESSONS_FROM:-auto} LINT_SARIF=${LINT_SARIF:-}
LINT_ANNOTATIONS=${LINT_ANNOTATIONS:-true} LINT_SUMMARY=${LINT_SUMMARY:-true}

unset PYTHONPATH PYTHONHOME PYTHONSTARTUP
workspace=$(pwd)
temporary=${RUNNER_TEMP:?the action runs on a GitHub runner, which sets RUNNER_TEMP}
source_of_action=${GITHUB_ACTION_PATH:?the action runs on a GitHub runner, which sets GITHUB_ACTION_PATH}
work=$(mktemp -d "$temporary/kubelint.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/empty"
findings=0
sarif_file=""

# Prints $1 as the message of a workflow command: on one line, with what the runner unescapes.
escaped() {
  local text=${1//'%'/%25} return=$'\r' newline=$'\n'
  text=${text//$return/%0D}
  printf '%s' "${text//$newline/%0A}"
}

# Annotates with level $1, title $2 and message $3.
annotate() {
  printf '::%s title=%s::%s\n' "$1" "$2" "$(escaped "$3")"
}

# Sets output $1 to $2. The delimiter is random, so that no value can end itself and set another output.
output() {
  local delimiter
  delimiter=end_$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s<<%s\n%s\n%s\n' "$1" "$delimiter" "$2" "$delimiter" >>"${GITHUB_OUTPUT:-/dev/null}"
}

finish() {
  output exit-code "$1"
  output findings "$findings"
  output sarif-file "$sarif_file"
  exit "$1"
}

refuse() {
  annotate error kubelint "$1"
  finish 2
}

# Refuses the input called $1 if its value $2 is none of the words that follow.
choice() {
  local name=$1 value=$2 word
  shift 2
  for word in "$@"; do
    [ "$value" = "$word" ] && return 0
  done
  refuse "The input $name is \"$value\", which is none of: ${*:-}"
}

# Fills the array called lines with the lines of $1 that hold something.
lines=()
split_lines() {
  local line
  lines=()
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    [ -z "$line" ] || lines+=("$line")
  done <<<"$1"
}

check_inputs() {
  choice fail-on "$LINT_FAIL_ON" "" error warning info never
  choice new-only "$LINT_NEW_ONLY" true false
  choice lessons-from "$LINT_LESSONS_FROM" auto base head
  choice annotations "$LINT_ANNOTATIONS" true false
  choice summary "$LINT_SUMMARY" true false
  local pattern='^([0-9]+\.[0-9]+\.[0-9]+((a|b|rc)[0-9]+)?|latest)?$'
  [[ $LINT_VERSION =~ $pattern ]] ||
    refuse "The input version is \"$LINT_VERSION\"; it takes an exact version such as 0.1.0, latest, or nothing"
}

# Refuses a SARIF file that cannot be, or that a link in the checkout would lead elsewhere.
check_sarif() {
  [ -n "$LINT_SARIF" ] || return 0
  case $LINT_SARIF in
    *$'\n'* | *$'\r'*) refuse "The input sarif names one file, on one line" ;;
    -*) LINT_SARIF=./$LINT_SARIF ;;
  esac
  local folder
  folder=$(dirname "$LINT_SARIF")
  { mkdir -p "$folder" && folder=$(cd -P "$folder" && pwd -P); } ||
    refuse "The input sarif is \"$LINT_SARIF\", whose folder cannot be made"
  [ ! -d "$LINT_SARIF" ] || refuse "The input sarif is \"$LINT_SARIF\", which is a directory"
  case $LINT_SARIF in
    /* | [A-Za-z]:*) return 0 ;; # an absolute path is the workflow's own choice
  esac
  case $folder/ in
    "$(pwd -P)"/*) ;;
    *) refuse "The input sarif is \"$LINT_SARIF\", which leads out of the checkout" ;;
  esac
}

# Prints the name of a Python that kubelint runs on.
find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3.14 python3 python; do
    if "$name" -I -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>"$work/python.log"; then
      printf '%s' "$name"
      return 0
    fi
  done
  return 1
}

# Sets kubelint and python to the installed programs; a second step of the same job finds them there.
install() {
  local target name home scripts own what
  own=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$source_of_action/kubelint_lessons/__init__.py")
  case $LINT_VERSION in
    "" | "$own")
      target=$source_of_action name=own-$(cksum <<<"$source_of_action" | tr -dc '0-9')
      what="$own, from the source of this action"
      ;;
    latest) target=kubelint-lessons name=latest ;;
    *) target=kubelint-lessons==$LINT_VERSION name=$LINT_VERSION ;;
  esac
  home=$temporary/kubelint-$name what=${what:-$target}
  if [ ! -e "$home/installed" ]; then
    echo "::group::Install kubelint ($what)"
    rm -rf "$home"
    (cd "$work/empty" && install_into "$home" "$target") || {
      echo "::endgroup::"
      refuse "kubelint could not be installed; the log of this step says why"
    }
    echo "::endgroup::"
    touch "$home/installed"
  fi
  scripts=$home/bin
  [ -d "$scripts" ] || scripts=$home/Scripts
  kubelint=$scripts/kubelint python=$scripts/python
}

# Makes an environment at $1 with the package $2 in it. The current directory is empty.
install_into() {
  local base
  if command -v uv >/dev/null; then
    uv venv --quiet --python '>=3.11,<3.15' "$1" && uv pip install --quiet --python "$1" "$2"
    return
  fi
  base=$(find_python) || {
    annotate error kubelint "kubelint needs Python 3.11 to 3.14, or uv: add a step with actions/setup-python before this one"
    return 1
  }
  "$base" -I -m venv "$1" || {
    annotate error kubelint "Python's venv module does not work here; in a container on Debian, install python3-venv"
    return 1
  }
  base=$1/bin/python
  [ -e "$base" ] || base=$1/Scripts/python
  "$base" -I -m pip install --quiet --disable-pip-version-check "$2"
}

run_git() {
  git -C "$workspace" -c core.fsmonitor=false -c core.hooksPath=/dev/null "$@"
}

# Sets base to the commit that a pull request starts from; leaves it empty where there is none in this clone.
#
# The first parent of HEAD is it only if HEAD is the merge commit that GitHub made: the parents of any other commit are
# what the author of the change made them.
base=""
find_base() {
  local head candidate
  case ${GITHUB_EVENT_NAME:-} in
    pull_request | pull_request_target | merge_group) ;;
    *) return 0 ;;
  esac
  if ! head=$(run_git rev-parse --verify 'HEAD^{commit}' 2>"$work/git.log"); then
    missing=$(why_git_fails)
    return 0
  fi
  if [ "${GITHUB_EVENT_NAME:-}" = pull_request ] && [ "$head" = "${GITHUB_SHA:-}" ] &&
    run_git rev-parse --quiet --verify 'HEAD^1^{commit}' >/dev/null &&
    run_git rev-parse --quiet --verify 'HEAD^2^{commit}' >/dev/null; then
    base="HEAD^1"
    return 0
  fi
  candidate=$(base_of_event)
  if [ -n "$candidate" ] && run_git cat-file -e "$candidate^{commit}" 2>"$work/git.log"; then
    base=$candidate
    return 0
  fi
  missing="The base of this pull request is not in the checkout: give actions/checkout the input fetch-depth: 2"
}

# Prints the commit that the event names as the base, if it names one.
base_of_event() {
  "$python" -I - "${GITHUB_EVENT_PATH:-}" <<'PROGRAM'
import json, re, sys

try:
    with open(sys.argv[1], encoding="utf-8") as file:
        event = json.load(file)
    found = event["pull_request"]["base"]["sha"] if "pull_request" in event else event["merge_group"]["base_sha"]
    print(found if re.fullmatch("[0-9a-f]{40,64}", found) else "")
except (OSError, ValueError, KeyError, TypeError):
    print("")
PROGRAM
}

why_git_fails() {
  if grep -q 'dubious ownership' "$work/git.log"; then
    printf '%s' "git refuses to read the checkout, because it belongs to another user than the one of this step (usual in" \
      " container jobs). Add a step before this one that makes it yours: chown -R \"\$(id -u)\" \"\$GITHUB_WORKSPACE\""
  else
    printf '%s' "The checkout is no git repository that can be read ($(head -n 1 "$work/git.log"))"
  fi
}

# Adds the options that compare with the base, and says what cannot be compared.
compare_with_base() {
  missing=""
  find_base
  if [ -n "$base" ]; then
    [ "$LINT_NEW_ONLY" = false ] || options+=(--diff-base "$base")
    [ "$LINT_LESSONS_FROM" = head ] || options+=(--lessons-from "$base")
  elif [ -n "$missing" ]; then
    [ "$LINT_LESSONS_FROM" != base ] || refuse "$missing. (The input lessons-from is base.)"
    [ "$LINT_LESSONS_FROM$LINT_NEW_ONLY" = headfalse ] || annotate notice "kubelint: no base to compare with" \
      "$missing. So every finding is reported, and the lessons, config and baseline of the change itself are used."
  elif [ "$LINT_NEW_ONLY" = true ]; then
    echo "new-only: this is no pull request, so every finding is reported."
  fi
}

# Puts the SARIF report where it was asked for, in place of a link that the checkout may have there.
place_sarif() {
  [ -f "$work/report.sarif" ] || return 0
  rm -f "$LINT_SARIF"
  mv "$work/report.sarif" "$LINT_SARIF"
  sarif_file=$LINT_SARIF
}

count_findings() {
  [ -f "$work/report.json" ] || return 0
  findings=$("$python" -I -c \
    'import json, sys; print(len(json.load(open(sys.argv[1], encoding="utf-8"))["findings"]))' "$work/report.json")
}

check_inputs
check_sarif
install
options=(--no-progress --output-format "json=$work/report.json")
if [ "$LINT_ANNOTATIONS" = true ]; then
  options+=(--output-format github)
else
  options+=(--output-format full)
fi
[ "$LINT_SUMMARY" = false ] || options+=(--output-format "markdown=$work/summary.md")
[ -z "$LINT_SARIF" ] || options+=(--output-format "sarif=$work/report.sarif")
[ -z "$LINT_FAIL_ON" ] || options+=(--fail-on "$LINT_FAIL_ON")
compare_with_base
split_lines "$LINT_ARGS"
options+=(${lines[@]+"${lines[@]}"})
split_lines "$LINT_PATHS"
[ ${#lines[@]} -gt 0 ] || lines=(.)
paths=()
for path in "${lines[@]}"; do
  case $path in
    -) path=./- ;; # alone, it would be standard input
  esac
  paths+=("$path")
done

status=0
PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1 PYTHONUTF8=1 \
  "$kubelint" lint "${options[@]}" -- "${paths[@]}" </dev/null || status=$?
if [ ! -f "$work/report.json" ]; then
  annotate error kubelint "kubelint could not run; the log of this step says why"
fi
count_findings
if [ -f "$work/summary.md" ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  cat "$work/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
place_sarif
finish "$status"
