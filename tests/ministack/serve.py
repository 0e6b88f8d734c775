"""MiniStack for as long as standard input stays open.

The functions run as processes of MiniStack's group: they end with it, however it ends. The folder
that its home is in goes too.
"""

import asyncio
import os
import re
import shutil
import signal
import sys
import threading
import urllib.error
import urllib.request

# Where IAM is enforced, the simulator stands behind it: a call that is allowed goes on to there.
BEHIND_IAM = ("account", "ecr", "ecs", "organizations")

SIMULATED = "ECR_SWEEP_SIMULATOR" in os.environ

# How long a call to S3 takes longer than it takes here.
BUCKET_SECONDS = float(os.environ.get("ECR_SWEEP_BUCKET_SECONDS", "0"))


def end_with_standard_input():
    sys.stdin.buffer.read()
    shutil.rmtree(os.path.dirname(os.environ["HOME"]), ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if os.getpgrp() != os.getpid():
    sys.exit("MiniStack needs a process group of its own: it ends with all of its group")
threading.Thread(target=end_with_standard_input, daemon=True).start()

from ministack import app as ministack
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import lambda_svc

plain = ministack.app
resource_of = iam_actions.extract_resource_arn
condition_of = iam_evaluator._resolve_condition_key
report_of = lambda_svc._emit_lambda_logs
throttled_as = lambda_svc._throttle_response

# What AWS would bill, a line each: a request of S3 by its method, a call of a function by its memory and
# its time.
BILL = open(os.path.join(os.path.dirname(os.environ["HOME"]), "bill"), "a", buffering=1)


def report(function, request, text, error, milliseconds, **more):
    """Each call of a function has a report in its log, whoever made it."""
    is_ = function.get("config") or function
    BILL.write(f"lambda {is_['FunctionName']} {is_['MemorySize']} {milliseconds}\n")
    report_of(function, request, text, error, milliseconds, **more)


def throttle(**why):
    """A call that is throttled has the name for the state machine that it has on AWS."""
    BILL.write("throttled\n")
    answer = throttled_as(**why)
    answer["body"]["errorType"] = "Lambda.TooManyRequestsException"
    return answer


async def unknown(send):
    """MiniStack knows no runtimes that accounts publish, and takes them for functions."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    body = b'{"__type": "UnknownOperationException"}'
    await send({"type": "http.response.body", "body": body})


async def no_rules(send):
    """MiniStack knows no pull-through caches."""
    headers = [(b"content-type", b"application/x-amz-json-1.1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"pullThroughCacheRules": []}'})


def is_about_caches(scope):
    """Whether a call asks for pull-through-cache rules, and no simulator answers for ECR."""
    target = dict(scope["headers"]).get(b"x-amz-target", b"")
    return target.endswith(b".DescribePullThroughCacheRules") and not SIMULATED


def is_of_bucket(scope):
    """Whether a call is to S3, as its signature says."""
    return b"/s3/aws4_request" in dict(scope["headers"]).get(b"authorization", b"")


async def behind_tls(scope, receive, send):
    """As behind a proxy that ends TLS: bucket policies that deny everything else hold."""
    if scope["type"] == "http":
        if is_of_bucket(scope):
            BILL.write(f"s3 {scope['method']}\n")
            await asyncio.sleep(BUCKET_SECONDS)
        if scope["path"].startswith("/2026-10-01/runtimes"):
            return await unknown(send)
        if is_about_caches(scope):
            return await no_rules(send)
        scope = {**scope, "scheme": "https"}
    await plain(scope, receive, send)


def resource(service, method, path, headers, body, query, region, account):
    """Describing every repository is allowed on `repository/*`, as on AWS, and not on `*` alone."""
    arn = resource_of(service, method, path, headers, body, query, region, account)
    if arn == "*" and headers.get("x-amz-target", "").endswith(".DescribeRepositories"):
        return f"arn:aws:ecr:{region}:{account}:repository/*"
    return arn


def condition(key, context):
    """The principal of a role's session is the role, in `aws:PrincipalArn`, as on AWS."""
    value = condition_of(key, context)
    if key.lower() == "aws:principalarn":
        return re.sub(":sts:(.*):assumed-role/([^/]+)/.*", r":iam:\1:role/\2", value)
    return value


async def simulated(method, path, headers, body, query):
    """The simulator's answer. It knows accounts by access keys that are their numbers."""
    credential = f"Credential={get_account_id()}/"
    signed = re.sub("Credential=[^/]+/", credential, headers["authorization"])
    passed = {name: headers[name] for name in ("content-type", "x-amz-target") if name in headers}
    request = urllib.request.Request(
        os.environ["ECR_SWEEP_SIMULATOR"] + path,
        data=body,
        method=method,
        headers={**passed, "authorization": signed},
    )

    def ask():
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, dict(answer.headers), answer.read()

    return await asyncio.to_thread(ask)


ministack.app = behind_tls
lambda_svc._emit_lambda_logs = report
lambda_svc._throttle_response = throttle
iam_actions.extract_resource_arn = resource
iam_evaluator._resolve_condition_key = condition
if SIMULATED:
    ministack.SERVICE_HANDLERS |= dict.fromkeys(BEHIND_IAM, simulated)
sys.argv = ["ministack"]
ministack.main()
