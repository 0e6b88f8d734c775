"""moto's server on a port of 127.0.0.1, for as long as standard input stays open.

moto checks the condition of a write and then writes, in threads: here one request follows the
other, so both are one act, as they are in S3.
"""

import os
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

one_at_a_time = threading.Lock()
moto = DomainDispatcherApplication(create_backend_app)


def serve(environment, start_response):
    target = environment.get("HTTP_X_AMZ_TARGET", "")
    if target.endswith(".DescribePullThroughCacheRules"):
        # moto knows no pull-through caches, so it has none.
        start_response("200 OK", [("Content-Type", "application/x-amz-json-1.1")])
        return [b'{"pullThroughCacheRules": []}']
    is_about_daemons = target.endswith(".ListDaemonTaskDefinitions")
    if is_about_daemons or environment["PATH_INFO"].startswith("/2026-10-01/runtimes"):
        # moto knows neither daemons nor runtimes that accounts publish, and breaks where an endpoint
        # of AWS says so.
        start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
        return [b'{"__type": "UnknownOperationException"}']
    with one_at_a_time:
        return moto(environment, start_response)


def end_with_standard_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_standard_input, daemon=True).start()
run_simple("127.0.0.1", int(sys.argv[1]), serve, threaded=True)
