#!/usr/bin/env bash
# Checks what a compiler does not: formatting, islet.h in six languages, its layout, shell scripts, Python.
# Runs every check, then fails if one failed. Installs shellcheck through apt and ruff into .venv-lint when missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

ruff_version=0.14.5
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=()

check() { # NAME COMMAND...
  local name=$1
  shift
  echo "lint: $name"
  "$@" || failed+=("$name")
}

# islet.h twice in one source, so that its include guard is tried too.
header_matrix() {
  local compiler language standard result=0
  printf '#include "%s"\n' islet.h islet.h ext/draft/pass_observer.h ext/draft/pass_observer.h >"$scratch/includes.txt"
  echo 'const size_t table_size = sizeof(islet_plugin);' >>"$scratch/includes.txt"
  while read -r compiler language standard; do
    "$compiler" -x "$language" -std="$standard" -Wall -Wextra -pedantic -Werror -fsyntax-only -IPlugin/include \
      "$scratch/includes.txt" || {
      echo "islet.h as $standard: $compiler is not content"
      result=1
    }
  done <<'MATRIX'
gcc c c11
gcc c c17
g++ c++ c++11
g++ c++ c++14
g++ c++ c++17
g++ c++ c++20
MATRIX
  return "$result"
}

c_hosts() {
  local source result=0
  for source in Integration/conformance/*.c Plugin/examples/*.c; do
    gcc -std=c11 -Wall -Wextra -pedantic -Werror -fsyntax-only -IPlugin/include "$source" || result=1
  done
  return "$result"
}

# 1.0 is not tagged yet: until then its copy follows the header.
frozen_hosts() {
  local flags=(-Wall -Wextra -pedantic -Werror -fsyntax-only -IPlugin/frozen/1.0)
  cmp Plugin/include/islet.h Plugin/frozen/1.0/islet.h &&
    gcc -std=c11 "${flags[@]}" Plugin/frozen/1.0/host.c && g++ -std=c++11 "${flags[@]}" Plugin/frozen/1.0/host.cpp
}

layout() {
  gcc -std=c11 -IPlugin/include Integration/conformance/layout.c -o "$scratch/layout" &&
    "$scratch/layout" | diff Plugin/abi/islet-1.0.layout -
}

shell_scripts() {
  Integration/setup/packages.sh shellcheck && git ls-files -z --cached --others --exclude-standard '*.sh' .ci/run | xargs -0 shellcheck
}

python_sources() {
  Integration/setup/venv.sh .venv-lint "ruff==$ruff_version" && .venv-lint/bin/ruff check --quiet --line-length 120 Integration Models
}

manifests() {
  Integration/setup/packages.sh python3 python3-jsonschema && python3 Integration/schema/check_manifests.py
}

check "swift format" swift format lint --strict --parallel -r Package.swift Sources Plugin Tests Integration
check "islet.h as C11 to C++20" header_matrix
check "C hosts" c_hosts
check "frozen headers and hosts" frozen_hosts
check "layout of islet.h" layout
check "shell scripts" shell_scripts
check "Python" python_sources
check "manifests" manifests

if ((${#failed[@]} > 0)); then
  printf 'lint: failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "lint: all clean"
