"""Deploys the plain template into MiniStack, by CloudFormation alone: no CDK, no bootstrap.

`npm run test:deployed`. MiniStack is installed once, into a virtual environment under target.
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

import environment

INFRA = pathlib.Path(__file__).resolve().parents[1]
ROOT = INFRA.parent
REQUIREMENTS = ROOT / "tests/ministack/requirements.txt"
ACCOUNT, REGION = "111122223333", "eu-west-1"
NAMES = ["list-repos", "scan-usage", "plan-repo", "delete-batch", "notify"]
PATIENCE = 120


def archives(folder):
    """Archives that stand for the functions, by their names."""
    for name in NAMES:
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo("bootstrap"), f"#!/bin/sh\n# {name}\n")
    return {name: (folder / f"{name}.zip").read_bytes() for name in NAMES}


def synthesize(functions, to):
    context = {"plain": "true", "deletion": "true", "functionsDirectory": functions}
    options = [f"--context={key}={value}" for key, value in context.items()]
    cdk = [INFRA / "node_modules/.bin/cdk", "synth", "--quiet", "--output", to, *options]
    subprocess.run(cdk, cwd=INFRA, check=True, stdout=subprocess.DEVNULL)
    return (to / "EcrSweep.template.json").read_text()


class MiniStack:
    """MiniStack, on a free port of this machine, for as long as this is open."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        home = folder / "ministack/home"
        home.mkdir(parents=True)
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AUTH": "false",
            "LOG_LEVEL": "WARNING",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///dev/null",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
        }
        serve = (ROOT / "tests/ministack/serve.py").read_text()
        self.process = subprocess.Popen(
            [sys.executable, "-c", serve],
            cwd=home,
            env=variables,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(PATIENCE)

    def client(self, service):
        import botocore.config
        import botocore.session

        return botocore.session.Session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
            config=botocore.config.Config(s3={"addressing_style": "path"}),
        )


def deployed(ministack, template, parameters):
    """What a stack of the template gives out, once it is there.

    It is too large to be sent: as `aws cloudformation deploy --s3-bucket` does, it is put into the bucket.
    A stack that is there is updated.
    """
    bucket, key = parameters["CodeBucket"], "EcrSweep.template.json"
    ministack.client("s3").put_object(Bucket=bucket, Key=key, Body=template.encode())
    cloudformation = ministack.client("cloudformation")
    is_there = bool(cloudformation.list_stacks()["StackSummaries"])
    deploy = cloudformation.update_stack if is_there else cloudformation.create_stack
    deploy(
        StackName="EcrSweep",
        TemplateURL=f"{ministack.endpoint}/{bucket}/{key}",
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": it} for key, it in parameters.items()],
    )
    until = time.monotonic() + PATIENCE
    while True:
        (stack,) = cloudformation.describe_stacks(StackName="EcrSweep")["Stacks"]
        if stack["StackStatus"] in ["CREATE_COMPLETE", "UPDATE_COMPLETE"]:
            return {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}
        assert stack["StackStatus"].endswith("_IN_PROGRESS"), stack
        assert time.monotonic() < until, stack
        time.sleep(0.2)


def told_and_allowed(ministack, outputs):
    """What the version of notify that is called is told of notices, and what its role may read."""
    machine = ministack.client("stepfunctions").describe_state_machine(
        stateMachineArn=outputs["StateMachineArn"]
    )
    (version,) = set(re.findall(r"function:ecr-sweep-notify:(\d+)", machine["definition"]))
    called = ministack.client("lambda").get_function_configuration(
        FunctionName="ecr-sweep-notify", Qualifier=version
    )
    iam = ministack.client("iam")
    names = iam.list_role_policies(RoleName="ecr-sweep-notify")["PolicyNames"]
    policies = [
        iam.get_role_policy(RoleName="ecr-sweep-notify", PolicyName=name)["PolicyDocument"]
        for name in names
    ]
    allowed = {
        action: statement["Resource"]
        for policy in policies
        for statement in policy["Statement"]
        for action in [statement["Action"]]
        if action in ["secretsmanager:GetSecretValue", "kms:Decrypt"]
    }
    return version, called["Environment"]["Variables"]["ECR_SWEEP_NOTICES"], allowed


def hears_of_notices(ministack, template, parameters, outputs):
    """A parameter says where notices go: the version that is called is told of it, and may read what it takes."""
    assert told_and_allowed(ministack, outputs) == ("1", "[]", {})
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:notices"
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
    one = json.dumps([{"kind": "slack-token", "secret": "notices/slack", "channel": "#registry"}])
    two = json.dumps([{"kind": "webhook", "secret": "notices/hook"}])
    for version, notices, secrets, keys in [
        ("2", one, [f"{secret}/slack-AbCdEf"], [key]),
        ("3", two, [f"{secret}/hook-??????", f"{secret}/slack-AbCdEf"], []),
    ]:
        said = {"Notices": notices, "NoticeSecrets": ",".join(secrets), "NoticeKeys": ",".join(keys)}
        outputs = deployed(ministack, template, {**parameters, **said})
        allowed = {"secretsmanager:GetSecretValue": secrets}
        if keys:
            allowed["kms:Decrypt"] = keys
        seen = told_and_allowed(ministack, outputs)
        assert seen == (version, notices, allowed), seen
    # Runs that began with the others go on with them.
    functions = ministack.client("lambda")
    versions = functions.list_versions_by_function(FunctionName="ecr-sweep-notify")["Versions"]
    assert {it["Version"] for it in versions} == {"$LATEST", "1", "2", "3"}, versions


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "functions").mkdir()
        built = archives(folder / "functions")
        template = synthesize(folder / "functions", folder / "cdk.out")
        # It is all that it takes.
        for foreign in ["aws:cdk", "cdk-hnb659fds", "BootstrapVersion", "AWS::CDK"]:
            assert foreign not in template, foreign
        with MiniStack(folder) as ministack:
            s3 = ministack.client("s3")
            s3.create_bucket(
                Bucket="code-of-ours",
                CreateBucketConfiguration={"LocationConstraint": REGION},
            )
            for name, archive in built.items():
                digest = hashlib.sha256(archive).hexdigest()[:16]
                s3.put_object(Bucket="code-of-ours", Key=f"v1/{name}-{digest}.zip", Body=archive)
            parameters = {"CodeBucket": "code-of-ours", "CodePrefix": "v1/"}
            outputs = deployed(ministack, template, parameters)

            functions = ministack.client("lambda")
            versions = {}
            for name, archive in built.items():
                found = functions.get_function(FunctionName=f"ecr-sweep-{name}")["Configuration"]
                digest = base64.b64encode(hashlib.sha256(archive).digest()).decode()
                assert found["CodeSha256"] == digest, (name, found)
                versions[name] = f"{found['FunctionArn']}:1"
            machine = ministack.client("stepfunctions").describe_state_machine(
                stateMachineArn=outputs["StateMachineArn"]
            )
            definition = machine["definition"]
            assert json.loads(definition)["StartAt"] == "ListRepos"
            for name, version in versions.items():
                assert version in definition, (name, version)
            assert "${" not in definition
            store = f"ecr-sweep-{ACCOUNT}-{REGION}"
            assert outputs["StoreUrl"] == f"s3://{store}"
            s3.head_bucket(Bucket=store)
            iam = ministack.client("iam")
            for part in ["reader", "starter", "approver", "restorer", "planner", "doctor"]:
                iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/ecr-sweep-{part}")
            hears_of_notices(ministack, template, parameters, outputs)
    print("the plain template is deployed by CloudFormation alone")


if __name__ == "__main__":
    environment.enter("ministack", REQUIREMENTS, "botocore", "ministack")
    main()
