#!/usr/bin/env bash
# What action.yml runs: ecr-sweep plan or diff, into the job's summary. Neither deletes.
set -euo pipefail

fail() {
  echo "::error::$1" >&2
  exit 2
}

case "$INPUT_COMMAND" in
  plan | diff) ;;
  *) fail "the command is '$INPUT_COMMAND', and this action runs plan or diff" ;;
esac
[ -f "$INPUT_POLICY" ] || fail "there is no policy at '$INPUT_POLICY': name it with the input policy"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

program=$INPUT_PROGRAM
if [ -z "$program" ]; then
  name="ecr-sweep-$INPUT_VERSION-$(uname -m)-linux"
  from="https://github.com/ecr-sweep/ecr-sweep/releases/download/v$INPUT_VERSION"
  for file in "$name.tar.gz" SHA256SUMS; do
    curl --fail --silent --show-error --location --output "$work/$file" "$from/$file" ||
      fail "cannot download $file of release $INPUT_VERSION"
  done
  (cd "$work" && grep " $name.tar.gz\$" SHA256SUMS | sha256sum --check --quiet -) ||
    fail "$name.tar.gz is not what release $INPUT_VERSION says"
  tar --extract --gzip --file "$work/$name.tar.gz" --directory "$work"
  program="$work/$name/ecr-sweep"
fi

of=()
[ -z "$INPUT_SNAPSHOT" ] || of=(--snapshot "$INPUT_SNAPSHOT")
case "$INPUT_COMMAND" in
  plan) arguments=(plan --policy "$INPUT_POLICY" "${of[@]}") ;;
  diff)
    base=${GITHUB_BASE_REF:?diff compares with the base branch: run it on pull_request}
    git fetch --quiet --depth=1 origin "$base" || fail "cannot fetch the base branch $base"
    before="$work/before.yaml"
    git show "FETCH_HEAD:$INPUT_POLICY" > "$before" 2> "$work/error" ||
      fail "$base has no $INPUT_POLICY to compare with; plan says what a new policy does"
    arguments=(diff --policy "$before" --policy "$INPUT_POLICY" "${of[@]}")
    ;;
esac

code=0
"$program" "${arguments[@]}" > "$work/said" 2> "$work/error" || code=$?
cat "$work/said" "$work/error"
{
  echo "### ecr-sweep $INPUT_COMMAND"
  echo
  echo '```text'
  cat "$work/said" "$work/error"
  echo '```'
} >> "$GITHUB_STEP_SUMMARY"
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
# 3: a plan in which something is blocked or was not seen. Whoever reads it decides.
[ "$code" -eq 3 ] || exit "$code"
