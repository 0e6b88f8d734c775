#!/bin/sh
# Synthesizes every variant of the app, without account or built functions, and checks the
# templates with cfn-lint from a virtual environment under the workspace's target folder.
set -eu
cd "$(dirname "$0")/.."

version=1.58.0
work=../target/infra
venv=$work/cfn-lint-$version

if [ ! -x "$venv/bin/cfn-lint" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "cfn-lint==$version"
fi

synth() {
  variant=$1
  shift
  rm -rf "${work:?}/$variant"
  CI=true npx --no-install cdk synth --quiet --output "$work/$variant" \
    --context functionsDirectory=test/functions "$@"
}

synth dry-run
synth deletion --context deletion=true --context approval=true
synth unscheduled --context schedule=off --context policy=../examples/policy.yaml

# W3005: the CDK names a role beside its policy, and the role alone would not suffice.
# W3037: actions that are newer than the linter; that a service has them is tested against AWS's models.
"$venv/bin/cfn-lint" --ignore-checks W3005 W3037 -- "$work"/*/*.template.json
echo "the templates have no findings"
